"""Updates the pins of scripts/adb_loopback.py: `python -m scripts.adb_pins` writes requirements/adb-loopback.json.

Debian's mirrors keep only the newest version of a package, so a pinned one may be gone after a point release. What is
written comes from the mirror's index, whose signature is not verified here: compare the change with what apt shows
before committing it, and run `pytest -m slow tests/test_adb_loopback.py`.
"""

from __future__ import annotations

import lzma
import re
import urllib.request

from pocketseg.core.files import write_json
from scripts.adb_loopback import PINNED

MIRROR = "http://deb.debian.org/debian"
SUITE = "trixie"
PACKAGES = (
    "adb", "adbd", "android-libbase", "android-libboringssl", "android-libcutils", "android-liblog",
    "android-libziparchive", "libbrotli1", "libbsd0", "libc6", "libcap2", "libgcc-s1", "liblz4-1", "libmd0",
    "libprotobuf32t64", "libstdc++6", "libsystemd0", "libudev1", "libusb-1.0-0", "libxxhash0", "libzstd1", "zlib1g",
)  # fmt: skip
_INDEX_S = 120.0


def main() -> None:
    """Read the mirror's index, and write its entries for our packages."""
    index = f"{MIRROR}/dists/{SUITE}/main/binary-amd64/Packages.xz"
    with urllib.request.urlopen(index, timeout=_INDEX_S) as answer:
        text = lzma.decompress(answer.read()).decode()
    found = {}
    for paragraph in text.split("\n\n"):
        fields = dict(re.findall(r"^(\S+): (.*)$", paragraph, re.MULTILINE))
        if fields.get("Package") in PACKAGES:
            found[fields["Package"]] = {
                "file": fields["Filename"], "size_bytes": int(fields["Size"]), "sha256": fields["SHA256"]
            }  # fmt: skip
    pinned = {
        "suite": SUITE, "machine": "x86_64", "mirrors": [MIRROR], "packages": [found[name] for name in PACKAGES]
    }  # fmt: skip
    print(write_json(PINNED, pinned))


if __name__ == "__main__":
    main()

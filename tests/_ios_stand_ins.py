"""Stand-ins for Debian's programs and bubblewrap, for making the Swift toolchain without gigabytes of downloads."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import pytest

from scripts import debian
from scripts.ios import toolchain

PACKAGES = {"base-files_13.8_amd64.deb": 5, "swiftlang_6.0.3-2_amd64.deb": 9}

_APT = """#!/bin/sh
echo "$@" >> "{log}"
archives=""
for word in "$@"; do
  case "$word" in Dir::Cache::archives=*) archives="${{word#Dir::Cache::archives=}}" ;; esac
done
case " $* " in
*" indextargets "*) echo https://mirror.example/debian/ ;;
*" --print-uris "*)
  echo "Reading package lists..."
  echo "'https://mirror.example/b.deb' base-files_13.8_amd64.deb 5 SHA256:00"
  echo "'https://mirror.example/s.deb' swiftlang_6.0.3-2_amd64.deb 9 SHA256:00" ;;
*" --download-only "*)
  [ -e "$archives/base-files_13.8_amd64.deb" ] || {{ echo fetched-base >> "{log}"; }}
  printf 12345 > "$archives/base-files_13.8_amd64.deb"
  if [ -e "{cut}" ]; then echo "E: Failed to fetch https://mirror.example/s.deb  Connection reset"; exit 100; fi
  printf 123456789 > "$archives/swiftlang_6.0.3-2_amd64.deb" ;;
esac
"""
_DPKG_DEB = """#!/bin/sh
echo "$@" >> "{log}"
mkdir -p "$3/usr/bin" "$3/usr/share/doc/x" "$3/etc"
if [ -e "{spoilt}" ]; then echo "dpkg-deb: error: unexpected end of file"; exit 2; fi
touch "$3/usr/bin/${{2##*/}}"
"""
_BWRAP = """#!/bin/sh
if [ -e "{forbidden}" ]; then echo "No permissions to create a new namespace" >&2; exit 1; fi
while [ "$1" != -- ]; do shift; done
shift
case "$*" in
"swiftc --version") echo "Swift version {version} (swift-RELEASE)" ;;
"./main") echo "swift 1 42" ;;
esac
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class StandIns:
    """A computer as seen by the code that makes the toolchain; an existing file makes a program fail."""

    cache: Path  # where the toolchain is kept
    log: Path  # every call of Debian's programs
    cut: Path  # the network goes away in the middle of the second archive
    spoilt: Path  # an archive cannot be unpacked
    forbidden: Path  # no namespace may be made

    def folders(self) -> list[str]:
        """Return the names in the cache."""
        return sorted(path.name for path in self.cache.iterdir() if path.is_dir()) if self.cache.is_dir() else []


def prepare(folder: Path, monkeypatch: pytest.MonkeyPatch, *, version: str = toolchain.VERSION) -> StandIns:
    """Put stand-ins on the PATH before this computer's programs, and the cache into `folder`."""
    programs = folder / "programs"
    programs.mkdir(parents=True)
    cache = folder / "a cache"
    made = StandIns(
        cache=cache / "ios", log=folder / "log", cut=folder / "cut", spoilt=folder / "spoilt",
        forbidden=folder / "forbidden",
    )  # fmt: skip
    facts = {"log": made.log, "cut": made.cut, "spoilt": made.spoilt, "forbidden": made.forbidden, "version": version}
    texts = {
        "apt-get": _APT, "dpkg-deb": _DPKG_DEB, "dpkg": "#!/bin/sh\necho amd64\n", "bwrap": _BWRAP, "unshare": _BWRAP,
    }  # fmt: skip
    for name, text in texts.items():
        path = programs / name
        path.write_text(text.format(**facts), encoding="utf-8")
        path.chmod(0o755)
    made.log.touch()
    keys = folder / "keys.gpg"
    keys.touch()
    monkeypatch.setattr(debian, "KEYS", keys)
    monkeypatch.setattr(toolchain, "_found", {})
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("POCKETSEG_CACHE_DIR", str(cache))
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    return made

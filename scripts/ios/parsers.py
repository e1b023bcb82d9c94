"""Two readers of Xcode projects that share no code with the writer: PyPI's openstep-parser, and npm's `xcode`.

Both are pinned by hash and fetched into the cache. The second one's grammar is for Xcode projects only, and needs node.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pocketseg.core.cache import ROOT, default_folder
from pocketseg.core.errors import DataError
from pocketseg.core.files import atomic_folder, write_bytes
from scripts.android.fetch import Pinned, fetch
from scripts.android.tools import npm_registries

PINNED = ROOT / "requirements" / "ios-parsers.json"
_MEMBER = "package/lib/parser/pbxproj.js"
_LIMIT_S = 60.0
_PYTHON = """
import json, sys
from openstep_parser import OpenStepDecoder
with open(sys.argv[1], encoding="utf-8") as stream:
    json.dump(OpenStepDecoder.ParseFromFile(stream), sys.stdout)
"""
_NODE = """
const fs = require("fs");
const parser = require(process.argv[1]);
process.stdout.write(JSON.stringify(parser.parse(fs.readFileSync(process.argv[2], "utf-8")).project));
"""


def openstep(path: Path, cache: Path | None = None) -> Mapping[str, Any]:
    """Return a project read by openstep-parser. Raises DataError where it is not one, or the parser is not
    available.
    """
    command = [sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, {str(_wheel(_folder(cache)))!r}){_PYTHON}"]
    return _said([*command, str(path)], path)


def npm_xcode(path: Path, cache: Path | None = None) -> Mapping[str, Any]:
    """Return a project read by npm's xcode, without the comments that it keeps. Raises DataError."""
    node = shutil.which("node")
    if node is None:
        raise DataError("there is no `node`, which npm's parser of Xcode projects needs")
    found = _said([node, "-e", _NODE, str(_script(_folder(cache))), str(path)], path)
    objects: dict[str, Any] = {}
    for section in found["objects"].values():
        objects |= {key: _plain(value) for key, value in section.items() if not key.endswith("_comment")}
    plain = {key: _plain(value) for key, value in found.items() if key != "objects" and not key.endswith("_comment")}
    return {**plain, "objects": objects}


def _plain(value: object) -> Any:
    """Return a value as other readers return it: without comments, strings without quotes, numbers as strings."""
    if isinstance(value, Mapping):
        if set(value) == {"value", "comment"}:
            return value["value"]
        return {_plain(key): _plain(inside) for key, inside in value.items() if not key.endswith("_comment")}
    if isinstance(value, list):
        return [_plain(inside) for inside in value]
    said = str(value)
    if len(said) < 2 or not said.startswith('"') or not said.endswith('"'):
        return said
    return re.sub(r"\\(.)", lambda found: {"n": "\n", "t": "\t"}.get(found[1], found[1]), said[1:-1])


def _folder(cache: Path | None) -> Path:
    return (cache or default_folder()) / "ios" / "parsers"


def _wheel(folder: Path) -> Path:
    """Return the path of openstep-parser's package, fetched by pip, which verifies the hash."""
    said = json.loads(PINNED.read_text(encoding="utf-8"))["pypi"]
    place = folder / f"{said['name']}-{said['version']}"
    if place.is_dir():
        return place
    with atomic_folder(place) as made:
        asked = made / "asked.txt"
        asked.write_text(f"{said['name']}=={said['version']} --hash=sha256:{said['sha256']}\n", encoding="utf-8")
        options = ["--no-deps", "--require-hashes", "--only-binary", ":all:", "--disable-pip-version-check"]
        command = [sys.executable, "-m", "pip", "download", *options, "-d", str(made), "-r", str(asked)]
        try:
            done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=_LIMIT_S)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise DataError(f"cannot fetch {said['name']}: {error}") from error
        wheels = list(made.glob("*.whl"))
        if done.returncode != 0 or len(wheels) != 1:
            raise DataError(f"cannot fetch {said['name']}", hint=done.stderr[-2000:])
        with zipfile.ZipFile(wheels[0]) as opened:
            for name in opened.namelist():
                if re.fullmatch(r"openstep_parser/\w+\.py", name):
                    write_bytes(made / name, opened.read(name))
        wheels[0].unlink()
        asked.unlink()
    return place


def _script(folder: Path) -> Path:
    """Return npm's parser, the single file into which its grammar was compiled."""
    said = json.loads(PINNED.read_text(encoding="utf-8"))["npm"]
    pinned = Pinned(file=said["file"], size_bytes=said["size_bytes"], sha256=said["sha256"])
    place = folder / Path(pinned.file).stem
    if place.is_dir():
        return place / "pbxproj.js"
    archive = fetch(pinned, npm_registries(said["registry"]), folder)
    with atomic_folder(place) as made, tarfile.open(archive) as opened:
        stream = opened.extractfile(_MEMBER)
        assert stream is not None
        write_bytes(made / "pbxproj.js", stream.read())
    archive.unlink()
    return place / "pbxproj.js"


def _said(command: list[str], path: Path) -> Mapping[str, Any]:
    try:
        done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=_LIMIT_S)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise DataError(f"cannot read {path.name}: {error}") from error
    if done.returncode != 0:
        raise DataError(f"{path.name} is not an Xcode project", hint=(done.stdout + done.stderr)[-2000:])
    found = json.loads(done.stdout)
    if not isinstance(found, dict):
        raise DataError(f"{path.name} holds no table")
    return found


def main(arguments: list[str]) -> int:
    """Fetch both into the cache where they are missing, since tests have no network."""
    if arguments:
        print("python -m scripts.ios.parsers", file=sys.stderr)
        return 2
    _wheel(_folder(None))
    _script(_folder(None))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""What a .ptl needs: its bytecode version, its archive's, and each operator with its number of arguments."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

from pocketseg.inspect.needs import Need

WAY_OUT = "export it again with this version of `pocketseg`, or choose another target"
_FLATBUFFER = b"PTMF"
_ARCHIVE_VERSION_BYTES = 16


def read(path: Path) -> dict[str, Any]:
    """Return what torch itself says about the file; its weights are not loaded, and nothing in it is run."""
    with path.open("rb") as stream:
        head = stream.read(8)
    is_flatbuffer = head[4:8] == _FLATBUFFER
    archive = 0 if is_flatbuffer else _archive_version(path)
    from torch.jit.mobile import _get_model_bytecode_version, _get_model_ops_and_info

    operators = {} if is_flatbuffer else _get_model_ops_and_info(str(path))
    return {
        "bytecode": int(_get_model_bytecode_version(str(path))),
        "archive": archive,
        "form": "flatbuffer" if is_flatbuffer else "zip",
        "operators": {name: info.num_schema_args for name, info in sorted(operators.items())},
    }


def needs(facts: dict[str, Any], known: dict[str, Any]) -> list[Need]:
    """Compare a file with the releases; the list of operators is known only for the app's release."""
    releases: dict[str, Any] = known["releases"]
    app = known["app"]

    def need(what: str, has: dict[str, bool]) -> Need:
        return Need(what=what, since=next((r for r, takes in has.items() if takes), None), in_app=has.get(app, False))

    version = facts["bytecode"]
    found = [need(f"bytecode version {version}", {
        r: k["bytecode"][0] <= version <= k["bytecode"][1] for r, k in releases.items()
    })]  # fmt: skip
    if facts["form"] == "flatbuffer":
        found.append(need("a reader of its flatbuffer form", {}))
    else:
        archive = facts["archive"]
        found.append(need(f"archive version {archive}", {r: archive <= k["archive"] for r, k in releases.items()}))
    for name, given in facts["operators"].items():
        taken = known["operators"].get(name)
        if taken is None:
            found.append(need(f"the operator {name}", {}))
        else:
            counted = 0 if given is None else given
            found.append(need(f"the operator {name} with {counted} arguments", {app: counted <= taken}))
    return found


def _archive_version(path: Path) -> int:
    with zipfile.ZipFile(path) as archive:
        name = next((n for n in archive.namelist() if n.count("/") == 1 and n.endswith("/version")), None)
        if name is None:
            raise ValueError("it holds no version")
        with archive.open(name) as stream:
            return int(stream.read(_ARCHIVE_VERSION_BYTES))

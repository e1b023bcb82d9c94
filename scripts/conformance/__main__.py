"""Writes the sets of cases: `python -m scripts.conformance`; `python -m scripts.conformance yuv runs` writes only
these.

All of them take minutes, since the engines' own scores are measured again.
"""

from __future__ import annotations

import sys

from pocketseg.core.files import write_bytes
from scripts.conformance import engines
from scripts.conformance.arrays import FOLDER, Store, text_of
from scripts.conformance.sets import SETS, made


def main(names: list[str]) -> int:
    """Write what is missing or differs, and remove what belongs to no set."""
    if unknown := sorted(set(names) - set(SETS)):
        print(f"no such set: {', '.join(unknown)}; there are {', '.join(SETS)}", file=sys.stderr)
        return 2
    chosen = names or list(SETS)
    if engines.NAME in chosen:
        store = Store(engines.NAME)
        write({f"{engines.NAME}.json": text_of(engines.cases_of(store, engines.renewed())).encode(), **store.files})
    wanted: dict[str, bytes] = {}
    for name in chosen:
        wanted |= made(name)
    write(wanted)
    for place in sorted(FOLDER.rglob("*")):
        path = place.relative_to(FOLDER)
        if (
            place.is_file()
            and path.as_posix() not in wanted
            and (not names or path.parts[0].removesuffix(".json") in names)
        ):
            place.unlink()
            print(f"removed {path}")
    print(f"{len(wanted)} files, {sum(map(len, wanted.values())):,} bytes")
    return 0


def write(files: dict[str, bytes]) -> None:
    """Write files below conformance/cases."""
    for path, data in files.items():
        place = FOLDER / path
        if not place.is_file() or place.read_bytes() != data:
            write_bytes(place, data)
            print(f"wrote {path}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Write every set of cases, and remove the files of none: `python -m scripts.conformance`."""

from __future__ import annotations

from pocketseg.core.files import write_bytes
from scripts.conformance.arrays import FOLDER
from scripts.conformance.sets import SETS, made


def main() -> None:
    """Write what is not there or differs."""
    wanted: dict[str, bytes] = {}
    for name in SETS:
        wanted |= made(name)
    for path, data in wanted.items():
        place = FOLDER / path
        if not place.is_file() or place.read_bytes() != data:
            write_bytes(place, data)
            print(f"wrote {path}")
    for place in sorted(FOLDER.rglob("*")):
        if place.is_file() and place.relative_to(FOLDER).as_posix() not in wanted:
            place.unlink()
            print(f"removed {place.relative_to(FOLDER)}")
    print(f"{len(wanted)} files, {sum(map(len, wanted.values())):,} bytes")


if __name__ == "__main__":
    main()

"""How a data set is named: `FORMAT:PATH`, `FORMAT:PATH@MAPPING.toml`, `FORMAT+unturned:PATH`."""

from __future__ import annotations

import enum
import importlib
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from pocketseg.core.errors import UnknownNameError, UsageError
from pocketseg.core.files import expanded
from pocketseg.core.folder_registry import plugin_names
from pocketseg.data.formats import DataFormat

FORMATS_FOLDER = Path(__file__).parent / "formats"
READS = ()


class Masks(enum.StrEnum):
    """What masks lie over: the photo as displayed, or its stored pixels before the EXIF orientation turns them."""

    UPRIGHT = "upright"
    UNTURNED = "unturned"


@dataclass(frozen=True, slots=True, kw_only=True)
class DataSpec:
    """A parsed data set name. mapping: the user's mapping file, where one is named."""

    format: str
    root: Path
    mapping: Path | None = None
    masks: Masks = Masks.UPRIGHT


def formats() -> tuple[str, ...]:
    """Return the names of the data formats: the files in pocketseg/data/formats."""
    return tuple(sorted(plugin_names(FORMATS_FOLDER)))


def format_module(name: str) -> DataFormat:
    """Return a format's module. Raises UnknownNameError."""
    if name not in formats():
        raise UnknownNameError("data format", name, formats())
    return cast(DataFormat, importlib.import_module(f"pocketseg.data.formats.{name}"))


def parse_spec(spec: str) -> DataSpec:
    """Return a data set's name in its parts. Raises UsageError, and UnknownNameError for a format or a modifier."""
    before, colon, path = spec.partition(":")
    if not colon or not path:
        exists = not colon and bool(spec) and expanded(spec).exists()
        example = f"folder:{spec}" if exists else "FORMAT:PATH, e.g. ccp:/data/ccp"
        raise UsageError(f"{spec!r} does not name a data set", hint=f"write {example}; formats: {', '.join(formats())}")
    name, plus, modifier = before.partition("+")
    format_module(name)
    if plus and modifier != Masks.UNTURNED:
        raise UnknownNameError("modifier of a data format", modifier, (str(Masks.UNTURNED),))
    root, mapping = expanded(path), None
    if "@" in path and path.lower().endswith(".toml") and not root.exists():
        places = [k for k, letter in enumerate(path) if letter == "@"]
        place = next((k for k in places if expanded(path[:k]).is_dir()), places[-1])
        root, mapping = expanded(path[:place]), expanded(path[place + 1 :])
    return DataSpec(format=name, root=root, mapping=mapping, masks=Masks.UNTURNED if plus else Masks.UPRIGHT)


def without_folders(spec: str) -> str:
    """Return a data set's name without the folders of its path, for what leaves this computer."""
    before, colon, path = spec.partition(":")
    parts = path.split("@") if path.lower().endswith(".toml") else [path]
    return before + colon + "@".join(Path(part).name for part in parts)


def unturned(spec: str) -> str:
    """Return the name of the same data set with masks over the stored pixels. Raises UsageError for a malformed
    name."""
    if parse_spec(spec).masks is Masks.UNTURNED:
        return spec
    name, _, rest = spec.partition(":")
    return f"{name}+{Masks.UNTURNED}:{rest}"

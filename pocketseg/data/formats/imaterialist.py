"""iMaterialist (Fashion) 2019 at FGVC6: train/NAME.jpg and train.csv, one mask per row.

github.com/visipedia/imat_comp, "iMaterialist (Fashion) 2019 at FGVC6". Where masks of one photo overlap: a part or
decoration (27 to 45) lies on a garment and never hides it; of the others the smaller mask lies on top, as a belt lies
on a dress, and of equally large ones that of the later row.
"""

from __future__ import annotations

import csv
from array import array
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from pocketseg.core.errors import DataError
from pocketseg.data.faults import Report, refuse
from pocketseg.data.layouts import hint as hint_at
from pocketseg.data.listing import by_stem
from pocketseg.data.mapping import garments
from pocketseg.data.mapping_file import read_mapping
from pocketseg.data.photos import MAX_PIXELS, PhotoFolder, Pixels
from pocketseg.data.rle import Runs, pixels, read_runs

HELP = "iMaterialist (Fashion) 2019: train/NAME.jpg, train.csv with run-length masks"
EXPECTED = ("train/*.jpg", "train.csv", "test/*.jpg", "label_descriptions.json", "sample_submission.csv")
COLUMNS = ("ImageId", "EncodedPixels", "Height", "Width", "ClassId")
CATEGORIES = (
    "shirt, blouse", "top, t-shirt, sweatshirt", "sweater", "cardigan", "jacket", "vest", "pants", "shorts", "skirt",
    "coat", "dress", "jumpsuit", "cape", "glasses", "hat", "headband", "tie", "glove", "watch", "belt", "leg warmer",
    "tights, stockings", "sock", "shoe", "bag, wallet", "scarf", "umbrella", "hood", "collar", "lapel", "epaulette",
    "sleeve", "pocket", "neckline", "buckle", "zipper", "applique", "bead", "bow", "flower", "fringe", "ribbon",
    "rivet", "ruffle", "sequin", "tassel",
)  # fmt: skip
FIRST_ID = -1  # the data's own number for LABELS[0]: "nothing" has no category
FIRST_PART = 27  # hood; parts and decorations start here
LABELS = ("nothing", *CATEGORIES)  # label id = category id + 1: pixels under no mask are 0
MAPPING = garments(
    LABELS, {"upper_body": CATEGORIES[0:6], "lower_body": CATEGORIES[6:9], "full_body": CATEGORIES[9:13]}
)
_KINDS = f"categories go from 0 to {len(CATEGORIES) - 1}; attributes follow, joined by _"
_LONGEST_LINE = 1 << 26  # a mask of every other pixel of a large photo takes less


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of train.csv; its fields are still text."""

    line: int
    image: str
    runs: str
    height: str
    width: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImaterialistPhotos(PhotoFolder):
    """Photos, and where their rows begin in train.csv. Ids are the file names without .jpg."""

    files: dict[str, Path] = field(repr=False)
    rows: dict[str, array[int]] = field(repr=False)  # line, offset in bytes, line, offset...
    order: tuple[int, ...]  # positions of the columns
    format: str = "imaterialist"

    def image_path(self, photo_id: str) -> Path:
        return self.files[photo_id]

    def mask_path(self, photo_id: str) -> Path:
        return self.root / "train.csv"

    def labels(self, photo_id: str, report: Report = refuse) -> Pixels:
        """Return category id + 1 for each pixel, 0 where no mask lies; H,W uint8."""
        path = self.mask_path(photo_id)
        height, width, masks = 0, 0, []
        for row in self._rows_of(photo_id):

            def fault(what: str, hint: str, line: int = row.line) -> None:
                report(DataError(f"{path} line {line}: {what}", hint=hint, path=path, line=line))

            size = _size(row)
            if isinstance(size, str):
                fault(size, "write the photo's own size in pixels")
                continue
            if height and size != (height, width):
                fault(
                    f"{photo_id} is {size[1]} x {size[0]} here and {width} x {height} above",
                    "all rows of a photo must give the same size",
                )
                continue
            height, width = size
            kind = _category(row.kind)
            if isinstance(kind, str):
                fault(kind, _KINDS)
                continue
            try:
                runs = read_runs(row.runs, height, width)
            except ValueError as error:
                fault(f"EncodedPixels of {photo_id}: {error}", "write `start length` pairs, from 1, down the columns")
                continue
            masks.append((kind, runs))
        return paint(masks, height, width)

    def attributes(self, photo_id: str) -> list[tuple[int, tuple[int, ...]]]:
        """Return (category, attribute ids) of each of the photo's masks, in the order of the rows."""
        found = []
        for row in self._rows_of(photo_id):
            kind = _category(row.kind)
            if isinstance(kind, str):
                path = self.mask_path(photo_id)
                raise DataError(f"{path} line {row.line}: {kind}", hint=_KINDS, path=path, line=row.line)
            found.append((kind, tuple(int(a) for a in row.kind.split("_")[1:])))
        return found

    def _rows_of(self, photo_id: str) -> list[Row]:
        path, places = self.mask_path(photo_id), self.rows[photo_id]
        found = []
        try:
            with path.open("rb") as stream:
                for line, offset in zip(places[::2], places[1::2], strict=True):
                    stream.seek(offset)
                    fields = _fields(stream.readline(_LONGEST_LINE)) or []
                    image, runs, height, width, kind = (fields[k] for k in self.order)
                    if _stem(image) != photo_id:
                        raise IndexError
                    found.append(Row(line=line, image=image, runs=runs, height=height, width=width, kind=kind))
        except (OSError, IndexError) as error:
            hint = "do not change it while it is read, and run the command again"
            raise DataError(f"{path} has changed since it was opened", hint=hint, path=path) from error
        return found

    def labelled_at(self, photo_id: str) -> tuple[Path, int | None]:
        """Return train.csv and the photo's first line."""
        return self.mask_path(photo_id), self.rows[photo_id][0]


def paint(masks: list[tuple[int, Runs]], height_px: int, width_px: int) -> Pixels:
    """Paint (category, runs) over one another by the rule above; return category + 1, H,W uint8, 0 where no mask
    lies."""
    flat = np.zeros(height_px * width_px, np.uint8)

    def depth(index: int) -> tuple[bool, int, int]:
        kind, runs = masks[index]
        return kind < FIRST_PART, -int(runs[:, 1].sum()), index

    for index in sorted(range(len(masks)), key=depth):
        kind, runs = masks[index]
        flat[pixels(runs)] = kind + 1
    return flat.reshape(height_px, width_px, order="F")


def _size(row: Row) -> tuple[int, int] | str:
    numbers = [int(n) if n.isascii() and n.isdigit() and len(n) < 8 else 0 for n in (row.height, row.width)]
    if min(numbers) < 1:
        return f"Height {row.height[:20]!r}, Width {row.width[:20]!r} are not a size"
    if numbers[0] * numbers[1] > MAX_PIXELS:
        return f"{numbers[1]} x {numbers[0]} px are more than {MAX_PIXELS}"
    return numbers[0], numbers[1]


def _category(text: str) -> int | str:
    parts = text.split("_")
    if not all(p.isascii() and p.isdigit() and len(p) < 6 for p in parts):
        return f"ClassId {text[:40]!r} is not a category id with attributes"
    return int(parts[0]) if int(parts[0]) < len(CATEGORIES) else f"unknown category {parts[0]}"


def open_folder(root: Path, mapping_file: Path | None, report: Report) -> ImaterialistPhotos:
    """Return the photos of train/ with their rows of train.csv; photos without a row are unlabelled."""
    table = root / "train.csv"
    if not table.is_file():
        hint = hint_at(root, "expected train.csv and train/NAME.jpg")
        raise DataError(f"{root} has no train.csv", hint=hint, path=root)
    if not (root / "train").is_dir():
        raise DataError(f"{root} has no folder train", hint="expected train.csv and train/NAME.jpg", path=root)
    files = by_stem(root / "train", (".jpg",), report)
    order, rows = _index(table, set(files), report)
    return ImaterialistPhotos(
        root=root,
        ids=tuple(sorted(rows)),
        unlabelled_ids=tuple(sorted(set(files) - set(rows))),
        mapping=read_mapping(mapping_file, LABELS) if mapping_file else MAPPING,
        files=files,
        rows=rows,
        order=order,
    )


def _index(table: Path, files: set[str], report: Report) -> tuple[tuple[int, ...], dict[str, array[int]]]:
    """Return the column order, and for each photo the line numbers and offsets of its masks."""

    def fault(line: int, what: str, hint: str) -> None:
        report(DataError(f"{table} line {line}: {what}", hint=hint, path=table, line=line))

    csv.field_size_limit(max(csv.field_size_limit(), _LONGEST_LINE))
    rows: dict[str, array[int]] = {}
    with table.open("rb") as stream:
        names = _fields(stream.readline(_LONGEST_LINE).removeprefix(b"\xef\xbb\xbf")) or []
        lacking = [c for c in COLUMNS if c not in names]
        if lacking:
            fault(1, f"the header lacks {', '.join(lacking)}", f"it must be {','.join(COLUMNS)}")
            return (), {}
        order = tuple(names.index(c) for c in COLUMNS)
        line, offset = 1, stream.tell()
        while raw := stream.readline(_LONGEST_LINE):
            line, here, offset = line + 1, offset, offset + len(raw)
            if not raw.strip():
                continue
            fields = _fields(raw)
            if fields is None:
                fault(line, "it is not CSV in UTF-8", "write the row again")
                continue
            if len(fields) != len(names):
                fault(line, f"{len(fields)} fields for {len(names)} columns", "write the row again")
                continue
            image = fields[order[0]]
            stem = _stem(image)
            if stem not in files:  # names that contain a path are never among the files
                fault(line, f"photo {image[:80]!r} is not in train", "restore NAME.jpg, or remove the row")
                continue
            rows.setdefault(stem, array("q")).extend((line, here))
    return order, rows


def _stem(image: str) -> str:
    """Return a photo's name without .jpg, in any case; empty for another suffix."""
    return image[: -len(".jpg")] if image.lower().endswith(".jpg") else ""


def _fields(raw: bytes) -> list[str] | None:
    try:
        return next(csv.reader([raw.decode("utf-8")], strict=True))
    except (UnicodeDecodeError, csv.Error, StopIteration):
        return None

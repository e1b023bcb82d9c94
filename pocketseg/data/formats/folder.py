"""A plain folder: images/NAME.jpg|png and masks/NAME.png whose pixel values are class indices (255: ignored)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pocketseg.core.classes import CLASSES
from pocketseg.core.errors import DataError
from pocketseg.core.outside import read_json
from pocketseg.data.faults import Report, refuse
from pocketseg.data.index_png import JPEG_HINT
from pocketseg.data.layouts import hint as hint_at
from pocketseg.data.listing import by_stem, is_text, visible
from pocketseg.data.mapping import MAX_CLASSES, ClassMapping, same
from pocketseg.data.mapping_file import names_labels, names_masks, read_mapping, read_own_mapping
from pocketseg.data.mask_png import read_labels, read_mask
from pocketseg.data.pairing import lost_masks, named, paired
from pocketseg.data.photos import PhotoFolder, Pixels, check_pair

HELP = "A folder of your own: images/NAME.jpg|png, masks/NAME.png of class indices, classes.json where not the garments"
EXPECTED = (
    "images/*.jpg", "images/*.jpeg", "images/*.png", "images/*.webp", "images/*.bmp", "masks/*.png", "labels/*.png",
    "classes.json", "labels.json", "split.json", "provenance.json", "prepared.jsonl", "sample.json",
)  # fmt: skip
MAPPING = None
IMAGE_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".bmp")
_JPEG, _OTHER = (".jpg", ".jpeg"), (".tif", ".tiff", ".bmp", ".webp", ".gif", ".npy")


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderPhotos(PhotoFolder):
    """Photos and masks of the same names in two folders. Ids are the file names without suffix.

    Where labels.json names finer labels, `finer` holds their maps, and `masks` holds the classes they were mapped to.
    """

    files: dict[str, Path] = field(repr=False)
    masks: dict[str, Path] = field(repr=False)
    finer: Mapping[str, Path] | None = field(default=None, repr=False)
    assumed: str = ""
    format: str = "folder"

    @property
    def assumption(self) -> str:
        """Return which classes are assumed, where there are masks and nothing names their classes."""
        return self.assumed if self.ids else ""

    def image_path(self, photo_id: str) -> Path:
        return self.files[photo_id]

    def mask_path(self, photo_id: str) -> Path:
        return self.masks[photo_id]

    def labelled_at(self, photo_id: str) -> tuple[Path, int | None]:
        """Return the file of the finer labels where the folder has them."""
        if self.finer is None:
            return self.masks[photo_id], None
        return self.finer.get(photo_id, self.root / "labels" / f"{photo_id}.png"), None

    def labels(self, photo_id: str, report: Report = refuse) -> Pixels:
        """Return the finer labels where the folder has them, else the classes, H,W uint8."""
        what = "mask" if self.finer is None else "label map"
        return read_labels(self.labelled_at(photo_id)[0], self.mapping, what)

    def check_extras(self, photo_id: str, size_px: tuple[int, int] | None, report: Report) -> None:
        """Read the mask beside finer labels, to check it."""
        if self.finer is not None and photo_id in self.masks:
            mask = read_mask(
                self.masks[photo_id], len(self.mapping.classes) if not self.mapping.members else MAX_CLASSES
            )
            if size_px is not None:
                check_pair(photo_id, size_px, mask, self.masks[photo_id])

    def mask(self, photo_id: str) -> Pixels:
        """Return the class indices, H,W uint8."""
        if self.finer is not None and not self.mapping.members:
            return read_mask(self.masks[photo_id], len(self.mapping.classes))
        return self.mapping.table()[self.labels(photo_id)]


def open_folder(root: Path, mapping_file: Path | None, report: Report) -> FolderPhotos:
    """Return the photos of images/ with their masks; classes.json (a list of names), or the mapping file, names the
    values."""
    folder = root / "images"
    if not folder.is_dir():
        if root.name in ("images", "masks") and (root.parent / "images").is_dir():
            hint = f"did you mean folder:{root.parent}?"
        else:
            hint = hint_at(root, "expected images/ and masks/ with files of the same names")
        raise DataError(f"{root} has no folder images", hint=hint, path=root)
    files = by_stem(folder, IMAGE_SUFFIXES, report)
    if not files:
        hint = hint_at(root, f"looked for {', '.join(IMAGE_SUFFIXES)}")
        report(DataError(f"{folder} holds no photo", hint=hint, path=folder))
    masks = _masks(root, files, report)
    classes = _names(root / "classes.json", report)
    labels = _names(root / "labels.json", report)
    unnamed = classes is None and not (root / "classes.json").exists()
    assumed = unnamed and labels is None and not (mapping_file is not None and names_labels(mapping_file))
    return FolderPhotos(
        root=root,
        files=files,
        masks=masks,
        ids=tuple(sorted(set(masks) & set(files))),
        unlabelled_ids=tuple(sorted(set(files) - set(masks))),
        mapping=_mapping(mapping_file, classes, labels),
        finer=paired(by_stem(root / "labels", (".png",), report), files) if labels else None,
        assumed=_assumption(root) if assumed else "",
    )


def _mapping(
    mapping_file: Path | None, classes: tuple[str, ...] | None, labels: tuple[str, ...] | None
) -> ClassMapping:
    if labels and mapping_file is not None:
        return _finer_mapping(mapping_file, labels)
    if labels:  # the masks hold what the labels were mapped to
        return ClassMapping(labels=labels, classes=classes or CLASSES, members={})
    if mapping_file is not None:
        return read_own_mapping(mapping_file, classes, CLASSES)
    return same(classes or CLASSES)


def _finer_mapping(path: Path, labels: tuple[str, ...]) -> ClassMapping:
    """Return a mapping of labels that are already read. Raises DataError where the file says how to read masks'
    values."""
    if names_masks(path):
        hint = (
            "labels/ of this folder holds labels by their index in labels.json, as in a copy that `pocketseg data "
            "prepare` made with a mapping file: leave out the mapping file, or its [values] and [colors]"
        )
        raise DataError(f"{path} says how to read masks, but the labels here are already read", hint=hint, path=path)
    return read_mapping(path, labels)


def _assumption(root: Path) -> str:
    garments = ", ".join(f"{k} {name}" for k, name in enumerate(CLASSES))
    return f"{root} has no classes.json: the values of its masks are taken for the garment classes {garments}"


def _masks(root: Path, files: Mapping[str, Path], report: Report) -> dict[str, Path]:
    """Return masks/NAME.png by name; files there that are not masks of a photo are reported, one fault per kind."""
    folder = root / "masks"
    masks = paired(by_stem(folder, (".png",), report), files)
    lost = [masks[name] for name in sorted(set(masks) - set(files)) if is_text(name)]
    if lost:
        alone = {name: path for name, path in files.items() if name not in masks}
        others = [
            p.name for p in visible(root / "images") if p.stem in masks and p.suffix.lower() not in IMAGE_SUFFIXES
        ]
        hint = "restore the photo, or remove the mask"
        if others:
            hint = f"{named(others)} in images: save photos as {', '.join(IMAGE_SUFFIXES)}"
        report(lost_masks(lost, alone, hint))
    for suffixes, what, hint in (
        (_JPEG, "a JPEG", JPEG_HINT),
        (_OTHER, "not PNG", "save it as PNG, its values unchanged"),
    ):
        found = [p for p in visible(folder) if p.suffix.lower() in suffixes and p.is_file()]
        if found:
            many = f"{len(found)} masks in {folder} are {what.replace('a JPEG', 'JPEGs')}: "
            message = f"mask {found[0]} is {what}" if len(found) == 1 else many + named([p.name for p in found])
            report(DataError(message, hint=hint, path=found[0]))
    return masks


def _names(path: Path, report: Report) -> tuple[str, ...] | None:
    """Return a list of names; None where there is no such file, or where a report takes its fault."""

    def fault(message: str, hint: str) -> None:
        report(DataError(message, hint=hint, path=path))

    if not path.is_file():
        return None
    try:
        names = read_json(path)
    except (ValueError, OSError, RecursionError) as error:
        fault(f"{path} is not readable JSON ({error})", "write a list of names")
        return None
    if not isinstance(names, list) or len(names) < 2 or not all(isinstance(n, str) and n.strip() for n in names):
        fault(f"{path} must be a list of at least two class names", 'e.g. ["background", "shirt"]')
        return None
    if len(names) > MAX_CLASSES:
        fault(f"{path} has {len(names)} names", f"masks are 8-bit: at most {MAX_CLASSES} names")
        return None
    if len(set(names)) < len(names):
        fault(f"{path} names a class twice", "each class needs its own name")
        return None
    return tuple(names)

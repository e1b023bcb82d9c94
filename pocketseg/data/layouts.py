"""Recognises the layouts of other tools in a folder that lacks labels where its format expects them, and says what to
do."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pocketseg.data.listing import is_hidden
from pocketseg.data.pairing import named

_PICTURES = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff")
_MOST_FILES, _DEPTH, _JSON_BYTES = 4000, 4, 1 << 16
_RASTER = (
    "draw each photo's polygons into masks/NAME.png whose pixels are class indices, and name the classes in "
    "classes.json"
)


@dataclass(frozen=True, slots=True)
class _Tree:
    """Some of the files in a folder, as paths relative to it with `/`."""

    root: Path
    files: tuple[str, ...]
    folders: frozenset[str]

    def named(self, pattern: str) -> str | None:
        """Return the first file whose relative path matches a pattern, ignoring case."""
        return next((f for f in self.files if re.fullmatch(pattern, f, re.IGNORECASE)), None)

    def folder(self, name: str) -> str | None:
        """Return the first folder with a name, at any depth and ignoring case."""
        return next((f for f in sorted(self.folders) if f.rpartition("/")[2].lower() == name.lower()), None)


def looks_like(root: Path) -> str:
    """Return a sentence on what the folder looks like and what to do; empty where no layout is recognised."""
    tree = _tree(root)
    return next((said for look in _LOOKS if (said := look(tree))), "")


def hint(root: Path, otherwise: str) -> str:
    """Return what the folder looks like, or else the other hint."""
    return looks_like(root) or otherwise


def _tree(root: Path) -> _Tree:
    files: list[str] = []
    folders: set[str] = set()
    for place, inner, names in os.walk(root):
        relative = Path(place).relative_to(root)
        inner[:] = sorted(n for n in inner if not is_hidden(n)) if len(relative.parts) < _DEPTH else []
        folders.update((relative / n).as_posix() for n in inner)
        files.extend((relative / n).as_posix() for n in sorted(names)[:_MOST_FILES] if not is_hidden(n))
        if len(files) > _MOST_FILES:
            break
    return _Tree(root, tuple(files), frozenset(folders))


def _jsons(tree: _Tree) -> Iterator[tuple[str, str]]:
    """Yield the name, and the first and last bytes, of some JSON files, which may be large or deeply nested."""
    for name in [f for f in tree.files if f.lower().endswith(".json")][:20]:
        path = tree.root / name
        try:
            with path.open("rb") as stream:
                text = stream.read(_JSON_BYTES)
                stream.seek(max(len(text), path.stat().st_size - _JSON_BYTES))
                text += stream.read()
        except OSError:
            continue
        yield name, text.decode("utf-8", "replace")


def _other_format(tree: _Tree) -> str:
    if {"photos", "annotations/pixel-level"} <= tree.folders:
        return f"it looks like Clothing Co-Parsing: name it ccp:{tree.root}"
    if "train.csv" in tree.files and "train" in tree.folders:
        return f"it looks like iMaterialist: name it imaterialist:{tree.root}"
    if any(f.endswith("_pairs.txt") for f in tree.files) and tree.folder("label_maps"):
        return f"it looks like Dress Code: name it dresscode:{tree.root}"
    return ""


def _supervisely(tree: _Tree) -> str:
    if tree.named(r"meta\.json") and tree.folder("ann") and tree.folder("img"):
        return f"it looks like Supervisely (meta.json, {tree.folder('ann')}/, {tree.folder('img')}/): {_RASTER}"
    return ""


def _coco(tree: _Tree) -> str:
    for name, text in _jsons(tree):
        if all(f'"{key}"' in text for key in ("images", "annotations")) and '"shapes"' not in text:
            return f"it looks like COCO ({name} has images, annotations, categories): {_RASTER}"
    return ""


def _labelme(tree: _Tree) -> str:
    for name, text in _jsons(tree):
        if '"shapes"' in text and ('"imagePath"' in text or '"imageData"' in text):
            return (
                f"it looks like labelme ({name} lists shapes of a photo): make masks with labelme_export_json or "
                f"labelme2voc.py, or {_RASTER}"
            )
    return ""


def _yolo(tree: _Tree) -> str:
    text = tree.named(r"(.*/)?labels/.*\.txt")
    if text or (tree.named(r"(.*/)?data\.ya?ml") and tree.named(r".*\.txt")):
        return f"it looks like YOLO ({text or 'data.yaml'}): {_RASTER}"
    return ""


def _voc(tree: _Tree) -> str:
    photos, masks = tree.folder("JPEGImages"), tree.folder("SegmentationClass")
    cvat = tree.named(r"(.*/)?labelmap\.txt")
    if masks and (photos or cvat):
        tool = "CVAT's export of Pascal VOC" if cvat else "Pascal VOC"
        found = ", ".join(x for x in (photos, masks, cvat) if x)
        colours = f"; colour masks need [colors] in a mapping file, as {cvat} lists them" if cvat else ""
        return (
            f"it looks like {tool} ({found}): put its photos into images/ and the files of {masks} into masks/, and "
            f"write its class names by index into classes.json{colours}"
        )
    xml = tree.named(r"(.*/)?annotations\.xml")
    if xml:
        return f"it looks like CVAT ({xml}): export it from CVAT as 'Segmentation mask', and put its masks into masks/"
    if photos and tree.folder("Annotations"):
        return f"it looks like Pascal VOC with boxes only ({photos}, Annotations): segmentation needs masks, not boxes"
    return ""


def _cityscapes(tree: _Tree) -> str:
    if tree.folder("leftImg8bit") and (tree.folder("gtFine") or tree.folder("gtCoarse")):
        return (
            "it looks like Cityscapes (leftImg8bit, gtFine): put the photos into images/ and each "
            "NAME_gtFine_labelTrainIds.png into masks/ under its photo's name"
        )
    return ""


def _ade(tree: _Tree) -> str:
    inner = next(
        (f for f in sorted(tree.folders) if re.fullmatch(r"(images|masks|annotations|labels)/train\w*", f)), ""
    )
    if inner:
        return (
            f"its photos and masks lie in folders of parts such as {inner}: make one folder with images/NAME.jpg and "
            "masks/NAME.png, and pass the parts to `pocketseg data split --ids`"
        )
    return ""


def _deeper(tree: _Tree) -> str:
    inner = sorted(f.rpartition("/")[0] for f in tree.folders if f.endswith("/images"))
    found = next((f for f in inner if f"{f}/masks" in tree.folders), "")
    if found:
        more = [f for f in inner if f != found and f"{f}/masks" in tree.folders]
        also = f" (and {named(more)})" if more else ""
        return f"images/ and masks/ lie in {found}{also}: name folder:{tree.root / found}"
    return ""


def _picture_masks(tree: _Tree) -> str:
    for place in ("masks", "labels", "annotations", "SegmentationClass"):
        other = tree.named(rf"{place}/[^/]*\.(jpe?g)")
        if other:
            return f"{other} is a JPEG: JPEG masks lose their values, export masks/NAME.png from their source"
    return ""


def _other_names(tree: _Tree) -> str:
    words = ("mask", "label", "annotation", "annot", "segmentation", "gt", "groundtruth", "target")
    for suffix, what in ((".png", "PNG"), (".gif", "GIF")):
        places = {f.rpartition("/")[0] for f in tree.files if f.lower().endswith(suffix)} - {"", "images", "masks"}
        named_so = [f for f in sorted(places) if f.lower().startswith(words) or f.lower().endswith(("mask", "masks"))]
        found = next((f for f in named_so if "/" not in f), "")
        if found:
            masks = "masks/" if what == "PNG" else "masks/ as PNG"
            return f"{found}/ holds {what} files: masks belong into {masks}, photos into images/, under the same names"
    return ""


def _below_images(tree: _Tree) -> str:
    """Return the sentence for photos in folders below images/."""
    place = next((f.rpartition("/")[0] for f in tree.files if f.startswith("images/") and f.count("/") > 1), "")
    if place and not any(f.startswith("images/") and f.count("/") == 1 for f in tree.files):
        return (
            f"photos lie in folders below images, e.g. {place}: put them into images/ itself and their masks into "
            "masks/, under the same names"
        )
    return ""


def _one_folder(tree: _Tree) -> str:
    below = sorted(f"{f}/" for f in tree.folders if "/" not in f and f != "images")
    for place in ("", "images/", *below):
        names = [f for f in tree.files if f.startswith(place) and "/" not in f[len(place) :]]
        photos = {f.rpartition(".")[0] for f in names if f.lower().endswith((".jpg", ".jpeg"))}
        masks = [f for f in names if f.lower().endswith(".png")]
        paired = [f for f in masks if any(f.rpartition(".")[0].startswith(p) for p in photos)] if photos else []
        if paired:
            where = place.rstrip("/") or "the folder itself"
            return (
                f"photos and masks seem to lie in one folder ({where}, e.g. {paired[0]}): put photos into "
                "images/NAME.jpg and masks into masks/NAME.png, under the same names"
            )
        if names and not place and any(f.lower().endswith(_PICTURES) for f in names):
            return f"pictures lie in the folder itself, e.g. {names[0]}: put photos into images/ and masks into masks/"
    return ""


_LOOKS: tuple[Callable[[_Tree], str], ...] = (
    _other_format, _supervisely, _labelme, _coco, _yolo, _voc, _cityscapes, _picture_masks, _deeper, _ade, _other_names,
    _one_folder, _below_images,
)  # fmt: skip

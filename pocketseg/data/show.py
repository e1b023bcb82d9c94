"""A contact sheet of photos beside their masks, with a legend of the classes, for looking at labels before training."""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from pocketseg.core.classes import IGNORE_INDEX, colors
from pocketseg.core.errors import UsageError
from pocketseg.data.photos import PhotoSet, Pixels, read_pair

_CELL_HEIGHT, _GAP, _LINE = 260, 8, 22
_INK, _PAPER = (30, 30, 30), (255, 255, 255)
_STRIPE_PX = 6


def choose(ids: Sequence[str], count: int, seed: int) -> list[str]:
    """Return ids chosen at random by the seed, in order."""
    if count < 1:
        raise UsageError(f"a sheet of {count} photos would be empty", hint="give -n 1 or more")
    return sorted(random.Random(seed).sample(list(ids), min(count, len(ids))))


def overlay(image: Pixels, mask: Pixels, class_count: int) -> Pixels:
    """Return the classes' colours over the photo in grey, so that its own colours do not affect them.

    The first class leaves the photo as it is; ignored pixels are striped in black and white.
    """
    palette = np.zeros((256, 3), np.float32)
    palette[:class_count] = colors(class_count)
    grey = image.mean(2, keepdims=True)
    blended = palette[mask] * 0.6 + grey * 0.4
    rows, columns = np.indices(mask.shape)
    stripes = np.where((rows + columns) // _STRIPE_PX % 2, 255, 0)[..., None]
    blended = np.where((mask == IGNORE_INDEX)[..., None], stripes, blended)
    return np.where((mask > 0)[..., None], blended, image).round().astype(np.uint8)


def sheet(photos: PhotoSet, ids: Sequence[str]) -> Image.Image:
    """Return the photos, each beside its overlay, with id, size and the classes that it holds."""
    if not ids:
        raise UsageError(f"{photos.root} has no labelled photo to show")
    font = ImageFont.load_default(14)
    cells = [_cell(photos, photo_id, font) for photo_id in ids]
    width = max(c.width for c in cells)
    columns = max(1, min(len(cells), round((len(cells) * _CELL_HEIGHT * 1.6 / width) ** 0.5)))
    rows = -(-len(cells) // columns)
    legend = _legend(photos.classes, columns * (width + _GAP) + _GAP, font)
    picture = Image.new(
        "RGB", (columns * (width + _GAP) + _GAP, rows * (cells[0].height + _GAP) + _GAP + legend.height), _PAPER
    )
    for index, cell in enumerate(cells):
        row, column = divmod(index, columns)
        picture.paste(cell, (_GAP + column * (width + _GAP), _GAP + row * (cell.height + _GAP)))
    picture.paste(legend, (0, picture.height - legend.height))
    return picture


def _cell(photos: PhotoSet, photo_id: str, font: ImageFont.ImageFont | ImageFont.FreeTypeFont) -> Image.Image:
    image, mask = read_pair(photos, photo_id)
    width = max(1, round(image.shape[1] * _CELL_HEIGHT / image.shape[0]))
    cell = Image.new("RGB", (max(2 * width + 2, 180), _CELL_HEIGHT + 2 * _LINE), _PAPER)
    for k, pixels in enumerate((image, overlay(image, mask, len(photos.classes)))):
        cell.paste(Image.fromarray(pixels).resize((width, _CELL_HEIGHT), Image.Resampling.BOX), (k * (width + 2), 0))
    draw = ImageDraw.Draw(cell)
    draw.text((0, _CELL_HEIGHT + 2), f"{photo_id}   {image.shape[1]} x {image.shape[0]}", _INK, font)
    counts = np.bincount(mask.ravel(), minlength=256)
    present = [(n, counts[k] / mask.size) for k, n in enumerate(photos.classes) if k > 0 and counts[k]]
    text = "  ".join(f"{_plain(n)} {share:.0%}" for n, share in present) or f"{_plain(photos.classes[0])} only"
    while draw.textlength(text, font) > cell.width and len(text) > 4:
        text = text[:-2].rstrip(".") + "."
    draw.text((0, _CELL_HEIGHT + _LINE), text, _INK, font)
    return cell


def _legend(classes: tuple[str, ...], width: int, font: ImageFont.ImageFont | ImageFont.FreeTypeFont) -> Image.Image:
    names = [f"{_plain(classes[0])} (not coloured)", *map(_plain, classes[1:]), "ignored"]
    swatches = [*colors(len(classes)), None]
    places, x, y = [], _GAP, 4
    for name in names:
        wide = 24 + round(font.getlength(name)) + 16
        if x + wide > width and x > _GAP:
            x, y = _GAP, y + _LINE
        places.append((x, y))
        x += wide
    picture = Image.new("RGB", (width, y + _LINE + 4), _PAPER)
    draw = ImageDraw.Draw(picture)
    for (x, y), name, rgb in zip(places, names, swatches, strict=True):
        draw.rectangle((x, y + 2, x + 16, y + 16), rgb or _PAPER, _INK)
        if rgb is None:
            for step in range(2, 15, 4):
                draw.line((x, y + 2 + step, x + step, y + 2), _INK)
        draw.text((x + 22, y), name, _INK, font)
    return picture


def _plain(name: str) -> str:
    """Return a name as one line."""
    return " ".join(name.split())[:60] or "?"

"""The page's gallery: each photo with its label and masks, the classes' colours, and a description of each mask."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from pocketseg.report.gallery import GalleryPhoto, Thumbnail, within_budget
from pocketseg.report.parts import keys

_PICTURES_BYTES = 4_500_000  # the page stays under 6 MB
_MOST_NAMED = 6  # classes that the text of a picture names
_FEW = 5  # pictures of a photo that may be shown larger


def section_of_pictures(
    heading: str, photos: Sequence[GalleryPhoto], classes: Sequence[str], caption: str = ""
) -> str:  # fmt: skip
    """Return the section of the photos that fit into the page, or an empty text if none does. caption: plain text."""
    made = within_budget(photos, _PICTURES_BYTES)
    if not made:
        return ""
    blocks = "".join(
        _block(photo.photo_id, pictures, classes) for photo, pictures in zip(photos, made, strict=False)
    )  # fmt: skip
    left_out = len(photos) - len(made)
    more = f"{left_out} more photo{'' if left_out == 1 else 's'} left out to keep this page small."
    said = [caption, "Under each mask: mIoU over this photo only. Hatched: not scored.", more if left_out else "",
            "Press a picture, or Enter on it, to see it large; the arrow keys go to the others."]  # fmt: skip
    return (
        f'<section id="gallery"><h2>{escape(heading)}</h2>{keys(classes)}'
        f'<p class="caption">{escape(" ".join(filter(None, said)))}</p>{blocks}</section>'
    )


def _block(photo_id: str, pictures: Sequence[Thumbnail], classes: Sequence[str]) -> str:
    kind = "gallery few" if len(pictures) <= _FEW else "gallery"
    figures = "".join(_figure(photo_id, at, picture, classes) for at, picture in enumerate(pictures))
    name = escape(photo_id)
    return f'<h3>{name}</h3><div class="{kind}" role="group" aria-label="photo {name}">{figures}</div>'


def _figure(photo_id: str, at: int, picture: Thumbnail, classes: Sequence[str]) -> str:
    """Return one picture with its caption and mIoU. The Tab key stops at the first picture of a photo."""
    score = "" if picture.miou is None else f" <b>{picture.miou:.3f}</b>"
    file = f' data-file="{escape(picture.caption)}"' if picture.miou is not None else ""
    return (
        f'<figure{file}><button type="button" class="enlarge" tabindex="{-1 if at else 0}">'
        f'<img src="{picture.uri}" width="{picture.width_px}" height="{picture.height_px}" '
        f'alt="{escape(_in_words(photo_id, picture, classes))}"></button>'
        f"<figcaption>{escape(picture.caption)}{score}</figcaption></figure>"
    )


def _in_words(photo_id: str, picture: Thumbnail, classes: Sequence[str]) -> str:
    """Describe a picture in words: its classes, and the share of the photo that each covers."""
    if picture.shares is None:
        return f"{picture.caption} {photo_id}"
    named = [
        (share, classes[index] if index < len(classes) else f"class {index}")
        for index, share in picture.shares.items()
        if index > 0
    ]
    parts = [f"{name} {share:.0%}" for share, name in sorted(named, reverse=True)[:_MOST_NAMED]]
    more = f" and {len(named) - _MOST_NAMED} more" if len(named) > _MOST_NAMED else ""
    holds = f"{', '.join(parts)}{more}" if parts else "only background"
    if picture.miou is None:
        return f"{picture.caption} of photo {photo_id}: {holds}"
    return f"mask of {picture.caption} for photo {photo_id}, mIoU {picture.miou:.3f}: {holds}"

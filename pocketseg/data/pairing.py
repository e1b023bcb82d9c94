"""Masks without a photo: one fault for all of them, with the names that would pair."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path

from pocketseg.core.errors import DataError

_SHOWN = 3
_TRIED = 20  # masks without a photo from which a pattern is guessed


def paired(masks: Mapping[str, Path], photos: Mapping[str, Path]) -> dict[str, Path]:
    """Return masks under their photos' names, where both are the same text in Unicode: Macs write é as e and an
    accent."""
    one_text = {unicodedata.normalize("NFC", name): name for name in photos}
    renamed = {name: one_text.get(unicodedata.normalize("NFC", name), name) for name in masks if name not in photos}
    return {name if renamed.get(name) in masks else renamed.get(name, name): path for name, path in masks.items()}


def lost_masks(lost: Sequence[Path], photos: Mapping[str, Path], hint: str, many: str = "masks have") -> DataError:
    """Return the fault of masks without a photo.

    Args:
        lost: the masks.
        photos: the photos without a mask, by id.
        hint: what to say where no name is near.
        many: how messages count the masks.
    """
    pattern = _pattern([p.stem for p in lost], list(photos))
    if pattern is not None:
        (before, after), (photo_before, photo_after) = pattern
        photo = next(iter(photos.values()))
        hint = (
            f"masks are called {before}NAME{after}{lost[0].suffix}, photos "
            f"{photo_before}NAME{photo_after}{photo.suffix}: rename either so that a mask has its photo's name"
        )
    elif near := difflib.get_close_matches(lost[0].stem, list(photos)[:5000], n=1, cutoff=0.6):
        hint = f"the nearest photo without a mask is {photos[near[0]].name}; {hint}"
    if len(lost) == 1:
        return DataError(f"mask {lost[0]} has no photo", hint=hint, path=lost[0])
    return DataError(f"{len(lost)} {many} no photo: {named([p.name for p in lost])}", hint=hint, path=lost[0])


def named(names: Sequence[str], shown: int = _SHOWN) -> str:
    """Return some of the names, and how many more there are."""
    rest = len(names) - shown
    return ", ".join(names[:shown]) + (f" and {rest} more" if rest > 0 else "")


def _pattern(masks: Sequence[str], photos: Sequence[str]) -> tuple[tuple[str, str], tuple[str, str]] | None:
    """Return what stands before and after a common NAME in masks' names and in photos', where half of them pair so."""
    present = set(photos)
    for mask in masks[:_TRIED]:
        near = difflib.get_close_matches(mask, photos[:5000], n=1, cutoff=0.3)
        if not near:
            continue
        match = difflib.SequenceMatcher(None, mask, near[0], autojunk=False).find_longest_match()
        name = _whole_words(mask[match.a : match.a + match.size], starts=match.a + match.b == 0)
        if not name:
            continue
        before, _, after = mask.partition(name)
        photo_before, _, photo_after = near[0].partition(name)
        if any(c.isdigit() for c in before + after + photo_before + photo_after):
            continue
        middles = [m[len(before) : len(m) - len(after)] for m in masks if m.startswith(before) and m.endswith(after)]
        if 2 * sum(f"{photo_before}{m}{photo_after}" in present for m in middles) >= len(masks):
            return (before, after), (photo_before, photo_after)
    return None


def _whole_words(common: str, *, starts: bool) -> str:
    """Return the common beginning of two names without a word that it cuts: 0007 of g_0007."""
    place = 0
    if not starts:
        while place < len(common) and common[place].isalpha():
            place += 1
    return common[place:].strip("_-. ")

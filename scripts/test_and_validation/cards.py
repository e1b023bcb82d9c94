"""Amend the cards of released networks with their scores on the strict subset; weights and all else stay."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import models
from pocketseg.core.errors import DataError
from pocketseg.core.files import write_json, write_text
from pocketseg.data.split import Split, read_split
from pocketseg.training.card import card_text
from pocketseg.training.photo_scores import scores_of
from pocketseg.training.strict_scores import on_strict_subset
from scripts.test_and_validation import kept
from scripts.test_and_validation.results import SPLIT


def amend() -> list[Path]:
    """Write the cards that change, and return their paths. Raises DataError where scores are of other weights."""
    split, written = read_split(SPLIT), []
    for name in models.released():
        if not (scores := kept.scores_path(name)).is_file():
            continue
        path = models.RELEASED_FOLDER / f"{name}.json"
        card = kept.read(path)
        whole = amended(card, scores, split)
        if json.dumps(whole) != json.dumps(card):
            written.append(write_json(path, whole))
        text = path.with_suffix(".md")
        if text.read_text(encoding="utf-8") != card_text(whole):
            written.append(write_text(text, card_text(whole)))
    return written


def amended(card: dict[str, Any], scores: Path, split: Split) -> dict[str, Any]:
    """Return a card with `test_strict` after `test`, from the file of its scores."""
    content = kept.read(scores)
    if content.get("sha256") != card["sha256"]:
        raise DataError(f"{scores} is of other weights than the card", hint="run the command score", path=scores)
    strict = on_strict_subset(scores_of(content, scores)["test"], split)
    whole: dict[str, Any] = {}
    for key, value in card.items():
        if key != "test_strict":
            whole[key] = value
        if key == "test":
            whole["test_strict"] = strict
    return whole

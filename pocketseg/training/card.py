"""A released model's card: what it is, how it scores, how it was trained, and its limits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# What is known of a format's photos, for the card.
_LIMITS = {
    "ccp": """Trained on street fashion photos with one main person each, mostly women; only the main person is
labelled. Kinds of garment are labelled loosely, so two annotations of one shot differ. Not for telling people apart.
Source of the photos: Clothing Co-Parsing (github.com/bearpaw/clothing-co-parsing, Apache-2.0; Yang, Luo, Lin,
CVPR 2014).""",
}
_LIMITS_UNKNOWN = "The scores hold for photos like those it was trained on; it was not measured on others."
# What a recipe says of itself where it is not neutral: 0, empty, or 1 for a share.
_SAID = {
    "flip": "mirroring (chance {0})",
    "color": "colour changes {0}",
    "ema_decay": "averaged weights (decay {0})",
    "warmup_steps": "warm-up of {0} steps",
    "clip_norm": "gradients clipped at {0}",
    "class_weights": "class weights {0}",
    "fine_weight": "the data's own finer labels (weight {0})",
    "dice_weight": "soft Dice loss (weight {0})",
    "photos_share": "{0:.1%} of the training photos",
}


def card_text(card: dict[str, Any]) -> str:
    """Return the model card in Markdown, every number taken from the run."""
    recipe = card["recipe"]
    rows = "\n".join(
        f"| {name} | {_number(card['val']['iou'][name])} | {_number(card['test']['iou'][name])} |"
        for name in card["classes"]
    )
    return f"""# {card["name"]}

{card["network"]}, {card["parameters"]:,} parameters, input {card["height_px"]} x {card["width_px"]} px (height x width;
photos are stretched){_inputs(card)}, classes {", ".join(card["classes"])}. Weights: fp16 safetensors,
{card["size_bytes"] / 1e6:.2f} MB, sha256 `{card["sha256"]}`.

## Scores

IoU at each photo's own resolution, from one confusion matrix over the photos; mIoU is the mean over the classes
that the photos' labels hold.

| class | validation ({card["val"]["photos"]} photos) | test ({card["test"]["photos"]} photos) |
|---|---|---|
{rows}
| **mIoU** | **{card["val"]["miou"]:.4f}** | **{card["test"]["miou"]:.4f}** |
| 95 % interval | {_between(card["val"]["miou_interval"])} | {_between(card["test"]["miou_interval"])} |
{_strict(card)}
## Training

- Data: {card["data"]["format"]}, split `{card["data"]["split"]}` (hash `{card["data"]["split_hash"]}`):
  {card["data"]["photos"]["train"]} training, {card["data"]["photos"]["val"]} validation,
  {card["data"]["photos"]["test"]} test photos. The weights are those of the epoch with the best validation mIoU
  ({card["epoch_of_best"]} of {recipe["epochs"]}); the test photos were scored once, for this card.
- Recipe: {_recipe(recipe)}.
- {_duration(card["training_seconds"])}, {card["arithmetic"]} arithmetic, seed {card["seed"]},
  torch {card["tools"]["torch"]}.
{_lineage(card)}{"- " + card["notes"] if card["notes"] else ""}

## Limits

{_LIMITS.get(card["data"]["format"], _LIMITS_UNKNOWN)}
"""


def _inputs(card: Mapping[str, Any]) -> str:
    """Name what the network takes beside the photo."""
    taken = [name.replace("_", " ") for name in card.get("input_signals", ())]
    return f" and, beside the photo, {' and '.join(taken)}" if taken else ""


def _strict(card: Mapping[str, Any]) -> str:
    """Report the score on the strict subset, where there is one."""
    found = card.get("test_strict")
    if not found:
        return ""
    return f"""
On the strict subset, {found["photos"]} of the test photos, which have no look-alike among the photos that training or
choice may use: mIoU {found["miou"]:.4f}, 95 % interval {_between(found["miou_interval"])}.
"""


def _recipe(recipe: Mapping[str, Any]) -> str:
    """Describe the recipe in one sentence: first the settings that every run has, then those that are not neutral."""
    said = [
        recipe["optimizer"],
        f"rate {recipe['lr']}",
        f"batch {recipe['batch_size']}",
        f"{recipe['epochs']} epochs",
        f"weight decay {recipe['weight_decay']}",
        f"zoom {recipe['scale'][0]} to {recipe['scale'][1]}",
    ]
    for name, text in _SAID.items():
        value = recipe.get(name)
        if value and value != (1.0 if name == "photos_share" else None):
            said.append(text.format(value))
    sizes = ", ".join(f"{share:.0%} of the steps at {h} x {w}" for share, h, w in recipe["stages"])
    return ", ".join(said) + (f"; {sizes}" if sizes else "")


def _duration(seconds: float) -> str:
    minutes = round(seconds / 60)
    return f"{seconds:.0f} seconds" if seconds < 60 else f"{minutes} minute{'' if minutes == 1 else 's'}"


def _lineage(card: dict[str, Any]) -> str:
    """Describe what else the weights learnt from, by hash: teachers, photos without masks, initial weights."""
    said = []
    if card["teachers"]:
        said.append("taught by " + ", ".join(f"`{sha256[:12]}`" for sha256 in card["teachers"]))
    if card["unlabelled_photos"]:
        said.append(f"{card['unlabelled_photos']:,} photos without masks")
    if card["initial"]:
        said.append(f"begun from weights `{card['initial'][:12]}`")
    return f"- Learnt from: {'; '.join(said)} (first digits of sha256).\n" if said else ""


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.4f}"


def _between(interval: list[float] | None) -> str:
    return "-" if interval is None else f"{interval[0]:.4f} to {interval[1]:.4f}"

"""Every setting of a training recipe: what it means and which values it takes, as docs/training.md lists them."""

from __future__ import annotations

from dataclasses import dataclass, field, fields

from pocketseg.data.signals.channels import INPUTS, TARGETS

INPUT_SIGNALS, TARGET_SIGNALS = tuple(INPUTS), tuple(TARGETS)


def _says(meaning: str, values: str) -> dict[str, str]:
    return {"meaning": meaning, "values": values}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings by name; the metadata of each field is one Markdown sentence and the values that it takes."""

    optimizer: str = field(metadata=_says("Optimiser.", "`adam`, `adamw`"))
    lr: float = field(metadata=_says("Learning rate after the warm-up.", "above 0"))
    betas: tuple[float, float] = field(
        metadata=_says("Decay of the optimiser's two running averages.", "two numbers from 0 to below 1")
    )
    weight_decay: float = field(
        metadata=_says("Weight decay of all weights but biases and normalisation.", "0 or more")
    )
    head_lr_factor: float = field(
        metadata=_says("The head of a TopFormer or a feature pyramid learns at this times `lr`.", "0 or more")
    )
    batch_size: int = field(
        metadata=_says(
            "Photos in a step, over all processes together (`--batch-size`).", "1 or more; 2 or more in each process"
        )
    )
    epochs: int = field(metadata=_says("Passes over the labelled training photos (`--epochs`).", "1 or more"))
    warmup_steps: int = field(
        metadata=_says(
            "Steps in which the rate rises to `lr`. Where a recipe's own would take more than half of the run, "
            "it takes a tenth; what you set is taken as it is.",
            "steps, 0 or more",
        )
    )
    poly_power: float = field(
        metadata=_says(
            "The rate falls as (1 - the share of the run that is done) to this power; 0: it stays constant.",
            "0 or more",
        )
    )
    output_weights: tuple[float, ...] = field(
        metadata=_says(
            "Weight of each output's loss: a U2Net has seven in training, the others one.",
            "a list of numbers, 0 or more, one above 0",
        )
    )
    class_weights: tuple[float, ...] = field(
        metadata=_says(
            "Weight of each class in the loss; empty: all alike.",
            "`[]`, or a number for each class, 0 or more, one above 0",
        )
    )
    dice_weight: float = field(metadata=_says("Weight of the soft Dice loss beside cross-entropy.", "0 (off) or more"))
    clip_norm: float = field(
        metadata=_says("Gradients are scaled down to this norm where they exceed it.", "0 (off) or more")
    )
    ema_decay: float = field(
        metadata=_says(
            "Decay of the running average of the weights, which is what is validated and saved.",
            "0 (no average) to below 1",
        )
    )
    norm_statistics: str = field(
        metadata=_says(
            "Batch normalisation takes its statistics from each batch, or keeps those of the first weights (`--init`).",
            "`batch`, `frozen`",
        )
    )
    zeros: str = field(
        metadata=_says(
            "Whether weights of convolutions that are 0 at the start stay 0, as in a sparse network.", "`free`, `kept`"
        )
    )
    fake_quant: str = field(
        metadata=_says("Train, validate and choose the network as an 8-bit file computes it.", "`none`, `w8a8`")
    )
    fine_weight: float = field(
        metadata=_says(
            "Weight of the loss over the data's own, finer labels (CCP has 59), which an extra head learns; "
            "it is dropped after training.",
            "0 (no such head) or more",
        )
    )
    teacher_weight: float = field(
        metadata=_says(
            "Weight of the loss over soft labels that teachers give once, before training (`--teacher`).",
            "0 (off) or more",
        )
    )
    distil_logit: float = field(
        metadata=_says(
            "Weight of the loss against the class probabilities of teachers that run in every step.", "0 (off) or more"
        )
    )
    distil_channel: float = field(
        metadata=_says(
            "The same, against where in the picture each of a teacher's channels is active.", "0 (off) or more"
        )
    )
    distil_feature: float = field(metadata=_says("The same, against a teacher's last feature map.", "0 (off) or more"))
    temperature: float = field(
        metadata=_says("Softens teacher and network alike in `distil_logit` and `distil_channel`.", "above 0")
    )
    unlabelled_share: float = field(
        metadata=_says("Share of each batch that is photos without masks, which only teachers label.", "0 to below 1")
    )
    photos_share: float = field(
        metadata=_says(
            "Share of the labelled training photos that is used; a smaller share is part of a larger one.",
            "above 0, at most 1",
        )
    )
    scale: tuple[float, float] = field(
        metadata=_says("Random zoom: the smallest and the largest.", "two numbers from 0.1 to 10")
    )
    flip: float = field(metadata=_says("Chance that a photo is mirrored left to right.", "0 to 1"))
    color: float = field(
        metadata=_says("Strength of random changes of brightness, contrast and saturation.", "0 (none) or more")
    )
    height_px: int = field(
        metadata=_says("Input height of the finished network (`--size`).", "px, a multiple of 32, at least 64")
    )
    width_px: int = field(
        metadata=_says("Input width of the finished network (`--size`).", "px, a multiple of 32, at least 64")
    )
    stages: tuple[tuple[float, int, int], ...] = field(
        metadata=_says(
            "Train at growing sizes: for each stage its share of all steps, height and width. Empty: one stage.",
            "`[]`, or `[[share, height, width], ...]`; shares add up to 1, the last size is the network's",
        )
    )
    input_signals: tuple[str, ...] = field(
        default=(),
        metadata=_says(
            "Signals that the network takes beside the photo, wherever it runs (`--signals`, [signals](signals.md)).",
            "a list of " + ", ".join(f"`{name}`" for name in INPUT_SIGNALS),
        ),
    )
    signal_dropout: float = field(
        default=0.2, metadata=_says("Chance that an input signal of a photo is absent from a step.", "0 to below 1")
    )
    target_signals: tuple[str, ...] = field(
        default=(),
        metadata=_says(
            "Signals that extra heads learn to predict (`--signals`); the heads are dropped after training.",
            "a list of " + ", ".join(f"`{name}`" for name in TARGET_SIGNALS),
        ),
    )
    target_weight: float = field(default=0.5, metadata=_says("Weight of the losses of these heads.", "0 or more"))


NAMES = tuple(setting.name for setting in fields(Settings))

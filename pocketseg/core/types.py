"""The types that layers exchange: frozen, keyword-only, validated, without I/O."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from pocketseg.core.errors import UsageError
from pocketseg.core.precisions import PRECISION_STEPS, PRECISIONS, meant_by, unknown_precision


class OutputKind(Enum):
    """What an exported file returns: float scores for each class, or one class index per pixel."""

    LOGITS = "logits"
    CLASSMAP = "classmap"


LARGEST_INPUT_PX = 8192  # height and width of a network's input: bounds what resizing a photo may cost


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSpec:
    """What a network expects and returns.

    Attributes:
        height_px, width_px: input size.
        mean_rgb, std_rgb: normalisation of RGB scaled to 0..1.
        classes: names in index order, background first.
        head: which output carries the masks.
    """

    name: str
    height_px: int
    width_px: int
    mean_rgb: tuple[float, float, float]
    std_rgb: tuple[float, float, float]
    classes: tuple[str, ...]
    head: str = "logits"

    def __post_init__(self) -> None:
        for label, value in (("height_px", self.height_px), ("width_px", self.width_px)):
            if value < 32:
                raise UsageError(f"{label} of {self.name} is {value}; it must be at least 32")
            if value > LARGEST_INPUT_PX:
                raise UsageError(f"{label} of {self.name} is {value}; it may be {LARGEST_INPUT_PX} at most")
        if len(self.classes) < 2:
            raise UsageError(f"{self.name} has {len(self.classes)} class(es); it needs at least 2")
        if any(s <= 0 for s in self.std_rgb):
            raise UsageError(f"std_rgb of {self.name} must be positive, not {self.std_rgb}")


def spec_from_json(content: Mapping[str, Any]) -> ModelSpec:
    """Return the spec from the plain values that dataclasses.asdict, and JSON, make of it."""
    values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in content.items()}
    return ModelSpec(**values)


_STEP = re.compile(r"[a-z][a-z0-9_]*(:[^+:\s]+)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How a network is made small: any number of steps, then one precision (pocketseg/core/precisions.py).

    The text `prune:0.3+w8a8` round-trips: `Recipe.parse(str(recipe)) == recipe`.
    """

    steps: tuple[str, ...] = ()
    precision: str = "fp32"

    def __post_init__(self) -> None:
        for step in self.steps:
            if not _STEP.fullmatch(step):
                raise UsageError(f"{step!r} is not a recipe step; write name or name:value, e.g. prune:0.3")
        if self.precision not in PRECISIONS:
            raise unknown_precision(self.precision)

    @classmethod
    def parse(cls, text: str) -> Recipe:
        """Return the recipe of a text `step+step+precision`; without a precision it is fp32."""
        parts = [part.strip() for part in text.split("+")]
        if parts and parts[-1] in PRECISIONS:
            return cls(steps=tuple(parts[:-1]), precision=parts[-1])
        if parts[-1].partition(":")[0] in PRECISIONS or meant_by(parts[-1]):  # w8a8:qad, int8
            raise unknown_precision(parts[-1])
        if len(parts) == 1 and ":" not in parts[0]:
            raise unknown_precision(parts[0])
        return cls(steps=tuple(parts))

    def __str__(self) -> str:
        return "+".join((*self.steps, self.precision))

    @property
    def all_steps(self) -> tuple[str, ...]:
        """Return the steps, then those that the precision runs itself: qat:w8a8 for w8a8:qat."""
        return (*self.steps, *PRECISION_STEPS.get(self.precision, ()))

    @property
    def numbers(self) -> str:
        """Return the number format that the file holds, however it was obtained: w8a8 for w8a8, w8a8:qat and
        w8a8:mixed."""
        return self.precision.partition(":")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class TensorSpec:
    """One input or output of a file.

    Attributes:
        shape: as the runtime sees it.
        layout: NCHW, NHWC, HWC, NHW...
        dtype: numpy name, or `image` (Core ML).
        scale, zero_point: of integer tensors that carry quantised reals, else None.
        value_range: of inputs, the raw values that go in, e.g. (0, 255).
        normalization: `inside` (the file normalises) or `none` (outputs).
    """

    name: str
    shape: tuple[int, ...]
    layout: str
    dtype: str
    scale: float | None = None
    zero_point: int | None = None
    value_range: tuple[float, float] | None = None
    normalization: str = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Preprocessing:
    """What an app does to a photo before it fills a file's first input; docs/preprocessing.md defines it bit for bit.

    Attributes:
        orientation: `exif`: the photo is turned upright as its Exif orientation says.
        color_order: of the three values of a pixel.
        resize: `stretch`: height and width are scaled to input_height_px and input_width_px, each by its own factor;
            nothing is cropped or padded.
        resampling: `pillow-bilinear`: a triangle filter as wide as the reduction, in the fixed-point arithmetic of
            Pillow's 8-bit images.
        value_range: of the result, plain 8-bit values.
        mean_rgb, std_rgb: the network sees (value / 255 - mean) / std. An input whose `normalization` is `inside` does
            that itself, and the app must not.
    """

    mean_rgb: tuple[float, float, float]
    std_rgb: tuple[float, float, float]
    orientation: str = "exif"
    color_order: str = "RGB"
    resize: str = "stretch"
    resampling: str = "pillow-bilinear"
    value_range: tuple[float, float] = (0.0, 255.0)

    def __post_init__(self) -> None:
        for name, known in PREPROCESSING.items():
            if getattr(self, name) != known:
                raise UsageError(f"preprocessing {name} is {getattr(self, name)!r}; this version knows only {known!r}")
        if any(value <= 0 for value in self.std_rgb):
            raise UsageError(f"preprocessing std_rgb must be positive, not {self.std_rgb}")


FIGURE = "figure"  # golden values' signals: those of the drawn person of training/signal_inputs.py
PREPROCESSING: dict[str, object] = {  # the one rule of this version: a file that asks for another is refused
    "orientation": "exif", "color_order": "RGB", "resize": "stretch", "resampling": "pillow-bilinear",
    "value_range": (0.0, 255.0),
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Parity:
    """How closely a file matches the network it was made from.

    Ratios are 0 to 1.

    Attributes:
        status: `measured` (the reason names what ran it, where that is not a device's engine), or `not measured here`
            with a reason.
        max_abs_error: in logits (None for class maps).
        argmax_agreement_garment: over pixels that either side calls garment.
        source, digests: of the photos that both ran on.
    """

    status: str
    reason: str = ""
    source: str = ""
    digests: tuple[str, ...] = ()
    images: int = 0
    max_abs_error: float | None = None
    argmax_agreement: float | None = None
    argmax_agreement_garment: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What an exporter reports about the file it wrote: its tensors and further facts for the manifest."""

    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    """An exported file with everything needed to run it, check it and trace it: the manifest."""

    target: str
    model: str
    recipe: str
    precision: str
    output: str
    file: str
    sha256: str
    size_bytes: int
    input_height_px: int
    input_width_px: int
    preprocessing: Preprocessing
    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]
    classes: tuple[str, ...]
    colors_rgb: tuple[tuple[int, int, int], ...]
    checkpoint_sha256: str
    lineage: tuple[str, ...]
    split_hash: str
    calibration: dict[str, Any]
    parity: Parity
    tools: dict[str, str]
    facts: dict[str, Any] = field(default_factory=dict)
    golden: dict[str, Any] = field(default_factory=dict)
    schema_version: int = 2

    @property
    def signals(self) -> tuple[str, ...]:
        """Return the signals that the file takes in its second input; empty where it takes the photo alone."""
        return tuple(self.facts.get("signals", {}).get("names", ()))


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchmarkRow:
    """One artifact on one runtime on one device. Latencies in ms, sizes in bytes, ratios 0 to 1.

    Attributes:
        status: ok | refused | failed; `reason` says why when it is not ok.
        latencies_ms: every timed run, raw.
        split: of the photos that miou, iou and photos refer to.
        test_miou, test_iou, test_photos, tested_at: of test photos, where the other scores are of validation photos and
            the file was also scored once on test photos; no choice depends on them.
        verdict: VALID | UNSTABLE | INVALID, with its reasons; empty on rows older than records, and on refused and
            failed ones. From here on the fields are taken from the row's record (docs/record.md).
        p50_ms: of the undisturbed turns where there are enough; p50_all_ms of all turns; low and high are 95 %
            intervals.
        end_to_end_ms: the median from a photo's bytes to a class map of its size.
        kind: where it ran, host | reference | emulated | android | ios | browser.
        record: the record's id, `RUNID/PLACE`.
        document: the record itself, in memory only.
    """

    model: str
    recipe: str
    target: str
    precision: str
    runtime: str
    status: str
    reason: str = ""
    split: str = ""
    threads: int | None = None
    size_bytes: int | None = None
    miou: float | None = None
    argmax_agreement: float | None = None
    p50_ms: float | None = None
    p90_ms: float | None = None
    load_ms: float | None = None
    peak_rss_bytes: int | None = None
    iou: dict[str, float | None] = field(default_factory=dict)
    photos: int = 0
    data: str = ""
    data_hash: str = ""
    latencies_ms: tuple[float, ...] = ()
    device: dict[str, Any] = field(default_factory=dict)
    runtime_version: str = ""
    artifact_sha256: str = ""
    artifact: str = ""
    output: str = ""
    test_miou: float | None = None
    test_iou: dict[str, float | None] = field(default_factory=dict)
    test_photos: int = 0
    tested_at: str = ""
    verdict: str = ""
    verdict_reasons: tuple[str, ...] = ()
    p50_low_ms: float | None = None
    p50_high_ms: float | None = None
    p50_all_ms: float | None = None
    p99_ms: float | None = None
    end_to_end_ms: float | None = None
    undisturbed_share: float | None = None
    miou_low: float | None = None
    miou_high: float | None = None
    kind: str = ""
    record: str = ""
    document: dict[str, Any] | None = field(default=None, compare=False, repr=False)

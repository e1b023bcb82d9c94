"""What a finished file holds, read back from the file itself: the proof that it has the promised precision."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt


@dataclass(frozen=True, slots=True, kw_only=True)
class Weight:
    """The weights of one layer as the file stores them.

    Attributes:
        operation: the format's name of the layer's kind.
        codes: integers, palette indices or floats.
        bits: of one weight in the file.
        kind: float32, float16, int8, int4, pal6...
        zero: the code that means 0, or the codes of the palette indices that do.
        compute: what multiplies them: `float`, `int8` (activations with ranges fixed in the file) or `dynamic` (ranges
            found at run time).
        stored: how many values are in the file where zeros are not stored, beside a mask of one bit per weight; None
            where all weights are stored.
    """

    name: str
    kind: str
    bits: int
    codes: npt.NDArray[Any]
    zero: int | float | None = 0
    compute: str = "float"
    stored: int | None = None
    operation: str = ""

    @property
    def sparse(self) -> bool:
        """Return whether zeros are not stored in the file."""
        return self.stored is not None

    @property
    def stored_as(self) -> str:
        """Return the kind as sums of bytes name it: int8, sparse int8."""
        return f"sparse {self.kind}" if self.sparse else self.kind

    @property
    def zeros(self) -> int:
        """Return the number of weights that are 0."""
        return int((self.codes == self.zero).sum()) if self.zero is not None else 0

    @property
    def bytes(self) -> int:
        """Return the bytes in the file, without scales and palettes."""
        count = int(self.codes.size)
        values = count if self.stored is None else self.stored
        mask = 0 if self.stored is None else -(-count // 8)
        return -(-values * self.bits // 8) + mask


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """All layers that multiply. multiply_adds: of one run, or None with the reason. notes: more facts about the
    file."""

    weights: tuple[Weight, ...]
    multiply_adds: int | None
    reason: str = ""
    notes: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Promise:
    """The kinds of weights that a precision promises, what multiplies them, and the least share of weights that do
    so."""

    kinds: tuple[str, ...]
    computes: tuple[str, ...] = ("float",)
    least_share: float = 0.9  # normalisation and the like may stay float


_ANY = ("float", "int8", "dynamic")
_PROMISES = {
    "fp32": _Promise(("float32",)),
    "fp16": _Promise(("float16",)),
    "w8": _Promise(("int8", "uint8")),
    "w8dyn": _Promise(("int8", "uint8"), ("dynamic",)),
    "w8a8": _Promise(("int8", "uint8"), ("int8",)),
    "w4": _Promise(("int4",), _ANY, 0.75),  # LiteRT has no 4-bit depthwise kernel: those layers hold 8 bits
    "pal8": _Promise(("pal8",)),
    "pal6": _Promise(("pal6",)),
    "pal4": _Promise(("pal4",)),
}


def facts(contents: Contents) -> dict[str, Any]:
    """Return a summary for the manifest: bytes by kind, bit widths, unique values, zeros, what multiplies,
    multiply-adds."""
    size: Counter[str] = Counter()
    computes: Counter[str] = Counter()
    unique, zeros, total = [], 0, 0
    for weight in contents.weights:
        count = int(weight.codes.size)
        size[weight.stored_as] += weight.bytes
        computes[weight.compute] += count
        total += count
        zeros += weight.zeros
        if not weight.kind.startswith("float"):
            unique.append(len(np.unique(weight.codes)))
    found: dict[str, Any] = {
        "layers": len(contents.weights),
        "weights": total,
        "weight_bytes": dict(sorted(size.items())),
        "bit_widths": sorted({w.bits for w in contents.weights}),
        "unique_values": {"least": min(unique), "most": max(unique)} if unique else None,
        "zero_share": zeros / total if total else 0.0,
        "multiplied_as": {name: count / total for name, count in sorted(computes.items())} if total else {},
        "multiply_adds": contents.multiply_adds,
        **contents.notes,
    }
    if contents.multiply_adds is None:
        found["multiply_adds_reason"] = contents.reason
    return found


def broken_promise(precision: str, contents: Contents) -> str | None:
    """Return how a file falls short of what its precision promises, or None where it does not."""
    promise = _PROMISES[precision.partition(":")[0]]  # w8a8:qat, and the rest of w8a8:mixed, hold what w8a8 does
    total = sum(int(w.codes.size) for w in contents.weights)
    if not total:
        return "no layer with weights was found in it"
    kept = [w for w in contents.weights if w.kind in promise.kinds and w.compute in promise.computes]
    share = sum(int(w.codes.size) for w in kept) / total
    if share >= promise.least_share:
        return None
    others = Counter[str]()
    for weight in contents.weights:
        if not any(weight is k for k in kept):
            others[f"{weight.kind} multiplied as {weight.compute}"] += int(weight.codes.size)
    most = ", ".join(f"{count / total:.1%} {what}" for what, count in others.most_common(2))
    return f"only {share:.1%} of its weights are {precision}, but at least {promise.least_share:.0%} must be ({most})"


def lost_zeros(contents: Contents, network_share: float) -> str | None:
    """Return how a file fails to store a sparse network's zeros as a mask, or None where it does not fail."""
    total = sum(int(w.codes.size) for w in contents.weights)
    zeros = sum(w.zeros for w in contents.weights)
    if zeros < 0.9 * network_share * total:  # the palette of a layer with few zeros need not hold 0
        return f"{zeros / max(total, 1):.1%} of its weights are 0, but {network_share:.1%} of the network's"
    masked = sum(w.zeros for w in contents.weights if w.sparse)
    if masked < 0.8 * zeros:  # layers with few zeros, or few weights, are smaller with them stored
        return f"only {masked / zeros:.1%} of them are left out of the file"
    return None

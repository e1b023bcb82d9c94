"""Cases of output tensors as raw memory: strides, layouts, types and order of outputs, to scores and a class map.

The memory is made here; what it says comes from the product's decode_output and class_map.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from pocketseg.core.tensors import decode_output
from pocketseg.core.types import TensorSpec
from pocketseg.inference import class_map
from scripts.conformance import _misread
from scripts.conformance.arrays import Array, Store, wanted
from scripts.conformance.pictures import reals

FAULTS = {
    "packed": "rows read one after the other, as if nothing lay between them",
    "layout": "NHWC read as NCHW, or NCHW as NHWC",
    "turned": "height and width change places",
    "axis": "the highest over another axis than that of the classes",
    "signed": "bytes read as signed",
    "unsigned": "signed bytes read as unsigned",
    "half-as-float": "float16 read as float32",
    "double-as-float": "float64 read as float32",
    "integer-as-float": "int32 read as float32",
    "first-output": "the first output taken, whatever it is",
    "scale-of-first": "scale and zero point of the first output",
    "not-scaled": "scale and zero point left out",
    "nan-wins": "NaN taken for the highest, as torch does",
    "last-of-equals": "the last of equals taken",
    "compared-from-zero": "the best so far begins with 0, so that no score below it wins",
}
_PADDING = {"f": np.nan, "i": 77, "u": 222}


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """One output as a runtime gives it: its values, their layout and where they lie. row: elements from row to row."""

    name: str
    values: Array
    layout: str = "NCHW"
    row: int | None = None
    scale: float | None = None
    zero_point: int | None = None

    @property
    def spec(self) -> TensorSpec:
        """Return what the manifest says of it."""
        return TensorSpec(
            name=self.name, shape=self.values.shape, layout=self.layout, dtype=self.values.dtype.name,
            scale=self.scale, zero_point=self.zero_point,
        )  # fmt: skip

    @property
    def strides(self) -> tuple[int, ...]:
        """Return the bytes from one to the next of each axis."""
        return strides(self.values.shape, self.values.dtype.itemsize, self.layout, self.row)

    @property
    def memory(self) -> Array:
        """Return the bytes, and something else between the rows: NaN where the type has it."""
        size = self.values.shape[0] * self.strides[0] // self.values.dtype.itemsize
        found = np.full(size, _PADDING[self.values.dtype.kind], self.values.dtype)
        view = np.lib.stride_tricks.as_strided(found, self.values.shape, self.strides)
        view[...] = self.values
        return found.view(np.uint8)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Outputs in the runtime's order, and which of them the manifest wants. faults: names of `_misread`."""

    name: str
    outputs: tuple[Output, ...]
    faults: tuple[str, ...]
    wanted: int = 0
    classes: int = field(default=0)


def strides(shape: tuple[int, ...], item: int, layout: str, row: int | None) -> tuple[int, ...]:
    """Return strides in bytes where a row takes `row` elements: of NCHW and NHW the last axis, of NHWC the last two."""
    whole = [item]
    for axis in range(len(shape) - 1, 0, -1):
        is_row = axis == (2 if layout == "NHWC" else len(shape) - 1)
        count = whole[0] * shape[axis]
        whole.insert(0, row * item if is_row and row else count)
    return tuple(whole)


def cases(store: Store) -> dict[str, Any]:
    """Make the cases."""
    return {
        "about": "docs/preprocessing.md, outputs; the class map and the count must be equal, the scores too, bit for bit",
        "faults": FAULTS,
        "cases": [_case(store, case) for case in _all()],
        "refused": _refused(store),
    }


def _case(store: Store, case: Case) -> dict[str, Any]:
    output = case.outputs[case.wanted]
    decoded = decode_output(output.values, output.spec)
    scores = decoded if decoded.ndim == 2 else decoded.astype(np.float32)
    height, width = scores.shape[-2:]
    right = class_map(scores, height, width)
    found = {
        "name": case.name, "classes": case.classes or scores.shape[0],
        "outputs": [_said(store, one, f"{case.name}-{k}") for k, one in enumerate(case.outputs)],
        "wanted": _spec(output.spec), "scores": wanted(scores) if scores.ndim == 3 else None,
        "not_finite": int((~np.isfinite(scores)).sum()) if scores.dtype.kind == "f" else 0, "is": wanted(right),
        "faults": {},
    }  # fmt: skip
    for fault in case.faults:
        wrong: Array = getattr(_misread, fault.replace("-", "_"))(case)
        found["faults"][fault] = wanted(wrong)
    return found


def _said(store: Store, output: Output, name: str) -> dict[str, Any]:
    return {
        "name": output.name, "dtype": output.values.dtype.name, "shape": list(output.values.shape),
        "strides_bytes": list(output.strides), "memory": store.given(output.memory, name), "scale": output.scale,
        "zero_point": output.zero_point,
    }  # fmt: skip


def _spec(spec: TensorSpec) -> dict[str, Any]:
    return {
        "name": spec.name, "shape": list(spec.shape), "layout": spec.layout, "dtype": spec.dtype, "scale": spec.scale,
        "zero_point": spec.zero_point,
    }  # fmt: skip


# ---- the cases -------------------------------------------------------------------------------------------------------


def _all() -> list[Case]:
    return [*_padded(), *_typed(), *_bytes(), *_class_maps(), *_several(), *_special()]


def _scores(name: str, *shape: int) -> Array:
    """Return scores that no float type rounds, and of which no two of a pixel are equal."""
    found = reals(name, *shape)
    return found + np.arange(shape[1]).reshape(1, -1, 1, 1) / 512


def _nhwc(values: Array) -> Array:
    return np.ascontiguousarray(values.transpose(0, 2, 3, 1))


def _padded() -> list[Case]:
    made = []
    for height, width, row in ((5, 13, 32), (3, 31, 32), (4, 32, 64), (4, 33, 64), (2, 200, 224), (9, 5, 16)):
        values = _scores(f"padded {width}", 1, 3, height, width).astype(np.float16)
        output = Output(name="logits", values=values, row=row)
        made.append(Case(name=f"rows-{width}-in-{row}", outputs=(output,), faults=("packed", "half-as-float")))
    values = _nhwc(_scores("padded last", 1, 4, 6, 5)).astype(np.float32)
    last = Output(name="logits", values=values, layout="NHWC", row=32)
    return [*made, Case(name="rows-of-pixels-padded", outputs=(last,), faults=("packed", "layout"))]


def _typed() -> list[Case]:
    first, last = _scores("typed", 1, 4, 5, 7), _nhwc(_scores("typed last", 1, 3, 7, 4))
    wider: dict[str, tuple[str, ...]] = {"float16": ("half-as-float",), "float64": ("double-as-float",)}
    made = []
    for dtype in ("float16", "float32", "float64"):
        own = wider.get(dtype, ())
        planes, pixels = (
            Output(name="y", values=values.astype(dtype), layout=layout)
            for values, layout in ((first, "NCHW"), (last, "NHWC"))
        )
        made.append(Case(name=f"{dtype}-planes", outputs=(planes,), faults=("layout", "turned", "axis", *own)))
        made.append(Case(name=f"{dtype}-pixels", outputs=(pixels,), faults=("layout", "turned", "axis", *own)))
    whole = Output(name="y", values=(first * 512).astype(np.int32))
    return [*made, Case(name="int32-planes", outputs=(whole,), faults=("integer-as-float", "layout", "axis"))]


def _bytes() -> list[Case]:
    """Make quantised scores: no step of a pixel's best is met twice, so that no rounding decides."""
    steps = np.argsort(reals("steps", 1, 3, 5, 8) + np.arange(3).reshape(1, 3, 1, 1) / 999, axis=1) * 90 - 100
    signed = (steps + reals("wobble", 1, 3, 5, 8).astype(np.int64)).astype(np.int8)
    unsigned = (signed.astype(np.int64) + 128).astype(np.uint8)
    kinds = {"scale": 0.07, "zero_point": -23}
    return [
        Case(name="int8-planes", outputs=(Output(name="y", values=signed, **kinds),), faults=("unsigned", "not-scaled")),
        Case(
            name="uint8-pixels",
            outputs=(Output(name="y", values=_nhwc(unsigned), layout="NHWC", scale=0.1, zero_point=128),),
            faults=("signed", "not-scaled", "layout"),
        ),
        Case(
            name="uint8-padded", outputs=(Output(name="y", values=unsigned, scale=0.1, zero_point=0, row=24),),
            faults=("signed", "packed"),
        ),
    ]


def _class_maps() -> list[Case]:
    ids = np.array([0, 127, 128, 150, 254, 1, 2, 200, 3, 129, 130, 13, 10, 0, 253], np.uint8).reshape(1, 3, 5)
    made = [
        Case(name="class-map-uint8", outputs=(_map(ids),), faults=("signed", "turned"), classes=255),
        Case(name="class-map-uint8-padded", outputs=(_map(ids, row=16),), faults=("packed", "signed"), classes=255),
    ]
    for dtype in ("int32", "int64", "int16"):
        made.append(
            Case(name=f"class-map-{dtype}", outputs=(_map(ids.astype(dtype)),), faults=("turned",), classes=255)
        )
    return made


def _map(values: Array, row: int | None = None) -> Output:
    return Output(name="classes", values=values, layout="NHW", row=row)


def _several() -> list[Case]:
    main = Output(name="logits", values=_scores("main", 1, 3, 6, 4).astype(np.float32))
    other = Output(name="aux", values=_scores("aux", 1, 3, 6, 4).astype(np.float32))
    smaller = Output(name="edges", values=_scores("edges", 1, 1, 6, 4).astype(np.float32))
    signed = np.clip(reals("heads", 1, 3, 4, 7) * 15, -128, 127).astype(np.int8)
    turned = np.clip(reals("second", 1, 3, 4, 7) * 15, -128, 127).astype(np.int8)
    heads = (
        Output(name="coarse", values=signed, scale=0.5, zero_point=3),
        Output(name="fine", values=turned, scale=0.0625, zero_point=-17),
    )
    return [
        Case(name="other-output-first", outputs=(other, main), faults=("first-output",), wanted=1),
        Case(name="other-shape-first", outputs=(smaller, main), faults=(), wanted=1),
        Case(name="wanted-output-first", outputs=(main, other), faults=()),
        Case(name="two-scales", outputs=heads, faults=("first-output", "scale-of-first"), wanted=1),
    ]


def _special() -> list[Case]:
    """Make scores that are not finite, and ties."""
    made = []
    for place in range(3):
        values = _scores(f"nan {place}", 1, 3, 4, 5).astype(np.float32)
        values[0, place, 1:3, ::2] = np.nan
        made.append(_floats(f"nan-in-class-{place}", values, "nan-wins"))
    whole = _scores("nan all", 1, 3, 3, 4).astype(np.float16)
    whole[0, :, 1, 1:3] = np.nan
    twice = _scores("twice", 1, 4, 3, 2).astype(np.float32)
    twice[0, 1, 0], twice[0, 3, 0] = np.inf, np.inf
    twice[0, :, 1, 1] = -np.inf
    twice[0, 0, 2, 0], twice[0, 2, 2, 0] = np.nan, np.inf
    below = -np.abs(_scores("below", 1, 3, 2, 7)).astype(np.float32) - 1
    below[0, 0, 0, :3] = np.nan
    equal = np.round(reals("equal", 1, 4, 5, 6) / 4).astype(np.float32)
    tied = np.round(reals("tied", 1, 3, 2, 9) / 3).astype(np.int8)
    return [
        *made, _floats("nan-in-all-classes", whole), _floats("infinity-twice", twice, "last-of-equals"),
        _floats("nan-and-below-zero", below, "nan-wins", "compared-from-zero"),
        _floats("equal-scores", equal, "last-of-equals"),
        Case(
            name="equal-steps", outputs=(Output(name="y", values=tied, scale=0.3, zero_point=4),),
            faults=("last-of-equals",),
        ),
        _floats("all-below-zero", -np.abs(_scores("minus", 1, 3, 3, 5)).astype(np.float32) - 1, "compared-from-zero"),
    ]  # fmt: skip


def _floats(name: str, values: Array, *faults: str) -> Case:
    return Case(name=name, outputs=(Output(name="y", values=values),), faults=faults)


# ---- refused ---------------------------------------------------------------------------------------------------------


def _refused(store: Store) -> list[dict[str, Any]]:
    """Make outputs that are not what the manifest says, each with its error."""
    right = Output(name="logits", values=_scores("refused", 1, 3, 2, 5).astype(np.float32))
    ids = np.array([[[0, 1, 2], [2, 3, 0]]], np.uint8)
    beyond = Output(name="classes", values=ids, layout="NHW")
    void = Output(name="classes", values=np.where(ids == 3, 255, ids).astype(np.uint8), layout="NHW")
    minus = Output(name="classes", values=np.where(ids == 3, -1, ids.astype(np.int64)), layout="NHW")
    make: Callable[..., dict[str, Any]] = lambda name, outputs, spec, error: {  # noqa: E731
        "name": name, "classes": 3, "outputs": [_said(store, one, f"{name}-{k}") for k, one in enumerate(outputs)],
        "wanted": spec, "error": error,
    }  # fmt: skip
    said = _spec(right.spec)
    return [
        make("no-output", [], said, "no-such-output"),
        make("another-name-and-shape", [right], {**said, "name": "y", "shape": [1, 3, 5, 2]}, "no-such-output"),
        make("another-shape", [right], {**said, "shape": [1, 3, 5, 2]}, "other-tensor"),
        make("another-type", [right], {**said, "dtype": "float16"}, "other-tensor"),
        make("another-scale", [right], {**said, "scale": 0.5, "zero_point": 0}, "other-tensor"),
        make("two-of-the-shape", [right, Output(name="b", values=right.values)], {**said, "name": "y"},
             "no-such-output"),
        make("a-class-too-many", [right], {**said, "layout": "NHWC"}, "classes-not-channels"),
        make("class-3-of-3", [beyond], _spec(beyond.spec), "no-such-class"),
        make("class-255", [void], _spec(void.spec), "no-such-class"),
        make("class-minus-1", [minus], _spec(minus.spec), "no-such-class"),
    ]  # fmt: skip

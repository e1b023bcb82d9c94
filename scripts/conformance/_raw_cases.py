"""The cases of raw memory, each with the faults that it reveals."""

from __future__ import annotations

import numpy as np

from scripts.conformance._outputs import Case, Output
from scripts.conformance.arrays import Array
from scripts.conformance.pictures import reals


def all_cases() -> list[Case]:
    """Return all cases."""
    return [*_padded(), *_typed(), *_bytes(), *_class_maps(), *_several(), *_special()]


def scores(name: str, *shape: int) -> Array:
    """Return scores that no float type rounds, with no two equal ones in a pixel."""
    found = reals(name, *shape)
    return found + np.arange(shape[1]).reshape(1, -1, 1, 1) / 512


def _nhwc(values: Array) -> Array:
    return np.ascontiguousarray(values.transpose(0, 2, 3, 1))


def _padded() -> list[Case]:
    made = []
    for height, width, row in ((5, 13, 32), (3, 31, 32), (4, 32, 64), (4, 33, 64), (2, 200, 224), (9, 5, 16)):
        values = scores(f"padded {width}", 1, 3, height, width).astype(np.float16)
        output = Output(name="logits", values=values, row=row)
        made.append(Case(name=f"rows-{width}-in-{row}", outputs=(output,), faults=("packed", "half-as-float")))
    values = _nhwc(scores("padded last", 1, 4, 6, 5)).astype(np.float32)
    last = Output(name="logits", values=values, layout="NHWC", row=32)
    return [*made, Case(name="rows-of-pixels-padded", outputs=(last,), faults=("packed", "layout"))]


def _typed() -> list[Case]:
    first, last = scores("typed", 1, 4, 5, 7), _nhwc(scores("typed last", 1, 3, 7, 4))
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
    """Return quantised scores: no pixel has its best value twice, so rounding decides nothing."""
    steps = np.argsort(reals("steps", 1, 3, 5, 8) + np.arange(3).reshape(1, 3, 1, 1) / 999, axis=1) * 90 - 100
    signed = (steps + reals("wobble", 1, 3, 5, 8).astype(np.int64)).astype(np.int8)
    unsigned = (signed.astype(np.int64) + 128).astype(np.uint8)
    planes = Output(name="y", values=signed, scale=0.07, zero_point=-23)
    return [
        Case(name="int8-planes", outputs=(planes,), faults=("unsigned", "not-scaled")),
        Case(
            name="uint8-pixels",
            outputs=(Output(name="y", values=_nhwc(unsigned), layout="NHWC", scale=0.1, zero_point=128),),
            faults=("signed", "not-scaled", "layout"),
        ),
        Case(
            name="uint8-padded",
            outputs=(Output(name="y", values=unsigned, scale=0.1, zero_point=0, row=24),),
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
    main = Output(name="logits", values=scores("main", 1, 3, 6, 4).astype(np.float32))
    other = Output(name="aux", values=scores("aux", 1, 3, 6, 4).astype(np.float32))
    smaller = Output(name="edges", values=scores("edges", 1, 1, 6, 4).astype(np.float32))
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
    """Return scores that are not finite, and ties."""
    made = []
    for place in range(3):
        values = scores(f"nan {place}", 1, 3, 4, 5).astype(np.float32)
        values[0, place, 1:3, ::2] = np.nan
        made.append(_floats(f"nan-in-class-{place}", values, "nan-wins"))
    whole = scores("nan all", 1, 3, 3, 4).astype(np.float16)
    whole[0, :, 1, 1:3] = np.nan
    twice = scores("twice", 1, 4, 3, 2).astype(np.float32)
    twice[0, 1, 0], twice[0, 3, 0] = np.inf, np.inf
    twice[0, :, 1, 1] = -np.inf
    twice[0, 0, 2, 0], twice[0, 2, 2, 0] = np.nan, np.inf
    below = -np.abs(scores("below", 1, 3, 2, 7)).astype(np.float32) - 1
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
        _floats("all-below-zero", -np.abs(scores("minus", 1, 3, 3, 5)).astype(np.float32) - 1, "compared-from-zero"),
    ]  # fmt: skip


def _floats(name: str, values: Array, *faults: str) -> Case:
    return Case(name=name, outputs=(Output(name="y", values=values),), faults=faults)

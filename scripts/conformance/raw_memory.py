"""Cases of output tensors as raw memory: strides, layouts, types and order of outputs, to scores and a class map.

The memory is made here; its meaning comes from the product's decode_output and class_map.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from pocketseg.core.tensors import decode_output
from pocketseg.core.types import TensorSpec
from pocketseg.inference import class_map
from scripts.conformance import _misread
from scripts.conformance._outputs import Case, Output
from scripts.conformance._raw_cases import all_cases, scores
from scripts.conformance.arrays import Array, Store, wanted

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


def cases(store: Store) -> dict[str, Any]:
    """Return the cases."""
    return {
        "about": "docs/preprocessing.md, outputs; class map, count and scores must be equal, bit for bit",
        "faults": FAULTS,
        "cases": [_case(store, case) for case in all_cases()],
        "refused": _refused(store),
    }


def _case(store: Store, case: Case) -> dict[str, Any]:
    output = case.outputs[case.wanted]
    decoded = decode_output(output.values, output.spec)
    found_scores = decoded if decoded.ndim == 2 else decoded.astype(np.float32)
    height, width = found_scores.shape[-2:]
    right = class_map(found_scores, height, width)
    said: dict[str, Any] = {
        "name": case.name,
        "classes": case.classes or found_scores.shape[0],
        "outputs": [_said(store, one, f"{case.name}-{k}") for k, one in enumerate(case.outputs)],
        "wanted": _spec(output.spec),
        "scores": wanted(found_scores) if found_scores.ndim == 3 else None,
        "not_finite": int((~np.isfinite(found_scores)).sum()) if found_scores.dtype.kind == "f" else 0,
        "is": wanted(right),
        "faults": {},
    }
    for fault in case.faults:
        wrong: Array = getattr(_misread, fault.replace("-", "_"))(case)
        said["faults"][fault] = wanted(wrong)
    return said


def _said(store: Store, output: Output, name: str) -> dict[str, Any]:
    return {
        "name": output.name,
        "dtype": output.values.dtype.name,
        "shape": list(output.values.shape),
        "strides_bytes": list(output.strides),
        "memory": store.given(output.memory, name),
        "scale": output.scale,
        "zero_point": output.zero_point,
    }


def _spec(spec: TensorSpec) -> dict[str, Any]:
    return {
        "name": spec.name, "shape": list(spec.shape), "layout": spec.layout, "dtype": spec.dtype, "scale": spec.scale,
        "zero_point": spec.zero_point,
    }  # fmt: skip


# ---- refused ---------------------------------------------------------------------------------------------------------


def _refused(store: Store) -> list[dict[str, Any]]:
    """Return outputs that differ from the manifest's description, each with its error."""
    right = Output(name="logits", values=scores("refused", 1, 3, 2, 5).astype(np.float32))
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

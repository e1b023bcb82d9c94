"""Other tools' names of precisions: each leads to ours."""

from __future__ import annotations

import pytest
from _commands import Call

from pocketseg.core.errors import UnknownNameError
from pocketseg.core.precisions import _FOREIGN, PRECISIONS, meant_by
from pocketseg.core.types import Recipe

OURS = {
    "int8": "w8a8", "INT8": "w8a8", "uint8": "w8a8", "static": "w8a8", "ptq": "w8a8", "static_wi8_ai8": "w8a8",
    "dynamic": "w8dyn", "int8_weight_only": "w8", "w8a16": "w8", "int4": "w4", "W4A16": "w4", "float16": "fp16",
    "half": "fp16", "bf16": "fp16", "fp8": "w8a8", "float32": "fp32", "qat": "w8a8:qat", "palettized": "pal8",
}  # fmt: skip


@pytest.mark.parametrize("name", OURS)
def test_another_tools_name_leads_to_ours(name: str) -> None:
    for text in (name, f"prune:0.3+{name}"):
        with pytest.raises(UnknownNameError, match=f"did you mean '{OURS[name]}'") as caught:
            Recipe.parse(text)
        assert OURS[name] in caught.value.hint.splitlines()[-1]


def test_int8_leads_to_both_kinds_of_eight_bits(pocketseg: Call) -> None:
    answer = pocketseg("export", "topformer_tiny", "--target", "onnx", "--precision", "int8", "--out", "never")
    assert answer.code == 2 and "w8a8 is static" in answer.err and "w8 is only 8-bit weights" in answer.err


def test_our_own_names_and_unknown_ones_mean_nothing_else() -> None:
    assert all(meant_by(name) is None for name in (*PRECISIONS, "xyz", "", "w9"))


def test_every_name_leads_to_one_precision() -> None:
    names = [name for theirs, _, _ in _FOREIGN for name in theirs.split()]
    assert len(set(names)) == len(names) and {ours for _, ours, _ in _FOREIGN} <= set(PRECISIONS)
    assert all(name.isalnum() and name == name.lower() for name in names)

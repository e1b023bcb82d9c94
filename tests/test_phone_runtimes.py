"""What the table of the phones' runtimes is read with: instructions of arm64, counted schemas, refusals."""

from __future__ import annotations

import re

import pytest

from scripts.phone_runtimes._arm64 import calls, instructions
from scripts.phone_runtimes._onnx import _number
from scripts.phone_runtimes._torchmobile import _count, _operators

_RETURN = 0xD65F03C0


def _move(register: int, value: int) -> int:
    return 0x52800000 | value << 5 | register


def _branch(here: int, there: int, link: bool = True) -> int:
    return (0x94000000 if link else 0x14000000) | (there - here) & 0x3FFFFFF


def test_registrations_are_found_also_in_pieces_that_the_compiler_cut_out() -> None:
    add, piece, main = 0, 4, 10
    words = [0xD10083FF, 0, 0, _RETURN]  # the registering function has a stack
    words += [_move(3, 1), 0x321F03E4, _branch(6, add, link=False)]  # w3 = 1, w4 = 2 by a pattern of bits
    words += [0, 0, _RETURN]
    words += [_move(1, 130), _move(3, 2), _move(4, 3), _branch(13, add)]
    words += [_move(1, 7), _branch(15, piece), _RETURN]
    assert len(words) == main + 7
    found = [
        (c.target, c.constants.get(1), c.constants.get(3), c.constants.get(4)) for c in calls(words, {1: 130, 3: 2})
    ]
    assert found == [(add, 130, 2, 3), (add, 7, 1, 2)]


def test_a_library_without_the_call_is_an_error_and_no_empty_table() -> None:
    with pytest.raises(ValueError, match="no call"):
        calls([_move(1, 3), _RETURN], {1: 130})
    with pytest.raises(ValueError, match="not an arm64"):
        instructions(b"\x7fELF\x02\x01" + bytes(64))


@pytest.mark.parametrize(
    ("arguments", "count"),
    [("()", 0), ("(Tensor self)", 1), ("(Tensor self, int[2] stride=[], *, Tensor(a!) out)", 3),
     ("(Tensor(a -> *) self, float[]? f, int[2] p=[0, 0])", 3)],
)  # fmt: skip
def test_the_arguments_of_a_schema_are_counted(arguments: str, count: int) -> None:
    assert _count(arguments) == count


def test_operators_are_those_whose_schema_the_library_holds() -> None:
    library = b"\0_quantized::add(Tensor a, Tensor b)-> Tensor\0x_relu(Tensor self) -> Tensor\0aten::gone\0"
    assert _operators(library, ["relu(Tensor self) -> Tensor", "gone(Tensor self) -> Tensor"]) == {
        "_quantized::add": 2, "quantized::add": 2, "aten::relu": 1
    }  # fmt: skip


def test_a_refusal_in_other_words_is_an_error_and_no_ceiling() -> None:
    with pytest.raises(ValueError, match="another"):
        _number(re.compile(r"till opset (\d+)"), "another sentence")

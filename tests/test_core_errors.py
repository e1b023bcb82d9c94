"""Errors, names and colours."""

from __future__ import annotations

import re

from pocketseg.core import errors
from pocketseg.core.classes import COLORS_RGB, colors
from pocketseg.core.errors import UnknownNameError


def test_every_error_has_the_exit_code_that_the_tree_shows() -> None:
    tree = dict(re.findall(r"(\w+Error) +(\d)", errors.__doc__ or ""))
    kinds = {n: k for n, k in vars(errors).items() if isinstance(k, type) and issubclass(k, errors.PocketSegError)}
    assert {n: str(k.exit_code) for n, k in kinds.items()} == tree


def test_an_unknown_name_proposes_the_nearest_and_lists_the_rest() -> None:
    error = UnknownNameError("target", "tflit", ["coreml", "tflite"], hint="more")
    assert error.message == "unknown target 'tflit'; did you mean 'tflite'?"
    assert error.hint == "valid: coreml, tflite\nmore"
    assert str(error) == f"{error.message}\n{error.hint}" and error.exit_code == 2
    assert UnknownNameError("target", "zzz", ["coreml"]).message == "unknown target 'zzz'"
    assert UnknownNameError("target", "zzz", []).hint == ""


def test_colours_are_distinct_and_begin_with_the_garment_classes() -> None:
    assert colors(2) == COLORS_RGB[:2] and colors(4) == COLORS_RGB
    many = colors(30)
    assert many[:4] == COLORS_RGB and len(set(many)) == 30
    assert all(0 <= v <= 255 for c in many for v in c)

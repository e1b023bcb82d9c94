"""What every step promises: facts without an import, and values taken or refused before any work."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from typing import Any

import pytest
from contracts._distributions import unknown
from contracts._promises import Fact, Promises, changed, known, lacking, sentence, texts

import compress
import models
from pocketseg.core.errors import PocketSegError, RefusedError, UsageError
from pocketseg.core.precisions import PRECISIONS
from pocketseg.core.types import Recipe
from pocketseg.training.recipe import TrainingRecipe

FOLDER = Path(compress.__file__).parent
SOURCES = [FOLDER / f"{name}.py" for name in compress.steps()]
STANDS_FOR = {"R": "0.3", "TEACHER": "topformer_tiny", "N-M": "2-4"}  # a value for each word in capitals of a VALUE
SETTINGS = {field.name for field in dataclasses.fields(TrainingRecipe)}


def _more(name: str, own: dict[str, Any]) -> list[str]:
    names = {alias: step for step in compress.steps() if step != name for alias in (step, *_aliases(step))}
    return [
        *(f"TOOLS names {tool}, which no lock holds" for tool in unknown(own["TOOLS"])),
        *(f"LOSSES names {loss}, which is no setting of a recipe" for loss in set(own.get("LOSSES", ())) - SETTINGS),
        *(f"{alias} is {names[alias]}'s name" for alias in (name, *own.get("ALIASES", ())) if alias in names),
        *(f"{alias} is a precision" for alias in (name, *own.get("ALIASES", ())) if alias in PRECISIONS),
        *([] if _example(own["VALUE"]) else [f"VALUE begins with {own['VALUE']!r}; say in {__name__} what that is"]),
    ]


def _aliases(step: str) -> tuple[str, ...]:
    aliases: tuple[str, ...] = known(FOLDER / f"{step}.py", "ALIASES")
    return aliases


def _example(value: str) -> str:
    """Return a value that fits what a VALUE says: its first word, or what stands for it; empty for unknown capitals."""
    first = value.partition(",")[0].split(" ")[0]
    return STANDS_FOR.get(first, "" if first.isupper() else first)


PROMISES = Promises(
    facts=[
        Fact(name="SUMMARY", says="a line of `pocketseg recipes`",
             fits=lambda value: sentence(value) and len(value) > 20),
        Fact(name="VALUE", says="how its value is written", fits=lambda value: isinstance(value, str) and value),
        Fact(name="TRAINS", says="True or False", fits=lambda value: isinstance(value, bool)),
        Fact(name="TOOLS", says="a tuple of distributions", fits=texts),
        Fact(name="LOSSES", says="its settings of the training recipe", needed=lambda own: own.get("TRAINS") is True,
             fits=lambda value: isinstance(value, dict) and value),
        Fact(name="ALIASES", says="a tuple of names", needed=lambda own: False,
             fits=lambda value: texts(value) and value),
    ],
    protocol=compress.Step,
    more=_more,
)  # fmt: skip


# ---- what its file says ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_a_step_holds_what_every_step_promises(path: Path) -> None:
    PROMISES.hold(path)
    module = compress.step(path.stem)
    assert callable(module.check) and callable(module.teachers) and callable(module.apply)


@pytest.mark.parametrize("name", [*PROMISES.names, "LOSSES"])
def test_a_step_that_lacks_a_part_is_named_with_it(name: str, tmp_path: Path) -> None:
    (fault,) = PROMISES.faults(lacking(FOLDER / "prune.py", name, tmp_path))
    assert re.match(rf"compress/prune\.py: {name}\b.* is missing", fault)


@pytest.mark.parametrize(
    ("name", "value", "fault"),
    [
        ("SUMMARY", "'cut'", "SUMMARY is 'cut', not a line of `pocketseg recipes`"),
        ("VALUE", "'SHARE, above 0'", "VALUE begins with 'SHARE, above 0'; say in"),
        ("TRAINS", "1", "TRAINS is 1, not True or False"),
        ("TOOLS", "('torch-prunning',)", "TOOLS names torch-prunning, which no lock holds"),
        ("LOSSES", "{'distill': 1.0}", "LOSSES names distill, which is no setting of a recipe"),
        ("ALIASES", "('sparse',)", "sparse is sparse's name"),
        ("ALIASES", "('w8',)", "w8 is a precision"),
        ("ALIASES", "'cut'", "ALIASES is 'cut', not a tuple of names"),
    ],
)
def test_a_step_whose_facts_do_not_fit_is_named_with_what_does_not(
    name: str, value: str, fault: str, tmp_path: Path
) -> None:
    source = FOLDER / "prune.py"
    if name == "ALIASES":  # it has none
        copy = lacking(source, "VALUE", tmp_path)
        copy.write_text(f"{source.read_text(encoding='utf-8')}\nALIASES = {value}\n", encoding="utf-8")
    else:
        copy = changed(source, name, value, tmp_path)
    (found,) = PROMISES.faults(copy)
    assert found.startswith(f"compress/prune.py: {fault}")


# ---- which values it takes -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", compress.steps())
def test_a_step_takes_the_value_that_it_says_or_refuses_it_with_a_reason(name: str) -> None:
    value = _example(compress.facts(name, "VALUE"))
    for own in (name, *_aliases(name)):
        assert str(Recipe.parse(f"{own}:{value}+fp32")) == f"{own}:{value}+fp32"
    try:
        assert compress.parsed(f"{name}:{value}") == (name, value)
    except RefusedError as error:  # a step that says why nothing could run its result
        assert sentence(error.message) and f"{name}:{value}" in error.message
        return
    teachers = compress.step(name).teachers(value)
    assert texts(teachers)
    for ref in teachers:
        models.locate(ref)


@pytest.mark.parametrize("value", ["no/such-thing", "-1", "nan", "0", "1e999"])
@pytest.mark.parametrize("name", compress.steps())
def test_a_step_refuses_a_value_that_is_none_and_says_how_to_write_it(name: str, value: str) -> None:
    with pytest.raises(PocketSegError) as caught:
        compress.step(name).check(value)
    assert caught.value.hint and value in caught.value.message


@pytest.mark.parametrize("name", compress.steps())
def test_a_step_without_a_value_says_how_it_is_written(name: str) -> None:
    for text in (name, f"{name}:"):
        with pytest.raises(UsageError, match="has no value") as caught:
            compress.parsed(text)
        assert caught.value.hint == f"write {name}:{compress.facts(name, 'VALUE')}"

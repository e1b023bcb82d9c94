"""No option of any command takes nan or an infinity for a number."""

from __future__ import annotations

from collections.abc import Iterator

import click
import pytest

from pocketseg.cli._numbers import FiniteRange
from pocketseg.cli.main import cli


def _options(group: click.Group, *names: str) -> Iterator[tuple[str, click.Parameter]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from _options(command, *names, name)
        else:
            yield from ((" ".join([*names, name, *option.opts]), option) for option in command.params)


def test_every_range_of_numbers_is_one_of_numbers() -> None:
    ranges = {name: option.type for name, option in _options(cli) if isinstance(option.type, click.FloatRange)}
    assert {"device run --max-temp-c", "benchmark --wait", "device replay --wait"} <= set(ranges)
    assert [name for name, kind in ranges.items() if not isinstance(kind, FiniteRange)] == []


@pytest.mark.parametrize("text", ["nan", "NaN", "-nan", "inf", "1e999", "infinity"])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(click.BadParameter):
        FiniteRange(min=0).convert(text, None, None)
    assert FiniteRange(min=0).convert("1.5", None, None) == 1.5

"""The table on the terminal: rows grouped by model, as many columns as fit, and beneath it what to know."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from rich.cells import cell_len, set_cell_size
from rich.console import Console, ConsoleOptions
from rich.text import Text

from pocketseg.core.types import BenchmarkRow
from pocketseg.report.facts import by_model, losses, reasons, where
from pocketseg.report.numbers import numbers

_GAP = "  "
_ALWAYS = ("Model", "Recipe", "Target", "Status", "mIoU", "val mIoU", "test mIoU", "p50 ms")
_IF_IT_FITS = ("ΔmIoU", "Size MB", "Agree %", "p90 ms", "Peak MB", "Load ms", "CV %", "Runtime")  # most telling first
_SHORTEST_NAME = 8
_STYLES = {"failed": "red", "refused": "yellow"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """One row as text by column; reason stands in place of the numbers of a row without result."""

    names: dict[str, str]
    numbers: dict[str, str]
    status: str
    reason: str


@dataclass(frozen=True, slots=True)
class ResultTable:
    """What rich prints, at whatever width the console has; laid out here, as a cell of rich.table cannot span."""

    rows: tuple[BenchmarkRow, ...]
    fp32_miou: Mapping[str, float] | None = None

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Text]:
        """Yield a line of text a row, then the sentences."""
        groups = [[_line(row, self.rows, self.fp32_miou) for row in group] for group in by_model(self.rows).values()]
        widths = _fit(_natural_widths(groups), options.max_width)
        dash = "─" if console.is_terminal and options.encoding.startswith("utf") else "-"
        rule = Text(_GAP.join(dash * width for width in widths.values()), style="dim", no_wrap=True)
        yield _header(widths)
        for group in groups:
            yield rule
            for number, line in enumerate(group):
                yield _body(line, widths, named=number == 0)
        yield rule
        yield Text("")
        for sentence in losses(self.rows, self.fp32_miou):
            yield Text(sentence, style="bold yellow")
        for status, reason, titles in reasons(self.rows):
            sentence = f"{status}: {reason.rstrip('.')} ({', '.join(titles)})."
            yield Text(sentence, style=_STYLES.get(status, ""))
        yield Text(" ".join(where(self.rows)), style="dim")


def render(rows: Sequence[BenchmarkRow], *, fp32_miou: Mapping[str, float] | None = None) -> ResultTable:
    """Make the table of rows, for rich to print.

    fp32_miou: mIoU of the fp32 networks by model, the baseline of ΔmIoU (default: the fp32 file of the same target).
    """
    return ResultTable(tuple(rows), fp32_miou)


def _line(row: BenchmarkRow, rows: Sequence[BenchmarkRow], fp32_miou: Mapping[str, float] | None) -> _Line:
    names = {"Model": row.model, "Recipe": row.recipe, "Target": row.target, "Runtime": row.runtime}
    return _Line(
        names={title: " ".join(text.split()) for title, text in {**names, "Status": row.status}.items()},
        numbers={number.title: number.text for number in numbers(row, rows, fp32_miou)},
        status=row.status,
        reason=" ".join(row.reason.split()),
    )


def _natural_widths(groups: Sequence[Sequence[_Line]]) -> dict[str, int]:
    widths = {title: cell_len(title) for title in ("Model", "Recipe", "Target", "Runtime", "Status")}
    for line in (line for group in groups for line in group):
        for title, text in (line.names | line.numbers).items():
            widths[title] = max(widths.get(title, cell_len(title)), cell_len(text))
    return widths


def _fit(widths: dict[str, int], available: int) -> dict[str, int]:
    """Choose the columns that fit, the most telling first; else abridge recipe and target, never the model's name."""
    chosen = set(_ALWAYS)
    for title in _IF_IT_FITS:
        if _total({t: w for t, w in widths.items() if t in chosen | {title}}) <= available:
            chosen.add(title)
    fitted = {title: width for title, width in widths.items() if title in chosen}
    for title in ("Recipe", "Target"):
        over = max(0, _total(fitted) - available)
        fitted[title] = max(min(_SHORTEST_NAME, fitted[title]), fitted[title] - over)
    return fitted


def _total(widths: Mapping[str, int]) -> int:
    return sum(widths.values()) + len(_GAP) * (len(widths) - 1)


def _header(widths: Mapping[str, int]) -> Text:
    names = ("Model", "Recipe", "Target", "Runtime", "Status")
    cells = [_left(title, width) if title in names else title.rjust(width) for title, width in widths.items()]
    return Text(_GAP.join(cells), style="bold", no_wrap=True, overflow="ellipsis")


def _body(line: _Line, widths: Mapping[str, int], *, named: bool) -> Text:
    names = {**line.names, "Model": line.names["Model"] if named else ""}
    cells = [_left(names[title], width) for title, width in widths.items() if title in names]
    numeric = {title: width for title, width in widths.items() if title not in names}
    if line.status == "ok":
        cells += [line.numbers[title].rjust(width) for title, width in numeric.items()]
    else:
        cells.append(_left(line.reason, _total(numeric)).rstrip())
    return Text(_GAP.join(cells), style=_STYLES.get(line.status, ""), no_wrap=True, overflow="ellipsis")


def _left(text: str, width: int) -> str:
    return set_cell_size(text, width) if cell_len(text) <= width else set_cell_size(text, width - 1) + "…"

"""The table on the terminal: rows grouped by model, as many columns as fit, then notes on the results.

If rows come from several devices, or from a phone, a column tells where each was measured. If that would not fit, the
column has numbers, which are explained below the table. If rows were scored on different photos, a column tells which.

A row's state is its verdict, coloured where it is not VALID, or `earlier` where a later run of its file counts.
Each interval has its own column beside its number: p50's is the first to get room, mIoU's follows on a wide terminal.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from rich.cells import cell_len, set_cell_size
from rich.console import Console, ConsoleOptions
from rich.text import Text

from pocketseg.core.types import BenchmarkRow
from pocketseg.report.facts import by_model, losses, reasons, state, title_of_state, verdicts, where
from pocketseg.report.numbers import ABSENT, numbers
from pocketseg.report.pareto import groups, not_told_from_fp32, notes
from pocketseg.report.places import Places

_GAP = "  "
_STATES = ("Status", "Verdict")
_NAMES = ("Model", "Recipe", "Target", "Where", "Photos", "Runtime", *_STATES)
_ALWAYS = ("Model", "Recipe", "Target", "Where", "Photos", *_STATES, "mIoU", "val mIoU", "test mIoU", "p50 ms")
_IF_IT_FITS = (  # the most telling first
    "p50 95 %", "ΔmIoU", "Size MB", "mIoU 95 %", "val mIoU 95 %", "Agree %", "p90 ms", "Peak MB", "Load ms", "CV %",
    "Runtime",
)  # fmt: skip
_BEFORE_PLACES = 3  # of these want room before places are written out
_WITH_INTERVALS = ("mIoU", "val mIoU", "p50 ms")
_SHORTEST_NAME = 8
_STYLES = {"failed": "red", "refused": "yellow", "INVALID": "red", "UNSTABLE": "yellow"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """One row as text by column.

    Attributes:
        state: its verdict, or its status if it has none.
        reason: written in place of the numbers if the row has no result.
    """

    names: dict[str, str]
    numbers: dict[str, str]
    status: str
    state: str
    reason: str


@dataclass(frozen=True, slots=True)
class ResultTable:
    """A table for rich at any width of the console; laid out here, since a cell of rich.table cannot span columns."""

    rows: tuple[BenchmarkRow, ...]
    fp32_miou: Mapping[str, float] | None = None

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Text]:
        """Yield one line of text per row, then the notes."""
        found, places = groups(self.rows), Places(self.rows)
        same = not_told_from_fp32(found, self.fp32_miou)
        texts = list(dict.fromkeys(filter(None, map(places.of, self.rows)))) if places.shown else []
        for shown in (dict(zip(texts, texts, strict=True)), {text: str(at) for at, text in enumerate(texts, 1)}):
            models = [
                [_line(row, self, same, shown.get(places.of(row), ""), places) for row in group]
                for group in by_model(self.rows).values()
            ]
            natural = _natural_widths(models, title_of_state(self.rows), len(shown))
            wanted = (*_ALWAYS, *_IF_IT_FITS[:_BEFORE_PLACES])
            if _total({title: width for title, width in natural.items() if title in wanted}) <= options.max_width:
                break
        widths = _fit(natural, options.max_width)
        dash = "─" if console.is_terminal and options.encoding.startswith("utf") else "-"
        rule = Text(_GAP.join(dash * width for width in widths.values()), style="dim", no_wrap=True)
        yield _header(widths)
        for model in models:
            yield rule
            for number, line in enumerate(model):
                yield _body(line, widths, named=number == 0)
        yield rule
        for text, short in shown.items():
            if text != short:
                yield Text(f"{short}: {text}")
        yield Text("")
        newest = [row for row in self.rows if id(row) not in places.earlier]
        for sentence in losses(self.rows, self.fp32_miou, places.title):
            yield Text(sentence, style="bold yellow")
        for status, reason, titles in reasons(newest, places.title):
            sentence = f"{status}: {reason.rstrip('.')} ({', '.join(titles)})."
            yield Text(sentence, style=_STYLES.get(status, ""))
        for verdict, reason, titles in verdicts(newest, places.title):
            yield Text(f"{verdict}: {reason.rstrip('.')} ({', '.join(titles)}).", style=_STYLES[verdict])
        for sentence in notes(found, places):
            yield Text(sentence)
        if same:
            yield Text("ΔmIoU with ≈: no difference from fp32 shown at 95 % confidence.")
        yield Text(" ".join(where(self.rows)), style="dim")


def render(rows: Sequence[BenchmarkRow], *, fp32_miou: Mapping[str, float] | None = None) -> ResultTable:
    """Return the table of rows, for rich to print.

    fp32_miou: mIoU of the fp32 networks by model, the baseline of ΔmIoU (default: the fp32 file of the same target).
    """
    return ResultTable(tuple(rows), fp32_miou)


def _line(row: BenchmarkRow, table: ResultTable, as_fp32: Collection[int], place: str, places: Places) -> _Line:
    names = {"Model": row.model, "Recipe": row.recipe, "Target": row.target, "Where": place, "Runtime": row.runtime}
    names["Photos"] = places.photos.of(row) if places.photos.shown else ""
    names[title_of_state(table.rows)] = "earlier" if id(row) in places.earlier else state(row)
    written: dict[str, str] = {}
    for number in numbers(row, table.rows, table.fp32_miou, as_fp32, places.earlier):
        written[number.title] = number.text
        if number.title in _WITH_INTERVALS:
            written[_interval(number.title)] = number.between or ABSENT
    return _Line(
        names={title: " ".join(text.split()) for title, text in names.items()},
        numbers=written,
        status=row.status,
        state=state(row),
        reason=" ".join(row.reason.split()),
    )


def _interval(title: str) -> str:
    return f"{title.removesuffix(' ms')} 95 %"


def _natural_widths(models: Sequence[Sequence[_Line]], state_title: str, places: int) -> dict[str, int]:
    lines = [line for model in models for line in model]
    widths = {
        title: cell_len(title) for title in ("Model", "Recipe", "Target", "Where", "Photos", "Runtime", state_title)
    }
    for line in lines:
        for title, text in (line.names | line.numbers).items():
            widths[title] = max(widths.get(title, cell_len(title)), cell_len(text))
    empty = [
        title for title in map(_interval, _WITH_INTERVALS)
        if title in widths and all(line.numbers[title] == ABSENT for line in lines)
    ]  # fmt: skip
    empty += [] if places else ["Where"]
    empty += [] if any(line.names["Photos"] for line in lines) else ["Photos"]
    return {title: width for title, width in widths.items() if title not in empty}


def _fit(widths: dict[str, int], available: int) -> dict[str, int]:
    """Return the columns that fit, the most telling first. Recipe and target may be shortened, model names not."""
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
    cells = [_left(title, width) if title in _NAMES else title.rjust(width) for title, width in widths.items()]
    return Text(_GAP.join(cells), style="bold", no_wrap=True, overflow="ellipsis")


def _body(line: _Line, widths: Mapping[str, int], *, named: bool) -> Text:
    names = {**line.names, "Model": line.names["Model"] if named else ""}
    cells = [_left(names[title], width) for title, width in widths.items() if title in names]
    numeric = {title: width for title, width in widths.items() if title not in names}
    if line.status == "ok":
        cells += [line.numbers[title].rjust(width) for title, width in numeric.items()]
    else:
        cells.append(_left(line.reason, _total(numeric)).rstrip())
    if line.status != "ok":
        return Text(_GAP.join(cells), style=_STYLES.get(line.status, ""), no_wrap=True, overflow="ellipsis")
    found = Text(no_wrap=True, overflow="ellipsis")
    for title, text in zip(widths, cells, strict=True):
        found.append(_GAP if found else "")
        found.append(text, style=_STYLES.get(line.state, "") if title in _STATES else "")
    return found


def _left(text: str, width: int) -> str:
    return set_cell_size(text, width) if cell_len(text) <= width else set_cell_size(text, width - 1) + "…"

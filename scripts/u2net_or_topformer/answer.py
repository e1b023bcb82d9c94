"""U2Net or TopFormer? Answered in a sentence, as far as the kept files tell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pocketseg.report.numbers import ms_digits
from scripts.u2net_or_topformer.kept import Network, Sources
from scripts.u2net_or_topformer.learning import differs
from scripts.u2net_or_topformer.tables import untrusted

AS_TRAINED = "as trained here"


def sentence(sources: Sources, topformer: str = "topformer_tiny") -> str | None:
    """Return the answer for U2Net and one TopFormer; None until both were compared and U2Net's record is kept."""
    first, second = sources.whole("u2net"), sources.whole(topformer)
    if first is None or second is None or first.learning is None:
        return None
    found = difference(sources.comparison, first, second)
    if found is None:
        return None
    differing = differs(first.learning, second.learning)
    return " ".join(
        [
            f"{AS_TRAINED.capitalize()}, {_quality(sources, first, second, found)}"
            if differing
            else _capital(_quality(sources, first, second, found)),
            _time(sources.comparison, first, second),
            _advice(first, second, found),
            *_instead(sources, first, second),
        ]
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """How much more mIoU one network has than another, with its 95 % interval; told_apart: it leaves out zero."""

    value: float
    low: float
    high: float
    told_apart: bool

    @property
    def said(self) -> str:
        """Return the interval's ends as text."""
        return f"95 % interval {self.low:+.3f} to {self.high:+.3f}"


def difference(comparison: Mapping[str, Any], first: Network, second: Network) -> Difference | None:
    """Return what the first has more than the second, whichever way round they were compared; None where not at all."""
    for pair in comparison["pairs"]:
        for names, sign in (((first.name, second.name), 1), ((second.name, first.name), -1)):
            if (pair["first"], pair["second"]) == names:
                miou = pair["miou"]
                low, high = sorted(sign * end for end in miou["interval"])
                return Difference(
                    value=sign * miou["difference"], low=low, high=high, told_apart=bool(miou["told_apart"])
                )
    return None


def millions(parameters: int) -> str:
    """Return a number of parameters in words: 44 million, 1.4 million."""
    count = parameters / 1e6
    return f"{count:.0f} million" if count >= 10 else f"{count:.1f} million"


def _quality(sources: Sources, first: Network, second: Network, found: Difference) -> str:
    data = sources.comparison["data"]
    photos = f"{data['photos']} {data['split']} photos"
    figures = f"{found.value:+.3f} mIoU, {found.said}"
    names = (
        f"{first.title} ({millions(first.parameters)} parameters)",
        f"{second.title} ({millions(second.parameters)})",
    )
    if not found.told_apart:
        return f"{photos} show no difference in quality between {names[0]} and {names[1]}: {figures}."
    return f"{photos} show {names[0]} to be {'better' if found.low > 0 else 'worse'} than {names[1]}: {figures}."


def _time(comparison: Mapping[str, Any], first: Network, second: Network) -> str:
    a, b = (n.model["latency"]["p50_ms"] for n in (first, second))
    if a is None or b is None:
        return "Their times were not measured."
    measured = comparison["latency"]
    slow = first if a >= b else second
    ratio = max(a, b) / min(a, b)
    said = f"{ratio:.0f}" if ratio >= 10 else f"{ratio:.1f}"
    return (
        f"{slow.title} takes {said} times as long ({_ms(max(a, b))} against {_ms(min(a, b))} ms, "
        f"{measured['precision']} `.{measured['target']}` here{_distrusted(first, second)})."
    )


def _distrusted(*of: Network) -> str:
    """Return what to add to networks' times where the verdict on one is that it cannot be trusted."""
    found = dict.fromkeys(verdict for n in of if (verdict := untrusted(n.model["latency"].get("verdict"))))
    return f"; {' and '.join(found)}" if found else ""


def _ms(value: float) -> str:
    return f"{value:,.{ms_digits(value)}f}"


def _advice(first: Network, second: Network, found: Difference) -> str:
    a, b = (n.model["latency"]["p50_ms"] for n in (first, second))
    timed = a is not None and b is not None
    fast, slow = (second, first) if not timed or b <= a else (first, second)
    better = first if found.value > 0 else second
    if not found.told_apart:
        return f"Start with {fast.title}." if timed else "Try both."
    if better is fast and timed:
        return f"Take {fast.title}."
    if timed:
        return f"Start with {fast.title}; take {slow.title} where quality decides."
    return f"Where quality decides, take {better.title}."


def _instead(sources: Sources, first: Network, second: Network) -> list[str]:
    """Name the fastest of the other networks that are faster than the first and not shown to be worse."""
    slow = first.model["latency"]["p50_ms"]
    found = []
    for other in sources.networks:
        p50 = other.model["latency"]["p50_ms"]
        if other is first or other is second or None in (slow, p50) or p50 >= slow:
            continue
        against = difference(sources.comparison, first, other)
        if against is not None and (not against.told_apart or against.value < 0):
            found.append((p50, other, against.told_apart))
    if not found:
        return []
    p50, other, is_better = min(found, key=lambda one: one[0])
    quality = f"is better than {first.title}" if is_better else f"is not told apart from {first.title} in quality"
    size = millions(other.parameters)
    named = f"{other.title} ({size})" if other.stands else f"{other.title.removesuffix(')')}, {size})"
    return [f"{named} {quality} and {slow / p50:.1f} times as fast."]


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]

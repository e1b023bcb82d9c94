"""U2Net or TopFormer? Answered in a sentence, as far as the kept files tell."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pocketseg.report.numbers import ms_digits
from scripts.u2net_or_topformer.kept import Network, Sources
from scripts.u2net_or_topformer.learning import differs

AS_TRAINED = "as trained here"


def sentence(sources: Sources, topformer: str = "topformer_tiny") -> str | None:
    """Return the answer for U2Net and one TopFormer; None until both were compared and U2Net's record is kept."""
    first, second = sources.whole("u2net"), sources.whole(topformer)
    if first is None or second is None or first.learning is None:
        return None
    found = pair_of(sources.comparison, first, second)
    if found is None:
        return None
    pair, sign = found
    differing = differs(first.learning, second.learning)
    return " ".join(
        [
            f"{AS_TRAINED.capitalize()}, {_quality(sources, first, second, pair, sign)}"
            if differing
            else _capital(_quality(sources, first, second, pair, sign)),
            _time(sources.comparison, first, second),
            _advice(first, second, pair, sign),
            *_instead(sources, first, second),
        ]
    )


def pair_of(comparison: Mapping[str, Any], first: Network, second: Network) -> tuple[Mapping[str, Any], int] | None:
    """Return the comparison of two networks, and -1 where it has them the other way round; None where it has none."""
    for pair in comparison["pairs"]:
        if (pair["first"], pair["second"]) == (first.name, second.name):
            return pair, 1
        if (pair["first"], pair["second"]) == (second.name, first.name):
            return pair, -1
    return None


def millions(parameters: int) -> str:
    """Return a number of parameters in words: 44 million, 1.4 million."""
    count = parameters / 1e6
    return f"{count:.0f} million" if count >= 10 else f"{count:.1f} million"


def _quality(sources: Sources, first: Network, second: Network, pair: Mapping[str, Any], sign: int) -> str:
    data, miou = sources.comparison["data"], pair["miou"]
    photos = f"{data['photos']} {data['split']} photos"
    low, high = sorted(sign * end for end in miou["interval"])
    figures = f"{sign * miou['difference']:+.3f} mIoU, 95 % interval {low:+.3f} to {high:+.3f}"
    names = (
        f"{first.title} ({millions(first.parameters)} parameters)",
        f"{second.title} ({millions(second.parameters)})",
    )
    if not miou["told_apart"]:
        return f"{photos} show no difference in quality between {names[0]} and {names[1]}: {figures}."
    return f"{photos} show {names[0]} to be {'better' if low > 0 else 'worse'} than {names[1]}: {figures}."


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
        f"{measured['precision']} `.{measured['target']}` here{distrusted(first, second)})."
    )


def distrusted(*of: Network) -> str:
    """Return what to add to networks' times where the verdict on one is that it cannot be trusted."""
    verdicts = dict.fromkeys(str(n.model["latency"].get("verdict") or "VALID") for n in of)
    found = [verdict for verdict in verdicts if verdict != "VALID"]
    return f"; {' and '.join(found)}" if found else ""


def _ms(value: float) -> str:
    return f"{value:,.{ms_digits(value)}f}"


def _advice(first: Network, second: Network, pair: Mapping[str, Any], sign: int) -> str:
    a, b = (n.model["latency"]["p50_ms"] for n in (first, second))
    timed = a is not None and b is not None
    fast, slow = (second, first) if not timed or b <= a else (first, second)
    better = first if sign * pair["miou"]["difference"] > 0 else second
    if not pair["miou"]["told_apart"]:
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
        if (against := pair_of(sources.comparison, first, other)) is None:
            continue
        pair, sign = against
        if not pair["miou"]["told_apart"] or sign * pair["miou"]["difference"] < 0:
            found.append((p50, other, pair["miou"]["told_apart"]))
    if not found:
        return []
    p50, other, is_better = min(found, key=lambda one: one[0])
    quality = f"is better than {first.title}" if is_better else f"is not told apart from {first.title} in quality"
    size = millions(other.parameters)
    named = f"{other.title} ({size})" if other.stands else f"{other.title.removesuffix(')')}, {size})"
    return [f"{named} {quality} and {slow / p50:.1f} times as fast."]


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]

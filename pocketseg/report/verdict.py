"""What the numbers of a comparison mean in plain words, and what they do not tell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pocketseg.report.facts import NOT_A_PHONE
from pocketseg.report.photo_sets import photos as photos_in_words
from pocketseg.training.paired import LEAST_PHOTOS

_ALIKE = 1.05  # a ratio of costs below it is not worth a choice


def verdict(content: Mapping[str, Any]) -> list[list[str]]:
    """Return the sentences on each pair, in the order of `content["pairs"]`: quality, classes, cost, advice."""
    models = {m["name"]: m for m in content["models"]}
    return [_pair(pair, models[pair["first"]], models[pair["second"]], content) for pair in content["pairs"]]


def _pair(
    pair: Mapping[str, Any], first: Mapping[str, Any], second: Mapping[str, Any], content: Mapping[str, Any]
) -> list[str]:
    better, worse = (first, second) if pair["miou"]["difference"] >= 0 else (second, first)
    sign = 1 if better is first else -1
    faster = _faster(pair, first, second)
    sentences = [_quality(pair, better["name"], worse["name"], sign, content), _classes(pair, first, second)]
    sentences += [_time(pair, first, second, faster, content), _macs(first, second)]
    sentences.append(_advice(pair["miou"]["told_apart"], better, worse, faster, first, second))
    return [sentence for sentence in sentences if sentence]


def _quality(pair: Mapping[str, Any], better: str, worse: str, sign: int, content: Mapping[str, Any]) -> str:
    miou, data = pair["miou"], content["data"]
    photos = photos_in_words(data["photos"], data["split"], data["name"])
    value = sign * miou["difference"]
    low, high = sorted(sign * end for end in miou["interval"])
    if value == low == high == 0:
        return f"{better} and {worse} score the same on every one of {photos}."
    digits = _digits(low, high)
    figures = f"95 % interval {low:.{digits}f} to {high:.{digits}f}, over {photos}"
    if miou["told_apart"]:
        return (
            f"{better} scores {value:.{digits}f} more mIoU than {worse} ({figures}): "
            "the choice of photos does not explain the difference."
        )
    if data["photos"] < LEAST_PHOTOS:
        return (
            f"{better} scores {value:.{digits}f} more mIoU than {worse} over {photos}, too few to tell them apart: "
            f"at least {LEAST_PHOTOS} are needed."
        )
    return (
        f"These photos do not tell {better} and {worse} apart: the difference in mIoU is {value:.{digits}f} "
        f"({figures}), and the interval includes zero."
    )


def _digits(low: float, high: float) -> int:
    """Return the number of decimals, at least 3, at which the ends of an interval do not round to zero."""
    return next((d for d in range(3, 7) if all(end == 0 or round(abs(end), d) > 0 for end in (low, high))), 7)


def _classes(pair: Mapping[str, Any], first: Mapping[str, Any], second: Mapping[str, Any]) -> str:
    """Return a sentence on the classes whose interval excludes zero, and which model is better on them."""
    parts = []
    for model, sign in ((first, 1), (second, -1)):
        won = [
            f"{name} ({sign * claim['difference']:+.3f})"
            for name, claim in pair["iou"].items()
            if claim["told_apart"] and sign * claim["difference"] > 0
        ]
        if won:
            parts.append(f"{model['name']} is better on {listed(won)}")
    if not parts:
        return ""
    left = [n for n, claim in pair["iou"].items() if claim["difference"] is not None and not claim["told_apart"]]
    rest = f"; {listed(left)} {'is' if len(left) == 1 else 'are'} not told apart" if left else ""
    return f"By class, {', '.join(parts)}{rest}."


def listed(values: Sequence[object]) -> str:
    """Return one or more values as in a sentence: a, b and c."""
    texts = [str(value) for value in values]
    return " and ".join([", ".join(texts[:-1]), texts[-1]]) if len(texts) > 1 else texts[0]


def _faster(pair: Mapping[str, Any], first: Mapping[str, Any], second: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the model that is shown to be faster; None if neither is, or one has no latency."""
    claim = pair["latency"]
    if not claim["told_apart"] or first["latency"]["p50_ms"] is None or second["latency"]["p50_ms"] is None:
        return None
    return first if claim["ratio"] < 1 else second


def _time(
    pair: Mapping[str, Any], first: Mapping[str, Any], second: Mapping[str, Any], faster: Mapping[str, Any] | None,
    content: Mapping[str, Any],
) -> str:  # fmt: skip
    for model in (first, second):
        if model["latency"]["p50_ms"] is None:
            return ""
    measured, claim = content["latency"], pair["latency"]
    how = f"p50 of the {measured['precision']} {measured['target']} file, {threads(measured)}"
    how += f", on {measured['device'].get('cpu') or 'this processor'}"
    if faster is None:
        a, b = first["latency"]["p50_ms"], second["latency"]["p50_ms"]
        return f"Their times are not told apart: {_ms(a)} for {first['name']}, {_ms(b)} for {second['name']} ({how})."
    slower = second if faster is first else first
    fast, slow = faster["latency"]["p50_ms"], slower["latency"]["p50_ms"]
    ends = [end if faster is second else 1 / end for end in claim["interval"]]
    ratio = claim["ratio"] if faster is second else 1 / claim["ratio"]
    return (
        f"{faster['name']} is {_times(ratio)} as fast ({_ms(fast)} against {_ms(slow)}, {how}; "
        f"95 % interval {min(ends):.3g} to {max(ends):.3g} times)."
    )


def _macs(first: Mapping[str, Any], second: Mapping[str, Any]) -> str:
    few, many = (first, second) if first["gmacs"] <= second["gmacs"] else (second, first)
    if few["gmacs"] <= 0 or many["gmacs"] / few["gmacs"] < _ALIKE:
        return (
            f"They need about the same number of multiply-adds ({_giga(first['gmacs'])} and {_giga(second['gmacs'])})."
        )
    ratio = many["gmacs"] / few["gmacs"]
    figures = f"{_giga(many['gmacs'])} against {_giga(few['gmacs'])}"
    return f"{many['name']} needs {_times(ratio)} the multiply-adds of {few['name']} ({figures})."


def _advice(
    told_apart: bool, better: Mapping[str, Any], worse: Mapping[str, Any], faster: Mapping[str, Any] | None,
    first: Mapping[str, Any], second: Mapping[str, Any],
) -> str:  # fmt: skip
    """Return which model to choose, as far as the numbers decide it."""
    timed = first["latency"]["p50_ms"] is not None and second["latency"]["p50_ms"] is not None
    if not told_apart:
        if faster is not None:
            return f"Quality does not decide between them here; where time does, choose {faster['name']}."
        return "Neither quality nor time decides between them here." if timed else (
            "Quality does not decide between them here, and time was not measured."
        )  # fmt: skip
    if not timed:
        return f"Choose {better['name']} where quality decides; time was not measured."
    if faster is worse:
        return f"Choose {better['name']} where quality decides, {worse['name']} where time does."
    smaller = worse["weights_bytes"] * _ALIKE < better["weights_bytes"]
    size = f"{worse['weights_bytes'] / 1e6:.2f} MB against {better['weights_bytes'] / 1e6:.2f} MB"
    unless = f", unless the size of the weights file decides ({size})" if smaller else ""
    why = "it is better and faster" if faster is better else "it is better, and their times are not told apart"
    return f"Choose {better['name']}: {why}{unless}."


def cautions(content: Mapping[str, Any], noise: Sequence[str] = ()) -> list[str]:
    """Return what the numbers do not tell: absent classes, photos that trained or chose a model, noise, phones."""
    data, found = content["data"], []
    absent = [name for name, claim in content["pairs"][0]["iou"].items() if claim["difference"] is None]
    if absent:
        found.append(
            f"No photo here has a labelled pixel of {listed(absent)}: mIoU is over the other classes, for every model."
        )
    for model in content["models"]:
        if facts := model.get("assumed"):  # comparisons of earlier versions say nothing of it
            said = "; ".join(f"{what} {value}" for what, value in facts.items())
            found.append(f"Assumed of {model['name']}, as its file does not say it: {said}.")
    names: dict[str, list[str]] = {"val": [], "train": [], "other": []}
    for model in content["models"]:
        if (seen := model.get("seen_photos")) is not None:
            if seen["note"]:
                found.append(f"{model['name']}: {seen['note']}.")
            if seen["val"] and data["split"] == "val":
                names["val"].append(model["name"])
            continue
        own = model["training"]["split_hash"]
        if own and data["split_hash"] and own != data["split_hash"]:
            names["other"].append(f"{model['name']} (split {own})")
        elif own and data["split"] in ("val", "train"):
            names[data["split"]].append(model["name"])
        elif own and data["split"] == "all":
            names["train"].append(model["name"])
    if names["train"]:
        found.append(f"Training photos of {listed(names['train'])} may be among these: the scores are optimistic.")
    if names["val"]:
        found.append(
            f"The kept epoch of {listed(names['val'])} was chosen on these validation photos, "
            "so scores here are a little high; test photos give the final ones."
        )
    if names["other"]:
        found.append(
            f"{listed(names['other'])} trained on another split than {data['split_hash']}: "
            "training photos may be among these."
        )
    found.append(
        "Intervals say what other photos of this kind would change; another training of the same network would "
        "change the scores, too, and that is not in them."
    )
    if len(content["pairs"]) > 1:
        found.append(
            f"Each of the {len(content['pairs'])} pairs has its own 95 % interval: the more pairs, the likelier "
            "that one leaves out zero by chance."
        )
    if any(m["latency"]["p50_ms"] is not None for m in content["models"]):
        found += [NOT_A_PHONE, *(f"{text[0].upper()}{text[1:]}." for text in noise if text)]
    found += [f"The time of {m['name']} is {m['latency']['verdict']}: {'; '.join(m['latency']['verdict_reasons'])}."
              for m in content["models"] if m["latency"].get("verdict") in ("UNSTABLE", "INVALID")]  # fmt: skip
    found += [f"{m['name']} has no latency: {m['latency']['reason']}" for m in content["models"]
              if m["latency"]["p50_ms"] is None and m["latency"]["status"] != "not asked for"]  # fmt: skip
    return found


def threads(measured: Mapping[str, Any]) -> str:
    """Return the number of threads of a timing in words."""
    return f"{measured['threads']} thread{'' if measured['threads'] == 1 else 's'}"


def _ms(value: float) -> str:
    return f"{value:.0f} ms" if value >= 100 else f"{value:.1f} ms"


def _giga(value: float) -> str:
    return f"{value:.3g} G"


def _times(ratio: float) -> str:
    return f"{ratio:.0f} times" if ratio >= 10 else f"{ratio:.1f} times"

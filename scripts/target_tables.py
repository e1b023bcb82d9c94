"""Rewrite the tables of docs/targets.md, docs/targets/ and docs/exported-file.md: `python -m scripts.target_tables`.

They say what the exporters, the runtimes and the phones' harnesses say of themselves; nothing is measured for them.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import export
from benchmark import runtimes
from export._coreml_weights import least_ios
from pocketseg.artifacts.parity import LEAST_AGREEMENT
from pocketseg.core.cache import ROOT
from pocketseg.core.errors import DataError
from pocketseg.core.precisions import CALIBRATION_HELP, PRECISION_HELP, PRECISIONS
from pocketseg.core.types import Recipe
from pocketseg.devices.openable import ACCELERATORS, BROWSER_ACCELERATORS, IOS_ACCELERATORS
from pocketseg.inspect.needs.table import opened_by
from scripts.readme import rewrite

DOCS = ROOT / "docs"
_APPS: dict[str, Mapping[str, tuple[str, ...]]] = {  # harness, and what it runs each target on
    "Android app": ACCELERATORS,
    "iOS app": IOS_ACCELERATORS,
    "browser page": BROWSER_ACCELERATORS,
}
_BUILT_IN = {("iOS app", "executorch"): "where it was built with ExecuTorch"}


def pages() -> dict[Path, dict[str, str]]:
    """Return the blocks of every page that has any."""
    found = {
        DOCS / "targets.md": {
            "files": files_table(),
            "precisions": precisions_table(),
            "refusals": refusals_list(),
            "releases": releases_list(),
        },
        DOCS / "exported-file.md": {"parity": parity_table()},
    }
    for target in export.targets():
        found[DOCS / "targets" / f"{target}.md"] = {"facts": facts_table(target)}
    found[DOCS / "targets" / "coreml.md"]["ios"] = ios_table()
    return found


def files_table() -> str:
    """Return which harness runs the files of each target, and on what."""
    rows = [
        [
            f"[{target}](targets/{target}.md)",
            _code(export.facts(target, "SUFFIX")),
            *_apps(target),
            _code(export.facts(target, "RUNTIME")),
        ]
        for target in export.targets()
    ]
    return _table(["target", "file", *_APPS, "measured here by"], rows)


def precisions_table() -> str:
    """Return which target has which precision."""
    rows = []
    for precision, sentence in PRECISION_HELP.items():
        has = ["yes" if precision in export.facts(t, "PRECISIONS") else "no" for t in export.targets()]
        rows.append([_code(precision), *has, sentence])
    return _table(["precision", *export.targets(), "what it is"], rows)


def refusals_list() -> str:
    """Return why a target lacks a precision, a line for those with one reason."""
    return "\n".join(f"- {target}: {line}" for target in export.targets() for line in _refusals(target))


def releases_list() -> str:
    """Return the oldest releases that open the quick start's files."""
    return "\n".join(f"- {target}: {line}" for target in export.targets() for line in opened_by(target))


def parity_table() -> str:
    """Return on how many pixels a file of each precision must be as its network."""
    least: dict[float, list[str]] = {}
    for precision in PRECISIONS:
        least.setdefault(LEAST_AGREEMENT[precision], []).append(precision)
    rows = [[", ".join(map(_code, names)), f"{100 * share:g} %"] for share, names in least.items()]
    return _table(["precision", "pixels that must agree, at least"], rows)


def ios_table() -> str:
    """Return the least iOS of each precision, with zeros stored and left out."""
    rows = []
    for precision in export.facts("coreml", "PRECISIONS"):
        numbers = Recipe(precision=precision).numbers
        dense, sparse = least_ios(numbers, False), least_ios(numbers, True)
        why = dense[1] if dense[0] > 16 else ""
        rows.append([_code(precision), f"iOS {dense[0]}", f"iOS {sparse[0]}", why])
    return _table(["precision", "oldest", "oldest with zeros left out", "what needs it"], rows)


def facts_table(target: str) -> str:
    """Return what a target and its runtime say of themselves."""
    engine = export.facts(target, "RUNTIME")
    precisions = export.facts(target, "PRECISIONS")
    rows = [
        ["file", _code(export.facts(target, "SUFFIX"))],
        ["precisions", " ".join(_code(p) for p in PRECISIONS if p in precisions)],
        ["not", "<br>".join(_refusals(target))],
        ["calibration of `w8a8`, default first", _calibrations(target)],
        ["made with", ", ".join(_code(tool) for tool in export.facts(target, "TOOLS"))],
        ["measured here by", f"{_code(engine)}, on the Python package {_code(runtimes.tool(engine))}"],
        ["oldest release", "<br>".join(line.partition(";")[0] for line in opened_by(target))],
        *([app, on] for app, on in zip(_APPS, _apps(target), strict=True)),
    ]
    if target == "tflite":
        rows.insert(3, ["converters, default first", ", ".join(map(_code, export.facts(target, "CONVERTERS")))])
    return _table(["", ""], rows)


def _calibrations(target: str) -> str:
    methods = export.facts(target, "CALIBRATIONS")
    return "; ".join(f"{_code(name)}: {CALIBRATION_HELP[name]}" for name in methods)


def _refusals(target: str) -> list[str]:
    reasons: dict[str, list[str]] = {}
    for precision, sentence in export.facts(target, "REFUSALS").items():
        reasons.setdefault(sentence, []).append(precision)
    return [f"{' '.join(map(_code, names))}: {sentence}" for sentence, names in reasons.items()]


def _apps(target: str) -> list[str]:
    found = []
    for app, accelerators in _APPS.items():
        on = " ".join(map(_code, accelerators.get(target, ())))
        built = _BUILT_IN.get((app, target), "")
        found.append(", ".join(filter(None, (on, built))) or "no")
    return found


def _table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [titles, ["---"] * len(titles), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _code(text: str) -> str:
    return f"`{text}`"


def main() -> None:
    """Rewrite the pages in place."""
    for path, blocks in pages().items():
        rewrite(path, blocks)


if __name__ == "__main__":
    try:
        main()
    except DataError as error:
        sys.exit(str(error))

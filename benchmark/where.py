"""Where a row was measured, in words: its device, kind and accelerator, and whether its times are those of a device.

Names of devices come from outside: unprintable characters are removed, and none begins like a spreadsheet formula.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from benchmark.device import processor
from pocketseg.core.types import BenchmarkRow

Device = tuple[tuple[str, str], ...]  # what tells a device from others: names of facts with their values

PHONES = ("android", "ios", "browser")  # kinds whose records come from elsewhere
UNKNOWN = "accelerator not known"
_DEVICE = ("maker", "model", "soc")
_LONGEST_NAME, _LONGEST_ACCELERATOR = 48, 24
_FORMULA = "=+-@'\"`"  # a cell that begins so is computed by spreadsheets, or is quoted


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """Where a row was measured.

    Attributes:
        name: of the device, printable.
        soc: its system on a chip, printable; empty if not known.
        device: its identity, equal for all rows of one device and kind; an evaluator has that of its computer.
        asked: the accelerator that was asked for; empty if not known.
        accelerator: what ran the file, in words; empty if obvious or not known.
    """

    kind: str
    name: str
    soc: str
    device: Device
    asked: str
    accelerator: str

    @property
    def kind_of_device(self) -> str:
        """Return the kind in words: `ios`, or `ios simulator`, which is not a device."""
        return f"{self.kind} simulator" if ("simulator", "True") in self.device else self.kind

    @property
    def text(self) -> str:
        """Return all of it in one line: `Google Pixel 8, Tensor G3 (android, gpu)`."""
        name = f"{self.name}, {self.soc}" if self.soc and self.soc not in self.name else self.name
        return say(name, self.kind_of_device, self.accelerator)


def say(name: str, kind: str, accelerator: str = "") -> str:
    """Return a device's name with its kind and the accelerator: `Google Pixel 8 (android, gpu)`."""
    return f"{name} ({', '.join(filter(None, (kind, accelerator)))})"


def where(row: BenchmarkRow) -> Where | None:
    """Return where a row was measured, by its record or the row's own facts; None if nothing is known."""
    facts = {**row.device, **(known_of(row.document) if row.document is not None else {})}
    if not facts:
        return None
    kind = row.kind or ("reference" if facts.get("label") else "host")
    own = {name: facts.get(name) for name in (*_DEVICE, "cpu", "cores", "machine")}
    own |= {"kind": "host" if kind == "reference" else kind, "system": system(_text(facts.get("os")))}
    own |= {"simulator": facts.get("simulator") is True, "browser": _family(_text(facts.get("browser")))}
    return Where(
        kind=kind,
        name=_name(facts, kind),
        soc=plain(facts.get("soc")) if kind in PHONES else "",
        device=tuple((name, "" if value is None else str(value)) for name, value in own.items()),
        asked=plain(facts.get("accelerator"), _LONGEST_ACCELERATOR),
        accelerator=_accelerator(facts, kind) if row.status == "ok" else _not_run(facts),
    )


def known_of(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the known facts that a row's `device` copies from its record, to tell where it was measured."""
    device, accelerator = document["device"], document["accelerator"] or {}
    found = {name: device[name] for name in (*_DEVICE, "cpu", "cores", "machine", "os")}
    found |= {"accelerator": accelerator.get("asked"), "accelerator_obtained": accelerator.get("obtained")}
    found |= {name: accelerator.get(name) for name in ("nodes", "nodes_delegated")}
    found |= {
        "browser": device.get("browser"),
        "simulator": device.get("simulator") or None,
        "label": document["runtime"]["label"] or None,
    }
    program = document["program"]
    found |= {"build_type": "debug" if program["build_type"] == "debug" else None}
    found |= {"launch": "test" if program.get("launch") == "test" else None}
    return {name: value for name, value in found.items() if value is not None}


def not_of_a_device(row: BenchmarkRow) -> str:
    """Return why a row's times do not show its device in normal use, which keeps it off all fronts; else empty.

    INVALID times of this computer are not such a reason: they have no rank, and are measured again.
    """
    place = where(row)
    if place is None:
        return ""
    facts = {**row.device, **(known_of(row.document) if row.document is not None else {})}
    if facts.get("launch") == "test":
        return "a test, not an app on a device"
    if facts.get("build_type") == "debug":
        return "a debug build"
    if facts.get("simulator") is True:
        return "a simulator"
    asked = facts.get("accelerator")
    other = asked is not None and place.kind != "reference" and asked != facts.get("accelerator_obtained")
    if other or place.accelerator == UNKNOWN:
        return place.accelerator
    return "INVALID" if row.verdict == "INVALID" and place.kind in PHONES else ""


def plain(value: Any, longest: int = _LONGEST_NAME) -> str:
    """Return a text from outside as one printable line; empty for a value that is not text."""
    text = " ".join(unicodedata.normalize("NFC", _text(value)).split())
    text = "".join(c for c in text if c.isprintable()).lstrip(f"{_FORMULA} ").strip()
    return text if len(text) <= longest else f"{text[: longest - 1].rstrip()}…"


def system(name: str | None) -> str:
    """Return the family of an operating system from its full name: Linux from Linux-6.1-x86_64."""
    return re.split(r"[\s-]", name or "", maxsplit=1)[0]


def _name(facts: Mapping[str, Any], kind: str) -> str:
    """Return the name of a device: a phone's maker and model, a computer's processor, a browser and its device."""
    if kind not in PHONES:
        return plain(processor(facts), 2 * _LONGEST_NAME) or "an unnamed processor"
    browser = _short(plain(facts.get("browser"))) if kind == "browser" else ""
    return ", ".join(filter(None, (_name_of_phone(facts), browser)))


def _name_of_phone(facts: Mapping[str, Any]) -> str:
    maker, model = plain(facts.get("maker")), plain(facts.get("model"))
    if model:
        return model if model.casefold().startswith(maker.casefold()) else plain(f"{maker} {model}")
    others = (plain(facts.get(name)) for name in ("soc", "cpu", "os"))
    return next(filter(None, (*others, maker)), "an unnamed device")


def _accelerator(facts: Mapping[str, Any], kind: str) -> str:
    """Return what ran a file, in words; if that is not known, it says so rather than name what was asked for."""
    asked, obtained = (plain(facts.get(name), _LONGEST_ACCELERATOR) for name in ("accelerator", "accelerator_obtained"))
    if not asked:
        return UNKNOWN if kind in PHONES else ""
    if kind == "reference" or (kind == "host" and asked == obtained == "cpu"):
        return ""
    if not obtained:
        return f"{asked} asked, not known to be obtained"
    if facts["accelerator"] != facts["accelerator_obtained"]:
        return f"{asked} asked, {obtained} obtained"
    nodes, taken = facts.get("nodes"), facts.get("nodes_delegated")
    if asked == "cpu" or not isinstance(nodes, int) or not isinstance(taken, int) or taken >= nodes:
        return asked
    return f"{asked} in part" if taken else f"{asked} asked, took no operation"


def _not_run(facts: Mapping[str, Any]) -> str:
    """Return the accelerator that was asked for in words, for a file that did not run."""
    asked = plain(facts.get("accelerator"), _LONGEST_ACCELERATOR)
    return "" if asked in ("", "cpu") else f"{asked} asked"


def _family(browser: str) -> str:
    """Return a browser's name without its version, which changes every month: Chrome from Chrome 156.0.8078."""
    return re.split(r"\s+\d", browser, maxsplit=1)[0]


def _short(browser: str) -> str:
    """Return a browser with only the major version: Chrome 156 from Chrome 156.0.8078."""
    return re.sub(r"(\s\d+)[\d.]*", r"\1", browser)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""

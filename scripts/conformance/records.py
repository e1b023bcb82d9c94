"""Cases of records: sealed texts with the values in them, and damaged ones with the error each must cause."""

from __future__ import annotations

import copy
import json
from typing import Any

from scripts.conformance._phone_record import document, sealed, without_result
from scripts.conformance.arrays import Store

ERRORS = {
    "not-json": "it is no UTF-8 text, or no JSON", "not-a-table": "it is a list, a number...",
    "no-version": "its schema_version is not MAJOR.MINOR", "other-version": "its major version is not 1: the newer one "
    "says what to update", "seal": "its seal is missing, not there once, or not that of its bytes",
    "missing": "a field is not there", "unknown-field": "a field that this version does not know, in a document of it",
    "wrong-type": "a text for a number, a list for a table...",
    "out-of-bounds": "a number, a text or a list is too small or too large",
    "bad-value": "a text is none of those that may stand there, or has not their form",
    "does-not-print": "a text has a control character, a line's end, half a character",
    "samples": "at_ms, pre_ms or post_ms are not as many as execute_ms, or frequency_share as cores",
    "statistics": "statistics are not of as many runs and turns as there are",
    "classes": "a class is there twice, or a matrix is not as large as the classes",
    "status": "a reason where the status is ok or none where it is not, turns or a verdict of a file that did not run",
    "verdict": "UNSTABLE or INVALID without reasons, or VALID with some", "null": "a null without its reason",
}  # fmt: skip


def cases(store: Store) -> dict[str, Any]:
    """Return the cases."""
    return {
        "about": "docs/record.md; a text's values must be equal as JSON values, whatever their order and spelling",
        "errors": ERRORS,
        "cases": [{"name": name, "text": text, "is": json.loads(text.lstrip("\ufeff"))} for name, text in _valid()],
        "refused": [
            *({"name": name, "text": text, "error": error} for name, text, error in damaged()),
            {"name": "not-utf-8", "bytes": b'{"schema_version": "\xff"}'.hex(), "error": "not-json"},
        ],
    }


def _valid() -> list[tuple[str, str]]:
    newer = document()
    newer |= {"schema_version": "1.12", "sensors": [{"name": "skin", "value_c": None}]}
    newer["device"]["npu_tops"] = 40
    newer["turns"][0]["before"]["cache_ms"] = 0.25
    planless = document()
    planless["accelerator"]["planned"] = planless["load"]["compile_ms"] = None
    planless["unknown"] |= {"/accelerator/planned": "the system is older", "/load/compile_ms": "nothing was compiled"}
    clockless = document()
    clockless["clock"] = clockless["runtime"]["build"] = None
    clockless["unknown"] |= {"/clock": "nobody looked at it", "/runtime/build": "the library does not say"}
    last = _before_1_3()
    before = _before_1_3() | {"schema_version": "1.1"}
    del before["runtime"]["desktop_version"]
    for turn in before["turns"]:
        del turn["device"]
    older = {k: v for k, v in without_result().items() if k != "bundle"}
    older["unknown"] = {k: v for k, v in older["unknown"].items() if not k.startswith("/bundle")}
    older |= {"schema_version": "1.0", "status": "refused"}
    for table, name in (("program", "launch"), ("program", "debugger"), ("device", "simulator"), ("device", "browser")):
        del older[table][name]
    del older["unknown"]["/device/browser"]
    older["runtime"] = {k: v for k, v in older["runtime"].items() if k not in ("desktop_version", "build")}
    return [
        ("phone", sealed(document())),
        ("failed", sealed(without_result())),
        ("version-1.0-refused", sealed(older)),
        ("version-1.1", sealed(before)),
        ("version-1.2", sealed(last)),
        ("version-1.3", sealed(_before_1_4())),
        ("no-plan", sealed(planless)),
        ("no-clock", sealed(clockless)),
        ("page", sealed(_page())),
        ("newer-minor", sealed(newer)),
        ("indented", sealed(without_result(), indent=2)),
        ("with-a-line-end", sealed(without_result()) + "\r\n"),
        ("byte-order-mark", "\ufeff" + sealed(without_result())),
        ("fields-in-another-order", sealed(dict(sorted(without_result().items())))),
    ]


def _page() -> dict[str, Any]:
    """Return the document as a page in a browser writes it: samples are means, since its clock is coarse."""
    made = document() | {"kind": "browser", "clock": {"step_ms": 0.1}}
    made["program"]["launch"] = "page"
    made["runtime"] |= {"tool": "@litertjs/core", "build": "compat"}
    made["device"]["browser"] = "Chrome 156.0.8078"
    made["yardstick"]["version"] = "javascript-1"
    del made["unknown"]["/device/browser"]
    for turn in made["turns"]:
        turn["batch"] = 4
    return made


def _before_1_4() -> dict[str, Any]:
    """Return the document without what 1.4 added, as programs of 1.3 write it."""
    made = document() | {"schema_version": "1.3"}
    del made["clock"], made["runtime"]["build"], made["device"]["browser"], made["unknown"]["/device/browser"]
    return made


def _before_1_3() -> dict[str, Any]:
    """Return the document without what 1.3 added either, as programs of 1.2 write it."""
    made = _before_1_4() | {"schema_version": "1.2"}
    del made["accelerator"]["planned"], made["load"]["compile_ms"]
    return made


def damaged() -> list[tuple[str, str, str]]:
    """Return damaged records, each with one thing wrong: name, text, error."""
    whole = sealed(without_result())
    seal = json.loads(whole)["seal"]
    return [
        ("empty", "", "not-json"),
        ("cut-short", whole[:-30], "not-json"),
        ("not-a-number", '{"a": NaN}', "not-json"),
        ("two-documents", "{}{}", "not-json"),
        ("a-list", "[1, 2]", "not-a-table"),
        ("a-number", "1", "not-a-table"),
        ("no-version", '{"seal": ""}', "no-version"),
        ("version-as-number", _whole("/schema_version", 1.1), "no-version"),
        ("version-of-three-parts", _whole("/schema_version", "1.0.0"), "no-version"),
        ("version-2.0", sealed({"schema_version": "2.0", "all": "new"}), "other-version"),
        ("version-0.9", _whole("/schema_version", "0.9"), "other-version"),
        ("no-seal", whole.replace(f'"seal":"{seal}",', ""), "seal"),
        ("an-open-seal", whole.replace(seal, "0" * 64), "seal"),
        ("half-a-seal", whole.replace(seal, seal[:32]), "seal"),
        ("seal-in-capitals", whole.replace(seal, seal.upper()), "seal"),
        ("seal-twice", whole.replace('"reason":"loading', f'"again":"{seal}","reason":"loading'), "seal"),
        ("a-digit-changed", whole.replace("65945", "65946"), "seal"),
        ("a-blank-more", whole.replace(":{", ": {", 1), "seal"),
        ("verdict-by-hand", sealed(document()).replace('"verdict":"UNSTABLE"', '"verdict":"VALID"'), "seal"),
        *(
            (name, _whole(pointer, value), error)
            for name, pointer, value, error in (
                ("no-device", "/device", ..., "missing"),
                ("no-soc", "/device/soc", ..., "missing"),
                ("no-batch", "/turns/2/batch", ..., "missing"),
                ("no-foreground", "/turns/0/device/foreground", ..., "missing"),
                ("half-a-plan", "/accelerator/planned/npu", ..., "missing"),
                ("a-clock-without-a-step", "/clock/step_ms", ..., "missing"),
                ("no-unknown", "/unknown", ..., "missing"),
                ("a-field-more", "/device/serial", "1234", "unknown-field"),
                ("a-field-more-of-a-turn", "/turns/0/device/wifi", True, "unknown-field"),
                ("a-unit-more", "/accelerator/planned/dsp", 3, "unknown-field"),
                ("a-field-more-of-the-clock", "/clock/name", "monotonic", "unknown-field"),
                ("a-field-more-at-the-top", "/color", 1, "unknown-field"),
                ("cores-as-text", "/device/cores", "8", "wrong-type"),
                ("null-for-what-was-not-looked-at", "/turns/0/device", None, "wrong-type"),
                ("half-an-operation", "/accelerator/planned/gpu", 1.5, "wrong-type"),
                ("a-plan-as-text", "/accelerator/planned", "npu", "wrong-type"),
                ("a-step-as-text", "/clock/step_ms", "0,005", "wrong-type"),
                ("a-browser-as-a-table", "/device/browser", {"name": "Chrome"}, "wrong-type"),
                ("a-build-as-number", "/runtime/build", 2, "wrong-type"),
                ("compiling-as-text", "/load/compile_ms", "12,5", "wrong-type"),
                ("half-a-core", "/turns/0/device/cores", [4, 6.5], "wrong-type"),
                ("a-version-as-number", "/runtime/desktop_version", 2.2, "wrong-type"),
                ("cores-and-a-half", "/device/cores", 7.5, "wrong-type"),
                ("time-as-text", "/turns/0/wall_ms", "17,5", "wrong-type"),
                ("true-as-seed", "/run/seed", True, "wrong-type"),
                ("a-list-as-name", "/artifact/model", ["m"], "wrong-type"),
                ("null-as-verdict-reasons", "/verdict_reasons", None, "wrong-type"),
                ("a-time-below-0", "/turns/0/execute_ms", [-1.0, 2.0], "out-of-bounds"),
                ("operations-below-0", "/accelerator/planned/cpu", -1, "out-of-bounds"),
                ("compiled-before-it-began", "/load/compile_ms", -0.5, "out-of-bounds"),
                ("a-clock-without-steps", "/clock/step_ms", 0, "out-of-bounds"),
                ("a-clock-of-seconds", "/clock/step_ms", 1000.5, "out-of-bounds"),
                ("a-number-beyond-2-to-the-53", "/device/memory_bytes", 2**60, "out-of-bounds"),
                ("a-core-below-0", "/turns/0/device/cores", [-1, 7], "out-of-bounds"),
                ("more-than-the-highest-frequency", "/turns/0/device/frequency_share", [0.5, 1.5], "out-of-bounds"),
                ("a-ratio-of-2", "/statistics/miou", 2, "out-of-bounds"),
                ("an-empty-name", "/artifact/model", "", "out-of-bounds"),
                ("a-long-name", "/artifact/model", "m" * 300, "out-of-bounds"),
                ("another-kind", "/kind", "toaster", "bad-value"),
                ("another-power", "/turns/0/device/power", "sun", "bad-value"),
                ("half-a-hash", "/artifact/sha256", "a1" * 16, "bad-value"),
                ("a-moment-without-zone", "/run/started_at", "2026-01-02T03:04:05", "bad-value"),
                ("a-buddhist-year", "/run/started_at", "2569-01-02 03:04:05Z", "bad-value"),
                (
                    "digits-of-another-script",
                    "/run/started_at",
                    "\u0662\u0660\u0662\u0666-01-02T03:04:05Z",
                    "bad-value",
                ),
                ("a-path", "/artifact/file", "../../etc/passwd", "bad-value"),
                ("a-bell", "/device/model", "a\x07b", "does-not-print"),
                ("a-line", "/reason", "a\nb", "does-not-print"),
                ("turned-text", "/artifact/model", "gpj.\u202eexe", "does-not-print"),
                ("a-time-less", "/turns/1/at_ms", [0.25], "samples"),
                ("a-share-less", "/turns/1/device/frequency_share", [0.5], "samples"),
                ("a-core-less", "/turns/2/device/cores", [7], "samples"),
                ("shares-of-no-cores", "/turns/3/device/frequency_share", [0.5], "samples"),
                ("a-time-more", "/turns/1/post_ms", [1.0] * 3, "samples"),
                ("runs-that-are-not-there", "/statistics/runs", 11, "statistics"),
                ("turns-that-are-not-there", "/statistics/turns", 4, "statistics"),
                ("a-class-twice", "/quality/classes", ["a", "b", "a"], "classes"),
                ("a-class-less", "/quality/classes", ["a", "b"], "classes"),
                ("a-row-less", "/quality/photos/0/confusion", [[1, 0, 0], [0, 1, 0]], "classes"),
                ("ok-with-a-reason", "/reason", "it crashed", "status"),
                ("failed-with-turns", "/status", "failed", "status"),
                ("unstable-without-reasons", "/verdict_reasons", [], "verdict"),
                ("valid-with-reasons", "/verdict", "VALID", "verdict"),
                ("a-null", "/device/os", None, "null"),
                ("a-null-table", "/load", None, "null"),
                ("a-null-among-turns", "/turns/2/cpu_ms", None, "null"),
                ("a-null-about-a-turn", "/turns/2/device/thermal", None, "null"),
                ("a-null-as-a-plan", "/accelerator/planned", None, "null"),
                ("a-null-as-compiling", "/load/compile_ms", None, "null"),
                ("a-null-as-a-clock", "/clock", None, "null"),
                ("a-null-as-a-build", "/runtime/build", None, "null"),
                ("a-null-of-the-desktop", "/runtime/desktop_version", None, "null"),
                ("a-null-with-another-reason", "/unknown/~1device~1cpu", ..., "null"),
                ("a-null-of-a-name-with-a-tilde", "/unknown/~1statistics~1iou~1hat~00", ..., "null"),
            )
        ),
        ("failed-without-a-reason", sealed({**without_result(), "reason": ""}), "status"),
        ("half-a-character", _escaped("/device/maker", "\ud83d"), "does-not-print"),
    ]


def _whole(pointer: str, value: Any) -> str:
    """Return a sealed record with another value at a pointer (RFC 6901); ... removes what is there."""
    found: Any = (made := copy.deepcopy(document()))
    *steps, last = [step.replace("~1", "/").replace("~0", "~") for step in pointer[1:].split("/")]
    for step in steps:
        found = found[int(step)] if step.isdigit() else found[step]
    if value is ...:
        del found[last]
    else:
        found[last] = value
    return sealed(made)


def _escaped(pointer: str, value: str) -> str:
    """Return a record with half a surrogate pair, which only an escape can write."""
    import hashlib

    text = _whole(pointer, value)
    seal = json.loads(text)["seal"]
    open_ = text.replace(seal, "0" * 64).replace(value, json.dumps(value)[1:-1])
    return open_.replace("0" * 64, hashlib.sha256(open_.encode()).hexdigest(), 1)

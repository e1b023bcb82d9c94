"""Why the app ended, out of what Android says of all its processes: each turn's process ends itself, as it should."""

from __future__ import annotations

import pytest

from pocketseg.devices._android_run import exit_reason

_NAME = "dev.pocketseg.harness"
_TURN = f"process={_NAME}:turn reason=1 (EXIT_SELF)"
_HEAD = f"ACTIVITY MANAGER PROCESS EXIT INFO (dumpsys activity exit-info)\n  package: {_NAME}\n"


def _said(*entries: str, line: str = "\n") -> str:
    """Return what `dumpsys activity exit-info` prints of these, the newest first."""
    return (_HEAD + "    Historical Process Exit for uid=10234\n" + "".join(
        f"        ApplicationExitInfo #{number}:\n          timestamp=2026-11-29 08:00:00.000 pid={4000 + number}"
        f" realUid=10234 packageUid=10234 definingUid=10234 user=0\n          {entry} subreason=0 (UNKNOWN) status=0\n"
        "          importance=100 pss=0.00 rss=0.00 description=null state=empty trace=null\n"
        for number, entry in enumerate(entries)
    )).replace("\n", line)  # fmt: skip


@pytest.mark.parametrize(
    "reason", ["LOW_MEMORY", "USER REQUESTED", "APP CRASH(NATIVE)", "APP CRASH(EXCEPTION)", "FREEZER", "ANR"]
)
@pytest.mark.parametrize("line", ["\n", "\r\n"])
def test_the_apps_own_process_says_why_it_ended_wherever_turns_stand(reason: str, line: str) -> None:
    own = f"process={_NAME} reason=3 ({reason})"
    older = f"process={_NAME} reason=10 (USER REQUESTED OR NOT)"
    for entries in ((_TURN, own, older), (own, _TURN), (_TURN, _TURN, own, _TURN), (own,)):
        assert exit_reason(_said(*entries, line=line)) == reason


@pytest.mark.parametrize(
    "text",
    ["", _HEAD, _said(_TURN), _said(_TURN, f"process={_NAME}:preview reason=3 (LOW_MEMORY)"),
     _said(f"process={_NAME}.other reason=3 (LOW_MEMORY)"), _said(f"process={_NAME} reason=x"),
     "reason=3 (LOW_MEMORY)", "Bad activity command: exit-info"],
)  # fmt: skip
def test_what_says_nothing_of_the_apps_own_process_gives_no_reason(text: str) -> None:
    assert exit_reason(text) == ""


def test_an_own_entry_without_a_reason_takes_none_from_the_next() -> None:
    assert exit_reason(_said(f"process={_NAME} reason=", f"process={_NAME} reason=3 (LOW_MEMORY)")) == ""

"""Runs what must pass before a change lands, tier by tier: `.ci/run`. Standard library only, since it makes .venv.

A tier that passed on this machine is not run again until the tree, the lock, a tool or the machine changes; documents
count only for what reads them. `rm -r ~/.cache/pocketseg-ci/passed` makes every tier run again.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from scripts.ci_passes import Passes, state_of

ROOT = Path(__file__).resolve().parents[1]
BUDGET_S = 86 * 60
NOT_ALL_TRIED = 75  # EX_TEMPFAIL: what a command exits with where nothing failed and its budget ran out
GRACE_S = 60  # for pytest to say what it has found, once it is interrupted
# A job of the background ignores Ctrl-C, and so would all that it starts: bash itself cannot undo that.
_HEARS_CTRL_C = (
    "import os, signal, sys; signal.signal(signal.SIGINT, signal.SIG_DFL); os.execvp(sys.argv[1], sys.argv[1:])"
)
_CLOSING = re.compile(r"=+ .*(passed|failed|error|no tests ran|deselected).* =+$")
_FOUND_WRONG = re.compile(r"(FAILED|ERROR) ")
_MOST_WRONG = 20  # of a tier, the last ones, which name the tests


@dataclass(frozen=True)
class Tier:
    """A command that must succeed within `limit_s`. needs: programs without which it cannot run on this host.

    documents: its pass does not hold for other documents.
    """

    name: str
    command: str
    limit_s: int
    needs: tuple[str, ...] = ()
    skippable: bool = True
    documents: bool = False


# Cheap ones first. $CI_CACHE is a folder that stays between runs.
TIERS = (
    Tier("setup", "make setup", 900, skippable=False),
    Tier("check", "make check", 600),
    Tier("documents", "make test-documents", 600, skippable=False),
    Tier("test", "make test", 1800),
    Tier("quickstart", "POCKETSEG_CACHE_DIR=$CI_CACHE/results make quickstart", 1500),
    Tier("phones", "POCKETSEG_CACHE_DIR=$CI_CACHE/results make test-phones", 900),
    Tier("web", "POCKETSEG_CACHE_DIR=$CI_CACHE/results make test-web", 1500, ("node", "npm")),
    Tier(
        "promises",
        "POCKETSEG_CACHE_DIR=$CI_CACHE/results make test-promises PROMISES_ARGS='--budget-s 1100'",
        1200,
        documents=True,
    ),
    Tier("android", "POCKETSEG_CACHE_DIR=$CI_CACHE/results make test-android", 1800, ("mvn", "java")),
    Tier("ios", "POCKETSEG_CACHE_DIR=$CI_CACHE/results make test-ios", 900, ("apt-get", "unshare")),
    Tier("slow", "make test-slow PYTEST_ARGS='-m \"slow and not documents\"'", 2400),
    Tier("android and python", "POCKETSEG_CACHE_DIR=$CI_CACHE/results make test-android-python", 1500, ("mvn", "java")),
    Tier("matrix", "POCKETSEG_CACHE_DIR=$CI_CACHE/results make test-matrix", 2400),
)


@dataclass(frozen=True)
class Outcome:
    """How a tier ended; `result` begins with passed, failed, skipped or NOT VERIFIED."""

    tier: str
    seconds: float
    result: str


@dataclass(frozen=True)
class Ended:
    """How a command ended. code: None where it had to be ended. lines: what pytest said at its close."""

    code: int | None
    lines: list[str]


def run_command(command: str, environment: dict[str, str], root: Path, limit_s: float) -> Ended:
    """Run a shell command in `root`, passing its output on, for at most `limit_s`."""
    process = subprocess.Popen(
        [sys.executable, "-c", _HEARS_CTRL_C, "bash", "-c", command], cwd=root, env=environment,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, errors="replace", start_new_session=True,
    )  # fmt: skip
    lines: list[str] = []
    assert process.stdout is not None
    reader = threading.Thread(target=_pass_on, args=(process.stdout, lines), daemon=True)
    reader.start()
    code = None
    try:
        code = process.wait(limit_s)
    except subprocess.TimeoutExpired:
        _end(process)
    except BaseException:
        _end(process)
        raise
    reader.join(10)  # whoever outlives the command may hold its output open
    return Ended(code, lines)


def _pass_on(stream: IO[str], kept: list[str]) -> None:
    for line in stream:
        print(line, end="", flush=True)
        if _CLOSING.match(line.rstrip()) or _FOUND_WRONG.match(line):
            kept.append(line.rstrip())


def _end(process: subprocess.Popen[str]) -> None:
    """End a command and its process group: first with Ctrl-C, then by killing what is left."""
    with contextlib.suppress(ProcessLookupError, PermissionError):  # it ended meanwhile; macOS says so of zombies
        os.killpg(process.pid, signal.SIGINT)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(GRACE_S)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def run_tiers(tiers: Sequence[Tier], root: Path, cache: Path, budget_s: float = BUDGET_S) -> int:
    """Run the tiers in order, print a table of them and pytest's closing lines; return 1 where one failed, else 0.

    The first tier makes the environment: where it fails, no other can run.
    """
    outcomes: list[Outcome] = []
    closing: list[str] = []
    try:
        _run_each(tiers, root, cache, budget_s, outcomes, closing)
    finally:
        print(_table(outcomes), *closing, sep="\n", flush=True)
    return int(any(o.result.startswith("failed") for o in outcomes))


def _run_each(
    tiers: Sequence[Tier], root: Path, cache: Path, budget_s: float, outcomes: list[Outcome], closing: list[str]
) -> None:
    began = time.monotonic()
    environment = _environment(cache)
    states: dict[bool, str] = {}
    for tier in tiers:
        if outcomes and tier.documents not in states:  # the first tier may have changed the tools
            states[tier.documents] = state_of(root, documents=tier.documents)
        passes = Passes(cache / "passed", states.get(tier.documents, ""))
        left = budget_s - (time.monotonic() - began)
        missing = [program for program in tier.needs if shutil.which(program) is None]
        date = passes.date(tier.name, tier.command) if tier.skippable else None
        if outcomes and outcomes[0].result.startswith("failed"):
            outcome = Outcome(tier.name, 0, f"NOT VERIFIED: {tiers[0].name} failed")
        elif missing:
            outcome = Outcome(tier.name, 0, f"NOT VERIFIED: {', '.join(missing)} not found on this machine")
        elif date:
            outcome = Outcome(tier.name, 0, f"skipped: passed {date} with this tree, lock, tools and machine")
        elif left <= 0:
            outcome = Outcome(tier.name, 0, f"NOT VERIFIED: no time left of {budget_s / 60:.0f} minutes")
        else:
            outcome = _run_one(tier, root, environment, left, closing)
            if outcome.result == "passed" and tier.skippable and _unchanged(tier, root, passes.state):
                passes.write(tier.name, tier.command)
        print(f"ci: {tier.name}: {outcome.result}", flush=True)
        outcomes.append(outcome)


def _unchanged(tier: Tier, root: Path, state: str) -> bool:
    """Say whether nothing that the tier depends on was edited while it ran."""
    return state_of(root, documents=tier.documents) == state


def _run_one(tier: Tier, root: Path, environment: dict[str, str], left: float, closing: list[str]) -> Outcome:
    print(f"\nci: {tier.name}: {tier.command}", flush=True)
    start = time.monotonic()
    ended = run_command(tier.command, environment, root, min(left, tier.limit_s))
    seconds = time.monotonic() - start
    wrong = [line for line in ended.lines if _FOUND_WRONG.match(line)]
    closing.extend(line for line in ended.lines if _CLOSING.match(line))
    closing.extend(f"{tier.name}: {line}" for line in wrong[-_MOST_WRONG:])
    if ended.code == NOT_ALL_TRIED:
        return Outcome(tier.name, seconds, "NOT VERIFIED: part of it, for lack of time")
    if ended.code is not None:
        return Outcome(tier.name, seconds, "passed" if ended.code == 0 else f"failed with status {ended.code}")
    if wrong or left > tier.limit_s:
        return Outcome(tier.name, seconds, f"failed: ended after {seconds:.0f} s")
    return Outcome(tier.name, seconds, f"NOT VERIFIED: ended after {seconds:.0f} s, for lack of time")


def _environment(cache: Path) -> dict[str, str]:
    """Return the tiers' environment: caches that stay between runs, and no variable that leaves tests or code out."""
    left_out = ("PYTEST", "POCKETSEG_", "PYTHONPATH", "PYTHONHOME", "PYTHONOPTIMIZE", "MAKEFLAGS", "GNUMAKEFLAGS")
    own = {k: v for k, v in os.environ.items() if not k.startswith(left_out)}
    return {
        **own, "CI_CACHE": str(cache), "MYPY_CACHE_DIR": str(cache / "mypy"), "RUFF_CACHE_DIR": str(cache / "ruff"),
        "PYTEST_ADDOPTS": "-p no:cacheprovider",
    }  # fmt: skip


def _table(outcomes: Sequence[Outcome]) -> str:
    rows = [f"{o.tier:<12}{o.seconds:>8.0f}  {o.result}" for o in outcomes]
    total = f"{'total':<12}{sum(o.seconds for o in outcomes):>8.0f}"
    return "\n".join(["", f"{'tier':<12}{'seconds':>8}  result", *rows, total, ""])


def main() -> int:
    """Run every tier; return the exit status."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    cache = Path(base) / "pocketseg-ci"
    cache.mkdir(parents=True, exist_ok=True)
    return run_tiers(TIERS, ROOT, cache)


if __name__ == "__main__":
    sys.exit(main())

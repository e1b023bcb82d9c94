"""What .ci/run runs and what it may leave out: the tiers, the table of them, and the state in which a pass holds."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scripts import ci, ci_passes
from scripts.ci import Tier

Run = Callable[..., tuple[int, str]]


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    """A small git repository: a source file, a page, a record, a file that is ignored."""
    root = tmp_path / "repo"
    for name, text in {"a.py": "1", "README.md": "old", "docs/runs/x.json": "{}", ".gitignore": "ignored"}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    subprocess.run(["git", "init", "-q"], cwd=root, check=True)
    subprocess.run(["git", "add", "."], cwd=root, check=True)
    return root


@pytest.fixture
def run(repo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    def call(*tiers: Tier, budget_s: float = 60) -> tuple[int, str]:
        status = ci.run_tiers(tiers, repo, tmp_path / "cache", budget_s)
        return status, capsys.readouterr().out

    return call


def _results(said: str) -> dict[str, str]:
    return dict(re.findall(r"^ci: (\w+): (passed|failed|skipped|NOT VERIFIED)", said, re.MULTILINE))


SETUP = Tier("setup", "true", 30, skippable=False)
PAGES = Tier("documents", "grep -c . README.md", 30, skippable=False)
TEST = Tier("test", "grep -c . a.py", 30)


def test_what_passed_is_left_out_until_a_source_file_changes(run: Run, repo: Path) -> None:
    assert _results(run(SETUP, PAGES, TEST)[1]) == {"setup": "passed", "documents": "passed", "test": "passed"}
    status, said = run(SETUP, PAGES, TEST)
    assert status == 0 and _results(said) == {"setup": "passed", "documents": "passed", "test": "skipped"}
    assert re.search(
        r"^test +0  skipped: passed 20\d\d-\d\d-\d\d \d\d:\d\d UTC with this tree, lock, tools", said, re.M
    )
    (repo / "a.py").write_text("2")
    assert _results(run(SETUP, PAGES, TEST)[1])["test"] == "passed"


def test_a_changed_document_leaves_only_the_documents_tests(run: Run, repo: Path) -> None:
    run(SETUP, PAGES, TEST)
    (repo / "README.md").write_text("new")
    (repo / "docs/runs/x.json").unlink()
    assert _results(run(SETUP, PAGES, TEST)[1]) == {"setup": "passed", "documents": "passed", "test": "skipped"}


def test_a_tier_of_documents_is_run_again_for_other_documents(run: Run, repo: Path) -> None:
    promises = Tier("promises", "true", 30, documents=True)
    run(SETUP, promises, TEST)
    assert _results(run(SETUP, promises, TEST)[1])["promises"] == "skipped"
    (repo / "README.md").write_text("new")
    assert _results(run(SETUP, promises, TEST)[1]) == {"setup": "passed", "promises": "passed", "test": "skipped"}


def test_a_tier_that_could_not_try_all_is_not_verified_and_not_kept(run: Run) -> None:
    cut = Tier("promises", f"exit {ci.NOT_ALL_TRIED}", 30)
    for _ in range(2):
        status, said = run(SETUP, cut)
        assert status == 0 and _results(said)["promises"] == "NOT VERIFIED"


@pytest.mark.parametrize(
    "change",
    [
        lambda root: (root / "b.py").write_text("untracked"),
        lambda root: (root / "a.py").unlink(),
        lambda root: (root / "a.py").chmod(0o755),
        lambda root: (root / "models").mkdir() or (root / "models/card.md").write_text("package data"),
        lambda root: subprocess.run(["git", "mv", "a.py", "c.py"], cwd=root, check=True),
    ],
)
def test_another_file_or_mode_is_another_state(repo: Path, change: Callable[[Path], object]) -> None:
    before = ci_passes.state_of(repo)
    assert before and before == ci_passes.state_of(repo)
    change(repo)
    assert ci_passes.state_of(repo) != before


def test_an_ignored_file_is_the_same_state(repo: Path) -> None:
    before = ci_passes.state_of(repo)
    (repo / "ignored").write_text("x")
    assert ci_passes.state_of(repo) == before


def test_another_tool_or_machine_is_another_state(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = ci_passes.state_of(repo)
    (repo / ".venv/bin").mkdir(parents=True)
    (repo / ".git/info/exclude").write_text(".venv\n")
    (repo / ".venv/bin/python").write_text("#!/bin/sh\necho Python 3.11.99\n")
    (repo / ".venv/bin/python").chmod(0o755)
    with_python = ci_passes.state_of(repo)
    assert with_python != before
    monkeypatch.setattr(os, "cpu_count", lambda: 999)
    assert ci_passes.state_of(repo) != with_python


def test_what_is_edited_while_a_tier_runs_has_not_passed(run: Run, repo: Path) -> None:
    editing = Tier("test", "test -e ignored || echo 2 > a.py; touch ignored", 30)
    assert _results(run(SETUP, editing)[1])["test"] == "passed"
    (repo / "a.py").write_text("1")  # as it was when the tier began, and not when it ended
    assert _results(run(SETUP, editing)[1])["test"] == "passed"
    assert _results(run(SETUP, editing)[1])["test"] == "skipped"


def test_another_command_is_not_what_passed(run: Run) -> None:
    run(SETUP, TEST)
    assert _results(run(SETUP, Tier("test", "grep -c 1 a.py", 30))[1])["test"] == "passed"


def test_where_git_lists_nothing_everything_runs(run: Run, repo: Path) -> None:
    (repo / ".git").rename(repo / "not git")
    run(SETUP, TEST)
    assert ci_passes.state_of(repo) == "" and _results(run(SETUP, TEST)[1])["test"] == "passed"


def test_a_failed_tier_is_not_kept_and_the_others_run(run: Run) -> None:
    for _ in range(2):
        status, said = run(SETUP, Tier("check", "exit 3", 30), TEST)
        assert status == 1 and _results(said)["check"] == "failed" and "failed with status 3" in said
    assert _results(said) == {"setup": "passed", "check": "failed", "test": "skipped"}


def test_without_an_environment_nothing_is_verified(run: Run) -> None:
    status, said = run(Tier("setup", "false", 30, skippable=False), TEST)
    assert status == 1 and "NOT VERIFIED: setup failed" in said


def test_a_tier_whose_program_is_missing_is_not_verified(run: Run) -> None:
    status, said = run(SETUP, Tier("swift", "true", 30, needs=("no-such-program",)), TEST)
    assert status == 0 and _results(said) == {"setup": "passed", "swift": "NOT VERIFIED", "test": "passed"}
    assert "NOT VERIFIED: no-such-program not found on this machine" in said
    assert _results(run(SETUP, Tier("swift", "true", 30, needs=("no-such-program",)))[1])["swift"] == "NOT VERIFIED"


@pytest.mark.parametrize("ctrl_c", [signal.default_int_handler, signal.SIG_IGN], ids=["here", "in the background"])
def test_a_tier_that_hangs_fails_and_its_children_are_ended(ctrl_c: Any, run: Run, repo: Path) -> None:
    began, before = time.monotonic(), signal.signal(signal.SIGINT, ctrl_c)
    try:
        status, said = run(SETUP, Tier("test", "sleep 600 & echo $! > ignored; wait", 1))
    finally:
        signal.signal(signal.SIGINT, before)
    assert status == 1 and "failed: ended after 1 s" in said and time.monotonic() - began < 30
    end, child = time.monotonic() + 10, Path("/proc") / (repo / "ignored").read_text().strip()
    while child.exists() and "Z" not in child.joinpath("stat").read_text().split()[2]:
        assert time.monotonic() < end, "its child still runs"
        time.sleep(0.05)


def test_a_tier_that_time_runs_out_for_is_not_verified_and_not_kept(run: Run) -> None:
    slow = Tier("slow", "sleep 600", 900)
    status, said = run(SETUP, slow, TEST, budget_s=1)
    assert status == 0 and _results(said) == {"setup": "passed", "slow": "NOT VERIFIED", "test": "NOT VERIFIED"}
    assert "no time left" in said
    failing = Tier("slow", "echo 'FAILED tests/test_x.py::test_y'; sleep 600", 900)
    assert run(SETUP, failing, budget_s=1)[0] == 1, "what was found wrong before the end counts"


def test_the_closing_lines_of_the_tests_come_last(run: Run) -> None:
    first, second = "===== 2 passed, 1 skipped in 3.21s =====", "===== 1 failed in 0.10s ====="
    status, said = run(SETUP, Tier("test", f"echo '{first}'", 9), Tier("slow", f"echo '{second}'; echo x; false", 9))
    assert status == 1 and said.endswith(f"\n{first}\n{second}\n")
    assert re.search(r"^total +\d+$", said, re.M)


def test_nothing_in_the_environment_leaves_tests_out(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_ARGS", "-k nothing")
    monkeypatch.setenv("PYTEST_ADDOPTS", "-k nothing")
    monkeypatch.setenv("PYTHONOPTIMIZE", "1")  # no asserts
    monkeypatch.setenv("PYTHONPATH", "/other/checkout")
    _, said = run(SETUP, Tier("test", 'echo "args=$PYTEST_ARGS$PYTHONOPTIMIZE$PYTHONPATH; $PYTEST_ADDOPTS"', 30))
    assert "args=; -p no:cacheprovider" in said


def test_every_tier_is_a_command_of_the_makefile_that_readme_or_make_lists() -> None:
    targets = set(re.findall(r"^([a-z0-9-]+):", (ci.ROOT / "Makefile").read_text(), re.MULTILINE))
    called = [re.search(r"make ([a-z0-9-]+)", tier.command) for tier in ci.TIERS]
    assert {match.group(1) for match in called if match} <= targets and all(called)
    assert "make test" in {tier.command for tier in ci.TIERS}


def test_pages_and_records_are_documents_and_package_data_is_not() -> None:
    assert all(map(ci_passes.is_document, ("README.md", "docs/runs/x.json", "ios_harness/README.md")))
    package_data = ("models/released/u2netp.md", "tests/golden/README.md", "requirements/lock-linux.txt", "LICENSE")
    assert not any(map(ci_passes.is_document, package_data))

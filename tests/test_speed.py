"""The timing of set-up, quick start and sweep: what is seen of a command, where its time goes, the page."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from pocketseg.core.errors import DataError, UsageError
from pocketseg.core.files import sha256_file
from pocketseg.core.types import Recipe
from scripts.speed import page, results, tasks
from scripts.speed.__main__ import main
from scripts.speed.stages import PAINTING, marks, stages, told
from scripts.speed.watched import watch

# ---- a command, watched ----------------------------------------------------------------------------------------------


def _python(code: str, **rest: Any) -> Any:
    return watch([sys.executable, "-u", "-c", textwrap.dedent(code)], Path.cwd(), os.environ, **rest)


def test_lines_of_a_command_have_the_moments_at_which_they_were_printed() -> None:
    found = _python("""
        import sys, time
        print("first"); time.sleep(0.5); print("second", file=sys.stderr); time.sleep(0.5); sys.exit(3)
    """)
    assert found.status == 3 and found.text == "first\nsecond"
    (first, _), (second, _) = found.lines
    assert first < 0.5 <= second - first < found.wall_s - first
    assert found.wall_s >= second + 0.5


def test_memory_and_processor_time_are_those_of_all_processes() -> None:
    child = "import time; held = bytearray(b'x') * (80 << 20); t = time.process_time()\n"
    child += "while time.process_time() - t < 0.5: pass\ntime.sleep(0.5)"
    found = _python(
        f"""
        import subprocess, sys
        both = [subprocess.Popen([sys.executable, "-c", {child!r}]) for _ in range(2)]
        for one in both: one.wait()
        """,
        look_every_s=0.05,
    )
    assert found.user_s + found.system_s >= 1.0
    assert 160 << 20 <= found.peak_bytes < 320 << 20
    assert 80 << 20 <= found.peak_process_bytes < 160 << 20


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux hands orphans over")
def test_what_a_command_leaves_running_is_ended_and_counts(tmp_path: Path) -> None:
    left = f"import os, time; open({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid()))\n"
    left += "t = time.process_time()\nwhile time.process_time() - t < 0.4: pass\n"
    left += f"open({str(tmp_path / 'done')!r}, 'w').close()\ntime.sleep(600)"
    found = _python(f"""
        import os, subprocess, sys, time
        subprocess.Popen([sys.executable, "-c", {left!r}])
        while not os.path.exists({str(tmp_path / "done")!r}): time.sleep(0.05)
    """)
    assert found.status == 0 and found.user_s + found.system_s >= 0.4
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


# ---- stages ----------------------------------------------------------------------------------------------------------

QUICKSTART = [
    (0.1, "setup: up to date"),
    (2.0, "exporting 20 files (each is run and compared)..."),
    (79.0, "u2netp executorch fp32: 100.000% of pixels agree"),
    (325.0, "checking that the photos can be read..."),
    (326.0, "opening..."),
    (354.0, "timing..."),
    (464.0, "timing until enough turns were undisturbed..."),
    (599.0, "scoring..."),
    (685.0, PAINTING),
    (720.0, " model      target    precision   mIoU"),
]


def test_the_stages_of_a_run_are_all_of_its_time() -> None:
    found = stages("quickstart", QUICKSTART, 721.0)
    assert list(found.items()) == [
        ("start", 2.0),
        ("converting", 323.0),
        ("checking that the photos can be read", 1.0),
        ("opening", 28.0),
        ("timing", 110.0),
        ("timing until enough turns were undisturbed", 135.0),
        ("scoring", 86.0),
        ("writing the page", 36.0),
    ]
    scored = [
        (2.0, "exporting 20 files (each is run, compared and scored)..."),
        (9.0, "u2netp onnx fp32: failed: a..."),
    ]
    assert stages("quickstart", scored, 9.0) == {"start": 2.0, "converting and scoring": 7.0}
    assert stages("rerun", QUICKSTART, 5.0) == {"start": 5.0}


def test_a_stage_that_comes_again_has_the_time_of_both() -> None:
    lines = [(1.0, "80 cells, 0 done before"), (5.0, "measuring a on onnx..."), (6.0, "scoring 2 files of onnx on...")]
    lines += [(8.0, "measuring b on tflite...")]
    assert stages("sweep", lines, 9.0) == {
        "start": 1.0, "converting": 4.0, "measuring": 2.0, "scoring on test photos": 2.0,
    }  # fmt: skip


def test_a_run_that_says_its_stages_is_believed_and_its_files_are_summed() -> None:
    content = {
        "phases": [{"name": "converting", "seconds": 30.5}, {"name": "timing", "seconds": 9.0}],
        "files": [{"name": "a", "stages": {"opening": 1.0, "scoring": 2.0}}, {"name": "b", "stages": {"scoring": 3.0}}],
    }
    assert told(content, 42.0) == (
        {"start": 2.5, "converting": 30.5, "timing": 9.0}, {"opening": 1.0, "scoring": 5.0},
    )  # fmt: skip


def test_the_first_score_is_that_of_a_file_or_else_of_the_table() -> None:
    assert (marks(QUICKSTART).first_file_s, marks(QUICKSTART).first_score_s) == (79.0, 720.0)
    shown = [*QUICKSTART, (40.0, "topformer_tiny onnx fp32: 5.5 MB, mIoU 0.6502")]
    assert (marks(shown).first_file_s, marks(shown).first_score_s) == (40.0, 40.0)
    assert marks([]).first_file_s is None is marks([]).first_score_s


# ---- checkouts -------------------------------------------------------------------------------------------------------

# Each makes one row of one file: its bytes are the checkout's word.
_SWEEP = """\
#!/bin/sh
set -e
test ! -e "$POCKETSEG_CACHE_DIR" && mkdir "$POCKETSEG_CACHE_DIR" || exit 9
for out; do :; done
mkdir -p "$out/artifacts/a" && cp made "$out/artifacts/a/m.onnx"
cp manifest.json "$out/artifacts/a/" && cp results.json "$out"
echo "$@" > "$out/asked"
echo "80 cells, 0 done before"
"""
_MAKEFILE = """\
setup:
\t@mkdir -p .venv/bin && cp sweep .venv/bin/pocketseg && touch .venv/.setup-done && echo 'setup: 2/4 torch'
quickstart: setup
\t@test ! -e "$$POCKETSEG_CACHE_DIR/old" || echo kept
\t@mkdir -p runs/quickstart/artifacts/a "$$POCKETSEG_CACHE_DIR" && touch "$$POCKETSEG_CACHE_DIR/old"
\t@cp made runs/quickstart/artifacts/a/m.onnx
\t@cp manifest.json runs/quickstart/artifacts/a/
\t@cp results.json runs/quickstart/
\t@echo 'exporting 1 files...'
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A git checkout whose quick start takes no time."""
    folder = tmp_path / "checkout"
    folder.mkdir()
    (folder / "Makefile").write_text(_MAKEFILE)
    (folder / "sweep").write_text(_SWEEP)
    (folder / "sweep").chmod(0o755)
    (folder / ".gitignore").write_text(".venv\nruns\n")
    (folder / "made").write_text("before")
    row = {"status": "ok", "verdict": "VALID", "photos": 32, "latencies_ms": [1.0, 2.0]}
    (folder / "results.json").write_text(json.dumps({"rows": [row]}))
    manifest = {"model": "m", "target": "onnx", "recipe": "fp32", "file": "m.onnx"}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    _git(folder, "init", "--quiet")
    _commit(folder)
    return folder


def _git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", "-C", str(folder), "-c", "user.name=A", "-c", "user.email=a@b.c", *arguments], check=True)


def _commit(folder: Path) -> None:
    _git(folder, "add", "--all")
    _git(folder, "commit", "--quiet", "--message", "x")


def test_a_quick_start_begins_with_an_empty_cache_and_is_run_again(checkout: Path, tmp_path: Path) -> None:
    clone = tasks.cloned(checkout, tmp_path / "work")
    for _ in range(2):
        found = tasks.quickstart(clone)
        assert set(found) == {"quickstart", "rerun"}
        first = found["quickstart"]
        assert first["files"] == {"m onnx fp32": sha256_file(checkout / "made")}
        assert (first["rows"], first["verdicts"], first["photos"], first["timed_runs"]) == (
            {"ok": 1}, {"VALID": 1}, 32, 2,
        )  # fmt: skip
        assert set(first["stages"]) == {"start", "converting"} and set(found["rerun"]["stages"]) == {"start"}
    assert (clone.cache / "old").exists()
    assert not (checkout / "runs").exists(), "the checkout itself is left as it was"


def test_a_checkout_that_writes_its_stages_is_believed(checkout: Path, tmp_path: Path) -> None:
    files = [{"name": "m", "stages": {"scoring": 0.5}}]
    said = {"phases": [{"name": "opening", "seconds": 0.01}], "files": files}
    (checkout / "stages.json").write_text(json.dumps(said))
    with (checkout / "Makefile").open("a") as stream:
        stream.write("\t@cp stages.json runs/quickstart/\n")
    _commit(checkout)
    found = tasks.quickstart(tasks.cloned(checkout, tmp_path / "work"))
    for run in found.values():
        assert set(run["stages"]) == {"start", "opening"} and run["file_stages"] == {"scoring": 0.5}


def test_a_sweep_begins_with_an_empty_cache_and_an_empty_folder(checkout: Path, tmp_path: Path) -> None:
    clone = tasks.cloned(checkout, tmp_path / "work")
    for _ in range(2):
        found = tasks.sweep(clone)["sweep"]
        assert set(found["files"]) == {"m onnx fp32"} and set(found["stages"]) == {"start", "converting"}
    asked = (clone.folder / tasks.SWEEP / "asked").read_text()
    assert asked.startswith("sweep --models u2netp,topformer_tiny --recipes fp32,fp16,") and "--jobs 2" in asked


def test_only_what_is_committed_is_timed_and_a_command_that_fails_is_not_a_time(checkout: Path, tmp_path: Path) -> None:
    (checkout / "made").write_text("after")
    with pytest.raises(UsageError, match="has changes"):
        tasks.cloned(checkout, tmp_path / "work")
    (checkout / "Makefile").write_text("setup:\n\t@echo no disk; false\n")
    _commit(checkout)
    with pytest.raises(DataError, match="ended with status 2") as raised:
        tasks.setup(tasks.cloned(checkout, tmp_path / "work"))
    assert "no disk" in raised.value.hint


def test_rounds_alternate_and_a_run_that_is_kept_is_not_made_again(checkout: Path, tmp_path: Path) -> None:
    after = tmp_path / "after"
    _git(tmp_path, "clone", "--quiet", str(checkout), str(after))
    (after / "made").write_text("after")
    _commit(after)
    out = tmp_path / "speed.json"
    asked = ["run", "--before", str(checkout), "--after", str(after), "--work", str(tmp_path / "work"), "--out"]
    asked += [str(out), "--task", "setup", "--task", "quickstart", "--rounds", "2"]
    done = CliRunner().invoke(main, asked, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    content = results.read(out)
    order = [(run["task"], run["round"], run["side"]) for run in content["runs"]]
    turns = [(1, "before"), (1, "after"), (2, "after"), (2, "before")]
    assert order == [
        *(("setup", *turn) for turn in turns),
        *((task, *turn) for turn in turns for task in ("quickstart", "rerun")),
    ]
    assert content["files"]["before"] != content["files"]["after"]
    again = CliRunner().invoke(main, asked, catch_exceptions=False)
    assert again.output == "" and results.read(out) == content
    (after / "made").write_text("later")
    _commit(after)
    other = CliRunner().invoke(main, asked)
    assert other.exit_code != 0 and "not of" in other.output and "setup, round" not in other.output, "before any run"


def test_the_recipes_of_the_sweep_train_nothing() -> None:
    assert len(tasks.RECIPES) == 8 and len(tasks.MODELS) == 2 and len(tasks.TARGETS) == 5
    assert all(not Recipe.parse(text).all_steps for text in tasks.RECIPES)


# ---- page ------------------------------------------------------------------------------------------------------------


def _run(side: str, task: str, wall_s: float, **more: Any) -> dict[str, Any]:
    return {
        "side": side, "revision": side * 8, "task": task, "round": 1, "wall_s": wall_s, "user_s": wall_s,
        "system_s": 1.0, "peak_bytes": 3_000_000_000, "peak_process_bytes": 1, "stages": {"start": wall_s}, **more,
    }  # fmt: skip


def _content(*runs: dict[str, Any]) -> dict[str, Any]:
    return {
        "computer": {"cpu": "A", "cores": 2, "memory_gb": 8},
        "runs": list(runs),
        "files": {
            "before": {"a": ["1" * 64], "b": ["2" * 64], "c": ["3" * 64]},
            "after": {"a": ["1" * 64], "b": ["4" * 64]},
        },
    }


def test_the_table_has_medians_with_the_least_and_the_most() -> None:
    runs = [_run("before", "setup", s) for s in (100.0, 140.0, 120.0)] + [_run("after", "setup", 60.0)]
    (line,) = [line for line in page.times(_content(*runs)).splitlines() if line.startswith("| `make setup`")]
    assert line == ("| `make setup` | 3 and 1 | 120 (100 to 140) | 60 | 0.50 | 121 (101 to 141) | 61 | 3,000 | 3,000 |")


def test_a_file_is_the_same_where_every_run_made_the_same_bytes() -> None:
    text = page.files(_content())
    assert text.startswith("1 of 2 files ")
    words = [line.split("|")[-2].strip() for line in text.splitlines()[-3:]]
    assert words == ["same", "differs", "made once"]
    unsteady = _content()
    unsteady["files"]["before"]["a"].append("5" * 64)
    assert page.files(unsteady).startswith("0 of 2 files ")


def test_stages_of_either_side_are_shown_and_short_ones_left_out() -> None:
    before = _run("before", "sweep", 9.0, stages={"start": 0.2, "conversions": 5.0, "gone": 3.0})
    after = _run("after", "sweep", 9.0, stages={"start": 0.3, "conversions": 2.0})
    after["file_stages"] = {"opening": 4.0, "scoring": 0.1}
    lines = page.stages(_content(before, after)).splitlines()[2:]
    assert [line.split(" | ")[1:] for line in lines] == [
        ["conversions", "5.0", "2.0 |"], ["gone", "3.0", "0.0 |"], ["all files: opening", "", "4.0 |"],
    ]  # fmt: skip


@pytest.mark.documents
def test_the_page_has_the_tables_of_what_is_committed() -> None:
    text = page.PAGE.read_text(encoding="utf-8")
    for name, make in page.blocks().items():
        found = text.split(f"<!-- {name}:begin -->")[1].split(f"<!-- {name}:end -->")[0].strip()
        assert found == make().strip(), "run `python -m scripts.speed page`"
    assert all(f"`{recipe}`" in text for recipe in tasks.RECIPES)

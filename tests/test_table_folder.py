"""A table is put into a folder of its own: what another command wrote is refused in a sentence, before any work."""

from __future__ import annotations

from pathlib import Path

import pytest

import pocketseg.web.session
from benchmark.records import ROWS
from pocketseg.cli import sweep as cli_sweep
from pocketseg.core import bundle, manifest
from pocketseg.core.errors import StorageError, UsageError
from pocketseg.data import prepared
from pocketseg.devices.results import PROGRESS
from pocketseg.devices.table_folder import check_table
from pocketseg.study.runs import LAST
from pocketseg.training.start import BEST
from pocketseg.tune.search import SETTINGS
from pocketseg.tune.trials import write_views
from pocketseg.web.keeping import BUNDLES
from pocketseg.web.serving import RESULTS


def refused(out: Path) -> str:
    before = sorted(out.rglob("*")) if out.is_dir() else []
    with pytest.raises(UsageError) as caught:
        check_table(out)
    assert caught.value.hint and str(out) in caught.value.message
    assert (sorted(out.rglob("*")) if out.is_dir() else []) == before, "nothing was written"
    return caught.value.message


@pytest.mark.parametrize(
    ("name", "command"),
    [
        (SETTINGS, "tune"), ("sweep.json", "sweep"), (BEST, "train"), (LAST, "train"), ("result.json", "train"),
        (manifest.NAME, "export"), (pocketseg.web.session.NAME, "export-page"), (bundle.NAME, "device bundle"),
        (PROGRESS, "device run"), ("0.json", "device run"), (prepared.LOG, "data prepare"),
        ("compare.json", "compare"), ("metrics.csv", "evaluate"),
    ],
)  # fmt: skip
def test_a_folder_of_another_command_is_refused_and_the_command_named(name: str, command: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text("{}")
    assert f"holds {name}" in (said := refused(tmp_path)) and f"`pocketseg {command}`" in said


def test_the_trials_of_a_search_are_refused_as_it_writes_them(tmp_path: Path) -> None:
    write_views([], 1.0, tmp_path)
    assert "`pocketseg tune` wrote it" in refused(tmp_path)


def test_a_sweep_is_refused_though_it_has_rows(tmp_path: Path) -> None:
    assert "sweep.json" in Path(str(cli_sweep.__file__)).read_text(), "as the command writes it"
    for name in (ROWS, "sweep.json"):
        (tmp_path / name).write_text("{}")
    assert "`pocketseg sweep` wrote it" in refused(tmp_path)


def test_an_empty_folder_a_table_and_what_serve_and_a_phones_job_begin_with_are_taken(tmp_path: Path) -> None:
    check_table(tmp_path)
    check_table(tmp_path / "new" / "deeper")
    assert not list(tmp_path.iterdir())
    for name in (BUNDLES, RESULTS, "demo", "results", "bundle"):
        (tmp_path / name).mkdir()
    (tmp_path / "bundle.zip").write_bytes(b"")
    check_table(tmp_path)
    for name in (ROWS, "results.csv", manifest.NAME):
        (tmp_path / name).write_text("")
    check_table(tmp_path)


def test_a_path_that_can_be_no_folder_is_refused_with_what_is_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    assert "is not a folder" in refused(tmp_path / "file")
    assert f"{tmp_path / 'file'} is not a folder" in refused(tmp_path / "file" / "x" / "y")
    assert "leads nowhere" in refused(tmp_path / "link")


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="this system has no /proc")
def test_a_file_system_that_makes_no_folders_is_refused() -> None:
    assert "/proc/x cannot be made" in refused(Path("/proc/x"))


def test_a_name_that_is_too_long_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises((UsageError, StorageError), match="too long"):
        check_table(tmp_path / ("x" * 300))

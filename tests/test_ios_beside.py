"""Swift beside Python: a replayed job joins the table beside a desktop's and Android's rows, with the same scores."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from _bundles import bundle
from _ios import ask
from test_device_import import as_phone, change

from pocketseg.core.bundle import open_bundle
from pocketseg.core.record import read_record
from pocketseg.devices.importing import import_records
from pocketseg.devices.job import Job
from pocketseg.devices.make import Made
from pocketseg.devices.progress import read_progress
from pocketseg.devices.replay import replay
from scripts.ios.recording import record

pytestmark = [pytest.mark.ios, pytest.mark.timeout(1500), pytest.mark.xdist_group("ios")]
JOB = "0123456789abcdef" * 2
Converted = Callable[..., Any]


@pytest.fixture(scope="module")
def made(converted: Converted, tmp_path_factory: pytest.TempPathFactory) -> Made:
    return bundle(converted, tmp_path_factory.mktemp("made"), targets=("onnx", "tflite"), job=Job(passes=2))


@pytest.fixture(scope="module")
def recorded(made: Made, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the bundle, what its files gave here, and what Swift made of that."""
    folder = tmp_path_factory.mktemp("recorded")
    (folder / "bundle.zip").write_bytes(made.archive.read_bytes())
    with open_bundle(made.archive) as whole:
        assert record(whole, folder / "recording") == 8
    code, said, errors = _run(folder, "results")
    assert code == 0, errors
    assert said.strip() == str(folder / "results" / JOB)
    return folder


def _run(folder: Path, out: str, *more: str) -> tuple[int, str, str]:
    given = ("run", folder / "bundle.zip", "--recording", folder / "recording", "--out", folder / out, "--job", JOB)
    return ask(*given, *more, writable=folder)


def test_a_replayed_job_joins_the_rows_of_a_desktop_and_of_android_with_the_same_scores(
    made: Made, recorded: Path, tmp_path: Path
) -> None:
    with open_bundle(made.archive) as whole:
        replay(whole, tmp_path / "desktop")
        replay(whole, tmp_path / "android")
    change(tmp_path / "android", as_phone)
    table = tmp_path / "table"
    desktop = import_records([tmp_path / "desktop"], made.archive, table)
    import_records([tmp_path / "android" / "0.json"], made.archive, table)
    said: list[str] = []
    rows = import_records([recorded / "results" / JOB], made.archive, table, note=said.append)
    swift = rows[3:]
    assert said == [], "nothing may be otherwise than Swift says"
    assert [(row.kind, row.status) for row in rows] == [("host", "ok")] * 2 + [("android", "ok")] + [("ios", "ok")] * 2
    assert [row.miou for row in swift] == [row.miou for row in desktop] and rows[2].miou == desktop[0].miou
    for row in swift:
        assert row.document is not None
        assert row.document["kind"] == "ios" and row.document["program"]["launch"] == "test"
        assert row.document["runtime"]["label"] == "recorded" and row.document["golden"]["status"] == "passed"
        assert row.document["verdict"] == "INVALID"


def test_what_a_replayed_job_leaves_is_whole(made: Made, recorded: Path) -> None:
    results = recorded / "results" / JOB
    progress = read_progress((results / "progress.json").read_bytes(), job=JOB, bundle=made.sha256)
    assert (progress.job, progress.state, progress.run, progress.runs) == (JOB, "finished", 2, 2)
    for number in range(2):
        document = read_record((results / f"{number}.json").read_bytes())
        assert document["bundle"]["run"] == number
        for photo in document["bundle"]["photos"]:
            assert (results / "maps" / f"{photo['map_sha256']}.runs").is_file()
            assert photo["agreement"] == 1


def test_an_input_that_was_not_recorded_fails_the_run_and_is_said(recorded: Path) -> None:
    index = json.loads((recorded / "recording" / "recording.json").read_text())
    index["artifacts"][0]["runs"][2]["input_sha256"] = "0" * 64
    wrong = recorded / "wrong"
    wrong.mkdir()
    (wrong / "recording.json").write_text(json.dumps(index))
    for place in ("0", "1"):
        (wrong / place).mkdir()
        for file in (recorded / "recording" / place).iterdir():
            (wrong / place / file.name).write_bytes(file.read_bytes())
    code, _, errors = ask(
        "run", recorded / "bundle.zip", "--recording", wrong, "--out", recorded / "failed", "--job", JOB,
        writable=recorded,
    )  # fmt: skip
    assert code == 0, errors
    first, second = (read_record((recorded / "failed" / JOB / f"{number}.json").read_bytes()) for number in range(2))
    assert first["status"] == "failed" and "an input that was not recorded" in first["reason"]
    assert second["status"] == "ok"


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (("--help",), 0, "replay cases FOLDER"),
        ((), 2, "a command is missing"),
        (("play",), 2, "there is no command play"),
        (("check", "photos", "x"), 2, "it checks no photos"),
        (("check", "runs", "{folder}/nothing"), 1, "nothing cannot be read"),
        (("cases", "{folder}"), 1, "holds no sets of cases"),
        (("run", "{folder}/b.zip", "--out", "{folder}/o"), 2, "--recording is missing"),
        (("run", "{folder}/b.zip", "--recording", "{folder}", "--out", "{folder}/o"), 1, "is no recording"),
        (("run", "a", "b", "--out", "o"), 2, "b is one argument too many"),
        (("cases", "a", "--fast", "1"), 2, "it has no option --fast"),
    ],
)  # fmt: skip
def test_the_tool_says_what_it_was_not_asked_rightly(
    arguments: tuple[str, ...], code: int, sentence: str, tmp_path: Path
) -> None:
    found, said, errors = ask(*(part.format(folder=tmp_path) for part in arguments), writable=tmp_path)
    assert found == code
    assert sentence in said + errors
    assert "Fatal error" not in errors

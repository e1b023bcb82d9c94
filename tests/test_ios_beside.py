"""The iOS harness's `replay`: its jobs join the desktop's table and go on when killed, and it says what is wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from _bundles import bundle
from _ios import LIMIT_S, ask, tool
from test_device_import import as_phone, change

from pocketseg.core.bundle import open_bundle
from pocketseg.core.cache import ROOT
from pocketseg.core.record import read_record
from pocketseg.devices.importing import import_records
from pocketseg.devices.job import Job
from pocketseg.devices.make import Made
from pocketseg.devices.progress import read_progress
from pocketseg.devices.replay import replay
from scripts.ios import toolchain
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
        (("check", "runs", "{folder}/nothing"), 1, "{folder}/nothing cannot be read: No such file"),
        (("check", "runs", "{folder}/" + "n" * 200 + "/end"), 1, "/end cannot be read: "),
        (("check", "runs", ""), 2, "an argument is empty"),
        (("run", "", "--out", "o", "--recording", "r"), 2, "an argument is empty"),
        (("run", "b", "--out", "", "--recording", "r"), 2, "--out has no value"),
        (("cases", "{folder}"), 1, "{folder} holds no cases"),
        (("cases", "{folder}/none"), 1, "{folder}/none is no folder that can be read"),
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
    assert sentence.format(folder=tmp_path) in said + errors
    assert "Fatal error" not in errors


@pytest.mark.parametrize("text", ['{"a": 1}', '{"cases": [{"name": "a"}]}', "[]", "none"])
def test_a_folder_with_other_json_holds_no_cases(text: str, tmp_path: Path) -> None:
    (tmp_path / "package.json").write_text(text)
    code, said, errors = ask("cases", tmp_path, writable=tmp_path)
    assert (code, said) == (1, "") and f"{tmp_path} holds no cases" in errors


@pytest.mark.parametrize("text", ["{}", "[]", '{"about": "nothing"}', "none"])
def test_a_set_without_a_case_is_named(text: str, tmp_path: Path) -> None:
    (tmp_path / "exif.json").write_text(text)
    code, said, errors = ask("cases", tmp_path, writable=tmp_path)
    assert (code, said) == (1, "") and "exif.json" in errors


def test_what_a_replay_cannot_run_is_named_as_it_was_given(recorded: Path) -> None:
    def run(archive: Path, recording: Path, out: Path) -> str:
        given = ("run", archive, "--recording", recording, "--out", out, "--job", JOB)
        code, said, errors = ask(*given, writable=recorded)
        assert (code, said) == (1, "") and "Fatal error" not in errors
        return errors

    good, recording = recorded / "bundle.zip", recorded / "recording"
    (recorded / "torn.zip").write_bytes(good.read_bytes()[:-1])
    (recorded / "a-file").write_text("")
    (recorded / "large").mkdir()
    with (recorded / "large" / "recording.json").open("wb") as stream:
        stream.truncate(65 << 20)
    assert f"{recorded / 'torn.zip'} is no bundle: " in run(recorded / "torn.zip", recording, recorded / "o")
    assert f"{recorded / 'none.zip'} cannot be read: " in run(recorded / "none.zip", recording, recorded / "o")
    assert f"{recorded / 'a-file'}: " in run(good, recording, recorded / "a-file")
    assert "recording.json is larger than" in run(good, recorded / "large", recorded / "o")


def test_no_more_is_read_of_a_file_than_its_kind_may_have(tmp_path: Path) -> None:
    with (tmp_path / "large").open("wb") as stream:
        stream.truncate(1 << 40)
    for kind in ("archives", "runs", "bundles", "contents", "manifests", "records", "documents"):
        code, said, errors = ask("check", kind, tmp_path / "large", writable=tmp_path)
        assert (code, errors) == (0, "") and said.strip() not in ("read", "")


_KILLED = """\
until=$1; shift
"$@" & tool=$!
while [ ! -e "$until" ]; do kill -0 $tool || exit 3; sleep 0.01; done
kill -9 $tool
"""


def test_a_replay_that_is_killed_in_the_middle_goes_on_where_it_was(recorded: Path) -> None:
    out = recorded / "killed"
    own = out / f".work-{JOB}"
    steps = own / "work" / JOB
    given = ["run", recorded / "bundle.zip", "--recording", recorded / "recording", "--out", out, "--job", JOB]
    command = ["sh", "-c", _KILLED, "sh", steps / "1-turn-2.request.json", tool(), *given]
    killed = toolchain.run([str(part) for part in command], checkout=ROOT, limit_s=LIMIT_S, writable=[recorded])
    assert killed.returncode == 0, killed.stderr
    assert not list((out / JOB).glob("[0-9].json")), "it was killed before it had a record"
    answered = {path.name for path in steps.glob("*.answer.json")}
    assert {"0-memory.answer.json", "0-turn-0.answer.json", "1-turn-0.answer.json"} <= answered
    again = datetime.now(UTC)
    code, said, errors = _run(recorded, "killed")
    assert code == 0, errors
    assert said.strip() == str(out / JOB) and not own.exists()
    for number in range(2):
        document = read_record((out / JOB / f"{number}.json").read_bytes())
        assert document["status"] == "ok", document["reason"]
        began = datetime.fromisoformat(document["run"]["started_at"])
        assert began < again, "what the first process measured was not measured again"

"""Replay runs a bundle as a phone would, import scores it as `benchmark` does, and a harness's faults are caught."""

from __future__ import annotations

import json
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from _bundles import bundle, entry, photos, quick_replay, scored_only

from benchmark.engine import measure
from pocketseg.core.bundle import open_bundle
from pocketseg.core.errors import DataError, RuntimeFailedError, UsageError
from pocketseg.devices.importing import import_records
from pocketseg.devices.job import Job
from pocketseg.devices.make import Made, make
from pocketseg.devices.replay import replay
from pocketseg.devices.results import read_result

Converted = Callable[..., Any]
ONCE = scored_only(ceiling_s=0.0, least_wall_s=0.0)

# A runtime that does what the real one does, and one thing wrong; FAULT says which.
MUTANT = """
import numpy as np
from benchmark.runtimes import ort

TOOL = ort.TOOL
FAULT = "{fault}"


def refusal():
    return None


class Session:
    def __init__(self, inner):
        self.inner, self.threads, self.buffer, self.before = inner, inner.threads, None, None

    def run(self, image):
        if FAULT == "red and blue swapped":
            image = np.ascontiguousarray(image[:, ::-1])
        if FAULT == "0 to 1 for 0 to 255":
            image = image / np.float32(255)
        if FAULT == "NHWC fed as NCHW":
            image = np.ascontiguousarray(image.transpose(0, 2, 3, 1)).reshape(image.shape)
        output = self.inner.run(image)
        if FAULT == "wrong argmax axis":
            return np.ascontiguousarray(output[:, ::-1])  # classes from the other end
        if FAULT == "output never written":
            return np.zeros_like(output)
        if FAULT == "the previous photo's output":
            output, self.before = (output if self.before is None else self.before), np.array(output)
            return output
        if FAULT == "its own buffer":
            self.buffer = np.array(output) if self.buffer is None else self.buffer
            self.buffer[...] = output
            return self.buffer
        if FAULT == "mirrored":
            return np.ascontiguousarray(output[..., ::-1])
        if FAULT == "values that are not finite":
            return np.where(output > 0, np.nan, output)
        return output


import_engine = ort.import_engine


def open_session(path, artifact, threads):
    return Session(ort.open_session(path, artifact, threads))
"""
CAUGHT = {
    "red and blue swapped": r"photo \d is as the desktop's run gave it on \d+\.\d\d% of its pixels",
    "0 to 1 for 0 to 255": r"photo \d is as the desktop's run gave it on \d+\.\d\d%",
    "NHWC fed as NCHW": r"photo \d is as the desktop's run gave it on \d+\.\d\d%",
    "wrong argmax axis": r"photo \d is as .* classes are exchanged",
    "output never written": r"photo 0 is as .* class 0 everywhere",
    "the previous photo's output": r"photo \d is as the desktop's run gave it on \d+\.\d\d%",
    "mirrored": r"photo \d is as .* it is mirrored",
}


@pytest.fixture(autouse=True, scope="module")
def _quick_replay() -> Iterator[None]:
    with quick_replay():
        yield


@pytest.fixture(scope="module")
def made(converted: Converted, tmp_path_factory: pytest.TempPathFactory) -> Made:
    return bundle(converted, tmp_path_factory.mktemp("made"))


@pytest.fixture
def mutant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], str]]:
    """Return a function that writes a package of runtimes with one fault in `ort`; gives its name."""
    root = tmp_path / "mutants"
    monkeypatch.syspath_prepend(str(root))
    monkeypatch.setenv("PYTHONPATH", str(root))
    before = set(sys.modules)

    def write(fault: str) -> str:
        package = f"mutant_{len(fault)}_{abs(hash(fault))}"
        (root / package).mkdir(parents=True)
        (root / package / "__init__.py").write_text("")
        (root / package / "ort.py").write_text(MUTANT.format(fault=fault))
        return package

    yield write
    for name in set(sys.modules) - before:
        if name.startswith("mutant_"):
            del sys.modules[name]


def replayed(made: Made, folder: Path, **options: Any) -> dict[str, Any]:
    with open_bundle(made.archive) as opened:
        replay(opened, folder, **options)
    return read_result(folder / "0.json")


def test_import_scores_what_replay_ran_as_benchmark_scores_the_file(converted: Converted, tmp_path: Path) -> None:
    one = entry(converted, tmp_path / "file")
    data = photos(tmp_path / "photos")
    (row,) = measure([one], data=data, effort=ONCE)
    made = bundle(converted, tmp_path / "made")
    record = replayed(made, tmp_path / "results")
    assert record["golden"]["status"] == "passed" and record["golden"]["max_abs_error"] == 0
    assert record["quality"] is None and record["statistics"]["miou"] is None  # scored where the labels are trusted
    (taken,) = import_records([tmp_path / "results"], made.archive, tmp_path / "table")
    assert (taken.miou, taken.iou, taken.photos) == (row.miou, row.iou, row.photos) and row.miou is not None
    assert row.document is not None and taken.document is not None
    ours, theirs = ([p["confusion"] for p in d["quality"]["photos"]] for d in (row.document, taken.document))
    assert ours == theirs
    labels = [[p["label_sha256"] for p in d["quality"]["photos"]] for d in (row.document, taken.document)]
    assert labels[0] == labels[1]


@pytest.mark.parametrize("fault", CAUGHT)
def test_every_fault_of_the_path_is_caught_by_photo_and_agreement(
    made: Made, mutant: Callable[[str], str], tmp_path: Path, fault: str
) -> None:
    record = replayed(made, tmp_path / "results", runtimes_package=mutant(fault))
    assert record["status"] == "ok" and record["golden"]["status"] == "failed" and record["verdict"] == "INVALID"
    assert re.search(CAUGHT[fault], record["golden"]["reason"]), record["golden"]["reason"]
    (row,) = import_records([tmp_path / "results"], made.folder, tmp_path / "table")
    assert row.verdict == "INVALID" and re.search(CAUGHT[fault], " ".join(row.verdict_reasons))


def test_an_engine_that_keeps_its_output_buffer_gives_each_photo_its_own_map(
    made: Made, mutant: Callable[[str], str], tmp_path: Path
) -> None:
    record = replayed(made, tmp_path / "results", runtimes_package=mutant("its own buffer"))
    assert record["golden"]["status"] == "passed"
    assert len({photo["map_sha256"] for photo in record["bundle"]["photos"]}) == made.photos


def test_values_that_are_not_finite_fail_the_run(made: Made, mutant: Callable[[str], str], tmp_path: Path) -> None:
    record = replayed(made, tmp_path / "results", runtimes_package=mutant("values that are not finite"))
    assert record["status"] == "failed" and "not finite" in record["reason"]
    (row,) = import_records([tmp_path / "results"], made.folder, tmp_path / "table")
    assert row.status == "failed" and "not finite" in row.reason


def test_what_is_there_is_not_run_again(made: Made, tmp_path: Path) -> None:
    with open_bundle(made.archive) as opened:
        job, rows = replay(opened, tmp_path / "results", job="ab" * 16)
        first = (tmp_path / "results/0.json").read_bytes()
        again, more = replay(opened, tmp_path / "results")
    assert job == again == "ab" * 16 and len(rows) == 1 and not more
    assert (tmp_path / "results/0.json").read_bytes() == first
    progress = json.loads((tmp_path / "results/progress.json").read_text())
    assert (progress["state"], progress["run"], progress["runs"]) == ("finished", 1, 1)


def test_a_torn_record_is_run_again(made: Made, tmp_path: Path) -> None:
    with open_bundle(made.archive) as opened:
        replay(opened, tmp_path / "results")
        whole = (tmp_path / "results/0.json").read_bytes()
        (tmp_path / "results/0.json").write_bytes(whole[: len(whole) // 2])
        _, rows = replay(opened, tmp_path / "results")
    assert len(rows) == 1
    read_result(tmp_path / "results/0.json")


def test_anothers_folder_is_left_alone(made: Made, tmp_path: Path) -> None:
    (tmp_path / "results").mkdir()
    (tmp_path / "results/notes.txt").write_text("mine")
    with open_bundle(made.archive) as opened:
        with pytest.raises(UsageError, match="not empty"):
            replay(opened, tmp_path / "results")
        replay(opened, tmp_path / "fresh", job="ab" * 16)
        with pytest.raises(UsageError, match="results of job"):
            replay(opened, tmp_path / "fresh", job="cd" * 16)
        with pytest.raises(UsageError, match="not a job id"):
            replay(opened, tmp_path / "other", job="../../etc")


def test_an_accelerator_that_is_not_here_is_refused_by_a_record(converted: Converted, tmp_path: Path) -> None:
    made = bundle(converted, tmp_path / "made", job=Job(passes=1, accelerators=("gpu", "cpu")))
    with open_bundle(made.archive) as opened:
        replay(opened, tmp_path / "results")
    gpu, cpu = (read_result(tmp_path / f"results/{run}.json") for run in (0, 1))
    assert gpu["status"] == "refused" and gpu["reason"].startswith("gpu was asked") and cpu["status"] == "ok"
    rows = import_records([tmp_path / "results"], made.archive, tmp_path / "table")
    assert [row.status for row in rows] == ["refused", "ok"]


def test_a_damaged_bundle_is_not_run(made: Made, tmp_path: Path) -> None:
    copied = Path(shutil.copytree(made.folder, tmp_path / "copied"))
    (copied / "artifacts/0/model.onnx").write_bytes(b"\0" * (copied / "artifacts/0/model.onnx").stat().st_size)
    with open_bundle(copied) as opened, pytest.raises(DataError, match=r"artifacts/0/model\.onnx is damaged"):
        replay(opened, tmp_path / "results")
    assert not list((tmp_path / "results").glob("[0-9]*.json"))
    said = json.loads((tmp_path / "results/progress.json").read_text())
    assert said["state"] == "refused" and "model.onnx is damaged" in said["reason"]


def test_a_runtime_that_is_not_here_refuses_its_runs_alone(converted: Converted, tmp_path: Path) -> None:
    two = [entry(converted, tmp_path / name) for name in ("a", "b")]
    made = make(two, photos(tmp_path / "photos"), lambda artifact: None, tmp_path / "made", Job(passes=1))
    before, _, after = (made.folder / "bundle.json").read_text().rpartition('"runtime": "ort"')
    (made.folder / "bundle.json").write_text(f'{before}"runtime": "os;reboot"{after}')
    with open_bundle(made.folder) as opened:
        replay(opened, tmp_path / "results")
    first, second = (read_result(tmp_path / f"results/{run}.json") for run in (0, 1))
    assert first["status"] == "ok" and second["status"] == "refused" and "no runtime 'os;reboot'" in second["reason"]


def test_a_job_that_takes_longer_than_its_limit_fails_and_says_so(converted: Converted, tmp_path: Path) -> None:
    made = bundle(converted, tmp_path / "made", job=Job(passes=1000, total_s=1))
    with open_bundle(made.archive) as opened, pytest.raises(RuntimeFailedError, match="not done after 1 s"):
        replay(opened, tmp_path / "results")
    said = json.loads((tmp_path / "results/progress.json").read_text())
    assert said["state"] == "failed" and "not done after 1 s" in said["reason"]


@pytest.mark.parametrize(
    "name",
    [
        'it\'s a "model"; $(touch owned) `id`.onnx',
        "ü e\u0301 \u00a0x.onnx",
        "-rf ~.onnx",
        "x" * 200 + ".onnx",
    ],
)
def test_hostile_names_are_shown_safely_and_name_no_file_of_a_bundle(
    converted: Converted, tmp_path: Path, name: str
) -> None:
    one = entry(converted, tmp_path / "file", name=name)
    made = make([one], photos(tmp_path / "; rm -rf ~ $(id)"), lambda artifact: None, tmp_path / "b", Job(passes=1))
    with open_bundle(made.archive) as opened:
        names = [listed["name"] for listed in opened.content["files"]]
        assert all(re.fullmatch(r"[A-Za-z0-9_./-]+", n) for n in names)
        assert not re.search(r"[\x00-\x1f\u202e]", json.dumps(opened.content, ensure_ascii=False).replace("\n", ""))
        replay(opened, tmp_path / "results")
    record = read_result(tmp_path / "results/0.json")
    assert record["status"] == "ok" and not re.search(r"[\x00-\x1f\u202e]", record["artifact"]["file"])
    (row,) = import_records([tmp_path / "results"], made.archive, tmp_path / "table")
    assert row.miou is not None
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "; rm -rf ~ $(id)", "b", "b.zip", "file", "results", "table",
    ]  # fmt: skip

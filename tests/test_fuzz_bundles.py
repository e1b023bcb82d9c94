"""Thousands of damaged bundles and results: each reads to what was made, or is an error that names what is wrong."""

from __future__ import annotations

import collections
import json
import random
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from _bundles import bundle
from _damage import limit
from _fuzz import at_most, changed, damaged

from pocketseg.core.bundle import open_bundle
from pocketseg.core.errors import BundleError, DataError, DeviceError, RecordError, UsageError
from pocketseg.core.record import sealed
from pocketseg.devices.importing import import_records
from pocketseg.devices.job import Job
from pocketseg.devices.make import Made
from pocketseg.devices.progress import read_progress
from pocketseg.devices.replay import replay

pytestmark = pytest.mark.phones
BUNDLES, RECORDS, SEALED = 700, 300, 100
WEIGHED = 40  # of each, whose memory is watched: that takes time


@pytest.fixture(scope="module")
def made(converted: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Made:
    return bundle(converted, tmp_path_factory.mktemp("made"), job=Job(passes=2))


@pytest.fixture(scope="module")
def ran(made: Made, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ran") / "results"
    with open_bundle(made.archive) as opened:
        replay(opened, folder)
    return folder


@contextmanager
def weighed(number: int) -> Iterator[None]:
    """Watch how much memory the first of many take."""
    if number >= WEIGHED:
        yield
        return
    with at_most(96 << 20):
        yield


def listing(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*")}


def read_all(path: Path, out: Path) -> dict[str, Any]:
    """Read all of a bundle that a harness does."""
    with open_bundle(path) as opened:
        opened.verify()
        for place in range(len(opened.content["artifacts"])):
            opened.extract_artifact(place, out / str(place))
            opened.inputs(opened.content["artifacts"][place]["input"])
        for number, photo in enumerate(opened.content["photos"]):
            if photo["label"] is not None:
                opened.class_map(photo["label"], number)
            for golden in opened.content["golden"]:
                opened.class_map(golden["maps"][number], number)
        return opened.content


@pytest.mark.parametrize("seed", range(2))
def test_a_damaged_bundle_reads_to_what_was_made_or_is_refused(made: Made, tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    original, content = made.archive.read_bytes(), json.loads((made.folder / "bundle.json").read_text())
    path = tmp_path / "given.zip"
    ends: collections.Counter[str] = collections.Counter()
    for number in range(BUNDLES // 2):
        with limit(), weighed(number):
            out = tmp_path / "out"
            path.write_bytes(damaged(original, rng))
            try:
                found = read_all(path, out / str(number))
            except BundleError as error:
                assert str(error) and len(str(error)) < 2000
                ends["refused"] += 1
            else:
                assert found == content
                ends["read"] += 1
            shutil.rmtree(out, ignore_errors=True)
            assert listing(tmp_path) == {"given.zip"}
    assert ends["refused"] > 0.9 * BUNDLES / 2


@pytest.mark.parametrize("seed", range(2))
def test_a_bundle_json_of_any_values_is_consistent_or_refused(made: Made, tmp_path: Path, seed: int) -> None:
    rng = random.Random(100 + seed)
    folder = Path(shutil.copytree(made.folder, tmp_path / "given"))
    text = (folder / "bundle.json").read_text()
    ends: collections.Counter[str] = collections.Counter()
    for number in range(BUNDLES // 2):
        with limit(), weighed(number):
            (folder / "bundle.json").write_text(json.dumps(changed(json.loads(text), rng)))
            try:
                read_all(folder, tmp_path / "out")
                ends["read"] += 1
            except BundleError as error:
                assert "bundle.json" in str(error) or "given" in str(error)
                assert len(str(error)) < 2000
                ends["refused"] += 1
            shutil.rmtree(tmp_path / "out", ignore_errors=True)
    assert ends["refused"] > 0.6 * BUNDLES / 2
    assert {name.partition("/")[0] for name in listing(tmp_path)} == {"given"}


@pytest.mark.parametrize("seed", range(2))
def test_damaged_results_are_refused_and_no_table_is_begun(made: Made, ran: Path, tmp_path: Path, seed: int) -> None:
    rng = random.Random(200 + seed)
    results = Path(shutil.copytree(ran, tmp_path / "results"))
    original = (ran / "0.json").read_bytes()
    ends: collections.Counter[str] = collections.Counter()
    for number in range(RECORDS // 2):
        with limit(), weighed(number):
            (results / "0.json").write_bytes(damaged(original, rng))
            try:
                import_records([results], made.folder, tmp_path / "table")
            except (RecordError, BundleError) as error:
                assert len(str(error)) < 2000
                assert not (tmp_path / "table").exists()
                ends["refused"] += 1
            else:  # the bytes after the document may differ in blanks
                assert (results / "0.json").read_bytes().strip() == original.strip()
                ends["read"] += 1
                shutil.rmtree(tmp_path / "table")
    assert ends["refused"] > 0.9 * RECORDS / 2


@pytest.mark.parametrize("seed", range(2))
def test_records_of_any_values_with_a_right_seal_are_refused_or_scored_here(
    made: Made, ran: Path, tmp_path: Path, seed: int
) -> None:
    rng = random.Random(300 + seed)
    results = Path(shutil.copytree(ran, tmp_path / "results"))
    text = (ran / "0.json").read_text()
    (honest,) = import_records([results], made.folder, tmp_path / "honest")
    ends: collections.Counter[str] = collections.Counter()
    for number in range(SEALED // 2):
        with limit(), weighed(number):
            try:
                sealed_text = sealed(changed(json.loads(text), rng))
            except RecordError:
                ends["refused"] += 1
                continue
            (results / "0.json").write_text(sealed_text + "\n")
            try:
                (row,) = import_records([results], made.folder, tmp_path / "table")
            except (RecordError, BundleError, UsageError) as error:
                assert len(str(error)) < 2000 and not (tmp_path / "table").exists()
                ends["refused"] += 1
            else:
                assert row.status != "ok" or row.miou == honest.miou
                ends["read"] += 1
                shutil.rmtree(tmp_path / "table")
    assert min(ends["refused"], ends["read"]) > 0.05 * SEALED / 2


def test_a_progress_json_of_any_values_is_read_or_refused(ran: Path) -> None:
    rng = random.Random(400)
    original = (ran / "progress.json").read_bytes()
    ends: collections.Counter[str] = collections.Counter()
    for number in range(BUNDLES):
        with limit(), weighed(number):
            data = (
                damaged(original, rng)
                if number % 2
                else json.dumps(changed(json.loads(original), rng)).encode(errors="surrogatepass")
            )
            try:
                read_progress(data, job=None, bundle=None)
                ends["read"] += 1
            except (DeviceError, DataError) as error:
                assert len(str(error)) < 2000
                ends["refused"] += 1
    assert min(ends["refused"], ends["read"]) > 0.05 * BUNDLES

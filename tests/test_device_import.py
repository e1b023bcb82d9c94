"""A device's records join the table whole or not at all, and its word is not taken for what can be computed here."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from _bundles import SIZES, bundle, entry, photos, scored_only

from benchmark.engine import measure
from benchmark.judge import edges
from benchmark.origin import strange
from benchmark.rows import read_rows
from benchmark.verdict import is_of_figures
from pocketseg import api
from pocketseg.core import runs
from pocketseg.core.bundle import open_bundle
from pocketseg.core.errors import BundleError, RecordError, UsageError
from pocketseg.core.record import read_record, sealed
from pocketseg.devices import importing
from pocketseg.devices.importing import import_records
from pocketseg.devices.job import Job
from pocketseg.devices.make import Made
from pocketseg.devices.replay import replay

Converted = Callable[..., Any]
Change = Callable[[dict[str, Any]], Any]
ONCE = scored_only(ceiling_s=0.0, least_wall_s=0.0)


@pytest.fixture(scope="module")
def made(converted: Converted, tmp_path_factory: pytest.TempPathFactory) -> Made:
    return bundle(converted, tmp_path_factory.mktemp("made"), job=Job(passes=6))


@pytest.fixture(scope="module")
def ran(made: Made, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ran") / "results"
    with open_bundle(made.archive) as opened:
        replay(opened, folder)
    return folder


@pytest.fixture
def results(ran: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(ran, tmp_path / "results"))


def change(results: Path, how: Change) -> Path:
    """Change a record as a program would that seals what it likes; return its path."""
    path = results / "0.json"
    document = read_record(path.read_bytes())
    how(document)
    path.write_text(sealed(document) + "\n")
    return path


def as_phone(document: dict[str, Any]) -> None:
    """Make a record one of a phone's GPU."""
    document["kind"] = "android"
    document["device"] |= {"maker": "Google", "model": "Pixel 8", "soc": "Tensor G3"}
    document["accelerator"] |= {"asked": "cpu", "obtained": "cpu", "arithmetic": "float32"}
    document["program"] |= {"name": "pocketseg-android", "launch": "app", "debugger": False}
    if document["yardstick"] is not None:
        document["yardstick"]["version"] = "kotlin-1"


def as_iphone(document: dict[str, Any]) -> None:
    """Make a record one of an iPhone's processor."""
    as_phone(document)
    document["kind"] = "ios"
    document["device"] |= {"maker": "Apple", "model": "iPhone15,4", "os": "iOS 17.5"}
    document["program"]["name"] = "dev.pocketseg.harness"
    document["yardstick"]["version"] = "swift-1"


def as_page(document: dict[str, Any]) -> None:
    """Make a record one of a phone's browser."""
    as_phone(document)
    document["kind"] = "browser"
    document["program"] |= {"name": "pocketseg-web", "launch": "page"}
    document["yardstick"]["version"] = "javascript-1"


def looked_at(document: dict[str, Any], **last: Any) -> None:
    """Say of each turn what the device was like, with other values of the last one."""
    quiet = {"battery_c": 31.5, "power": None, "thermal": "", "cores": [4, 7], "frequency_share": [0.5, 1.0],
             "foreground": True}  # fmt: skip
    document["unknown"]["/turns/*/device/power"] = "this phone does not say"
    for turn in document["turns"]:
        turn["device"] = dict(quiet)
    document["turns"][-1]["device"] |= last


def test_a_phones_record_joins_the_table_that_benchmark_wrote(
    converted: Converted, made: Made, results: Path, tmp_path: Path
) -> None:
    table = tmp_path / "table"
    one, data = entry(converted, tmp_path / "file"), photos(tmp_path / "photos")
    (here,) = measure([one], data=data, effort=ONCE, log=table / "rows.jsonl")
    change(results, as_phone)
    rows = api.import_records([results], made.archive, table)
    assert [row.kind for row in rows] == ["host", "android"]
    assert rows[1].miou == here.miou
    assert read_rows(table / "rows.jsonl") == rows
    page, lines = (table / "report.html").read_text(), (table / "results.csv").read_text().splitlines()
    assert "Pixel 8" in page and len(lines) == 3 and "Pixel 8" in lines[2] and "Pixel 8" not in lines[1]


def test_a_record_that_is_imported_twice_is_there_once(made: Made, results: Path, tmp_path: Path) -> None:
    first = import_records([results], made.archive, tmp_path / "table")
    again = import_records([results / "0.json"], made.folder, tmp_path / "table")
    assert len(first) == len(again) == len(read_rows(tmp_path / "table/rows.jsonl")) == 1
    assert (
        again[0].document is not None
        and again[0].document["imported"]["seal"] == json.loads((results / "0.json").read_text())["seal"]
    )


def test_the_zip_that_the_app_shares_is_imported_as_its_folder(made: Made, results: Path, tmp_path: Path) -> None:
    shared = shutil.make_archive(str(tmp_path / "shared"), "zip", results.parent, results.name)
    (row,) = api.import_records([shared], made.archive, tmp_path / "table")
    (same,) = api.import_records([results], made.archive, tmp_path / "other")
    assert (row.record, row.miou, row.verdict) == (same.record, same.miou, same.verdict)


def test_a_devices_word_is_not_taken(made: Made, results: Path, tmp_path: Path) -> None:
    def lie(document: dict[str, Any]) -> None:
        document["statistics"] |= {"miou": 0.99, "p50_ms": 0.001, "miou_low": 0.98, "miou_high": 1.0}
        document["verdict"], document["verdict_reasons"] = "VALID", []

    honest = import_records([results], made.archive, tmp_path / "honest")[0]
    change(results, lie)
    notes: list[str] = []
    (row,) = import_records([results], made.archive, tmp_path / "table", note=notes.append)
    assert (row.miou, row.p50_ms) == (honest.miou, honest.p50_ms) and row.miou != 0.99
    assert row.verdict != "VALID" and set(honest.verdict_reasons) >= set(row.verdict_reasons)
    change(
        results, lambda d: d.update(verdict="INVALID", verdict_reasons=["it grew slower by 77.7% while it ran", "fell"])
    )
    (again,) = import_records([results], made.archive, tmp_path / "again")
    assert "fell" in again.verdict_reasons
    assert sum(reason.startswith("it grew slower") for reason in again.verdict_reasons) <= 1
    said = " ".join(notes)
    assert "says miou 0.99" in said and "says p50_ms 0.001" in said and "0.json" in said
    assert "the device says VALID, but here it is" in said


def test_every_fact_of_the_file_that_a_record_says_is_one_of_those_that_are_held_against_the_bundle(
    results: Path,
) -> None:
    said = read_record((results / "0.json").read_bytes())["artifact"]
    assert set(said) == {*FORGED, "sha256", "manifest_sha256", "target"}


@pytest.mark.parametrize("as_kind", [as_phone, as_iphone, as_page])
def test_an_honest_record_of_every_kind_of_device_fits(
    as_kind: Change, made: Made, results: Path, tmp_path: Path
) -> None:
    change(results, as_kind)
    (row,) = import_records([results], made.archive, tmp_path / "table")
    assert row.status == "ok" and row.document is not None and strange(row.document) == ()


def test_reasons_that_follow_from_runs_and_class_maps_come_from_here_alone(
    made: Made, results: Path, tmp_path: Path
) -> None:
    (honest,) = import_records([results], made.archive, tmp_path / "honest")
    of_figures = [
        "3 turns are too few (5 are needed)", "1 of 99 turns were undisturbed (5 are needed)",
        "there is no interval of p50", "p50 is known to within 75.6% (5% is asked)",
        "it grew faster by 44.4% while it ran", "its output is not what it was at export: photo 7",
        "its output was not checked: no reason",
    ]  # fmt: skip
    assert all(map(is_of_figures, of_figures))
    change(results, lambda d: d.update(verdict="INVALID", verdict_reasons=[*of_figures, "the phone was dropped"]))
    (row,) = import_records([results], made.archive, tmp_path / "dropped")
    assert row.verdict == "INVALID" and row.verdict_reasons == (*honest.verdict_reasons, "the phone was dropped")
    change(results, lambda d: d.update(verdict="INVALID", verdict_reasons=of_figures))
    (row,) = import_records([results], made.archive, tmp_path / "figures")
    assert (row.verdict, row.verdict_reasons) == (honest.verdict, honest.verdict_reasons)


def test_what_a_device_says_of_how_alike_its_class_maps_are_is_computed_anew(
    made: Made, results: Path, tmp_path: Path
) -> None:
    (honest,) = import_records([results], made.archive, tmp_path / "honest")

    def lie(document: dict[str, Any]) -> None:
        for photo in document["bundle"]["photos"]:
            photo["agreement"] = 0.123
        document["golden"] = {**document["golden"], "values": 1, "max_abs_error": 0.25, "tolerance": 0.5}

    change(results, lie)
    (row,) = import_records([results], made.archive, tmp_path / "table")
    assert row.document is not None and honest.document is not None
    for name in ("golden", "quality"):
        assert row.document[name] == honest.document[name]
    assert row.document["bundle"]["photos"] == honest.document["bundle"]["photos"]
    assert row.argmax_agreement == honest.argmax_agreement


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        (lambda d: d["program"].update(build_type="debug"), "debug build"),
        (lambda d: d["program"].update(debugger=True), "debugger"),
        (lambda d: d["program"].update(launch="test"), "ran in a test, not in an app"),
        (lambda d: looked_at(d, foreground=False), "foreground"),
        (lambda d: looked_at(d, thermal="moderate"), "heat slowed it (moderate)"),
        (lambda d: d["device"].update(simulator=True), "simulator"),
        (lambda d: d["state"]["end"].update(foreground=False), "foreground"),
        (lambda d: d["state"]["end"].update(thermal="severe"), "heat"),
        (lambda d: d["accelerator"].update(obtained="gpu"), "gpu obtained"),
        (lambda d: d["golden"].update(status="failed", reason="photo 0 gave another map"), "photo 0 gave another"),
        (lambda d: d.update(verdict="INVALID", verdict_reasons=["the phone was dropped"]), "was dropped"),
    ],
)  # fmt: skip
def test_what_makes_a_phones_figures_worthless_makes_them_invalid(
    made: Made, results: Path, tmp_path: Path, how: Change, reason: str
) -> None:
    change(results, how)
    (row,) = import_records([results], made.archive, tmp_path / "table")
    assert row.verdict == "INVALID" and reason in " ".join(row.verdict_reasons)


def of_phone(how: Change) -> Change:
    return lambda document: (as_phone(document), how(document))[0]


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        (of_phone(lambda d: d["program"].pop("launch")), "does not say what ran it"),
        *((of_phone(lambda d, way=way: d["program"].update(launch=way)), f"a `{way}` ran it")
          for way in ("process", "page")),
        *((of_phone(lambda d, label=label: d["runtime"].update(label=label)), f"none of a device: {label}")
          for label in ("recorded", "emulated ARM", "reference evaluator, not a device")),
        (of_phone(lambda d: d.update(yardstick={"version": "python-1", "best": None})), "yardstick python-1"),
        (lambda d: d.update(yardstick={"version": "kotlin-1", "best": None}), "yardstick kotlin-1"),
        (lambda d: d["runtime"].update(label="recorded"), "none of a device"),
    ],
)  # fmt: skip
def test_a_record_that_its_kind_of_place_does_not_write_is_invalid(
    made: Made, results: Path, tmp_path: Path, how: Change, reason: str
) -> None:
    def all_of_it(document: dict[str, Any]) -> None:
        how(document)
        if (document["yardstick"] or {"best": 1})["best"] is None:
            document["unknown"]["/yardstick/best"] = "not known yet"

    change(results, all_of_it)
    (row,) = import_records([results], made.archive, tmp_path / "table")
    assert row.verdict == "INVALID" and reason in " ".join(row.verdict_reasons)


@pytest.mark.parametrize("launch", ["app", "shell"])
def test_a_phones_own_record_has_none_of_these_reasons(launch: str, made: Made, results: Path, tmp_path: Path) -> None:
    change(results, of_phone(lambda d: d["program"].update(launch=launch)))
    (row,) = import_records([results], made.archive, tmp_path / "table")
    assert row.document is not None and not strange(row.document)


def test_what_a_phone_says_of_its_turns_and_of_the_desktops_runtime_survives_the_import(
    made: Made, results: Path, tmp_path: Path
) -> None:
    def say(document: dict[str, Any]) -> None:
        as_phone(document)
        looked_at(document)
        document["runtime"]["desktop_version"] = "1.20.0"

    change(results, say)
    (row,) = import_records([results], made.archive, tmp_path / "table")
    assert row.document is not None and row.document["runtime"]["desktop_version"] == "1.20.0"
    assert [turn["device"]["cores"] for turn in row.document["turns"]][:2] == [[4, 7], [4, 7]]
    assert row.document["unknown"]["/turns/*/device/power"] == "this phone does not say"


FORGED = {  # facts of the file that another file of another network could have
    "file": "other.onnx", "model": "topformer_tiny", "recipe": "w8a8", "precision": "w8a8", "output": "classmap",
    "size_bytes": 1, "input_height_px": 8, "input_width_px": 8, "checkpoint_sha256": "0" * 64, "split_hash": "0" * 16,
}  # fmt: skip


MISFITS: dict[str, tuple[Change, str]] = {
    "another bundle": (lambda d: d["bundle"].update(sha256="0" * 64), "belongs to another bundle"),
    "no bundle": (lambda d: d.pop("bundle"), "not a record of a bundle"),
    "another artifact": (lambda d: d["artifact"].update(sha256="0" * 64), "artifact's sha256"),
    "another manifest": (lambda d: d["artifact"].update(manifest_sha256="0" * 64), "manifest_sha256"),
    "another target": (lambda d: d["artifact"].update(target="tflite"), "artifact's target"),
    **{
        f"another {name}": (lambda d, name=name: d["artifact"].update({name: FORGED[name]}), f"artifact's {name} is")
        for name in FORGED
    },
    "a run that there is not": (lambda d: (d["bundle"].update(run=9), d["run"].update(place=9)), "run 9 of 1"),
    "another count of runs": (lambda d: d["run"].update(files=9), "one of 9 runs"),
    "another place": (lambda d: d["run"].update(place=3), "at place 3"),
    "another accelerator": (lambda d: d["accelerator"].update(asked="npu"), "asked for npu"),
    "other threads": (lambda d: d["runtime"].update(threads_asked=8), "8 threads"),
    "other photos": (lambda d: d["bundle"]["photos"][0].update(bundled_sha256="0" * 64), "photos are not"),
    "no accelerator": (
        lambda d: d.update(accelerator=None, unknown={**d["unknown"], "/accelerator": "-"}),
        "does not say which",
    ),
    "an evaluator with times": (lambda d: d.update(kind="reference"), "it has times"),
    "a photo too few": (lambda d: d["bundle"]["photos"].pop(), "photos are not"),
}


@pytest.mark.parametrize("name", MISFITS)
def test_a_record_that_does_not_fit_the_bundle_is_refused_and_the_table_stays(
    made: Made, results: Path, tmp_path: Path, name: str
) -> None:
    table = tmp_path / "table"
    import_records([results], made.archive, table)
    before = {path: path.read_bytes() for path in table.iterdir()}
    how, said = MISFITS[name]
    change(results, how)
    with pytest.raises(RecordError) as caught:
        import_records([results], made.archive, table)
    assert said in caught.value.message and "0.json" in caught.value.message and caught.value.hint
    assert {path: path.read_bytes() for path in table.iterdir()} == before


def test_a_damaged_record_is_refused_before_the_bundle_is_asked_for(results: Path, tmp_path: Path) -> None:
    data = (results / "0.json").read_bytes()
    (results / "0.json").write_bytes(data[:-40])
    with pytest.raises(RecordError, match=r"0\.json"):
        import_records([results], tmp_path / "no such bundle.zip", tmp_path / "table")
    (results / "0.json").write_bytes(data.replace(b'"status":"ok"', b'"status":"OK"', 1))
    with pytest.raises(RecordError, match="seal"):
        import_records([results], tmp_path / "no such bundle.zip", tmp_path / "table")
    assert not (tmp_path / "table").exists()


def test_a_record_of_a_newer_schema_says_what_to_update(made: Made, results: Path, tmp_path: Path) -> None:
    path = results / "0.json"
    text = path.read_text()
    (path).write_text(text.replace('"schema_version":"1.4"', '"schema_version":"2.0"', 1))
    with pytest.raises(RecordError, match=r"version 2\.0"):
        import_records([results], made.archive, tmp_path / "table")


def test_a_record_of_a_newer_minor_schema_is_taken(made: Made, results: Path, tmp_path: Path) -> None:
    change(results, lambda d: d.update(schema_version="1.8", mood="good"))
    (row,) = import_records([results], made.archive, tmp_path / "table")
    assert row.miou is not None


def other_map(results: Path, class_map: np.ndarray[Any, Any], photo: int = 0) -> str:
    """Put another class map beside a record and let it name that one; return its hash."""
    name = runs.sha256_of(class_map)
    (results / f"maps/{name}.runs").write_bytes(runs.encode(class_map))
    change(results, lambda d: d["bundle"]["photos"][photo].update(map_sha256=name))
    return name


def test_class_maps_are_held_to_their_hash_size_and_classes(made: Made, results: Path, tmp_path: Path) -> None:
    name = json.loads((results / "0.json").read_text())["bundle"]["photos"][0]["map_sha256"]
    file = results / f"maps/{name}.runs"
    data = file.read_bytes()

    def refused(said: str) -> None:
        with pytest.raises(BundleError, match=said):
            import_records([results], made.archive, tmp_path / "table")

    file.unlink()
    refused("is not there")
    file.write_bytes(data[:-1])
    refused("sha256 is not its name")
    file.write_bytes(data)
    other_map(results, np.zeros((SIZES[0][1], SIZES[0][0]), np.uint8))
    refused("its photo is 96 x 61")
    other_map(results, np.full(SIZES[0], 4, np.uint8))
    refused("names class 4 of 4")
    other_map(results, np.full(SIZES[0], 255, np.uint8))
    refused("names class 255")
    assert not (tmp_path / "table").exists()


def test_a_wrong_class_map_is_scored_as_it_is_and_the_photo_named(made: Made, results: Path, tmp_path: Path) -> None:
    (before,) = import_records([results], made.archive, tmp_path / "before")
    other_map(results, np.zeros(SIZES[2], np.uint8), photo=2)
    (row,) = import_records([results], made.archive, tmp_path / "table")
    assert row.miou != before.miou and row.verdict == "INVALID"
    assert "photo 2 is as the desktop's run gave it on" in " ".join(row.verdict_reasons)


def test_no_record_takes_the_place_of_anothers(made: Made, results: Path, tmp_path: Path) -> None:
    import_records([results], made.archive, tmp_path / "table")
    change(results, lambda d: d["bundle"].update(job="ee" * 16))
    with pytest.raises(RecordError, match="has the id of another record"):
        import_records([results], made.archive, tmp_path / "table")


@pytest.mark.parametrize("at", [1, 2, 3])
def test_an_import_that_is_cut_anywhere_is_completed_by_the_same_command(
    made: Made, results: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    table = tmp_path / "table"
    import_records([results], made.archive, table)
    other_map(results, np.zeros(SIZES[2], np.uint8), photo=2)  # the same record, with another figure
    writes = 0

    def counted(real: Callable[..., Any]) -> Callable[..., Any]:
        def write(*given: Any) -> Any:
            nonlocal writes
            writes += 1
            if writes == at:
                raise KeyboardInterrupt
            return real(*given)

        return write

    with monkeypatch.context() as patch:
        for name in ("write_records", "write_text"):
            patch.setattr(importing, name, counted(getattr(importing, name)))
        with pytest.raises(KeyboardInterrupt):
            import_records([results], made.archive, table)
    assert len(read_rows(table / "rows.jsonl")) <= 1
    (row,) = import_records([results], made.archive, table)
    assert read_rows(table / "rows.jsonl") == [row] and "photo 2" in " ".join(row.verdict_reasons)


@pytest.mark.parametrize("name", ["results.csv", "results.json", "report.html", "records.jsonl"])
def test_anothers_table_is_left_alone(made: Made, results: Path, tmp_path: Path, name: str) -> None:
    (tmp_path / "table").mkdir()
    (tmp_path / "table" / name).write_text("mine")
    with pytest.raises(UsageError, match=f"holds {name}"):
        import_records([results], made.archive, tmp_path / "table")
    assert (tmp_path / "table" / name).read_text() == "mine"


def test_a_file_that_failed_has_no_figures_whatever_is_claimed(made: Made, results: Path, tmp_path: Path) -> None:
    def fail(document: dict[str, Any]) -> None:
        document["statistics"] |= {"miou": 0.99, "p50_ms": 0.5, "runs": 0, "turns": 0}
        document.update(status="failed", reason="it crashed", turns=[], verdict=None, verdict_reasons=[])
        document["unknown"] = {**document["unknown"], "/verdict": "it failed"}

    change(results, fail)
    (row,) = import_records([results], made.archive, tmp_path / "table")
    assert (row.status, row.reason) == ("failed", "it crashed")
    assert row.miou is None and row.p50_ms is None and row.argmax_agreement is None
    assert row.document is not None and row.document["golden"] is None


def test_no_processor_computes_floats_in_eight_bits(made: Made, results: Path, tmp_path: Path) -> None:
    with open_bundle(made.archive) as opened:
        golden = opened.class_map(opened.content["golden"][0]["maps"][1], 1)
        allowed = opened.content["golden"][0]["allowed"]
    rows, columns = np.nonzero(edges(golden))
    few = int(1.5 * allowed["float16"][1] * golden.size)
    assert few < allowed["int8"][1] * golden.size
    moved = golden.copy()
    chosen = np.linspace(0, len(rows) - 1, few).astype(int)
    moved[rows[chosen], columns[chosen]] = (moved[rows[chosen], columns[chosen]] + 1) % 4
    other_map(results, moved, photo=1)
    change(results, lambda d: d["accelerator"].update(arithmetic="int8"))
    (row,) = import_records([results], made.archive, tmp_path / "table")
    assert "photo 1 is as the desktop's run gave it on" in " ".join(row.verdict_reasons)


def test_a_record_given_twice_a_folder_without_records_and_no_file_are_refused(
    made: Made, results: Path, tmp_path: Path
) -> None:
    with pytest.raises(RecordError, match="the same record"):
        import_records([results, results / "0.json"], made.archive, tmp_path / "table")
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match="holds no records"):
        import_records([tmp_path / "empty"], made.archive, tmp_path / "table")
    with pytest.raises(RecordError, match="does not exist"):
        import_records([tmp_path / "0.json"], made.archive, tmp_path / "table")


def test_a_device_whose_clock_is_wrong_gives_a_record_with_our_time(made: Made, results: Path, tmp_path: Path) -> None:
    change(results, lambda d: d["run"].update(started_at="1970-01-01T00:00:07Z"))
    notes: list[str] = []
    (row,) = import_records([results], made.archive, tmp_path / "table", note=notes.append)
    assert row.document is not None and row.document["imported"]["at"] > "2026"
    assert "clock said 1970-01-01" in " ".join(notes)


def test_the_commands_say_what_they_did_and_what_is_next(
    pocketseg: Any, made: Made, results: Path, tmp_path: Path
) -> None:
    answer = pocketseg("device", "import", results, "--bundle", made.archive, "--out", tmp_path / "table")
    assert answer.code == 0 and "tiny" in answer.out and f"written to {tmp_path / 'table'}" in answer.out
    (results / "0.json").write_text("{}")
    answer = pocketseg("device", "import", results, "--bundle", made.archive, "--out", tmp_path / "table")
    assert answer.code == RecordError.exit_code and "0.json" in answer.err and "Traceback" not in answer.err

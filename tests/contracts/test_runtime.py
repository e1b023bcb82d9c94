"""What every runtime promises: a refusal that loads nothing, sessions that run, and errors that name the file."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from _tiny import Converted, described, photos
from contracts._distributions import unknown
from contracts._promises import Fact, Promises, changed, known, lacking, sentence

import export
from benchmark import runtimes
from pocketseg.core.cache import ROOT
from pocketseg.core.errors import RuntimeFailedError
from pocketseg.core.tensors import encode_input
from pocketseg.core.types import Artifact, OutputKind

FOLDER = Path(runtimes.__file__).parent
SOURCES = [FOLDER / f"{name}.py" for name in runtimes.names()]
EXPORT = Path(export.__file__).parent
TARGETS = {str(known(EXPORT / f"{name}.py", "RUNTIME")): name for name in export.targets()}  # whose files each one runs


def _more(name: str, own: dict[str, Any]) -> list[str]:
    lost = [f"TOOL names {tool}, which no lock holds" for tool in unknown([own["TOOL"]])]
    return lost + ([] if name in TARGETS else ["no target names it as its RUNTIME, so nothing runs it"])


PROMISES = Promises(
    facts=[
        Fact(name="TOOL", says="the distribution it runs on", fits=lambda value: isinstance(value, str) and value),
        Fact(name="TIMED", says="whether its speed means anything", needed=lambda own: False, literal=False),
        Fact(name="LABEL", says="what an evaluator is", needed=lambda own: own.get("TIMED", True) is not True,
             literal=False),
    ],
    protocol=runtimes.Runtime,
    more=_more,
)  # fmt: skip


@pytest.fixture(autouse=True)
def _own_threads() -> Iterator[None]:
    """Some engines take over torch's threads and its quantised engine."""
    threads, engine = torch.get_num_threads(), torch.backends.quantized.engine
    yield
    torch.set_num_threads(threads)
    torch.backends.quantized.engine = engine


# ---- what its file says ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_a_runtime_holds_what_every_runtime_promises(path: Path) -> None:
    PROMISES.hold(path)


@pytest.mark.parametrize("name", PROMISES.names)
def test_a_runtime_that_lacks_a_part_is_named_with_it(name: str, tmp_path: Path) -> None:
    (fault,) = PROMISES.faults(lacking(FOLDER / "ort.py", name, tmp_path))
    assert re.match(rf"runtimes/ort\.py: {name}\b.* is missing", fault)


@pytest.mark.parametrize(
    ("name", "value", "fault"),
    [
        ("TOOL", "None", "TOOL is None, not the distribution it runs on"),
        ("TOOL", "'ortt'", "TOOL names ortt, which no lock holds"),
        ("TIMED", "False", "LABEL is missing: what an evaluator is"),
    ],
)
def test_a_runtime_whose_facts_do_not_fit_is_named_with_what_does_not(
    name: str, value: str, fault: str, tmp_path: Path
) -> None:
    copy = tmp_path / "runtimes/ort.py"
    copy.parent.mkdir()
    copy.write_text((FOLDER / "ort.py").read_text() + f"\n{name} = {value}\n")
    assert PROMISES.faults(copy) == [f"runtimes/ort.py: {fault}"]


def test_a_runtime_that_no_target_names_is_one_that_nothing_runs(tmp_path: Path) -> None:
    copy = changed(FOLDER / "ort.py", "TOOL", "'onnxruntime'", tmp_path)
    copy = copy.rename(copy.with_name("sixth.py"))
    assert PROMISES.faults(copy) == ["runtimes/sixth.py: no target names it as its RUNTIME, so nothing runs it"]


def test_refusals_load_no_engine_and_are_sentences() -> None:
    code = (
        "import sys\nfrom benchmark import runtimes\n"
        "said = [runtimes.runtime(name).refusal() for name in runtimes.names()]\n"
        "print(*{m.partition('.')[0] for m in sys.modules} & set(sys.argv[1:]))\nprint(*said, sep='\\n')"
    )
    engines = ("torch", "onnxruntime", "coremltools", "ai_edge_litert", "executorch", "numpy")
    done = subprocess.run([sys.executable, "-c", code, *engines], cwd=ROOT, check=True, capture_output=True, text=True)
    loaded, *said = done.stdout.split("\n")
    assert loaded == ""
    assert all(text == "None" or sentence(text) for text in said[: len(runtimes.names())])


def test_a_runtime_whose_engine_is_not_installed_refuses_and_says_which(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name, package=None: None)
    for name in runtimes.names():
        why = runtimes.runtime(name).refusal()
        assert why is not None and sentence(why) and "not installed" in why, name


# ---- what it runs ----------------------------------------------------------------------------------------------------


@pytest.fixture(params=runtimes.names())
def opened(request: pytest.FixtureRequest, converted: Converted) -> tuple[runtimes.Runtime, Path, Artifact]:
    """Give each runtime with a real file of the target that names it."""
    engine = runtimes.runtime(request.param)
    if reason := engine.refusal():
        pytest.skip(reason)
    path, written = converted(TARGETS[request.param], "fp32", OutputKind.LOGITS)
    return engine, path, described(path, written, TARGETS[request.param])


def _fails_on(engine: Any, path: Path, artifact: Any) -> str:
    """Open a file that cannot be opened; give the message, which must name the file."""
    with pytest.raises(RuntimeFailedError) as caught:
        engine.open_session(path, artifact, 1)
    assert path.name in caught.value.message, f"{caught.value.message!r} does not name {path.name}"
    return caught.value.message


def test_a_session_says_its_threads_and_gives_what_the_file_describes_every_time(opened: Any) -> None:
    engine, path, artifact = opened
    session = engine.open_session(path, artifact, 2)
    assert session.threads == 2 or (session.threads == 0 and sys.platform == "darwin")  # Core ML chooses itself
    first, second = (
        [np.array(session.run(encode_input(photo, artifact.inputs[0]))) for photo in photos()] for _ in range(2)
    )
    for once, again in zip(first, second, strict=True):
        assert (once.shape, str(once.dtype)) == (artifact.outputs[0].shape, artifact.outputs[0].dtype)
        assert np.array_equal(once, again)
    assert not np.array_equal(first[0], first[1])


def test_an_imported_engine_opens_and_runs_a_file_without_importing_more_of_itself(opened: Any) -> None:
    engine, path, artifact = opened
    code = (
        "import importlib, json, sys; from pathlib import Path; import numpy as np\n"
        "engine = importlib.import_module(sys.argv[1]); engine.import_engine(); before = set(sys.modules)\n"
        "spec = json.loads(sys.argv[3]); shape, dtype = spec\n"
        "class Artifact:\n"
        "    precision, inputs = 'fp32', [type('Input', (), {'name': 'image'})]\n"
        "    outputs = [type('Output', (), {'name': sys.argv[4]})]\n"
        "session = engine.open_session(Path(sys.argv[2]), Artifact, 1)\n"
        "session.run(np.zeros(shape, dtype))\n"
        "print(*sorted(sys.modules.keys() - before))"
    )
    photo = encode_input(photos()[0], artifact.inputs[0])
    given = [engine.__name__, str(path), json.dumps([photo.shape, str(photo.dtype)]), artifact.outputs[0].name]
    done = subprocess.run([sys.executable, "-c", code, *given], cwd=ROOT, check=True, capture_output=True, text=True)
    large = ("torch", "executorch", "onnxruntime", "ai_edge_litert", "coremltools", "google.protobuf", "pocketseg")
    assert not [name for name in done.stdout.split() if name.startswith(large)]


def test_a_missing_file_is_an_error_that_names_it(opened: Any, tmp_path: Path) -> None:
    engine, path, artifact = opened
    assert "does not exist" in _fails_on(engine, tmp_path / f"absent{path.suffix}", artifact)


def test_a_damaged_file_is_an_error_that_names_it(opened: Any, tmp_path: Path) -> None:
    engine, path, artifact = opened
    broken = tmp_path / f"broken{path.suffix}"
    if path.is_dir():
        for part in sorted(p.relative_to(path) for p in path.rglob("*") if p.is_file()):
            for length in (0, 100, (path / part).stat().st_size // 2):
                shutil.rmtree(broken, ignore_errors=True)
                shutil.copytree(path, broken)
                (broken / part).write_bytes((path / part).read_bytes()[:length])
                _fails_on(engine, broken, artifact)
        return
    data = path.read_bytes()
    for content in (b"", b"not a model at all", data[:100], data[:1000], data[:3000], data[: len(data) // 2]):
        broken.write_bytes(content)
        assert "did not load" in _fails_on(engine, broken, artifact)


@pytest.mark.parametrize("shape", [(1, 5, 8, 8), (1, 32, 32, 5), (1, 3, 8, 8, 8)])
def test_a_wrong_input_is_an_error_that_names_the_file(shape: tuple[int, ...], opened: Any) -> None:
    engine, path, artifact = opened
    session = engine.open_session(path, artifact, 1)
    with pytest.raises(RuntimeFailedError, match=re.escape(path.name)):
        session.run(np.zeros(shape, np.float32))


def test_an_input_of_another_size_is_an_error_or_gives_an_output_of_that_size(opened: Any) -> None:
    engine, path, artifact = opened
    layout = artifact.inputs[0].layout
    photo = np.zeros(tuple({"N": 1, "C": 3}.get(side, 32) for side in layout), np.float32)
    try:
        got = engine.open_session(path, artifact, 1).run(photo)
    except RuntimeFailedError as error:
        assert path.name in error.message
    else:  # an engine that takes any size: never an answer that looks like one of the file's own size
        assert [got.shape[artifact.outputs[0].layout.index(side)] for side in "HW"] == [32, 32]


# ---- a runtime that keeps no promise is found out --------------------------------------------------------------------


def test_a_runtime_that_opens_anything_or_fails_in_its_own_way_does_not_pass(tmp_path: Path) -> None:
    def fails(error: Exception) -> Any:
        def open_session(path: Path, artifact: Any, threads: int) -> Any:
            raise error

        return SimpleNamespace(open_session=open_session)

    path = tmp_path / "absent.xyz"
    with pytest.raises(pytest.fail.Exception, match="DID NOT RAISE"):
        _fails_on(SimpleNamespace(open_session=lambda path, artifact, threads: object()), path, None)
    with pytest.raises(OSError, match="no such file"):
        _fails_on(fails(OSError("no such file")), path, None)
    with pytest.raises(AssertionError, match=r"does not name absent\.xyz"):
        _fails_on(fails(RuntimeFailedError("it did not load")), path, None)
    assert _fails_on(fails(RuntimeFailedError(f"{path} does not exist")), path, None)

"""Which runtimes of phones open a file: what is too new is named, and never reaches a phone."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from _adb_faults import bundle_in
from _commands import Call
from _fake_adb import FakePhone

import export
from pocketseg.core.errors import PocketSegError, RefusedError, RuntimeFailedError
from pocketseg.core.types import OutputKind
from pocketseg.devices.openable import File, check_openable, unopenable
from pocketseg.inspect.needs import ANDROID, Opening, judged, opening, openings
from pocketseg.inspect.needs import onnx as onnx_needs
from pocketseg.inspect.needs import tflite as tflite_needs
from pocketseg.inspect.needs import torchmobile as torchmobile_needs
from pocketseg.inspect.needs.table import opened_by, releases_of

_SUFFIX = {"coreml": ".mlpackage", "executorch": ".pte", "onnx": ".onnx", "tflite": ".tflite", "torchmobile": ".ptl"}
_HEAVY = [pytest.param(name, marks=pytest.mark.slow) for name in ("coreml", "executorch", "torchmobile")]
_TFLITE = pytest.param("tflite", marks=pytest.mark.slow)  # its conversion takes long, its reading does not
_TOO_NEW = Opening(
    target="onnx", runtime="ONNX Runtime", oldest="9.9", oldest_reason="", app="1.29.0", app_opens=False,
    app_reason="it lacks opset 99 of ai.onnx", way_out="take another exporter",
)  # fmt: skip


def _tflite(path: Path, *, version: int = 1, custom: str = "", kind: str = "FLOAT32") -> Path:
    """Write a model of one operator and one tensor."""
    import flatbuffers
    from ai_edge_litert import schema_py_generated as schema

    code = schema.OperatorCodeT()
    code.builtinCode = schema.BuiltinOperator.CUSTOM if custom else schema.BuiltinOperator.RESIZE_BILINEAR
    code.deprecatedBuiltinCode, code.version, code.customCode = code.builtinCode, version, custom or None
    tensor, graph, model = schema.TensorT(), schema.SubGraphT(), schema.ModelT()
    tensor.type = getattr(schema.TensorType, kind)
    graph.tensors = [tensor]
    model.version, model.operatorCodes, model.subgraphs, model.buffers = 3, [code], [graph], [schema.BufferT()]
    builder = flatbuffers.Builder(0)
    builder.Finish(model.Pack(builder), b"TFL3")
    path.write_bytes(bytes(builder.Output()))
    return path


def _onnx(path: Path, *, ir: int = 8, domain: str = "", opset: int = 13, node_domain: str = "") -> Path:
    import onnx
    from onnx import TensorProto, helper

    value = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1]) for name in "xy"]
    node = helper.make_node("Relu", ["x"], ["y"], domain=node_domain)
    opsets = {"": 13, domain: opset, node_domain: opset if node_domain == domain else 1}
    model = helper.make_model(
        helper.make_graph([node], "g", value[:1], value[1:]),
        opset_imports=[helper.make_opsetid(d, opset if d == domain else v) for d, v in opsets.items()],
    )
    model.ir_version = ir
    onnx.save(model, path)
    return path


def _ptl(path: Path, bytecode: int | None = None) -> Path:
    """Write a module of one operator for the lite interpreter; bytecode: in place of torch's version."""
    import torch
    from torch import nn

    data = torch.jit.script(nn.ReLU())._save_to_buffer_for_lite_interpreter()
    if bytecode is not None:
        changed = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(changed, "w") as to:
            for name in source.namelist():
                record = source.read(name)
                if name.endswith("/bytecode.pkl"):
                    record = record.replace(b"K\x08", b"K" + bytes([bytecode]), 1)  # the pickle's first number
                to.writestr(name, record)
        data = changed.getvalue()
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("target", ["onnx", _TFLITE, *_HEAVY])
def test_every_targets_file_gets_a_definite_answer(target: str, converted: Callable[..., Any]) -> None:
    path, _ = converted(target, "fp32", OutputKind.LOGITS)
    found = opening(path, target)
    assert found.oldest and "or newer" in found.sentence
    assert found.app_opens is (True if target in ANDROID else None)


def test_the_answer_for_the_quick_start_covers_all_targets_and_the_releases_of_the_app() -> None:
    for target in export.targets():
        lines = opened_by(target)
        assert lines and all(re.match(r"(fp32|w8a8)", line) for line in lines)
        if target in ANDROID:
            assert all(f"the Android app's {releases_of(target)['app']} opens it" in line for line in lines)


def test_the_releases_looked_at_are_those_that_the_app_is_built_with() -> None:
    pom = (Path(__file__).parents[1] / "android_harness/pom.xml").read_text(encoding="utf-8")
    for target, name in (("tflite", "tflite"), ("torchmobile", "pytorch"), ("onnx", "onnxruntime")):
        known = releases_of(target)
        assert f"<{name}.version>{known['app']}</{name}.version>" in pom
        assert known["app"] in known["releases"]
        assert all(len(source["sha256"]) == 64 for source in known["sources"])


@pytest.mark.parametrize(
    ("operator", "version", "release"),
    # what runtime_version.cc of TensorFlow says, of a sample
    [("CONV_2D", 6, "2.9.0"), ("ADD", 4, "2.6.0"), ("MUL", 5, "2.6.0"), ("CAST", 3, "2.8.0"), ("TILE", 3, "2.8.0"),
     ("DEQUANTIZE", 5, "2.7.0"), ("ARG_MAX", 3, "2.9.0"), ("STRIDED_SLICE", 6, "2.6.0"), ("BROADCAST_TO", 3, "2.5.0")],
)  # fmt: skip
def test_what_the_libraries_register_is_what_tensorflow_says_of_them(operator: str, version: int, release: str) -> None:
    assert releases_of("tflite")["operators"][operator][str(version)] == release


@pytest.mark.parametrize(
    ("given", "lacks"),
    [({"version": 99}, "RESIZE_BILINEAR version 99"), ({"custom": "Secret"}, "the custom operator Secret"),
     ({"kind": "BFLOAT16"}, "tensors of type BFLOAT16")],
)  # fmt: skip
def test_a_tflite_with_what_is_too_new_is_refused_by_name(given: dict[str, Any], lacks: str, tmp_path: Path) -> None:
    found = judged(tflite_needs.read(_tflite(tmp_path / "a.tflite", **given)), "tflite")
    assert found.app_opens is False and lacks in found.sentence and found.oldest is None and found.way_out
    assert judged(tflite_needs.read(_tflite(tmp_path / "b.tflite")), "tflite").app_opens


def test_weights_behind_the_flatbuffer_want_the_release_that_first_read_them(tmp_path: Path) -> None:
    facts = tflite_needs.read(_tflite(tmp_path / "a.tflite"))
    assert judged({**facts, "outside_buffers": 3}, "tflite").oldest == releases_of("tflite")["outside_buffers"]
    assert "older releases were not examined" in judged(facts, "tflite").sentence


@pytest.mark.parametrize(
    ("given", "lacks"),
    [({"ir": 99}, "IR version 99"), ({"opset": 99}, "opset 99 of ai.onnx"),
     ({"domain": "ai.onnx.ml", "opset": 99}, "opset 99 of ai.onnx.ml"), ({"opset": 5}, "opset 5 of ai.onnx"),
     ({"node_domain": "org.mine"}, "org.mine::Relu")],
)  # fmt: skip
def test_an_onnx_with_what_is_too_new_is_refused_by_name(given: dict[str, Any], lacks: str, tmp_path: Path) -> None:
    found = judged(onnx_needs.read(_onnx(tmp_path / "a.onnx", **given)), "onnx")
    assert found.app_opens is False and lacks in found.sentence
    assert judged(onnx_needs.read(_onnx(tmp_path / "b.onnx")), "onnx").app_opens


def test_an_onnx_between_two_releases_is_opened_by_the_newer_alone(tmp_path: Path) -> None:
    releases = releases_of("onnx")["releases"]
    versions = sorted({known["opsets"][""] for known in releases.values()})
    for version in versions:
        oldest = judged(onnx_needs.read(_onnx(tmp_path / "a.onnx", opset=version)), "onnx").oldest
        assert oldest == next(r for r, known in releases.items() if known["opsets"][""] >= version)


def test_a_ptl_of_newer_bytecode_is_refused_by_its_version(tmp_path: Path) -> None:
    found = judged(torchmobile_needs.read(_ptl(tmp_path / "a.ptl", 10)), "torchmobile")
    assert found.app_opens is False and "bytecode version 10" in found.sentence
    assert judged(torchmobile_needs.read(_ptl(tmp_path / "b.ptl")), "torchmobile").app_opens


@pytest.mark.parametrize(
    ("operators", "lacks"),
    [({"aten::brand_new": 1}, "aten::brand_new"), ({"aten::relu": 9}, "aten::relu with 9 arguments")],
)
def test_a_ptl_with_an_operator_that_the_app_lacks_is_refused(operators: dict[str, int], lacks: str) -> None:
    facts = {"bytecode": 8, "archive": 3, "form": "zip", "operators": {"aten::cat": 2, **operators}}
    found = judged(facts, "torchmobile")
    assert found.app_opens is False and lacks in found.sentence


def test_a_ptl_in_its_flatbuffer_form_is_refused() -> None:
    found = judged({"bytecode": 9, "archive": 0, "form": "flatbuffer", "operators": {}}, "torchmobile")
    assert found.app_opens is False and "flatbuffer" in found.sentence


@pytest.mark.parametrize(
    ("changes", "lacks"),
    [({"kernels": ["aten::brand_new.out"]}, "aten::brand_new.out"), ({"delegates": ["QnnBackend"]}, "QnnBackend"),
     ({"nodes": ["Conv9d"]}, "Conv9d"), ({"identifiers": ["ET99"]}, "ET99")],
)  # fmt: skip
def test_a_pte_with_what_the_apps_library_lacks_is_refused(changes: dict[str, Any], lacks: str) -> None:
    facts = {"identifiers": ["ET12", "XN01"], "kernels": [], "delegates": ["XnnpackBackend"], "nodes": ["Conv2d"]}
    assert judged(facts, "executorch").app_opens
    found = judged({**facts, **changes}, "executorch")
    assert found.app_opens is False and lacks in found.sentence


@pytest.mark.parametrize("target", ["onnx", "tflite", *_HEAVY])
@pytest.mark.parametrize("data", [b"", b"odd", b"\xff" * 4000, b"\x1c\x00\x00\x00TFL3" + b"\x7f" * 4000])
def test_a_damaged_file_is_named(data: bytes, target: str, tmp_path: Path) -> None:
    path = tmp_path / f"bad{_SUFFIX[target]}"
    path.write_bytes(data)
    with pytest.raises(RuntimeFailedError, match=r"bad\.") as caught:
        opening(path, target)
    assert "ended with" not in caught.value.message, "an exit code is no cause"


def test_a_cut_file_does_not_keep_the_others_from_being_read(tmp_path: Path) -> None:
    whole, cut = _tflite(tmp_path / "whole.tflite"), tmp_path / "cut.tflite"
    cut.write_bytes(whole.read_bytes()[:40])
    first, second = openings([(cut, "tflite"), (whole, "tflite")])
    assert isinstance(first, RuntimeFailedError) and "cut.tflite" in first.message
    assert isinstance(second, Opening) and second.app_opens


def test_files_for_a_phone_are_refused_together_with_what_to_do(tmp_path: Path) -> None:
    bad = _onnx(tmp_path / "new.onnx", opset=99)
    files = [File(name=path.name, path=path, target="onnx") for path in (bad, _onnx(tmp_path / "old.onnx"))]
    with pytest.raises(RefusedError, match=r"new\.onnx: .*opset 99") as caught:
        check_openable(files, "android", lambda _: None, "leave it out")
    assert "old.onnx" not in str(caught.value) and "leave it out" in caught.value.hint


def test_a_file_that_cannot_be_read_here_is_noted_and_left_to_the_app(tmp_path: Path) -> None:
    path, notes = tmp_path / "odd.onnx", list[str]()
    path.write_bytes(b"odd")
    assert not unopenable([File(name="odd.onnx", path=path, target="onnx")], "android", notes.append)
    assert "Android app opens odd.onnx" in notes[0]


@pytest.fixture
def phone(tmp_path: Path) -> Iterator[FakePhone]:
    made = FakePhone(tmp_path / "phone")
    with made.in_process():
        yield made


@pytest.mark.parametrize("words", [("push",), ("run",)])
def test_a_bundle_with_a_file_that_the_app_cannot_open_is_not_pushed(
    words: tuple[str, ...], phone: FakePhone, pocketseg: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    zip_path, _ = bundle_in(tmp_path)
    monkeypatch.setattr("pocketseg.devices.openable.openings", lambda files: [_TOO_NEW for _ in files])
    answer = pocketseg("device", *words, zip_path, "--on", "android")
    assert answer.code == RefusedError.exit_code
    assert "cannot open it: it lacks opset 99" in answer.err and "take another exporter" in answer.err
    assert not [call for call in phone.calls() if "push" in call]


def test_targets_says_of_given_files_what_opens_them(pocketseg: Call, tmp_path: Path) -> None:
    good, bad = _onnx(tmp_path / "good.onnx"), _onnx(tmp_path / "bad.onnx", ir=99)
    answer = pocketseg("targets", good, bad)
    assert answer.code == 0
    assert re.search(r"good\.onnx: opened by ONNX Runtime \S+ or newer.*opens it", answer.out)
    assert re.search(r"bad\.onnx: .*cannot open it: it lacks IR version 99", answer.out)


def test_an_answer_that_the_app_cannot_open_a_file_is_no_failure_of_targets(pocketseg: Call, tmp_path: Path) -> None:
    answer = pocketseg("targets", _onnx(tmp_path / "bad.onnx", ir=99))
    assert answer.code == 0 and "cannot open it" in answer.out and "error" not in answer.err
    assert "exit code is 0" in " ".join(pocketseg("targets", "--help").out.split())


def test_an_onnx_that_is_cut_anywhere_has_a_cause(tmp_path: Path) -> None:
    whole = _onnx(tmp_path / "whole.onnx").read_bytes()
    cut = [tmp_path / f"{size}.onnx" for size in range(0, len(whole), 5)]
    for path in cut:
        path.write_bytes(whole[: int(path.stem)])
    for path, found in zip(cut, openings([(path, "onnx") for path in cut]), strict=True):
        assert not isinstance(found, RuntimeFailedError) or "cannot be read as a .onnx file: it " in found.message, path


def test_targets_names_a_file_that_it_cannot_read(pocketseg: Call, tmp_path: Path) -> None:
    (tmp_path / "odd.tflite").write_bytes(b"odd")
    answer = pocketseg("targets", tmp_path / "odd.tflite", _tflite(tmp_path / "good.tflite"))
    assert answer.code == RuntimeFailedError.exit_code
    assert "odd.tflite" in answer.err and "good.tflite: opened by" in answer.out


def test_a_benchmark_on_a_phone_bundles_no_file_that_the_app_cannot_open(
    phone: FakePhone, pocketseg: Call, converted: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from _bundles import entry

    made = entry(converted, tmp_path / "export")
    bundled: list[object] = []
    monkeypatch.setattr("pocketseg.devices.openable.openings", lambda files: [_TOO_NEW for _ in files])
    monkeypatch.setattr("pocketseg.api._device.bundle", lambda files, *_, **__: bundled.append(files))
    answer = pocketseg("benchmark", made.path, "--on", "android", "--out", tmp_path / "table")
    assert answer.code == RefusedError.exit_code and made.path.name in answer.err
    assert not bundled and issubclass(RefusedError, PocketSegError)


def test_an_export_says_at_once_that_the_app_cannot_open_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pocketseg import api

    path, notes = _onnx(tmp_path / "new.onnx", opset=99), list[str]()
    made = SimpleNamespace(artifact=None, reused=False)
    monkeypatch.setattr("pocketseg.artifacts.request.check", lambda _: SimpleNamespace(name="tiny", assumed=()))
    monkeypatch.setattr("pocketseg.artifacts.produce.produce", lambda *_: made)
    monkeypatch.setattr("pocketseg.artifacts.deliver.put", lambda *_: path)
    api.export("topformer_tiny", target="onnx", out=tmp_path / "out", cache=tmp_path / "cache", note=notes.append)
    assert any("cannot open it: it lacks opset 99" in note and onnx_needs.WAY_OUT in note for note in notes)

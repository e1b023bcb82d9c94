"""What a network is called: by what its file says, else by its run's folder or its file."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
import torch

import models
from pocketseg.core.errors import UsageError
from pocketseg.training.run_facts import name_in, rename


def _weights(path: Path, **metadata: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(0)
    spec = dataclasses.replace(models.spec("topformer_tiny"), height_px=64, width_px=64)
    models.save_weights(models.build("topformer_tiny"), spec, path, dtype="fp32", metadata=metadata)
    return path


@pytest.mark.parametrize(
    ("file", "said", "name"),
    [
        ("runs/mine/best.safetensors", "", "mine"),
        ("runs/mine/last.safetensors", "", "mine"),
        ("runs/mine/mugs.safetensors", "", "mugs"),
        ("runs/mine/best.safetensors", "cups", "cups"),
        ("weights/mugs.safetensors", "cups", "cups"),
        ("runs/mine/best.safetensors", "../cups", "mine"),
        ("runs/mine/best.safetensors", "two words", "mine"),
    ],
)
def test_a_network_is_called_by_its_file_its_run_or_what_the_file_says(
    tmp_path: Path, file: str, said: str, name: str
) -> None:
    path = _weights(tmp_path / file, **({"name": said} if said else {}))
    assert models.open_model(str(path)).name == name == models.called(str(path))[0]


def test_a_run_is_called_by_its_folder_from_inside_it_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(_weights(tmp_path / "mine/best.safetensors").parent)
    assert models.open_model("best.safetensors").name == "mine"


def test_what_a_foreign_file_calls_itself_is_no_name(tmp_path: Path) -> None:
    import safetensors.torch

    path = tmp_path / "theirs.safetensors"
    safetensors.torch.save_file(models.build("topformer_tiny").state_dict(), path, metadata={"name": "x"})
    assert models.open_model(str(path)).name == "theirs"


def test_a_released_network_keeps_its_name() -> None:
    assert [models.open_model("topformer_tiny").name, models.called("u2netp")[0]] == ["topformer_tiny", "u2netp"]


def test_a_run_that_is_named_later_bears_the_name_and_nothing_else_changes(tmp_path: Path) -> None:
    path = _weights(tmp_path / "mine/best.safetensors", split_hash="abc", recipe="def")
    before = models.open_model(str(path))
    rename(path, "cups")
    after = models.open_model(str(path))
    assert (after.name, name_in(path)) == ("cups", "cups")
    assert {**before.metadata, "name": "cups"} == after.metadata
    own, new = before.module.state_dict(), after.module.state_dict()
    assert all(torch.equal(own[key], new[key]) for key in own)
    content = path.read_bytes()
    rename(path, "cups")
    assert path.read_bytes() == content


def test_a_name_that_is_no_plain_one_is_refused() -> None:
    for name in ("a/b", "..", "", "two words", "-x"):
        with pytest.raises(UsageError, match="is not a name for a model"):
            models.check_name(name)


def test_names_that_agree_are_told_apart_by_folder_and_then_by_path() -> None:
    assert models.told_apart(["a", "b"], [Path("x/a.pth"), Path("y/b.pth")]) == ["a", "b"]
    assert models.told_apart(["a", "a"], [Path("x/a.pth"), Path("y/a.pth")]) == ["x/a", "y/a"]
    assert models.told_apart(["a", "a"], [Path("1/x/a.pth"), Path("2/x/a.pth")]) == ["1/x/a", "2/x/a"]
    runs = [Path("1/mine/best.safetensors"), Path("2/mine/best.safetensors"), Path("2/other.pth")]
    assert models.told_apart(["mine", "mine", "other"], runs) == ["1/mine", "2/mine", "2/other"]
    named = [Path("runs/1/best.safetensors"), Path("runs/2/best.safetensors")]
    assert models.told_apart(["mugs", "mugs"], named) == ["1/mugs", "2/mugs"]
    assert models.told_apart(["m", "m"], [Path("a.pth"), Path("b.pth")]) == ["a.pth", "b.pth"], "one name, one folder"

"""The wheel: what it holds, and every command from it, in a folder elsewhere, without a look into the checkout."""

from __future__ import annotations

import email
import json
import tomllib
import zipfile
from pathlib import Path

import click
import pytest
from _newcomer import make_photos
from _wheel import CHECKOUTS, Installed, Ran, build_wheel, install, tracked_files

from pocketseg.cli.data import command as data_command
from pocketseg.cli.main import cli
from pocketseg.core.cache import ROOT

PACKAGES = ("benchmark", "compress", "export", "models", "pocketseg")
LEFTOVERS = (  # of the tree that the wheel is built in
    "models/__pycache__/u2net.cpython-311.pyc",
    "pocketseg/data/sample/.DS_Store",
    "export/old.pyc",
)
OWN = "--data folder:shop --split-file split.json"
TRAIN = f"train topformer_tiny --init topformer_tiny {OWN} --epochs 1 --size 64x64"
WALK = (  # the shop's network is small, so that each step takes seconds
    "models",
    "targets",
    "recipes",
    "segment SAMPLE/0007.jpg --model topformer_tiny --out masks",
    "data classes --format ccp",
    "data check folder:shop",
    "data split folder:shop --out split.json",
    "data show folder:shop --out sheet.jpg",
    f"{TRAIN} --out run",
    f"{TRAIN} --seed 2 --devices 2 --accelerator cpu --out other",
    f"evaluate run/best.safetensors {OWN}",
    f"compare run/best.safetensors other/best.safetensors {OWN} --no-latency --out compared",
    "export run/best.safetensors --target onnx --out exported",
    "inspect exported",
    f"benchmark exported --model run/best.safetensors {OWN} --out measured",
    f"sweep --models run/best.safetensors --recipes fp32 --targets onnx {OWN} --out swept",
    "pick swept --target onnx --max-mb 100",
    f"release run {OWN} --out released",
    "cache",
)
# of the time the module's first slow test takes most, on the one worker that gets them all
pytestmark = [pytest.mark.timeout(900), pytest.mark.xdist_group("wheel")]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not (ROOT / ".git").exists():
        pytest.skip("which files are the checkout's, only git knows")
    return build_wheel(tmp_path_factory.mktemp("wheel"), LEFTOVERS)


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    there = install(wheel, tmp_path_factory.mktemp("installed"))
    for name in ("models", "export", "benchmark"):  # a user's own, which are nobody else's business
        (there.folder / name).mkdir()
        (there.folder / name / "__init__.py").write_text("raise AssertionError('of the working folder')\n")
    return there


def _names(wheel: Path) -> list[str]:
    with zipfile.ZipFile(wheel) as archive:
        return sorted(n for n in archive.namelist() if not n.partition("/")[0].endswith(".dist-info"))


def test_wheel_holds_each_file_of_the_packages_and_nothing_else_of_the_tree(wheel: Path) -> None:
    expected = [f for f in tracked_files() if f.startswith(tuple(f"{p}/" for p in PACKAGES))]
    assert not [f for f in expected if f.startswith("pocketseg/web/runtimes/")], "which git ignores"
    assert {Path(f).suffix for f in expected} > {".py", ".toml", ".json", ".html", ".css", ".js", ".jpg", ".png"}
    assert _names(wheel) == expected


def test_wheel_says_what_it_needs_and_that_it_is_for_no_index(wheel: Path) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    with zipfile.ZipFile(wheel) as archive:
        (folder,) = {n.partition("/")[0] for n in archive.namelist() if ".dist-info/" in n}
        facts = email.message_from_bytes(archive.read(f"{folder}/METADATA"))
        scripts = archive.read(f"{folder}/entry_points.txt").decode()
    needed = facts.get_all("Requires-Dist", [])
    assert [n for n in needed if "extra ==" not in n] == project["dependencies"]
    assert set(facts.get_all("Provides-Extra", [])) == set(project["optional-dependencies"])
    assert "Private :: Do Not Upload" in facts.get_all("Classifier", [])
    assert "pocketseg = pocketseg.cli.main:main" in scripts


@pytest.mark.slow
def test_nothing_of_the_checkout_can_be_imported(installed: Installed) -> None:
    names = ("pocketseg", *PACKAGES, "scripts", "tests", "_wheel", "conftest")
    code = (
        "import json, sys; from importlib.util import find_spec\n"
        "specs = {name: find_spec(name) for name in sys.argv[1:]}\n"
        "found = {n: s and list(s.submodule_search_locations or [s.origin]) for n, s in specs.items()}\n"
        "print(json.dumps([sys.path, found]))"
    )
    ran = installed.run(*names, program=("-P", "-c", code))
    path, found = json.loads(ran.out)
    assert not [p for p in path if Path(p).resolve() in CHECKOUTS]
    for name in PACKAGES:
        assert found[name] == [str(installed.packages / name)]
    places = [Path(place).resolve() for name in names[-4:] for place in found[name] or ()]
    assert not [p for p in places if p.is_relative_to(ROOT) and not p.is_relative_to(ROOT / ".venv")]


@pytest.mark.slow
def test_audit_notices_a_file_of_the_checkout_even_in_a_child(installed: Installed) -> None:
    file = ROOT / "pyproject.toml"
    opening = f"open({str(file)!r})"
    ran = installed.run(
        opening, program=("-c", "import subprocess, sys; subprocess.run([sys.executable, '-c', sys.argv[1]])")
    )
    assert (ran.code, ran.opened, len(ran.processes)) == (0, [str(file)], 2)


@pytest.fixture(scope="module")
def walk(installed: Installed) -> dict[str, Ran]:
    """Run the commands of WALK, up to the first that fails; return each by its text."""
    make_photos(installed.folder / "shop", count=12, height_px=96)
    sample = str(installed.packages / "pocketseg/data/sample/images")
    ran: dict[str, Ran] = {}
    for line in WALK:
        ran[line] = installed.run(*line.replace("SAMPLE", sample).split())
        assert ran[line].code == 0, (line, ran[line].out[-2000:], ran[line].err[-2000:])
    return ran


@pytest.mark.slow
def test_quick_path_from_the_wheel_opens_nothing_of_the_checkout(walk: dict[str, Ran]) -> None:
    assert {line: ran.opened for line, ran in walk.items() if ran.opened} == {}


@pytest.mark.slow
def test_each_kind_of_child_process_was_under_the_audit(walk: dict[str, Ran]) -> None:
    started = "\n".join(process for ran in walk.values() for process in ran.processes)
    for kind in (
        "pocketseg.artifacts._process", "pocketseg.inspect._worker", "benchmark._worker", "pocketseg.sweep._worker",
        "pocketseg.__main__ train",
    ):  # fmt: skip
        assert kind in started


@pytest.mark.slow
def test_quick_path_from_the_wheel_finds_its_data(walk: dict[str, Ran], installed: Installed) -> None:
    folder = installed.folder
    released = [line.split()[0] for line in walk["models"].out.splitlines() if "test mIoU" in line]
    assert released == sorted(p.stem for p in (ROOT / "models/released").glob("*.safetensors"))
    style = (ROOT / "pocketseg/report/page.css").read_text(encoding="utf-8").splitlines()[0]
    assert style in (folder / "measured/report.html").read_text(encoding="utf-8")
    compared = json.loads((folder / "compared/compare.json").read_text(encoding="utf-8"))
    assert [m["training"]["source"] for m in compared["models"]] == ["run", "run"]
    assert (folder / "masks/0007-mask.png").is_file() and (folder / "released/topformer_tiny.md").is_file()
    recipe = json.loads((folder / "run/config.json").read_text(encoding="utf-8"))["recipe"]
    committed = tomllib.loads((ROOT / "pocketseg/training/recipes/topformer_tiny.toml").read_text(encoding="utf-8"))
    assert recipe["optimizer"] in json.dumps(committed)


@pytest.mark.slow
def test_committed_splits_and_recipes_are_read_from_the_wheel(installed: Installed) -> None:
    code = (
        "from pocketseg.data import split; from pocketseg.training import recipe\n"
        "print(*(p.stem for p in split.committed_splits()))\n"
        "print(*sorted(p.stem for p in recipe.FOLDER.glob('*.toml')))"
    )
    ran = installed.run(program=("-P", "-c", code))
    splits, recipes = ran.out.splitlines()
    assert splits.split() == [
        p.stem for p in sorted((ROOT / "pocketseg/data/splits").glob("*.json")) if ".strict" not in p.stem
    ]
    assert recipes.split() == sorted(p.stem for p in (ROOT / "pocketseg/training/recipes").glob("*.toml"))


@pytest.mark.slow
def test_each_command_of_the_installed_program_helps(installed: Installed) -> None:
    program = (str(installed.python.with_name("pocketseg")),)
    for group in (cli, data_command):
        assert isinstance(group, click.Group)
        for name in group.list_commands(click.Context(group)):
            words = (name,) if group is cli else ("data", name)
            ran = installed.run(*words, "--help", program=program)
            assert ran.code == 0 and ran.out.startswith(f"Usage: pocketseg {' '.join(words)} "), (words, ran.err)
            assert not ran.opened


@pytest.mark.slow
def test_release_without_a_folder_is_refused_where_it_would_land_in_the_environment(
    walk: dict[str, Ran], installed: Installed
) -> None:
    ran = installed.run("release", "run", *OWN.split())
    assert ran.code == 2 and "--out" in ran.err
    committed = sorted(p.name for p in (ROOT / "models/released").iterdir())
    assert sorted(p.name for p in (installed.packages / "models/released").iterdir()) == committed

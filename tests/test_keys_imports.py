"""What a key takes for the code of a result: made-up packages, one way to need a module or a file at a time."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pocketseg.core.keys import Code, code_hash, files

Write = Callable[..., None]
LATE = "from pocketseg.core.folder_registry import late\n_LAZY = {'easy': 'models._easy', 'hard': 'models._hard'}\n"
LATE += "__getattr__ = late(__name__, _LAZY)\n"


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write_(**texts: str) -> None:
        for name, text in texts.items():
            path = tmp_path / (name.replace("__", "/") + ".py")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
            for folder in path.parents:
                if folder in (tmp_path, tmp_path.parent):
                    break
                (folder / "__init__.py").touch()

    return write_


def found(root: Path, *modules: str, **others: object) -> set[str]:
    """List what the modules need below the root, without `__init__.py` and suffixes."""
    code = Code(modules=modules, **others)  # type: ignore[arg-type]
    return {name.removesuffix(".py") for name in files(code, root) if not name.endswith("__init__.py")}


@pytest.mark.parametrize(
    "text",
    [
        "import models.leaf",
        "import models.leaf as other",
        "from models import leaf",
        "from models import leaf as other, nothing",
        "from models.leaf import name",
        "from models.leaf import *",
        "from . import beside",
        "import models\nprint(models.leaf.name)",
        "def late():\n    if True:\n        from models import leaf",
        "class A:\n    def late(self):\n        import models.leaf",
        "try:\n    import models.leaf\nexcept ImportError:\n    pass",
        "if not TYPE_CHECKING:\n    import models.leaf",
        "if TYPE_CHECKING:\n    pass\nelse:\n    import models.leaf",
        "import importlib\nimportlib.import_module('models.leaf')",
        "__import__('models.leaf')",
        "import sys, subprocess\nsubprocess.run([sys.executable, '-m', 'models.leaf'])",
        "from importlib import import_module\nimport_module('models.leaf')",
        "RUNS = 'models.leaf'",
    ],
)
def test_an_import_counts_wherever_it_stands(text: str, write: Write, tmp_path: Path) -> None:
    write(pocketseg__start=text, pocketseg__beside="import models.leaf", models__leaf="", models__other="")
    assert found(tmp_path, "pocketseg.start") - {"pocketseg/beside"} == {"pocketseg/start", "models/leaf"}


@pytest.mark.parametrize(
    "text",
    [
        "if TYPE_CHECKING:\n    import models.leaf",
        "import typing\nif typing.TYPE_CHECKING:\n    from models import leaf",
        "from other.models import leaf",
        "import torch.nn",
        "WORD = 'see models.leaf for more'",
        "import models",
    ],
)
def test_what_never_runs_or_is_not_ours_does_not_count(text: str, write: Write, tmp_path: Path) -> None:
    write(pocketseg__start=text, models__leaf="")
    assert found(tmp_path, "pocketseg.start") == {"pocketseg/start"}


def test_relative_imports_count_from_modules_and_from_packages(write: Write, tmp_path: Path) -> None:
    write(
        pocketseg__a__start="from .beside import x\nfrom ..b import leaf\nfrom .. import up",
        pocketseg__a__beside="", pocketseg__b__leaf="", pocketseg__up="", pocketseg__other="",
    )  # fmt: skip
    (tmp_path / "pocketseg/b/__init__.py").write_text("from . import inner")
    write(pocketseg__b__inner="")
    expected = {"a/start", "a/beside", "b/leaf", "b/inner", "up"}
    assert found(tmp_path, "pocketseg.a.start") == {f"pocketseg/{name}" for name in expected}


def test_the_packages_above_a_module_run_too(write: Write, tmp_path: Path) -> None:
    write(models__leaf="", pocketseg__start="from models.leaf import x", models__shared="", models__deep__leaf="")
    (tmp_path / "models/__init__.py").write_text("import models.shared")
    assert found(tmp_path, "pocketseg.start") == {"pocketseg/start", "models/leaf", "models/shared"}
    assert set(files(Code(modules=("models.deep.leaf",)), tmp_path)) == {
        "models/__init__.py", "models/deep/__init__.py", "models/deep/leaf.py", "models/shared.py",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "late"),
    [
        ("import models", set()),
        ("from models import other", set()),
        ("import models\nmodels.easy()", {"_easy"}),
        ("import models as m\ndef f():\n    return m.hard.more", {"_hard"}),
        ("from models import easy, hard", {"_easy", "_hard"}),
        ("def f():\n    from models import easy as e", {"_easy"}),
        ("import models\nprint(models)", {"_easy", "_hard"}),
        ("import models\ngetattr(models, 'ea' + 'sy')", {"_easy", "_hard"}),
        ("from models import *", {"_easy", "_hard"}),
    ],
)
def test_a_late_name_brings_its_module_only_where_it_may_be_used(
    text: str, late: set[str], write: Write, tmp_path: Path
) -> None:
    write(pocketseg__start=text, models__x="", models___easy="", models___hard="import export.leaf", export__leaf="")
    (tmp_path / "models/_easy.py").touch()
    (tmp_path / "models/_hard.py").touch()
    (tmp_path / "models/__init__.py").write_text(LATE)
    write(pocketseg__core__folder_registry="import importlib\nIMPORTS = ()\nimportlib.import_module(homes[name])")
    assert {n for n in found(tmp_path, "pocketseg.start") if n.startswith("models/")} == {f"models/{n}" for n in late}


def test_only_the_plugins_that_take_part_count(write: Write, tmp_path: Path) -> None:
    loads = "import importlib\ndef load(name):\n    return importlib.import_module(f'export.{name}')"
    write(pocketseg__start=loads, export__one="", export__two="import models.leaf", models__leaf="")
    (tmp_path / "export/_helper.py").touch()
    every = {"pocketseg/start", "export/one", "export/two", "models/leaf"}
    assert found(tmp_path, "pocketseg.start") == every
    assert found(tmp_path, "pocketseg.start", used={"export": ("one",)}) == {"pocketseg/start", "export/one"}
    assert found(tmp_path, "pocketseg.start", used={"export": ()}) == {"pocketseg/start"}
    with pytest.raises(ValueError, match=r"no module export\.three"):
        found(tmp_path, "pocketseg.start", used={"export": ("three",)})


def test_an_import_by_an_unknown_name_is_declared_or_brings_everything(write: Write, tmp_path: Path) -> None:
    loads = "import importlib\ndef load(name):\n    return importlib.import_module(name)\n"
    write(pocketseg__start=loads, export__one="", models__leaf="")
    assert found(tmp_path, "pocketseg.start") == {"pocketseg/start", "export/one", "models/leaf"}
    write(pocketseg__start=f"{loads}IMPORTS = ('export',)")
    assert found(tmp_path, "pocketseg.start") == {"pocketseg/start", "export/one"}
    write(pocketseg__start=f"{loads}IMPORTS = ()")
    assert found(tmp_path, "pocketseg.start") == {"pocketseg/start"}


@pytest.mark.parametrize(
    "text",
    [
        "import importlib\nload = importlib.import_module",
        "from importlib import import_module as load",
        "import importlib\nimportlib.import_module('export.' + name)",
        "import importlib\nimportlib.import_module(f'export.{a}.{b}')",
        "import importlib\nimportlib.import_module('.one', package)",
        "import importlib\nimportlib.import_module(name=name)",
        "import runpy\nrunpy.run_module(name)",
        "import sys\ncommand = [sys.executable, '-m', module]",
    ],
)
def test_no_way_of_importing_by_name_goes_unseen(text: str, write: Write, tmp_path: Path) -> None:
    write(pocketseg__start=text, export__one="", models__leaf="")
    assert found(tmp_path, "pocketseg.start") == {"pocketseg/start", "export/one", "models/leaf"}


def test_a_package_that_is_run_or_named_counts_with_what_it_holds(write: Write, tmp_path: Path) -> None:
    write(pocketseg__start="import sys\ncommand = [sys.executable, '-m', 'export']", export__one="")
    (tmp_path / "export/__main__.py").touch()
    assert found(tmp_path, "pocketseg.start") == {"pocketseg/start", "export/__main__"}
    write(pocketseg__start="import importlib\nimportlib.import_module('export')")
    assert files(Code(modules=("pocketseg.start",)), tmp_path) == (
        "export/__init__.py", "pocketseg/__init__.py", "pocketseg/start.py",
    )  # fmt: skip
    write(pocketseg__start="run(f'export.{name}')")
    assert found(tmp_path, "pocketseg.start", used={"export": ("one",)}) == {"pocketseg/start", "export/one"}


def test_files_beside_a_module_are_declared_or_all_count(write: Write, tmp_path: Path) -> None:
    reads = "from pathlib import Path\nFOLDER = Path(__file__).parent\n"
    write(pocketseg__start=reads, pocketseg__other="")
    for name in ("tables/a.toml", "tables/b.toml", "page.html"):
        path = tmp_path / "pocketseg" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(name)
    tables = {"pocketseg/tables/a.toml", "pocketseg/tables/b.toml"}
    assert found(tmp_path, "pocketseg.start") == {"pocketseg/start", "pocketseg/page.html", *tables}
    write(pocketseg__start=f"{reads}READS = ('tables/*.toml',)")
    assert found(tmp_path, "pocketseg.start") == {"pocketseg/start", *tables}
    only = {"pocketseg/tables": ("a",)}
    assert found(tmp_path, "pocketseg.start", used=only) == {"pocketseg/start", "pocketseg/tables/a.toml"}
    with pytest.raises(ValueError, match="there is no c in"):
        found(tmp_path, "pocketseg.start", used={"pocketseg/tables": ("c",)})


def test_of_a_module_alone_what_it_imports_does_not_count(write: Write, tmp_path: Path) -> None:
    write(pocketseg__start="", pocketseg__parent="import models.leaf", models__leaf="")
    assert found(tmp_path, "pocketseg.start", alone=("pocketseg.parent",)) == {"pocketseg/start", "pocketseg/parent"}
    with pytest.raises(ValueError, match=r"no module pocketseg\.gone"):
        found(tmp_path, "pocketseg.start", alone=("pocketseg.gone",))
    with pytest.raises(ValueError, match=r"no module pocketseg\.gone"):
        found(tmp_path, "pocketseg.gone")


def test_modules_that_import_each_other_end(write: Write, tmp_path: Path) -> None:
    write(pocketseg__start="import models.leaf", models__leaf="import pocketseg.start")
    assert found(tmp_path, "pocketseg.start") == {"pocketseg/start", "models/leaf"}


def test_the_hash_follows_names_and_bytes_within_one_process(write: Write, tmp_path: Path) -> None:
    reads = "from pathlib import Path\nFOLDER = Path(__file__)\nREADS = ('*.bin',)\nimport models.leaf"
    write(pocketseg__start=reads, models__leaf="x = 1")
    (tmp_path / "pocketseg/large.bin").write_bytes(b"1")
    code = Code(modules=("pocketseg.start",))
    seen = [code_hash(code, tmp_path)]
    for change in (
        lambda: write(models__leaf="x = 2"),
        lambda: write(models__leaf="import export.leaf", export__leaf=""),
        lambda: (tmp_path / "pocketseg/large.bin").write_bytes(b"22"),
        lambda: (tmp_path / "pocketseg/large.bin").rename(tmp_path / "pocketseg/other.bin"),
    ):
        change()
        seen.append(code_hash(code, tmp_path))
    assert len(set(seen)) == len(seen) and code_hash(code, tmp_path) == seen[-1]

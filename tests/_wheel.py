"""The wheel, built from a clean copy, and an environment that contains it and no way back to the checkout."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pocketseg.core.cache import ROOT
from scripts.ci_passes import is_document

DEPENDENCIES = Path(sysconfig.get_path("purelib"))
_BESIDE_VENV = Path(sys.prefix).resolve().parent  # an editable install may point to another checkout than this one
CHECKOUTS = tuple({ROOT, _BESIDE_VENV} if (_BESIDE_VENV / "pyproject.toml").is_file() else {ROOT})


def tracked_files() -> list[str]:
    """Return the checkout's files, relative to its root: those of git, and new ones that git does not ignore."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout.decode()
    return sorted(f for f in set(filter(None, listed.split("\0"))) if (ROOT / f).is_file())


def build_wheel(folder: Path, leftovers: Iterable[str] = ()) -> Path:
    """Build the wheel in `folder` from a copy of the tracked files, which is removed; return the wheel's path.

    leftovers: names of further files, relative to the root, that lie in the copy.
    """
    source = folder / "source"
    for name in leftovers:
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).touch()
    for name in tracked_files():
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        if is_document(name):
            (source / name).touch()  # what a page says decides nothing here
        else:
            shutil.copy2(ROOT / name, source / name)
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(source)]
    env = {**_without_checkout(), "POCKETSEG_WITHOUT_RUNTIMES": "1"}  # they come over a network: test_web_runtimes.py
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    shutil.rmtree(source)
    (wheel,) = folder.glob("*.whl")
    return wheel


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """A command that ran: exit code and output, its processes, and the checkout's files that they opened."""

    code: int
    out: str
    err: str
    processes: list[str]
    opened: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """An environment with the wheel in it, and a working folder elsewhere."""

    python: Path
    packages: Path
    folder: Path

    def run(self, *arguments: object, program: tuple[str, ...] = ("-m", "pocketseg")) -> Ran:
        """Run Python in the working folder, `pocketseg` unless told otherwise, with every process under an audit."""
        log = self.folder.parent / "audit.txt"
        log.unlink(missing_ok=True)
        environment = {
            **_without_checkout(),
            "POCKETSEG_CACHE_DIR": str(self.folder.parent / "cache"),
            "POCKETSEG_AUDIT_LOG": str(log),
            "POCKETSEG_AUDIT_FOLDERS": os.pathsep.join(map(str, CHECKOUTS)),
            "POCKETSEG_AUDIT_EXCEPT": str(Path(sys.prefix).resolve()),
            "COLUMNS": "200",
        }
        done = subprocess.run(
            [str(self.python), *program, *map(str, arguments)],
            cwd=self.folder, env=environment, capture_output=True, text=True, timeout=600, check=False,
        )  # fmt: skip
        lines = log.read_text().splitlines()
        noted = {w: [li.split(" ", 2)[2] for li in lines if li.startswith(f"{w} ")] for w in ("process", "opened")}
        return Ran(
            code=done.returncode, out=done.stdout, err=done.stderr, processes=noted["process"], opened=noted["opened"]
        )


def install(wheel: Path, folder: Path) -> Installed:
    """Install the wheel into a new environment in `folder`, with the dependencies of the tests' environment.

    The line of a .pth file is a folder of modules: .pth files in that folder, such as an editable install's, are not
    read.
    """
    environment = folder / "environment"
    venv.create(environment, symlinks=True, with_pip=False)
    python = environment / "bin" / "python"
    command = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--no-index", "--no-deps"]
    subprocess.run([*command, str(wheel)], check=True, env=_without_checkout())
    packages = environment / "lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}" / "site-packages"
    (packages / "dependencies.pth").write_text(f"{DEPENDENCIES}\n")
    shutil.copy(Path(__file__).with_name("_audit_folders.py"), packages / "sitecustomize.py")
    work = folder / "work"
    work.mkdir()
    return Installed(python=python, packages=packages, folder=work)


def _without_checkout() -> dict[str, str]:
    """Return the environment's variables without those that lead Python to the checkout."""
    return {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "POCKETSEG"))}

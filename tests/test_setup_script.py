"""scripts/setup changes the environment of its own checkout alone, and takes torch from where it should."""

from __future__ import annotations

import http.server
import os
import platform
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from pocketseg.core.cache import ROOT

pytestmark = pytest.mark.skipif(
    (platform.system(), platform.machine()) not in (("Linux", "x86_64"), ("Darwin", "arm64")),
    reason="there is no environment for this system",
)
on_linux = pytest.mark.skipif(platform.system() != "Linux", reason="on macOS there is one build of torch")
INDEX, LIMIT = "https://download.pytorch.org/whl/cpu", "limit_s=10 "
LOCKED = next(
    line.split()[0].removeprefix("torch==")
    for line in (ROOT / "requirements" / "lock-linux.txt").read_text(encoding="utf-8").splitlines()
    if line.startswith("torch==")
)
TOOLS = ("basename", "bash", "cat", "cksum", "df", "dirname", "grep", "mv", "readlink", "rm", "timeout", "uname")
# Started in the background, a process ignores Ctrl-C, and so does what it starts.
HEARS_CTRL_C = (
    "import os, signal, sys; signal.signal(signal.SIGINT, signal.SIG_DFL); os.execv(sys.argv[1], sys.argv[1:])"
)
# Stands for the Python of .venv. pip reads its settings and talks to an index as always, and installs into a folder of
# the test; what would come from the configured index is only noted, and torch's build there is a CUDA one.
PYTHON = f"""#!{sys.executable}
import os, sys
from pathlib import Path

arguments, checkout = sys.argv[1:], Path(__file__).parents[2]
site = checkout / "site"
real = [sys.executable, *arguments]
with (checkout / "calls.txt").open("a") as calls:
    calls.write(" ".join(arguments) + "\\n")
if arguments[:1] != ["-m"]:  # a question about Python, or about what is installed
    os.environ["PYTHONPATH"] = str(site)
    os.execv(sys.executable, [sys.executable, "-S", *arguments])
if arguments[2] in ("config", "index"):
    os.execv(sys.executable, real)
if "--index-url" in arguments:
    os.execv(sys.executable, [*real, "--target", str(site), "--no-cache-dir"])
if any(argument.startswith("torch==") for argument in arguments) and not list(site.glob("torch-*")):
    info = site / "torch-{LOCKED}.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\\nName: torch\\nVersion: {LOCKED}\\n")
"""


@dataclass(frozen=True)
class Checkout:
    """A copy of the script beside a stand-in for its .venv."""

    root: Path

    def start(self, **environment: str) -> subprocess.Popen[str]:
        """Start set-up without any setting of this computer's pip."""
        path = f"{self.root / 'stand-ins'}{os.pathsep}{self.root / 'bin'}"
        settings = {"PATH": path, "HOME": str(self.root), "PIP_CONFIG_FILE": os.devnull}
        return subprocess.Popen(
            [sys.executable, "-c", HEARS_CTRL_C, self.root / "scripts" / "setup"], env=settings | environment,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            start_new_session=True,
        )  # fmt: skip

    def run(self, **environment: str) -> str:
        """Return what set-up says; it must succeed."""
        with self.start(**environment) as process:
            said, _ = process.communicate(timeout=120)
        assert process.returncode == 0, said
        assert (self.root / ".venv" / ".setup-done").is_file()
        return said

    def installs(self) -> list[str]:
        """Return how torch was asked for, in order."""
        calls = (self.root / "calls.txt").read_text(encoding="utf-8").splitlines()
        return ["configured" if "--index-url" not in c else "cpu" for c in calls if f"torch=={LOCKED}" in c]

    @property
    def tried(self) -> bool:
        """Return whether PyTorch's index was asked for anything."""
        return "--index-url" in (self.root / "calls.txt").read_text(encoding="utf-8")

    def torch(self) -> str:
        """Return the version that is installed in the end."""
        (info,) = (self.root / "site").glob("torch-*.dist-info")
        return info.name.removeprefix("torch-").removesuffix(".dist-info")


@pytest.fixture
def make_checkout(tmp_path: Path) -> Callable[[str], Checkout]:
    """Return what makes a checkout whose script takes another address for PyTorch's index, and waits three seconds."""

    def make(index: str) -> Checkout:
        for folder in ("scripts", "requirements", "bin", "stand-ins", ".venv/bin", "site"):
            (tmp_path / folder).mkdir(parents=True)
        text = (ROOT / "scripts" / "setup").read_text(encoding="utf-8")
        assert text.count(INDEX) == 1 and text.count(LIMIT) == 1
        _program(tmp_path / "scripts" / "setup", text.replace(INDEX, index).replace(LIMIT, "limit_s=3 "))
        for lock in (ROOT / "requirements").glob("lock-*.txt"):
            shutil.copy(lock, tmp_path / "requirements")
        _program(tmp_path / ".venv" / "bin" / "python", PYTHON)
        for found in filter(None, map(shutil.which, TOOLS)):  # and no nvidia-smi
            (tmp_path / "bin" / Path(found).name).symlink_to(found)
        return Checkout(tmp_path)

    return make


def _program(path: Path, text: str) -> None:
    with path.open("x", encoding="utf-8") as stream:  # never through a link
        stream.write(text)
    path.chmod(0o755)


def _wheel(folder: Path, version: str) -> None:
    """Write a wheel of torch without torch."""
    info = f"torch-{version}.dist-info"
    with zipfile.ZipFile(folder / f"torch-{version}-py3-none-any.whl", "w") as wheel:
        wheel.writestr("torch/__init__.py", "")
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: torch\nVersion: {version}\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")


class _Index(http.server.BaseHTTPRequestHandler):
    """An index of one project: a page of links, and the wheels."""

    folder: Path
    whole = True

    def do_GET(self) -> None:
        if self.path == "/whl/cpu/torch/":
            links = "".join(f'<a href="/{w.name}">{w.name}</a><br>' for w in sorted(self.folder.glob("*.whl")))
            self._answer(f"<!DOCTYPE html><html><body>{links}</body></html>".encode(), "text/html")
        else:
            data = (self.folder / self.path.lstrip("/").replace("%2B", "+")).read_bytes()
            self._answer(data, "application/octet-stream", data if self.whole else data[: len(data) // 2])

    def _answer(self, data: bytes, kind: str, sent: bytes | None = None) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data if sent is None else sent)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def _served(folder: Path, *, whole: bool = True) -> Iterator[str]:
    """Yield the address of an index of a folder's wheels; otherwise its wheels break off half-way."""
    handler = type("Index", (_Index,), {"folder": folder, "whole": whole})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/whl/cpu"
        server.shutdown()


@contextmanager
def _slow(*, drips: bool) -> Iterator[str]:
    """Yield the address of a server that takes connections and never answers, or answers a byte at a time, for ever."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def drip(connection: socket.socket) -> None:
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 1000000\r\n\r\n")
            while True:
                connection.sendall(b" ")
                time.sleep(0.1)

        kept = []

        def accept() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                kept.append(connection)
                if drips:
                    threading.Thread(target=_until_closed, args=(drip, connection), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/whl/cpu"
        for connection in kept:
            connection.close()


def _until_closed(work: Callable[[socket.socket], None], connection: socket.socket) -> None:
    try:
        work(connection)
    except OSError:
        connection.close()


@contextmanager
def _refusing() -> Iterator[str]:
    """Yield an address where nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    yield f"http://127.0.0.1:{port}/whl/cpu"


Make = Callable[[str], Checkout]


@on_linux
def test_torch_is_the_cpu_build_where_pip_is_not_configured(make_checkout: Make, tmp_path: Path) -> None:
    for version in (f"{LOCKED}+cpu", f"{LOCKED}.1+cpu", "99.0+cpu"):
        _wheel(tmp_path, version)
    with _served(tmp_path) as index:
        checkout = make_checkout(index)
        said = checkout.run()
        assert checkout.torch() == f"{LOCKED}+cpu" and checkout.installs() == ["cpu"], said
        (tmp_path / ".venv" / ".setup-done").unlink()  # cut off after torch: what is there stays
        said = checkout.run()
        assert checkout.torch() == f"{LOCKED}+cpu" and checkout.installs() == ["cpu", "configured"], said


@on_linux
@pytest.mark.parametrize(
    "server",
    [_refusing, lambda: _slow(drips=False), lambda: _slow(drips=True)],
    ids=["refuses", "hangs", "drips"],
)
def test_an_index_out_of_reach_is_tried_once_and_the_configured_one_brings_torch(
    server: Callable[[], AbstractContextManager[str]], make_checkout: Make
) -> None:
    with server() as index:
        checkout = make_checkout(index)
        began = time.monotonic()
        said = checkout.run()
        assert time.monotonic() - began < 30
    assert f"setup:     {index} cannot be read (limit: 3 s)" in said
    assert checkout.torch() == LOCKED and checkout.installs() == ["configured"]


@on_linux
@pytest.mark.parametrize(
    ("version", "whole", "says", "installs"),
    [
        (f"{LOCKED}.1+cpu", True, f"has no torch=={LOCKED} for this Python", ["configured"]),
        (f"{LOCKED}+cpu", False, "could not be fetched from", ["cpu", "configured"]),
    ],
    ids=["other version", "cut off"],
)
def test_an_index_without_the_whole_locked_version_is_passed_over(
    version: str, whole: bool, says: str, installs: list[str], make_checkout: Make, tmp_path: Path
) -> None:
    _wheel(tmp_path, version)
    with _served(tmp_path, whole=whole) as index:
        checkout = make_checkout(index)
        said = checkout.run()
    assert says in said and checkout.torch() == LOCKED and checkout.installs() == installs


@on_linux
@pytest.mark.parametrize(
    "environment",
    [
        {"PIP_INDEX_URL": "https://mirror.invalid/simple"},
        {"PIP_EXTRA_INDEX_URL": "https://mirror.invalid/simple"},
        {"PIP_FIND_LINKS": "wheels"},
        {"PIP_NO_INDEX": "1"},
        {"PIP_CONFIG_FILE": "named.conf"},
        {"PIP_CONFIG_FILE": "broken.conf"},
        {"PIP_CONFIG_FILE": ""},  # nothing but the user's own file
    ],
    ids=lambda e: "-".join((*e, *e.values())),
)
def test_pytorchs_index_is_not_asked_where_pip_is_configured(environment: dict[str, str], make_checkout: Make) -> None:
    checkout = make_checkout("http://127.0.0.1:1/whl/cpu")
    (checkout.root / "named.conf").write_text("[install]\nindex_url = https://mirror.invalid/simple\n")
    (checkout.root / "broken.conf").write_text("index-url\n")
    if environment == {"PIP_CONFIG_FILE": ""}:
        (checkout.root / ".config" / "pip").mkdir(parents=True)
        (checkout.root / ".config" / "pip" / "pip.conf").write_text("[global]\nfind-links = wheels\n")
    said = checkout.run(**environment)
    assert not checkout.tried and checkout.installs() == ["configured"] and "from the configured index" in said


@on_linux
def test_a_computer_with_an_nvidia_gpu_keeps_the_build_with_cuda(make_checkout: Make) -> None:
    checkout = make_checkout("http://127.0.0.1:1/whl/cpu")
    _program(checkout.root / "stand-ins" / "nvidia-smi", "#!/bin/sh\n")
    checkout.run(PIP_FIND_LINKS="")  # a setting without a value sets nothing
    assert not checkout.tried and checkout.torch() == LOCKED


@on_linux
def test_bytecode_is_compiled_on_all_cores_at_the_end_and_not_by_pip(make_checkout: Make, tmp_path: Path) -> None:
    _wheel(tmp_path, f"{LOCKED}+cpu")
    with _served(tmp_path) as index:
        checkout = make_checkout(index)
        checkout.run()
    calls = (checkout.root / "calls.txt").read_text(encoding="utf-8").splitlines()
    installs = [call for call in calls if call.startswith("-m pip install")]
    assert len(installs) > 3 and all("--no-compile" in call.split() for call in installs), installs
    assert not list((checkout.root / "site").rglob("*.pyc"))
    (compiling,) = (place for place, call in enumerate(calls) if call.startswith("-m compileall"))
    assert compiling > max(place for place, call in enumerate(calls) if call in installs)


@pytest.mark.parametrize(
    ("free_kb", "is_said"), [("400000", True), ("400000000", False)], ids=["little room", "room enough"]
)
def test_a_failure_with_little_room_left_says_how_much_there_is_and_how_much_it_takes(
    free_kb: str, is_said: bool, make_checkout: Make
) -> None:
    checkout = make_checkout("http://127.0.0.1:1/whl/cpu")
    table = "Filesystem 1024-blocks Used Available Capacity Mounted on\\nmap of /x 9 9 %s 99%% /a place"
    _program(checkout.root / "stand-ins" / "df", f'#!/bin/sh\nprintf "{table}\\n" {free_kb}\n')
    python = checkout.root / ".venv" / "bin" / "python"
    text = python.read_text(encoding="utf-8")
    python.write_text(
        text.replace('if "--index-url" in', 'if "pip==26.3" in arguments: sys.exit(1)\nif "--index-url" in')
    )
    with checkout.start() as process:
        said, _ = process.communicate(timeout=120)
    assert process.returncode == 1 and not (checkout.root / ".venv" / ".setup-done").exists()
    assert ("the disk of .venv has 0 GB free" in said and "free some space" in said) == is_said, said


def test_macos_takes_its_only_build(make_checkout: Make) -> None:
    checkout = make_checkout("http://127.0.0.1:1/whl/cpu")
    _program(checkout.root / "stand-ins" / "uname", '#!/bin/sh\n[ "$1" = -m ] && echo arm64 || echo Darwin\n')
    checkout.run()
    assert not checkout.tried and checkout.torch() == LOCKED


@on_linux
def test_another_build_of_an_older_version_is_replaced_from_where_it_came(make_checkout: Make) -> None:
    checkout = make_checkout("http://127.0.0.1:1/whl/cpu")
    info = checkout.root / "site" / "torch-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: torch\nVersion: 1.0\n")
    checkout.run()
    assert not checkout.tried and checkout.installs() == ["configured"]


@on_linux
def test_ctrl_c_while_the_index_is_asked_ends_set_up_and_a_second_run_completes_it(make_checkout: Make) -> None:
    with _slow(drips=False) as index:
        checkout = make_checkout(index)
        with checkout.start() as process:
            calls = checkout.root / "calls.txt"
            while not (calls.exists() and "pip index versions" in calls.read_text(encoding="utf-8")):
                assert process.poll() is None, process.communicate()[0]
                time.sleep(0.02)
            os.killpg(process.pid, signal.SIGINT)
            process.communicate(timeout=30)
        assert process.returncode == 130 and checkout.installs() == []
        checkout.run()
    assert checkout.torch() == LOCKED


@pytest.mark.parametrize("is_there", [True, False])
def test_a_linked_environment_is_refused_and_what_it_leads_to_stays(is_there: bool, tmp_path: Path) -> None:
    other, checkout = tmp_path / "other", tmp_path / "checkout"
    (checkout / "scripts").mkdir(parents=True)
    shutil.copy(ROOT / "scripts" / "setup", checkout / "scripts" / "setup")
    if is_there:
        other.mkdir()
        (other / ".setup-done").write_text("of the other checkout")
    (checkout / ".venv").symlink_to(other)
    ran = subprocess.run([checkout / "scripts" / "setup"], capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == 1 and f".venv is a symbolic link, to {other}" in ran.stderr and "rm .venv" in ran.stderr
    assert (checkout / ".venv").is_symlink()
    assert [path.name for path in tmp_path.rglob(".setup-done")] == ([".setup-done"] if is_there else [])

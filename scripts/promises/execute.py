"""Execute the pages: each from top to bottom in a folder of its own, two at a time, as its reader would type it."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from pocketseg.core.cache import ROOT
from scripts.promises import fixtures
from scripts.promises.documents import Document, Kind, Step
from scripts.promises.parsed import simple_commands
from scripts.promises.substitutions import EXPORTED, expanded, form_of

LIMIT_S = 600.0
GRACE_S = 30.0
WORKERS = 2
KNOWN = ("pocketseg", "make", "python", "pip", ".", "torchrun", "mkdir", "cd", "cp", "ls", "cat", "echo")
# They read nothing that a page's earlier commands wrote, and write nothing: one run counts for every page.
_ALONE = re.compile(r"pocketseg (doctor|models|recipes|targets|cache|--version|--help|\S+ --help|\S+ \S+ --help)")
_LINK = re.compile(r"https?://\S+")
# Seconds that a command of this kind takes, roughly: only the order of pages depends on them.
_COSTS = {"train": 25, "sweep": 60, "tune": 90, "compare": 60, "benchmark": 30, "export": 20, "quickstart": 60}


class State(Enum):
    """What became of a step."""

    PASSED = "ok"
    FAILED = "FAILED"
    MARKED = "marked"  # a form that is not executed
    KNOWN = "as before"  # executed for another page
    NOT_RUN = "NOT VERIFIED"


@dataclass(frozen=True)
class Ran:
    """A step of a page, what was executed in its place, and what came of it."""

    page: str
    step: Step
    executed: str
    state: State
    seconds: float = 0.0
    said: str = ""


@dataclass
class Session:
    """What the pages of a run share: fixtures, results of commands that stand alone, and when time is up."""

    folder: Path
    deadline: float
    lock: threading.Lock = field(default_factory=threading.Lock)
    alone: dict[str, Ran] = field(default_factory=dict)
    running: set[subprocess.Popen[str]] = field(default_factory=set)
    stopped: bool = False

    @property
    def template(self) -> Path:
        """The folder that every page's folder begins as a copy of."""
        return self.folder / "fixtures"

    def environment(self) -> dict[str, str]:
        """Return the environment of commands: the checkout's `pocketseg`, no network, one thread."""
        search = os.pathsep.join((str(self.folder / "bin"), str(Path(sys.executable).parent), os.environ["PATH"]))
        away = "http://127.0.0.1:9"
        return {
            **os.environ, "PATH": search, "PYTHONPATH": str(ROOT), "CHECKOUT": str(ROOT), "COLUMNS": "200",
            "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1", "POCKETSEG_CEILING_S": "0", "http_proxy": away,
            "https_proxy": away, "no_proxy": "127.0.0.1,localhost,::1",
        }  # fmt: skip

    def end(self) -> None:
        """End what runs, and begin nothing more."""
        self.stopped = True
        with self.lock:
            for process in self.running:
                _signal(process, signal.SIGKILL)


def prepare(session: Session, documents: Sequence[Document]) -> None:
    """Write a `pocketseg` that runs the checkout's, and the fixtures, with an exported file where a page names one."""
    (session.folder / "bin").mkdir()
    program = session.folder / "bin" / "pocketseg"
    program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m pocketseg "$@"\n')
    program.chmod(0o755)
    fixtures.make(session.template)
    if any(EXPORTED in expanded(step.text) for document in documents for step in document.steps):
        command = ("export", "topformer_tiny", "--target", "tflite", "--precision", "w8a8")
        subprocess.run(
            [program, *command, "--out", Path(EXPORTED).parent],
            cwd=session.template,
            env=session.environment(),
            check=True,
        )


def order(documents: Sequence[Document]) -> list[Document]:
    """Return pages with something to execute, the cheapest first."""
    return sorted((d for d in documents if d.steps), key=lambda d: (cost(d), d.name))


def cost(document: Document) -> int:
    """Guess the seconds that a page takes."""
    total = 0
    for step in document.steps:
        if step.kind is Kind.SHELL and form_of(step.text) is None:
            total += sum(_COSTS.get([*words, ""][1], 5) for words in _commands(expanded(step.text)))
        elif step.kind is Kind.PYTHON:
            total += 30
    return total


def run_pages(documents: Sequence[Document], session: Session, workers: int = WORKERS) -> list[Ran]:
    """Execute pages, `workers` at a time; a page's steps stand in the result as on the page."""
    with ThreadPoolExecutor(workers) as pool:
        futures = [pool.submit(run_page, document, session) for document in documents]
        try:
            return [ran for future in futures for ran in future.result()]
        except BaseException:
            session.end()
            raise


def run_page(document: Document, session: Session) -> list[Ran]:
    """Execute a page from top to bottom; a step that fails does not keep the next from being tried."""
    place = session.folder / "pages" / document.name.replace("/", "-").removesuffix(".md")
    shutil.copytree(session.template, place)
    done: list[Ran] = []
    if any("docs/" in step.text for step in document.steps):
        shutil.copytree(ROOT / "docs", place / "docs")
    for step in document.steps:
        ran = _run(document.name, step, place, session)
        done.append(ran)
        shown = ran.executed.splitlines()[0] if step.kind is not Kind.FILE else f"writes {step.target}"
        print(f"{ran.state.value:<12} {ran.seconds:6.1f} s  {document.name}:{step.line}: {shown[:160]}", flush=True)
        if ran.state is State.FAILED:
            print("    " + "\n    ".join(ran.said.splitlines()[-25:]), flush=True)
    if all(ran.state is not State.FAILED for ran in done):
        shutil.rmtree(place)
    return done


def _run(page: str, step: Step, place: Path, session: Session) -> Ran:
    if step.kind is Kind.FILE:
        target = place / step.target
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(step.text)
        return Ran(page, step, "", State.PASSED)
    command = expanded(step.text)
    if form_of(step.text):
        return Ran(page, step, command, State.MARKED)
    if session.stopped or time.monotonic() > session.deadline:
        return Ran(page, step, command, State.NOT_RUN)
    if step.kind is Kind.PYTHON:
        return _spawn(page, step, command, [sys.executable, "-c", command], place, session)
    if strange := [words[0] for words in _commands(command) if words[0] not in KNOWN]:
        return Ran(page, step, command, State.FAILED, said=f"{strange[0]} is not a command that a page may contain")
    if _ALONE.fullmatch(command):
        with session.lock:
            known = session.alone.get(command)
        if known:
            return Ran(
                page, step, command, State.KNOWN if known.state is State.PASSED else known.state, said=known.said
            )
    ran = _spawn(page, step, command, ["bash", "-e", "-o", "pipefail", "-c", command], place, session)
    if _ALONE.fullmatch(command):
        with session.lock:
            session.alone[command] = ran
    return ran


def _commands(line: str) -> list[list[str]]:
    try:
        return simple_commands(line)
    except ValueError:
        return []


def _spawn(page: str, step: Step, command: str, words: list[str], place: Path, session: Session) -> Ran:
    began = time.monotonic()
    process = subprocess.Popen(
        words, cwd=place, env=session.environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, errors="replace", start_new_session=True,
    )  # fmt: skip
    with session.lock:
        session.running.add(process)
    try:
        serves = step.kind is Kind.SHELL and re.match(r"pocketseg serve\b", command) and "--help" not in command
        limit_s = min(LIMIT_S, session.deadline + GRACE_S - began)
        code, said = _served(process, limit_s) if serves else _waited(process, limit_s)
    finally:
        with session.lock:
            session.running.discard(process)
    seconds = time.monotonic() - began
    state = State.PASSED if code in step.exits else State.FAILED
    cut = session.stopped or (code is None and time.monotonic() > session.deadline)
    if cut and state is State.FAILED:
        state = State.NOT_RUN
    if state is State.FAILED:
        ended = f"ended after {seconds:.0f} s" if code is None else f"exit status {code}"
        promised = "" if step.exits == (0,) else f", and {' or '.join(map(str, step.exits))} was promised"
        said = f"{said}\n{ended}{promised}"
    return Ran(page, step, command, state, seconds, said)


def _waited(process: subprocess.Popen[str], limit_s: float) -> tuple[int | None, str]:
    try:
        said, _ = process.communicate(timeout=limit_s)
        return process.returncode, said
    except subprocess.TimeoutExpired:
        _signal(process, signal.SIGKILL)
        return None, process.communicate()[0]


def _served(process: subprocess.Popen[str], limit_s: float) -> tuple[int | None, str]:
    """Wait until a command that serves has printed its link, and end it by Ctrl-C."""
    collected: list[str] = []
    linked, heard = False, threading.Event()

    def collect() -> None:
        nonlocal linked
        for line in process.stdout or ():
            collected.append(line)
            if _LINK.search(line):
                linked = True
                heard.set()
        heard.set()  # it ended

    reader = threading.Thread(target=collect, daemon=True)
    reader.start()
    heard.wait(limit_s)
    if process.poll() is None:
        _signal(process, signal.SIGINT if linked else signal.SIGKILL)
    try:
        code: int | None = process.wait(GRACE_S)
    except subprocess.TimeoutExpired:
        _signal(process, signal.SIGKILL)
        process.wait()
        code = None
    reader.join(5)
    return (code if linked else None), "".join(collected)


def _signal(process: subprocess.Popen[str], number: signal.Signals) -> None:
    try:
        os.killpg(process.pid, number)
    except (ProcessLookupError, PermissionError):
        return

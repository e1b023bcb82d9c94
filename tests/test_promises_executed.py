"""A page is executed as its reader would type it: in order, in its own folder, and what fails is named."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from scripts import ci
from scripts.promises import execute
from scripts.promises.__main__ import NOT_VERIFIED_STATUS, report
from scripts.promises.documents import parse
from scripts.promises.execute import Ran, Session, State
from scripts.promises.substitutions import expanded, form_of

PROGRAM = """\
#!/bin/sh
echo "$@" >> "$LOG"
case "$1" in
  serve) exec python3 -c "$SERVES" ;;
  write) echo written > made ;;
  read) cat made ;;
  hang) sleep 60 ;;
  fail) echo "this went wrong"; exit 3 ;;
esac
"""
SERVES = """
import os, signal, sys, time
signal.signal(signal.SIGINT, lambda *_: sys.exit(int(os.environ.get("ENDS_WITH", "0"))))
print("open http://127.0.0.1:8765/", flush=True)
time.sleep(60)
"""


@pytest.fixture
def session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Session:
    """A session whose `pocketseg` is a small script, and without fixtures."""
    monkeypatch.setenv("LOG", str(tmp_path / "log"))
    monkeypatch.setenv("SERVES", SERVES)
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin/pocketseg"
    program.write_text(PROGRAM)
    program.chmod(0o755)
    (tmp_path / "fixtures").mkdir()
    return Session(tmp_path, time.monotonic() + 60)


def _run(session: Session, text: str, name: str = "a.md") -> list[Ran]:
    return execute.run_page(parse(name, text), session)


def _states(found: list[Ran]) -> list[State]:
    return [ran.state for ran in found]


def test_commands_run_in_order_in_one_folder_and_one_that_fails_is_named(session: Session) -> None:
    text = "```\npocketseg write\npocketseg read\npocketseg fail; pocketseg write\npocketseg read | cat > copy\n```\n"
    found = _run(session, text)
    assert _states(found) == [State.PASSED, State.PASSED, State.FAILED, State.PASSED]
    assert "this went wrong" in found[2].said and "exit status 3" in found[2].said
    assert (session.folder / "pages/a/copy").read_text() == "written\n", "the folder of a page that failed stays"


def test_a_promised_exit_status_must_come(session: Session) -> None:
    assert _states(_run(session, "<!-- exits 3 -->\n```\npocketseg fail\n```\n")) == [State.PASSED]
    (ran,) = _run(session, "<!-- exits 3 -->\n```\npocketseg write\n```\n", "b.md")
    assert ran.state is State.FAILED and "exit status 0, and 3 was promised" in ran.said
    either = "<!-- exits 0 or 3 -->\n```\npocketseg fail\npocketseg write\n```\n"
    assert _states(_run(session, either, "c.md")) == [State.PASSED, State.PASSED]


def test_each_page_has_its_own_folder(session: Session) -> None:
    assert _states(_run(session, "```\npocketseg write\n```\n")) == [State.PASSED]
    assert _states(_run(session, "```\npocketseg read\n```\n", "b.md")) == [State.FAILED]


def test_a_python_block_and_a_file_are_taken_in_their_place(session: Session) -> None:
    reads = "```python\nassert 'a = 1' in open('x.toml').read()\n```\n"
    text = f"```toml\n# x.toml\na = 1\n```\n{reads}```python\n1 / 0\n```\n"
    assert _states(_run(session, text)) == [State.PASSED, State.PASSED, State.FAILED]


def test_a_marked_form_is_not_executed(session: Session) -> None:
    found = _run(session, "```\npip install x\nmake test\npocketseg device list\n```\n")
    assert _states(found) == [State.MARKED] * 3 and not (session.folder / "log").exists()


def test_what_is_no_command_fails(session: Session) -> None:
    (ran,) = _run(session, "```\nmIoU 0.5\n```\n")
    assert ran.state is State.FAILED and "mIoU" in ran.said


def test_a_command_that_serves_is_ended_once_it_has_printed_its_link(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    began = time.monotonic()
    assert _states(_run(session, "```\npocketseg serve exported\n```\n")) == [State.PASSED]
    assert time.monotonic() - began < 30
    monkeypatch.setenv("ENDS_WITH", "1")
    (ran,) = _run(session, "```\npocketseg serve exported\n```\n", "b.md")
    assert ran.state is State.FAILED and "exit status 1" in ran.said


def test_a_command_that_says_no_link_fails(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERVES", "print('ready')")
    assert _states(_run(session, "```\npocketseg serve exported\n```\n")) == [State.FAILED]


def test_a_command_that_hangs_fails(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(execute, "LIMIT_S", 0.5)
    (ran,) = _run(session, "```\npocketseg hang\n```\n")
    assert ran.state is State.FAILED and "ended after" in ran.said


def test_what_stands_alone_is_executed_once_for_all_pages(session: Session) -> None:
    text = "```\npocketseg models\npocketseg write\n```\n"
    assert _states(_run(session, text)) == [State.PASSED, State.PASSED]
    assert _states(_run(session, text, "b.md")) == [State.KNOWN, State.PASSED]
    assert (session.folder / "log").read_text() == "models\nwrite\nwrite\n"


def test_what_time_runs_out_for_is_not_verified(session: Session) -> None:
    session.deadline = time.monotonic()
    assert _states(_run(session, "```\npocketseg write\n```\n")) == [State.NOT_RUN]


def test_a_command_that_is_cut_off_by_the_budget_is_not_verified(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(execute, "GRACE_S", 0.2)
    session.deadline = time.monotonic() + 0.3
    assert _states(_run(session, "```\npocketseg hang\npocketseg write\n```\n")) == [State.NOT_RUN, State.NOT_RUN]


def test_the_cheapest_page_comes_first() -> None:
    pages = [
        parse("a.md", "```\npocketseg train x --data ccp:PATH --out a\n```\n"),
        parse("b.md", "```\npocketseg models\n```\n"),
        parse("c.md", "no command"),
        parse("d.md", "```\nmake test\n```\n"),
    ]
    assert [page.name for page in execute.order(pages)] == ["d.md", "b.md", "a.md"]


@pytest.mark.parametrize(
    ("written", "executed"),
    [
        ("pocketseg train a --data ccp:PATH --epochs 40 --size 224x160 --out b",
         "pocketseg train a --data ccp:ccp --epochs 1 --size 224x160 --out b"),
        ("pocketseg compress a --recipe prune:0.5 --epochs 0 --out b",
         "pocketseg compress a --recipe prune:0.5 --epochs 0 --out b"),
        ("pocketseg export a --recipe prune:0.5 --out b", "pocketseg export --epochs 1 a --recipe prune:0.5 --out b"),
        ("pocketseg export a --target tflite --out b", "pocketseg export a --target tflite --out b"),
        ("pocketseg tune --trials 40 --epochs 9 --out b", "pocketseg tune --max-drop 1 --trials 2 --epochs 1 --out b"),
        ("pocketseg device run phone.zip --on ios --app ID --out a", "pocketseg device replay phone.zip --out a"),
        ("pocketseg serve exported --lan --tls", "pocketseg serve exported --tls"),
        ("pocketseg sweep --models u2netp,topformer_tiny --recipes fp32,w8,w8a8 --targets tflite,onnx --out a",
         "pocketseg sweep --models topformer_tiny --recipes fp32,w8a8 --targets tflite,onnx --out a"),
        ("pocketseg data check SPEC", "pocketseg data check folder:PATH"),
        ("pocketseg compress a --out FILE.safetensors", "pocketseg compress a --out FILE.safetensors"),
    ],
)  # fmt: skip
def test_only_time_and_placeholders_are_substituted(written: str, executed: str) -> None:
    assert expanded(written) == executed and form_of(written) is None


@pytest.mark.parametrize(
    ("states", "status"),
    [
        ((State.PASSED, State.MARKED, State.KNOWN), 0),
        ((State.PASSED, State.NOT_RUN), NOT_VERIFIED_STATUS),
        ((State.FAILED, State.NOT_RUN), 1),
    ],
)
def test_the_exit_status_tells_what_failed_from_what_was_not_tried(
    states: tuple[State, ...], status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    document = parse("a.md", "```\npocketseg models\n```\n")
    assert report([document], [Ran("a.md", document.steps[0], "", state) for state in states], 1.0) == status
    said = capsys.readouterr().out
    assert ("NOT VERIFIED: a.md: 1 commands" in said) == (State.NOT_RUN in states)
    assert ("FAILED a.md:2: pocketseg models" in said) == (State.FAILED in states)


def test_ci_reads_the_same_status() -> None:
    assert ci.NOT_ALL_TRIED == NOT_VERIFIED_STATUS

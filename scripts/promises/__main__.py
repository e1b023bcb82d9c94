"""Execute what README and docs/ promise: `make test-promises`; `python -m scripts.promises page` writes its page."""

from __future__ import annotations

import collections
import contextlib
import resource
import shutil
import signal
import sys
import tempfile
import threading
import time
from pathlib import Path

import click

from pocketseg.core.cache import ROOT
from pocketseg.core.files import write_text
from scripts.promises import page as page_module
from scripts.promises.documents import Document, read, tracked, with_commands
from scripts.promises.execute import WORKERS, Ran, Session, State, order, prepare, run_pages

NOT_VERIFIED_STATUS = 75  # EX_TEMPFAIL: nothing failed, and not all was tried


@click.group(invoke_without_command=True)
@click.pass_context
def main(context: click.Context) -> None:
    """Execute what README and docs/ promise."""
    if context.invoked_subcommand is None:
        context.invoke(run)


@main.command()
def page() -> None:
    """Write docs/promises.md."""
    write_text(ROOT / page_module.NAME, page_module.page(ROOT))


@main.command()
@click.argument("pages", nargs=-1)
@click.option("--budget-s", type=float, default=float("inf"), help="Seconds after which no command begins.")
@click.option("--workers", type=click.IntRange(min=1), default=WORKERS, help="Pages at a time.")
@click.option("--root", type=click.Path(path_type=Path), default=ROOT, help="Read the pages of this checkout instead.")
@click.option("--keep", is_flag=True, help="Keep the folders of pages that failed.")
def run(
    pages: tuple[str, ...] = (), budget_s: float = float("inf"), workers: int = WORKERS, root: Path = ROOT,
    keep: bool = False,
) -> None:  # fmt: skip
    """Execute PAGES, e.g. README.md, or all."""
    documents = order([read(root, name) for name in pages or with_commands(tracked(root))])
    began = time.monotonic()
    with contextlib.ExitStack() as kept:
        folder = Path(tempfile.mkdtemp(prefix="pocketseg-promises-"))
        if not keep:
            kept.callback(shutil.rmtree, folder, ignore_errors=True)
        session = Session(folder, began + budget_s)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: threading.Thread(target=session.end).start())
        prepare(session, documents)
        done = run_pages(documents, session, workers)
    if keep:
        print(f"kept in {folder}")
    sys.exit(report(documents, done, time.monotonic() - began))


def report(documents: list[Document], done: list[Ran], seconds: float) -> int:
    """Print a table of the pages and what failed; return the exit status."""
    print(f"\n{'page':<36}{'seconds':>8}{'ok':>6}{'marked':>8}{'failed':>8}{'not run':>9}")
    for document in documents:
        own = [ran for ran in done if ran.page == document.name]
        counts = collections.Counter(ran.state for ran in own)
        passed = counts[State.PASSED] + counts[State.KNOWN]
        print(
            f"{document.name:<36}{sum(ran.seconds for ran in own):>8.0f}{passed:>6}{counts[State.MARKED]:>8}"
            f"{counts[State.FAILED]:>8}{counts[State.NOT_RUN]:>9}"
        )
    failed = [ran for ran in done if ran.state is State.FAILED]
    left = [ran for ran in done if ran.state is State.NOT_RUN]
    for ran in failed:
        print(f"FAILED {ran.page}:{ran.step.line}: {ran.step.text.splitlines()[0]}")
    for name in dict.fromkeys(ran.page for ran in left):
        print(f"NOT VERIFIED: {name}: {sum(ran.page == name for ran in left)} commands, for lack of time")
    hold = len(done) - len(failed) - len(left)
    print(
        f"\npromises: {hold} of {len(done)} steps of {len(documents)} pages hold, {len(failed)} failed, {len(left)} not"
        f" verified, in {seconds:.0f} s ({_processor_s():.0f} s of processor time)"
    )
    return 1 if failed else NOT_VERIFIED_STATUS if left else 0


def _processor_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()

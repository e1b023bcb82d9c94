"""`pocketseg serve`: a link that any phone can open to measure exported files in its browser."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pocketseg.cli._cache import pass_cache_dir
from pocketseg.cli._network import network_options, reference_option
from pocketseg.cli._photos import data_option, masks_unturned_option, part_option, split_file_option
from pocketseg.cli._served import (
    artifacts_argument,
    browser_accelerator_option,
    demo_option,
    files_or_demo,
    passes_option,
)

if TYPE_CHECKING:
    import models
    from pocketseg.web.connection import Reached
    from pocketseg.web.inbox import Arrived

HELP = "Serve a page that measures exported files in the browser of a phone."
_MORE = """The link and its QR code open a page that checks each file against this computer's class maps, measures it
and shows its masks; its records join the table in --out. Ctrl-C ends the server and invalidates the link."""
EXAMPLES = {
    "pocketseg serve --demo": "the released networks, in a browser of this computer",
    "pocketseg serve exported --lan": "your file, for a phone in the same Wi-Fi",
    "pocketseg serve exported --adb": "your file, for an Android phone on a cable",
}


class _Serve(click.Command):
    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read `--adb` alone as the only phone: click would take the next word for its serial number."""
        return super().parse_args(ctx, ["--adb=" if word == "--adb" else word for word in args])


@click.command("serve", cls=_Serve, help=f"{HELP}\n\n{_MORE}")
@pass_cache_dir
@artifacts_argument
@demo_option
@click.option("--lan", is_flag=True, help="Also let others on this network open it: phones on the same Wi-Fi.")
@click.option(
    "--tls", is_flag=True, help="Serve over https, with this computer's own certificate (needs the extra tls)."
)
@click.option(
    "--adb", metavar="[=SERIAL]", help="For an Android phone on a cable; =SERIAL where several are connected."
)
@click.option("--port", type=int, metavar="N", help="Port (default: 8765, or the next free one).")
@click.option("--no-qr", is_flag=True, help="Do not print a QR code.")
@click.option(
    "--photos", type=click.IntRange(1, 10_000), help="How many photos (default: 16 embedded, or all of --data)."
)
@data_option
@masks_unturned_option
@part_option
@split_file_option
@reference_option
@network_options
@click.option("--threads", type=click.IntRange(1, 64), default=1, show_default=True)
@browser_accelerator_option
@passes_option
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("runs/serve"),
    show_default=True,
    help="Folder for the table: a new folder, or one that `benchmark` wrote.",
)
def command(
    cache_dir: Path, artifacts: tuple[Path, ...], demo: bool, lan: bool, tls: bool, adb: str | None, port: int | None,
    no_qr: bool, photos: int | None, spec: str, part: str, split_file: Path | None, model: str | None,
    given: models.Given, threads: int, accelerators: tuple[str, ...], passes: int, out: Path,
) -> None:  # fmt: skip
    """Check everything, run the files here, serve until an interrupt, print the table."""
    from contextlib import ExitStack

    from pocketseg import api
    from pocketseg.cli._following import ending, followed, is_under_way
    from pocketseg.cli._progress import phases, say_note
    from pocketseg.cli._table import print_table
    from pocketseg.core.interrupted import when_interrupted
    from pocketseg.devices.job import Job
    from pocketseg.web.connection import Connection

    connection = Connection(lan=lan, tls=tls, adb=adb, port=port)
    job = Job(accelerators=accelerators, threads=threads, passes=passes)

    def ready(reached: Reached) -> None:
        bars.close()
        for line in opening(reached, qr=not no_qr and (lan or adb is not None)):  # otherwise no phone can open it
            click.echo(line)

    under_way: set[str] = set()

    def told(arrived: Arrived) -> None:
        nonlocal under_way
        under_way = is_under_way(arrived, under_way)
        heard(arrived)

    not_yet = "nothing was served yet; run the same command again"
    with ExitStack() as bars, followed(out) as heard, when_interrupted(not_yet):
        progress = bars.enter_context(phases())
        files = files_or_demo(artifacts, demo, out / "demo", cache_dir, progress)
        rows = api.serve(
            files, out, data=spec, split=part, split_file=split_file, photos=photos, model=model, given=given, job=job,
            connection=connection, ready=ready, heard=told, cache=cache_dir, note=say_note, progress=progress,
        )  # fmt: skip
    for line in ending(len(rows), len(under_way)):
        click.echo(line)
    if not rows:
        return
    print_table(rows)
    click.echo(f"written to {out}; the page is {out / 'report.html'}")


def opening(reached: Reached, *, qr: bool) -> list[str]:
    """Return what is printed once the page is served: the link and its code, and the limits of this way."""
    from pocketseg.web.qr import qr_text

    link, *others = reached.links
    code = qr_text(link, sys.stdout) if qr else ""
    lines = [*([code.rstrip("\n")] if code else []), f"open {link}"]
    lines += [f"  or {other}" for other in others]
    lines += [f"- {sentence}" for sentence in reached.limits]
    if reached.fingerprint:
        lines.append(f"- its SHA-256: {reached.fingerprint}")
    return [*lines, "- what a page measures stays in its browser until it is here: a lost connection loses nothing",
            "Ctrl-C ends it and prints the table"]  # fmt: skip

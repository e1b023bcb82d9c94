"""`pocketseg data prepare`: a compact copy, to move elsewhere and to train faster."""

from __future__ import annotations

from pathlib import Path

import click

from pocketseg.cli._numbers import FiniteRange
from pocketseg.cli._photos import data_argument, masks_unturned_option

HELP = "Write a compact copy: scaled photos, palette masks, split. It can be resumed, and includes unlabelled photos."
EXAMPLES = {
    "pocketseg data prepare folder:PATH --long-side 512 --out copy": "",
}


@click.command("prepare", help=HELP)
@data_argument
@masks_unturned_option
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Folder of the copy.")
@click.option(
    "--long-side",
    type=click.IntRange(min=64),
    default=512,
    show_default=True,
    help="Longest side of the copies in pixels, at most.",
)
@click.option("--max-mib", type=FiniteRange(min=0, min_open=True), help="Lower the JPEG quality until the copy fits.")
@click.option("--split-file", type=click.Path(path_type=Path), help="Split of the data (default: the one that fits).")
def command(data: str, out: Path, long_side: int, max_mib: float | None, split_file: Path | None) -> None:
    """Make the copy, and report the result."""
    from pocketseg.cli._next import line, say, say_train, unused
    from pocketseg.cli._progress import counted, stderr
    from pocketseg.core.errors import SplitError
    from pocketseg.data.photos import open_photos
    from pocketseg.data.prepare import prepare
    from pocketseg.data.split import SPLITS, find_split

    photos = open_photos(data)
    if photos.assumption:
        stderr().print(f"note: {photos.assumption}", markup=False)
    split = None
    try:
        split = find_split(photos, split_file, SPLITS)
    except SplitError as error:
        if split_file is not None:
            raise
        stderr().print(f"note: the copy has no split ({error.message})", markup=False)
    with counted(f"preparing {len(photos.ids) + len(photos.unlabelled_ids)} photos") as progress:
        done = prepare(photos, out, long_side_px=long_side, split=split, max_mib=max_mib, progress=progress)
    click.echo(
        f"{out}  {done.labelled} labelled photos, {done.unlabelled} unlabelled, {done.made} made now; "
        f"{done.size_bytes / (1 << 20):.1f} MiB, JPEG quality {done.quality}"
    )
    if split is None:
        say(line("data", "split", f"folder:{out}", "--out", unused(Path(f"{out.name}-split.json"))))
    else:
        say_train(f"folder:{out}", None, split)  # the copy's own split.json is in force

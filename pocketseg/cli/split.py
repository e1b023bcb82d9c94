"""`pocketseg split`: freeze a data set's train, validation and test photos in a file."""

from __future__ import annotations

from pathlib import Path

import click

HELP = "Split your photos into train, val and test; near-duplicates stay on one side."


@click.command("split", help=HELP)
@click.argument("data", metavar="FORMAT:PATH")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="The split file, e.g. split.json.")
@click.option("--ratios", nargs=3, type=float, default=(0.7, 0.12, 0.18), show_default=True, help="Train, val, test.")
@click.option("--seed", type=int, default=1, show_default=True)
@click.option("--name", default=None, help="What the split is called (default: the file's name).")
def command(data: str, out: Path, ratios: tuple[float, float, float], seed: int, name: str | None) -> None:
    """Write the file; an existing one is never overwritten, as a split is frozen."""
    from pocketseg.cli._progress import counted
    from pocketseg.core.errors import UsageError
    from pocketseg.core.files import write_json
    from pocketseg.data.make_split import make_split
    from pocketseg.data.photos import open_photos
    from pocketseg.data.split import SPLITS, to_json

    if out.exists():
        raise UsageError(f"{out} exists, and a split is frozen", hint="give another --out, or remove it yourself")
    photos = open_photos(data)
    with counted(f"comparing and sorting {len(photos.ids)} photos") as progress:
        split = make_split(
            photos,
            name=name or out.stem,
            ratios=ratios,
            seed=seed,
            progress=lambda _, done, total: progress(done, total),
        )
    write_json(out, to_json(split))
    counts = ", ".join(f"{len(split.photos[p])} {p}" for p in SPLITS)
    click.echo(f"{out}  {counts}; hash {split.hash}")
    click.echo(f"next: pocketseg train topformer_tiny --data {data} --split-file {out} --out runs/mine")

"""`pocketseg data split`: freeze a data set's train, validation and test photos in a file."""

from __future__ import annotations

from pathlib import Path

import click

from pocketseg.cli._photos import data_argument, masks_unturned_option

HELP = "Split photos into train, val and test; near-duplicates stay in the same part."
EXAMPLES = {
    "pocketseg data split folder:PATH --out split.json": "a new split",
    "pocketseg data split folder:PATH --out split.json --ids train.txt test.txt": "one made elsewhere",
}


@click.command("split", help=HELP)
@data_argument
@masks_unturned_option
@click.option("--out", required=True, type=click.Path(path_type=Path), help="The split file, e.g. split.json.")
@click.option(
    "--ratios", nargs=3, type=float, default=(0.7, 0.12, 0.18), show_default=True, help="Shares of train, val and test."
)
@click.option("--seed", type=int, default=1, show_default=True)
@click.option("--name", default=None, help="Name of the split (default: the file's name).")
@click.option(
    "--together",
    type=click.Path(path_type=Path),
    help=(
        "A file whose lines list ids that belong together (one shot, one person), beyond the near-duplicates that "
        "are found."
    ),
)
@click.option(
    "--ids",
    "take",
    is_flag=True,
    help=(
        "Take a split made elsewhere: --ids TRAIN TEST (val is dealt out of train) or --ids TRAIN VAL TEST, files "
        "of ids, one per line."
    ),
)
@click.argument("lists", nargs=-1, type=click.Path(path_type=Path), metavar="[LIST...]")
def command(
    data: str, out: Path, ratios: tuple[float, float, float], seed: int, name: str | None, take: bool,
    lists: tuple[Path, ...], together: Path | None,
) -> None:  # fmt: skip
    """Write the file; an existing one is never overwritten, because a split is frozen."""
    from pocketseg.cli._next import say_train
    from pocketseg.cli._progress import phases, stderr
    from pocketseg.core.errors import UsageError
    from pocketseg.core.files import write_json
    from pocketseg.data.labelled import need_labels
    from pocketseg.data.make_split import bring_in, known_pairs, make_split
    from pocketseg.data.photos import open_photos
    from pocketseg.data.split import SPLITS, check_ratios, held_out_elsewhere, to_json

    if out.exists():
        raise UsageError(f"{out} exists, and a split is frozen", hint="give another --out, or remove it yourself")
    if take != bool(lists) or (take and len(lists) not in (2, 3)):
        raise UsageError(
            f"{len(lists)} lists of ids" if take else f"{' '.join(map(str, lists))} came without --ids",
            hint="write --ids TRAIN.txt TEST.txt, or --ids TRAIN.txt VAL.txt TEST.txt",
        )
    check_ratios(ratios)
    photos = open_photos(data)
    need_labels(photos)
    if photos.assumption:
        stderr().print(f"note: {photos.assumption}", markup=False)
    name, pairs = name or out.stem, known_pairs(photos, together)
    astride: list[tuple[str, ...]] = []
    notes: list[str] = []
    with phases() as progress:
        if take:
            if ratios[0] + ratios[1] <= 0:
                raise UsageError(f"ratios {ratios} leave nothing to train on")
            share = ratios[1] / (ratios[0] + ratios[1])
            split, astride = bring_in(
                photos,
                lists,
                name=name,
                val_ratio=share,
                seed=seed,
                known_pairs=pairs,
                progress=progress,
                note=notes.append,
            )
        else:
            split = make_split(
                photos, name=name, ratios=ratios, seed=seed, known_pairs=pairs, progress=progress, note=notes.append
            )
    for group in astride:
        stderr().print(f"note: near-duplicates in different parts of the given split: {', '.join(group)}", markup=False)
    for note in (*notes, *held_out_elsewhere(split)):
        stderr().print(f"note: {note}", markup=False)
    write_json(out, to_json(split))
    counts = ", ".join(f"{len(split.photos[p])} {p}" for p in SPLITS)
    click.echo(f"{out}  {counts}; hash {split.hash}")
    left = len(photos.ids) - sum(len(split.photos[p]) for p in SPLITS)
    if left:
        click.echo(f"{left} labelled photos are in no part")
    say_train(data, out, split)

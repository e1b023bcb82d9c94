"""`pocketseg data show`: a contact sheet of photos and masks."""

from __future__ import annotations

import difflib
import io
from pathlib import Path

import click

from pocketseg.cli._photos import data_argument, masks_unturned_option

HELP = "Draw photos beside their masks on one sheet, with a legend of the classes."
_KINDS = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP"}
EXAMPLES = {
    "pocketseg data show folder:PATH -n 12 --out sheet.png": "twelve photos beside their masks",
}


@click.command("show", help=HELP)
@data_argument
@masks_unturned_option
@click.option("-n", "count", type=click.IntRange(1, 400), default=12, show_default=True, help="How many photos.")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="The picture, e.g. sheet.png.")
@click.option("--seed", type=int, default=1, show_default=True, help="Chooses the photos: another seed shows others.")
@click.option("--id", "ids", multiple=True, help="Show these photos instead.")
def command(data: str, count: int, out: Path, seed: int, ids: tuple[str, ...]) -> None:
    """Write the picture."""
    from pocketseg.cli._progress import busy
    from pocketseg.core.errors import UnknownNameError, UsageError
    from pocketseg.core.files import write_bytes
    from pocketseg.data.photos import open_photos
    from pocketseg.data.show import choose, sheet

    kind = _KINDS.get(out.suffix.lower())
    if kind is None:
        raise UsageError(f"{out} is not the name of a picture", hint=f"the name must end in {', '.join(_KINDS)}")
    photos = open_photos(data)
    if out.resolve().is_relative_to(photos.root.resolve()):
        raise UsageError(f"{out} lies in the data set", hint="choose an --out outside it")
    for photo_id in ids:
        if photo_id not in photos.ids:
            near = difflib.get_close_matches(photo_id, photos.ids, n=10, cutoff=0.5)
            raise UnknownNameError("photo id", photo_id, near or photos.ids[:10])
    chosen = list(ids) or choose(photos.ids, count, seed)
    with busy(f"drawing {len(chosen)} photos"):
        stream = io.BytesIO()
        sheet(photos, chosen).save(stream, kind)
    write_bytes(out, stream.getvalue())
    click.echo(f"{out}  {len(chosen)} of {len(photos.ids)} labelled photos")

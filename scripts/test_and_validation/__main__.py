"""Keep scores and facts of validation and test photos, make the strict subset, amend cards, and write the page.

    python -m scripts.test_and_validation score --data ccp:PATH         scores of released networks, photo by photo
    python -m scripts.test_and_validation look-alikes --data ccp:PATH   facts of photos, and the strict subset
    python -m scripts.test_and_validation page                          cards and docs/test-and-validation.md

The page needs no photo: it is made from what the other two keep.
"""

from __future__ import annotations

import click

import models
from pocketseg.core.files import write_json
from pocketseg.data.photos import open_photos
from pocketseg.data.split import COMMITTED, STRICT, find_split
from pocketseg.training.photo_scores import write_released
from pocketseg.training.scores import score as scored
from scripts.sentences import Sentences
from scripts.test_and_validation import cards, kept
from scripts.test_and_validation.facts import facts
from scripts.test_and_validation.look_alikes import open_described, strict
from scripts.test_and_validation.page import write_page


@click.group(cls=Sentences, help=__doc__)
def main() -> None:
    """Hold the commands."""


_data = click.option("--data", required=True, metavar="FORMAT:PATH", help="The photos of the committed split.")


@main.command()
@_data
def score(data: str) -> None:
    """Score released networks whose weights are not those of a kept file."""
    photos = open_photos(data)
    split = find_split(photos, None, kept.PARTS)
    for name in models.released():
        path, network = kept.scores_path(name), models.open_model(name)
        if path.is_file() and kept.read(path).get("sha256") == network.sha256:
            continue
        found = {part: scored(network.module, network.spec, photos, split.ids(part)) for part in kept.PARTS}
        about = {
            "name": name, "network": network.spec.name, "sha256": network.sha256, "classes": list(network.spec.classes),
        }  # fmt: skip
        click.echo(write_released(path, about, split.hash, found))


@main.command()
@_data
def look_alikes(data: str) -> None:
    """Describe all photos; keep facts of validation and test photos, and the strict subset."""
    photos = open_photos(data)
    split = find_split(photos, None, ("train", *kept.PARTS))
    described = open_described(photos, split, _quiet)
    click.echo(kept.write_lines(kept.FACTS, facts(photos, split, described, _quiet)))
    click.echo(write_json(COMMITTED / f"{split.name}{STRICT}.json", strict(described, split)))


@main.command()
def page() -> None:
    """Amend the cards of released networks and write the page."""
    for path in (*cards.amend(), *write_page()):
        click.echo(path)


def _quiet(done: int, total: int) -> None:
    """Show no progress."""


if __name__ == "__main__":
    main()

"""`pocketseg study report`: the page of a study from its records alone, whether it is finished or not."""

from __future__ import annotations

from pathlib import Path

import click

from pocketseg.cli._photos import masks_unturned_option, named_data

HELP = "Write a study's page from its records; one that is unfinished says which runs lack, and draws no verdict."
EXAMPLES = {
    "pocketseg study report --plan plan.json --records records --out page": "",
}


@click.command("report", help=HELP)
@click.option("--plan", "plan_file", type=click.Path(path_type=Path), required=True, metavar="PLAN.json",
              help="The plan that the records quote.")  # fmt: skip
@click.option("--records", type=click.Path(path_type=Path), default=Path("docs/runs/annotations"), show_default=True,
              help="Folder of the records of finished runs.")  # fmt: skip
@click.option("--out", type=click.Path(path_type=Path), required=True,
              help="Folder for annotations.md, its figure and annotations.json.")  # fmt: skip
@click.option("--data", metavar="FORMAT:PATH", callback=named_data,
              help="The study's photos, to find kinds of photos again and to draw the gallery.")  # fmt: skip
@masks_unturned_option
@click.option("--signals", multiple=True, metavar="poses=FILE|persons=FILE|data",
              help="Needed with --data: joints tell photos with hidden limbs.")  # fmt: skip
@click.option("--gallery", is_flag=True, help="Draw the photos on which arms differ most (needs --data and the maps).")
def command(
    plan_file: Path, records: Path, out: Path, data: str | None, signals: tuple[str, ...], gallery: bool
) -> None:
    """Write the page and its figure, and print the answer."""
    from pocketseg.cli._progress import phases
    from pocketseg.core.errors import UsageError
    from pocketseg.study.plan_file import read_plan
    from pocketseg.study.published import publish, write_gallery, write_kinds

    if gallery and data is None:
        raise UsageError("--gallery needs the photos", hint="give --data FORMAT:PATH")
    if (data is None) != (not signals):
        raise UsageError("--data and --signals belong together", hint="give both, or neither: the page needs none")
    plan = read_plan(plan_file)
    with phases() as progress:
        if data is not None:
            click.echo(write_kinds(records, plan, data, signals, lambda done, total: progress("kinds", done, total)))
    if gallery and data is not None:
        click.echo(write_gallery(records, plan, data, out))
    written, sentence = publish(records, plan, out)
    for path in written:
        click.echo(path)
    click.echo(sentence)

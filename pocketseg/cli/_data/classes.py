"""`pocketseg data classes`: which of a format's labels make which class."""

from __future__ import annotations

import json
from pathlib import Path

import click

from pocketseg.cli._names import either
from pocketseg.data.spec import formats

HELP = "Show which of a format's labels make which class, or a file to start your own mapping from."
EXAMPLES = {
    "pocketseg data classes --format ccp --toml > mine.toml": "a mapping to edit",
}


@click.command("classes", help=HELP)
@click.option(
    "--format", "name", required=True, metavar="FORMAT", help=f"{either(formats())}; one with labels of its own."
)
@click.option("--mapping", type=click.Path(path_type=Path), help="Your own mapping file, to see its effect.")
@click.option("--toml", "as_toml", is_flag=True, help="Print the table as a mapping file.")
@click.option("--json", "as_json", is_flag=True, help="Print only JSON: the classes, and each label with its class.")
def command(name: str, mapping: Path | None, as_toml: bool, as_json: bool) -> None:
    """Print the table."""
    from pocketseg.core.errors import UsageError
    from pocketseg.data.mapping import to_toml
    from pocketseg.data.mapping_file import read_mapping
    from pocketseg.data.spec import format_module

    module = format_module(name)
    table, first = module.MAPPING, getattr(module, "FIRST_ID", 0)
    if table is None:
        hint = "its masks hold class indices; classes.json names the classes, else they are the four garment classes"
        raise UsageError(f"a data set of format {name} names its own classes", hint=hint)
    if mapping is not None:
        table = read_mapping(mapping, table.labels)
    if as_toml:
        click.echo(to_toml(table), nl=False)
        return
    if as_json:
        click.echo(
            json.dumps(
                {"classes": list(table.classes), "labels": {label: table.class_of(label) for label in table.labels}}
            )
        )
        return
    wide = max(len(c) for c in (*table.classes, "ignored"))
    for index, class_name in enumerate(table.classes):
        members = [
            (f'"{label}"' if "," in label else label) + (f" ({k + first})" if k + first >= 0 else "")
            for k, label in enumerate(table.labels)
            if table.class_of(label) == class_name
        ]
        click.echo(f"{index:3} {class_name:{wide}}  {', '.join(members) or 'no label'}")
    if table.ignored:
        click.echo(f"255 {'ignored':{wide}}  {', '.join(table.ignored)}")

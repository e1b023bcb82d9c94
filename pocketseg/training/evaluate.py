"""Score a network on photos at each photo's own resolution."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from torch import nn

from pocketseg.core.metrics import IouMeter
from pocketseg.core.types import ModelSpec
from pocketseg.data.photos import PhotoSet, Pixels, read_pair
from pocketseg.inference import predict
from pocketseg.training.signal_inputs import SignalInputs

_AHEAD = 2  # photos that are decoded while the network has another, and held at full size


def read_ahead(photos: PhotoSet, ids: Sequence[str]) -> Iterator[tuple[Pixels, Pixels]]:
    """Yield each photo (H,W,3) and its class mask (H,W) in turn, as `read_pair` does; the next ones are already read.

    Raises DataError when it comes to a photo that cannot be read.
    """
    waiting: deque[Future[tuple[Pixels, Pixels]]] = deque()
    pool = ThreadPoolExecutor(1)
    try:
        for photo_id in ids:
            waiting.append(pool.submit(read_pair, photos, photo_id))
            if len(waiting) > _AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


def evaluate(
    network: nn.Module,
    spec: ModelSpec,
    photos: PhotoSet,
    ids: Sequence[str],
    progress: Callable[[int, int], None] = lambda done, total: None,
    signals: SignalInputs | None = None,
) -> IouMeter:
    """Run a network in eval mode over photos, one at a time, and count all of them in one meter.

    signals: what the network takes beside the photo.
    """
    meter = IouMeter(spec.classes)
    was_training = network.training
    network.eval()
    try:
        for done, (image, mask) in enumerate(read_ahead(photos, ids)):
            more = None if signals is None else signals.maps(ids[done], spec.height_px, spec.width_px)
            meter.add(predict(network, spec, image, more), mask)
            progress(done + 1, len(ids))
    finally:
        network.train(was_training)
    return meter

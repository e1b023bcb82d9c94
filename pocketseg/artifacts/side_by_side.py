"""Produces many artifacts, a few at a time: one process for each network and target, the slowest of them first."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait

import models
from pocketseg.artifacts.converter import Converter, stop_conversions
from pocketseg.artifacts.produce import Produced, attempt
from pocketseg.artifacts.request import Request
from pocketseg.core import child
from pocketseg.core.cache import Cache
from pocketseg.core.errors import PocketSegError

AT_ONCE = 2
SLOWEST = ("executorch", "tflite", "torchmobile", "coreml", "onnx")  # converters, the slowest first
_EARLY = "torchmobile"  # its float files are finished soonest

Outcome = Produced | PocketSegError


def produce_all(
    requests: Sequence[Request],
    cache: Cache,
    loaded: Sequence[models.Loaded],
    *,
    at_once: int = AT_ONCE,
    done: Callable[[int, Outcome], None] = lambda place, outcome: None,
    stop: Callable[[], None] = lambda: None,
) -> list[Outcome]:
    """Produce files of several networks and targets, and return each, or its error, in order.

    Files of one network and target are made one after another in one process. The slowest target is begun first; beside
    it one whose first file is finished early. An error, and a crash too, costs its file only. Each file is in
    the cache as soon as it is finished.

    Args:
        loaded: of each request, its network before the recipe's steps.
        at_once: how many processes convert at a time.
        done: called with the place among the requests as each is finished, in the thread that made it: that thread
            converts nothing until `done` returns, so no more than `at_once` are at work. An error of `done` ends
            everything.
        stop: called, perhaps several times, where everything ends early, to end what `done` is doing.

    Raises:
        StorageError: which stops every other file too; nothing is converted any more when this returns.
    """
    outcomes: dict[int, Outcome] = {}
    stopped = threading.Event()

    def make(places: Sequence[int]) -> None:
        with Converter(cache) as converter:
            for place in places:
                if stopped.is_set():
                    return
                outcome = attempt(requests[place], cache, loaded[place], lambda what, done, total: None, converter)
                if stopped.is_set():
                    return
                outcomes[place] = outcome
                done(place, outcome)

    def end() -> None:
        stop_conversions()
        stop()

    with ThreadPoolExecutor(at_once) as pool:
        running = [pool.submit(make, places) for places in _groups(requests, loaded)]
        try:
            wait(running, return_when=FIRST_EXCEPTION)
            for future in running:
                if future.done():
                    future.result()
        except BaseException:
            stopped.set()
            pool.shutdown(wait=False, cancel_futures=True)
            child.stop_until_done(running, end)
            raise
    return [outcomes[place] for place in range(len(requests))]


def _groups(requests: Sequence[Request], loaded: Sequence[models.Loaded]) -> list[list[int]]:
    """Return the places of the requests by network and target, in the order in which they are begun."""
    groups: dict[tuple[str, str, tuple[str, ...]], list[int]] = {}
    for place, (request, network) in enumerate(zip(requests, loaded, strict=True)):
        groups.setdefault((network.sha256, request.target, request.recipe.all_steps), []).append(place)

    def slow(places: list[int]) -> tuple[int, int]:
        target, module = requests[places[0]].target, loaded[places[0]].module
        rank = SLOWEST.index(target) if target in SLOWEST else -1  # an unknown one may be slow
        return -rank, sum(1 for _ in module.modules())

    slowest, *others = sorted(groups.values(), key=slow, reverse=True) or [[]]
    early = [places for places in others if requests[places[0]].target == _EARLY] or others
    return [slowest, *early[-1:], *(places for places in others if places is not early[-1])]

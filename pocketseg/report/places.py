"""Names for the rows of one table: each device has its own name, and rows of one file on one device are told apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence

from benchmark.repeats import earlier
from benchmark.where import Device, Where, plain, say, where
from pocketseg.core.types import BenchmarkRow
from pocketseg.report.facts import title
from pocketseg.report.photo_sets import PhotoSets

ABOUT_EARLIER = "Earlier runs: a later one of the same file, on the same device and photos, counts instead."

_COMPUTERS = ("host", "reference")
_APART = ("soc", "cores", "machine", "system", "model", "maker", "cpu")  # what tells devices of one name apart


class Places:
    """Where the rows of one table were measured.

    Attributes:
        devices: the name of each device, in the order in which they appear.
        photos: the sets of photos that the rows were scored on.
        earlier: ids of the rows that a later run replaces.

    A row that names no device, e.g. of a file that could not be made, has no place.
    """

    def __init__(self, rows: Sequence[BenchmarkRow]) -> None:
        self._rows = list(rows)  # kept, so that their ids stay theirs
        self._of = {id(row): place for row in rows if (place := where(row)) is not None}
        first: dict[Device, Where] = {}
        for place in self._of.values():
            first.setdefault(place.device, place)
        kinds = [say(place.name, place.kind_of_device) for place in first.values()]
        added = told_apart(kinds, [dict(device) for device in first])
        self._names = {
            device: place.name + more for (device, place), more in zip(first.items(), added, strict=True)
        }  # fmt: skip
        self.devices = {device: say(self._names[device], place.kind_of_device) for device, place in first.items()}
        self.photos = PhotoSets(rows)
        self.earlier = earlier(rows)
        self._called = Counter((title(row), self._on(row)) for row in self._rows)

    @property
    def shown(self) -> bool:
        """Return whether a table needs the column: not if all rows come from one computer and evaluators on it."""
        return len(self._names) > 1 or any(place.kind not in _COMPUTERS for place in self._of.values())

    def of(self, row: BenchmarkRow) -> str:
        """Return where a row was measured: `Google Pixel 8 (android, gpu)`; empty if that is not known."""
        place = self._of.get(id(row))
        return "" if place is None else say(self._names[place.device], place.kind_of_device, place.accelerator)

    def device(self, row: BenchmarkRow) -> Device | None:
        """Return the identity of a row's device; None if nothing is known of it."""
        place = self._of.get(id(row))
        return None if place is None else place.device

    def title(self, row: BenchmarkRow) -> str:
        """Return a row's name, with the place where it was measured if the table has that column.

        If several rows would have the same name, it also tells the photos, and whether the row comes from an earlier
        run.
        """
        name, on = title(row), self._on(row)
        if self._called[name, on] > 1:
            name += f" over {mark} photos" if self.photos.shown and (mark := self.photos.of(row)) else ""
            name += " (earlier run)" if id(row) in self.earlier else ""
        return f"{name}{on}"

    def _on(self, row: BenchmarkRow) -> str:
        return f" on {self.of(row)}" if self.shown and self.of(row) else ""


def told_apart(names: Sequence[Hashable], facts: Sequence[Mapping[str, str]]) -> list[str]:
    """Return an addition to each name that makes equal names distinct: facts that differ, else a number."""
    added = [""] * len(names)
    for fact in _APART:
        whole = list(zip(names, added, strict=True))
        for at, one in enumerate(whole):
            values = {plain(facts[other].get(fact)) for other, name in enumerate(whole) if name == one}
            if len(values) > 1 and (value := plain(facts[at].get(fact))):
                added[at] += f", {value} cores" if fact == "cores" else f", {value}"
    whole = list(zip(names, added, strict=True))
    return [
        more if whole.count(one) == 1 else f"{more} ({whole[:at].count(one) + 1})"
        for at, (one, more) in enumerate(zip(whole, added, strict=True))
    ]

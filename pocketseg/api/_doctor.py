"""What this computer can export, run, score and drive, and what would make a measurement invalid now."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pocketseg.api._checkup import Finding, Status
from pocketseg.api._common import PathLike, Progress, still

if TYPE_CHECKING:
    from pocketseg.core.cache import Cache

_NOWHERE = Path("/dev/null")  # a file, so that nothing can be written below it


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkup:
    """What `doctor` found, in groups; each Finding has a name, a status, what was found and what to do.

    Attributes:
        version, commit: of pocketseg; commit is None outside a checkout.
        device: as in a record; it names no host and no user.
        installed: what pocketseg depends on.
        export, run, score: targets, runtimes, and what scores.
        extras: needed for one purpose only.
        drive: programs for phones and browsers.
        present: what a latency depends on now.
        best: the yardstick's lowest known times, integer_ms and memory_ms, and reached_at; None where unknown.
    """

    version: str
    commit: str | None
    device: dict[str, Any]
    installed: tuple[Finding, ...]
    export: tuple[Finding, ...]
    run: tuple[Finding, ...]
    score: tuple[Finding, ...]
    extras: tuple[Finding, ...]
    drive: tuple[Finding, ...]
    present: tuple[Finding, ...]
    best: dict[str, Any] | None

    @property
    def is_ready(self) -> bool:
        """Return whether pocketseg has all that it needs to export, run, score and keep its work."""
        needed = (*self.installed, *self.export, *self.run, *self.score)
        return not any(finding.status is Status.MISSING for finding in needed)


def doctor(*, cache_dir: PathLike | None = None, progress: Progress = still) -> Checkup:
    """Report what this computer can export, run, score and drive, and whether it is ready to measure now.

    This takes some seconds: the best speed of this computer is measured where it is not known, and compared with where
    it is. Raises nothing for missing parts: the answer lists them, with how to get them.

    Args:
        cache_dir: where the best speed and finished work are kept; by default the user's cache folder.
        progress: takes (what, done, total).
    """
    from benchmark.device import device_document
    from pocketseg.api._checkup import parts, present, programs
    from pocketseg.core.cache import Cache
    from pocketseg.core.installation import commit, version

    cache = _cache(cache_dir)
    progress("looking for programs", 0, 1)
    drive = tuple(programs.drives())
    progress("looking for programs", 1, 1)
    conditions, best = present.present(cache or Cache(_NOWHERE), progress)
    device, _ = device_document()
    return Checkup(
        version=version(),
        commit=commit(),
        device=device,
        installed=tuple(parts.installed(cache)),
        export=tuple(parts.exports()),
        run=tuple(parts.runs()),
        score=tuple(parts.scores()),
        extras=tuple(parts.extras()),
        drive=drive,
        present=conditions,
        best=None if best is None else {**dataclasses.asdict(best.reading), "reached_at": best.reached_at},
    )


def _cache(cache_dir: PathLike | None) -> Cache | None:
    """Return the cache; None where the user has no home folder for it."""
    from pocketseg.core.cache import Cache, default_folder
    from pocketseg.core.errors import StorageError

    if cache_dir is not None:
        return Cache(Path(cache_dir))
    try:
        return Cache(default_folder())
    except StorageError:
        return None

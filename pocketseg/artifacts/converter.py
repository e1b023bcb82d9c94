"""The conversion process as its parent sees it: started when a file needs it, then asked for one file after another."""

from __future__ import annotations

import shutil
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from pocketseg.core import child
from pocketseg.core.dialogue import Asked, NoAnswer
from pocketseg.core.errors import ExportError
from pocketseg.core.files import disk_faults

if TYPE_CHECKING:
    from pocketseg.core.cache import Cache

STARTING = "starting"  # the stage in which a file waits for its process
_PROCESS = "pocketseg.artifacts._process"


@dataclass(frozen=True, slots=True)
class _Running:
    """A process, what it converts (network and target), and the folder of its log and temporary files."""

    asked: Asked
    serves: object
    folder: Path


class Converter:
    """A process that converts one network to one target, file after file, so that these share what they can.

    Another network or target gets a process of its own, as does the file after one that ended its process. One thread
    at a time may use it; it is closed at the end of a `with`.
    """

    def __init__(self, cache: Cache) -> None:
        self._cache = cache
        self._running: _Running | None = None

    def convert(self, message: dict[str, Any], work: Path, what: str) -> dict[str, float]:
        """Fill WORK/out as `message` says, and return the seconds of each stage.

        Raises the error that the process met; StorageError where the disk is full; otherwise ExportError, which says
        how `what` ended, with the last lines of the process's log.
        """
        began = time.monotonic()
        running = self._process_for(message)
        keep = False
        try:
            answer = running.asked.ask({"conversion": message, "work": str(work.resolve())})
            keep = not answer.get("spoilt", False)
            if "error" in answer:
                raise child.rebuilt(answer["error"], ExportError)
        except NoAnswer as error:
            raise child.failure(what, running.asked.process.returncode, running.folder, ExportError) from error
        finally:
            if not keep:
                self.close()
        seconds: dict[str, float] = answer["seconds"]
        waited = time.monotonic() - began - sum(seconds.values())
        return {STARTING: waited, **seconds} if answer["first"] else seconds

    def close(self) -> None:
        """End the process, if there is one, and remove its folder."""
        running, self._running = self._running, None
        if running is not None:
            running.asked.close()
            shutil.rmtree(running.folder, ignore_errors=True)

    def __enter__(self) -> Converter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _process_for(self, message: dict[str, Any]) -> _Running:
        """Return the process that serves a message's network and target, started where there is none."""
        serves, running = (message["model"], message["target"]), self._running
        fits = running is not None and running.serves == serves and running.folder.is_dir()
        if running is not None and fits and running.asked.process.poll() is None:
            return running
        self.close()
        with disk_faults(self._cache.folder):
            folder = Path(tempfile.mkdtemp(prefix="process-", dir=self._cache.workspace())).resolve()
        try:
            # one thread: conversions run side by side, and threads that wait for each other on a shared core are slow
            environment = child.environment(threads=1, TQDM_DISABLE="1", TMPDIR=str(folder))
            asked = Asked(_PROCESS, log=folder / child.LOG, environment=environment, cwd=folder)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        self._running = _Running(asked, serves, folder)
        return self._running


def stop_conversions() -> None:
    """End every conversion that runs in this process's threads."""
    child.stop_all(_PROCESS)

"""What the app's tests run on: a bundle of released networks, and the phone's own runtimes for this computer's JVM."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from pocketseg.core.cache import ROOT
from pocketseg.core.errors import UsageError
from scripts.android.tools import run

MAKER = "scripts.android.test_bundle"
_MAKE_S = 3600.0  # both networks are exported to four targets where nothing is in the cache


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """The bundle, and the folder of the phone's libraries; where there are none, `lacks` says why."""

    bundle: Path
    natives: Path | None
    lacks: str

    def told(self) -> list[str]:
        """Return the arguments for Maven."""
        told = [f"-Dpocketseg.bundle={self.bundle}"]
        return told if self.natives is None else [*told, f"-Dpocketseg.natives={self.natives}"]


def given() -> Given:
    """Return both, making what is not in the cache. Raises DataError."""
    from scripts.android.natives.__main__ import folder

    said = run([sys.executable, "-m", MAKER], timeout_s=_MAKE_S, folder=ROOT)
    bundle = Path(said.strip().splitlines()[-1])
    try:
        return Given(bundle=bundle, natives=folder(), lacks="")
    except UsageError as error:
        return Given(bundle=bundle, natives=None, lacks=error.message)

"""Build the wheel with the page's runtimes in it, which are too large for git: scripts/web/runtimes.py fetches them.

All else is in pyproject.toml. An editable install runs from the checkout, where `make setup-web` puts them.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

WITHOUT = "POCKETSEG_WITHOUT_RUNTIMES"
sys.path.insert(0, str(Path(__file__).resolve().parent))  # a build of its own does not look here


class BuildWithRuntimes(build_py):
    """Copy the packages as always, then put the runtimes beside the page."""

    def run(self) -> None:
        """Build. Exits with a sentence where the runtimes are neither here nor can be fetched."""
        super().run()
        if self.editable_mode or os.environ.get(WITHOUT):
            return
        from pocketseg.core.cache import default_folder
        from pocketseg.core.errors import PocketSegError
        from scripts.web.runtimes import put

        try:
            put(Path(self.build_lib) / "pocketseg" / "web" / "runtimes", default_folder() / "web", self.announce_loud)
        except PocketSegError as error:
            raise SystemExit(
                f"error: the wheel lacks the runtimes of its page for browsers: {error}\n"
                "Run `make setup-web` where there is a network and build from that checkout, or set "
                f"{WITHOUT}=1: everything but `pocketseg serve` and `export-page` then works."
            ) from None

    def announce_loud(self, sentence: str) -> None:
        """Say what is going on, whatever the build's verbosity."""
        print(sentence, file=sys.stderr)


setup(cmdclass={"build_py": BuildWithRuntimes})

"""`python -m scripts.pictures RUN [NAME...]`: write docs/pictures from a quick start's run."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from pocketseg.core.cache import ROOT
from pocketseg.core.errors import PocketSegError
from scripts import kept_rows
from scripts.debian_tree import Unavailable
from scripts.pictures import android, page, plot, strip

FOLDER = ROOT / "docs" / "pictures"
PICTURES: dict[str, Callable[[Path, Path], list[Path]]] = {
    "strip": strip.write_tiles,
    "plot": lambda run, out: plot.write_plots(kept_rows.kept(), out),  # of the rows that the documents show
    "page": page.write_pages,
    "android": android.write_screens,
}


def main(arguments: list[str]) -> int:
    """Write all pictures of a run, or those that are named; say which could not be made here and stay as they are."""
    run, names = Path(*arguments[:1] or ["runs/quickstart"]), arguments[1:] or list(PICTURES)
    unknown = [name for name in names if name not in PICTURES]
    if unknown:
        print(f"error: no picture is called {', '.join(unknown)}; there are {', '.join(PICTURES)}", file=sys.stderr)
        return 2
    status = 0
    for name in names:
        try:
            for path in PICTURES[name](run, FOLDER):
                print(f"{path.relative_to(ROOT)}  {path.stat().st_size / 1e3:.0f} kB")
        except Unavailable as error:
            print(f"not made here, {name} stays as it is: {error.message}")
        except PocketSegError as error:
            print(f"error: {name}: {error}", file=sys.stderr)
            status = 1
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

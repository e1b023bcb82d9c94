"""Serves an existing bundle, with the code of `pocketseg serve`: `python -m scripts.web serve BUNDLE OUT`.

Making the bundle, which `serve` does first, takes half a minute, too long for each test in a browser. One process
serves several builds of the page side by side: each at a link of its own, with tables in OUT/0, OUT/1...
"""

from __future__ import annotations

import argparse
import queue
import signal
import sys
import threading
from contextlib import ExitStack
from pathlib import Path

from pocketseg.core.cache import default_folder
from pocketseg.core.errors import PocketSegError
from pocketseg.core.files import sha256_file
from pocketseg.web import page
from pocketseg.web.connection import Connection
from pocketseg.web.inbox import Arrived
from pocketseg.web.serving import follow, prepare, serving


def main(arguments: list[str]) -> int:
    """Serve it until interrupted; print the link, and a line for what arrives."""
    parser = argparse.ArgumentParser(prog="python -m scripts.web serve")
    parser.add_argument("bundle", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--lan", action="store_true")
    parser.add_argument("--tls", action="store_true")
    parser.add_argument("--port", type=int)
    parser.add_argument(
        "--page", type=Path, action="append", help="another build of the page, such as one of changed sources"
    )
    given = parser.parse_args(arguments)
    pages: list[Path] = given.page or [page.PAGE]
    stop, arrived = threading.Event(), queue.Queue[Arrived]()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    try:
        sha256 = sha256_file(given.bundle / "bundle.json")
        with ExitStack() as served:
            for place, build in enumerate(pages):
                page.PAGE = build
                way = prepare(Connection(lan=given.lan, tls=given.tls, port=given.port), default_folder())
                out = given.out / str(place) if len(pages) > 1 else given.out
                reached = served.enter_context(serving(given.bundle, sha256, out, way, note=_say, heard=arrived.put))
                for link in reached.links:
                    _say(f"open {link}")
            follow(arrived, stop, lambda each: _say(f"{each.kind} {each.job} {each.run}"))
    except PocketSegError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    return 0


def _say(text: str) -> None:
    print(text, flush=True)

"""session.json: the first file that the page fetches; it names the mode, the bundle and the runtimes."""

from __future__ import annotations

import json
from typing import Literal

from pocketseg.core.installation import commit, version
from pocketseg.web.page import runtime_urls

NAME = "session.json"
SCHEMA_VERSION = "1.0"
BUNDLE_URL = "bundle/"
RESULTS_URL = "results/"
Mode = Literal["serve", "static"]  # with a server that takes results, or from any web host


def session(bundle_sha256: str, mode: Mode) -> bytes:
    """Return the text of session.json for a bundle. URLs are relative to the page, so it works below any path."""
    said = {
        "schema_version": SCHEMA_VERSION,
        "mode": mode,
        "bundle": bundle_sha256,
        "bundle_url": BUNDLE_URL,
        "results_url": RESULTS_URL if mode == "serve" else None,
        "runtimes": runtime_urls(),
        "program_version": version(),
        "commit": commit(),
    }
    return (json.dumps(said, indent=2) + "\n").encode()

"""Keep converters' chatter (warnings, log lines, progress bars) out of the terminal: what matters comes as an error."""

from __future__ import annotations

import contextlib
import logging
import os
import warnings
from collections.abc import Iterator


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Silence Python's warnings, log records up to WARNING, and tqdm, for as long as the block runs."""
    before = logging.root.manager.disable
    os.environ.setdefault("TQDM_DISABLE", "1")  # read where a bar is made, so it must come before the first import
    try:
        logging.disable(max(before, logging.WARNING))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)

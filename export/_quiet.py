"""Keep converters' chatter (warnings, log lines, progress bars) out of the terminal: what matters comes as an error."""

from __future__ import annotations

import contextlib
import io
import logging
import warnings
from collections.abc import Iterator


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Silence Python's warnings, log records up to WARNING and what goes to sys.stderr, as long as the block runs."""
    before = logging.root.manager.disable
    try:
        logging.disable(max(before, logging.WARNING))
        with warnings.catch_warnings(), contextlib.redirect_stderr(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)

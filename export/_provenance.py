"""Lets torch note where a graph's nodes come from without copying what it noted before.

Each pass of a converter notes, for each node, the node that it was made from, with a deep copy of that one's own notes.
These grow with every pass, and ExecuTorch has dozens. The notes are written once and then only read, so that they may
as well be shared.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any


@contextlib.contextmanager
def shared_provenance() -> Iterator[None]:
    """Let a deep copy of a node's provenance be the same object inside the block."""
    from torch.fx.traceback import NodeSource

    kind: Any = NodeSource
    kind.__deepcopy__ = lambda source, memo: source
    try:
        yield
    finally:
        del kind.__deepcopy__

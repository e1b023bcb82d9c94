"""What an exported file holds."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pocketseg.api._common import PathLike

if TYPE_CHECKING:
    from pocketseg.inspect import Inspection


def inspect(file: PathLike) -> Inspection:
    """Return what an exported file holds: operations, weights by layer, inputs, what its delegate takes.

    file: an exported file, or the folder of an export; it is read in a separate process. Raises UsageError for anything
    else, RuntimeFailedError for a damaged file.
    """
    from pocketseg.inspect import inspect_file

    return inspect_file(Path(file))

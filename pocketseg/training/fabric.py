"""Lightning Fabric without TorchMetrics: Fabric wants its version alone, and importing it takes two seconds."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lightning_fabric import Fabric

_UNUSED = "torchmetrics"


def load_fabric() -> type[Fabric]:
    """Import Lightning Fabric and return its class."""
    hides = _UNUSED not in sys.modules
    if hides:
        sys.modules[_UNUSED] = None  # type: ignore[assignment]  # an import of it fails, as where it is not installed
    try:
        from lightning_fabric import Fabric
    finally:
        if hides:
            del sys.modules[_UNUSED]
    return Fabric

"""Histograms of calibration, counted in a fraction of torch.histc's time: the same counts, to the last one.

torch.histc places one value after another. Here all are placed at once, by the same arithmetic in the same order
(ATen/native/cpu/HistogramKernel.cpp, linear interpolation), and counted as integers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch.overrides import TorchFunctionMode

_MOST = 1 << 24  # values: above, counts in float32 may lose some


class QuickHistograms(TorchFunctionMode):
    """Inside this block torch.histc is `histogram`, for the observers of every quantizer."""

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Call what is called."""
        call = histogram if func is torch.histc else func
        return call(*args, **(kwargs or {}))


def histogram(values: torch.Tensor, bins: int = 100, min: Any = 0, max: Any = 0) -> torch.Tensor:
    """Return torch.histc of the same arguments; values outside the range, or none, are left to it."""
    low, high = torch.as_tensor(min, dtype=torch.float32), torch.as_tensor(max, dtype=torch.float32)
    plain = values.dtype == torch.float32 and values.device.type == "cpu" and 0 < values.numel() < _MOST
    if not plain or not (low < high and torch.isfinite((high - low) * bins)):
        return torch.histc(values, bins, min=min, max=max)
    least, most = torch.aminmax(values)
    if not (low <= least and most <= high):  # also where a value is NaN
        return torch.histc(values, bins, min=min, max=max)
    places = (values - low).mul_(bins).div_(high - low).to(torch.int32)
    counts = torch.bincount(places.flatten(), minlength=bins + 1)
    counts[bins - 1] += counts[bins]  # the last bin holds its upper edge
    return counts[:bins].to(torch.float32)

"""What a .ptl holds: the file is run once on zeros, and its layers are observed as they multiply."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np

from export._readback import Contents, Weight

_STORED = ("int8", "float16")  # types that a file may store and turn into floats at run time


def read_back(path: Path, shape: tuple[int, ...]) -> Contents:
    """Return the layers that one run calls. shape: of the input. Multiply-adds come from the shapes that layers see."""
    import torch
    from torch.utils._python_dispatch import TorchDispatchMode

    weights: list[Weight] = []
    total = 0
    origins: dict[int, tuple[Any, Any]] = {}  # a tensor made from a stored one, by id; both are kept alive

    class Watch(TorchDispatchMode):
        """Observes every operator of a run."""

        def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            nonlocal total
            name, result = str(func), func(*args, **(kwargs or {}))
            first: Any = args[0] if args else None
            if name.startswith(("aten._to_copy", "aten.mul", "aten.detach")) and isinstance(first, torch.Tensor):
                stored = origins[id(first)][0] if id(first) in origins else first
                if str(stored.dtype).removeprefix("torch.") in _STORED:
                    origins[id(result)] = (stored, result)
            elif name.startswith(("aten.convolution", "aten._convolution")):
                stored = origins[id(args[1])][0] if id(args[1]) in origins else args[1]
                first_shape = first.shape if args[6] else result.shape  # args[6]: transposed
                total += math.prod(first_shape) * math.prod(args[1].shape[1:])
                weights.append(_stored_weight(stored, "convolution"))
            elif name.startswith("quantized.conv2d"):
                packed = args[1].unpack()[0]
                total += math.prod(result.shape) * math.prod(packed.shape[1:])
                weights.append(_packed_weight(packed))
            elif name.startswith(("aten.mm", "aten.bmm")):
                total += math.prod(result.shape) * int(first.shape[-1])
            elif name.startswith("aten.addmm"):
                total += math.prod(result.shape) * int(args[1].shape[-1])
                weights.append(_stored_weight(args[2], "addmm"))
            return result

    before = torch.backends.quantized.engine
    try:
        if "qnnpack" in torch.backends.quantized.supported_engines:
            torch.backends.quantized.engine = "qnnpack"
        network = torch.jit.load(str(path))
        with torch.no_grad(), Watch():  # type: ignore[no-untyped-call]
            network(torch.zeros(shape))
    finally:
        torch.backends.quantized.engine = before
    return Contents(weights=tuple(weights), multiply_adds=int(total))


def _stored_weight(stored: Any, operation: str) -> Weight:
    codes = stored.detach().numpy()
    return Weight(name="", kind=str(codes.dtype), bits=8 * codes.itemsize, codes=codes, operation=operation)


def _packed_weight(packed: Any) -> Weight:
    """Return a weight that QNNPACK has packed: int8, symmetric."""
    codes = np.asarray(packed.int_repr().numpy())
    return Weight(name="", kind="int8", bits=8, codes=codes, compute="int8", operation="quantized.conv2d")

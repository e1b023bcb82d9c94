"""Initial weights that the families share."""

from __future__ import annotations

import math

from torch import nn


def fill(network: nn.Module) -> None:
    """Fill in place: convolutions He-normal over their outputs, biases 0, the classifier (`conv_seg`) N(0, 0.01).

    Weights on the meta device are left as they are: there, a first draw imports PyTorch's compiler, in two seconds.
    """
    if any(parameter.is_meta for parameter in network.parameters()):
        return
    for name, module in network.named_modules():
        if isinstance(module, nn.Conv2d):
            fan_out = module.kernel_size[0] * module.kernel_size[1] * module.out_channels // module.groups
            nn.init.normal_(module.weight, 0.0, 0.01 if name.endswith("conv_seg") else math.sqrt(2.0 / fan_out))
            if module.bias is not None:
                nn.init.zeros_(module.bias)

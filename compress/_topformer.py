"""TopFormer's channel groups: hidden channels of rows and MLPs, a whole row, attention heads, the injections' width."""

from __future__ import annotations

from typing import Any

from torch import nn

from compress._channels import Cut, Group, each
from models._topformer import KEY_CHANNELS, VALUE_CHANNELS, InvertedResidual


def groups(network: Any) -> list[Group]:
    """Return the groups of a TopFormer, pruned before or not. The classifier's outputs are in none."""
    found = []
    backbone = network.backbone
    for row in range(1, backbone.tpm.rows + 1):
        layer = getattr(backbone.tpm, f"layer{row}")
        if not isinstance(layer, InvertedResidual):  # it was cut as a whole
            continue
        convs = [part for part in layer.conv if isinstance(part, nn.Sequential)]
        if len(convs) == 3:
            found.append(_chain(f"tpm.layer{row} hidden", convs[0], convs[1], convs[2]))
        elif layer.may_go:
            found.append(_whole(f"tpm.layer{row}", convs[0], convs[1]))
    for number, block in enumerate(backbone.trans.transformer_blocks):
        found.append(_mlp(f"block {number} mlp", block.mlp))
        if block.attn is not None:
            found.append(_heads(f"block {number} heads", block.attn))
    found.append(_width(network))
    return found


def _conv(part: nn.Module) -> nn.Conv2d:
    return next(m for m in part.modules() if isinstance(m, nn.Conv2d))


def _norm(part: nn.Module) -> nn.BatchNorm2d:
    return next(m for m in part.modules() if isinstance(m, nn.BatchNorm2d))


def _chain(name: str, widen: nn.Module, depthwise: nn.Module, narrow: nn.Module) -> Group:
    count = _conv(widen).out_channels
    same = each(count)
    cuts = [
        Cut(module=m, side="out", channels=same)
        for m in (_conv(widen), _norm(widen), _conv(depthwise), _norm(depthwise))
    ]
    return Group(name=name, units=count, cuts=(*cuts, Cut(module=_conv(narrow), side="in", channels=same)))


def _whole(name: str, depthwise: nn.Module, narrow: nn.Module) -> Group:
    """A row whose inner channels are those of its input: either all of it stays, or what it adds to its input goes."""
    conv = _conv(depthwise)
    every = each(1, conv.out_channels)
    cuts = [Cut(module=m, side="out", channels=every) for m in (conv, _norm(depthwise))]
    return Group(name=name, units=1, cuts=(*cuts, Cut(module=_conv(narrow), side="in", channels=every)), least=0)


def _mlp(name: str, mlp: Any) -> Group:
    count = _conv(mlp.fc1).out_channels
    same = each(count)
    cuts = [Cut(module=m, side="out", channels=same) for m in (_conv(mlp.fc1), _norm(mlp.fc1), mlp.dwconv)]
    return Group(name=name, units=count, cuts=(*cuts, Cut(module=_conv(mlp.fc2), side="in", channels=same)))


def _heads(name: str, attention: Any) -> Group:
    count = _conv(attention.to_k).out_channels // KEY_CHANNELS
    cuts = []
    for part, per_head in (
        (attention.to_q, KEY_CHANNELS),
        (attention.to_k, KEY_CHANNELS),
        (attention.to_v, VALUE_CHANNELS),
    ):
        channels = each(count, per_head)
        cuts += [Cut(module=m, side="out", channels=channels) for m in (_conv(part), _norm(part))]
    proj = _conv(attention.proj)
    return Group(
        name=name, units=count, cuts=(*cuts, Cut(module=proj, side="in", channels=each(count, VALUE_CHANNELS))), least=0
    )


def _width(network: Any) -> Group:
    """The width that all injections and the head share."""
    head = network.decode_head
    count = head.conv_seg.in_channels
    same = each(count)
    cuts = []
    for injection in list(network.backbone.SIM)[1:]:
        for part in (injection.local_embedding, injection.global_embedding, injection.global_act):
            cuts += [Cut(module=m, side="out", channels=same) for m in (_conv(part), _norm(part))]
    fuse = _conv(head.linear_fuse)
    if fuse.groups > 1:
        cuts.append(Cut(module=fuse, side="out", channels=same))
    else:  # dense: its inputs are the injections' width, its outputs the classifier's inputs, and both are cut alike
        cuts += [Cut(module=fuse, side="in", channels=same), Cut(module=fuse, side="out", channels=same)]
    cuts += [Cut(module=_norm(head.linear_fuse), side="out", channels=same)]
    return Group(name="width", units=count, cuts=(*cuts, Cut(module=head.conv_seg, side="in", channels=same)), least=8)

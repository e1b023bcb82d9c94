"""Shared by the targets that quantise with torchao's PT2E."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import fx


def module_path(node: fx.Node) -> str | None:
    """Return the path of the module that a node comes from; empty for what surrounds the network, None where
    unknown."""
    stack = node.meta.get("nn_module_stack") or {}
    return list(stack.values())[-1][0] if stack else None

"""Starts a network from published weights of another one: a backbone, a saliency network, other classes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from torch import Tensor, nn

from models._checkpoints import read_state_dict
from pocketseg.core.errors import CheckpointError

_OUTER = ("", "backbone.")  # published backbones have no prefix of their own


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenOver:
    """What was taken from the file: entries taken, entries with other shapes, entries the file lacks, entries left."""

    source: Path
    taken: tuple[str, ...]
    other_shape: tuple[str, ...]
    lacking: tuple[str, ...]
    left: tuple[str, ...]
    parameters_taken: int
    parameters: int

    def sentence(self) -> str:
        """Return it as one line."""
        share = self.parameters_taken / max(1, self.parameters)
        return (
            f"from {self.source.name}: {len(self.taken)} entries taken ({share:.1%} of the parameters), "
            f"{len(self.other_shape)} of another shape, {len(self.lacking)} lacking, {len(self.left)} of the file left"
        )


def take_over(model: nn.Module, path: str | Path) -> TakenOver:
    """Copy what fits by name and shape from a weights file into model, in place, and report.

    Raises CheckpointError where less than a tenth of the model's parameters fit: then it is a different network.
    """
    state = read_state_dict(path)
    own = model.state_dict()
    prefix = max(_OUTER, key=lambda p: sum(f"{p}{name}" in own for name in state))
    found: dict[str, Tensor] = {f"{prefix}{name}": value for name, value in state.items()}
    taken = [n for n, v in own.items() if n in found and found[n].shape == v.shape]
    parameters = dict(model.named_parameters())
    count = sum(p.numel() for n, p in parameters.items() if n in set(taken))
    total = sum(p.numel() for p in parameters.values())
    if count < 0.1 * total:
        raise CheckpointError(
            f"{path} has only {count} of the network's {total} parameters",
            hint="use weights of the same network, or of its backbone",
        )
    spoiled = [n for n in taken if found[n].is_floating_point() and not found[n].isfinite().all()]
    if spoiled:
        raise CheckpointError(f"{path} holds values that are not finite, e.g. in {spoiled[0]}", hint="use another file")
    model.load_state_dict({n: found[n] for n in taken}, strict=False)
    return TakenOver(
        source=Path(path),
        taken=tuple(taken),
        other_shape=tuple(n for n in own if n in found and found[n].shape != own[n].shape),
        lacking=tuple(n for n in own if n not in found),
        left=tuple(n for n in found if n not in own),
        parameters_taken=count,
        parameters=total,
    )

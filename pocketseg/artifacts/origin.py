"""The fp32 network that an artifact was made from: the reference of argmax agreement."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import models
from pocketseg.core.errors import ManifestError, UsageError
from pocketseg.core.files import sha256_file
from pocketseg.core.types import Artifact

_NOTHING = models.Given()


def find_reference(
    artifact: Artifact, also: Sequence[str] = (), given: models.Given = _NOTHING
) -> models.Loaded | None:
    """Return the network whose weights the manifest names: one of `also`, else a released one, else None.

    given: what the files of `also` hold, where neither it nor the manifest says so. Raises UsageError where the
    manifest contradicts it, ManifestError for a manifest with impossible values, CheckpointError.
    """
    for name, said in [*((name, given) for name in also), *((name, _NOTHING) for name in models.released())]:
        if sha256_file(models.locate(name)) == artifact.checkpoint_sha256:
            return models.open_any_model(name, _as_made(artifact, said))
    return None


def _as_made(artifact: Artifact, given: models.Given) -> models.Given:
    """Return how an artifact's network was described when it was made, completed by `given`."""
    try:
        made = models.Given(
            network=artifact.facts.get("network"),
            height_px=artifact.input_height_px,
            width_px=artifact.input_width_px,
            mean_rgb=artifact.preprocessing.mean_rgb,
            std_rgb=artifact.preprocessing.std_rgb,
        )
    except (UsageError, TypeError, ValueError) as error:
        raise ManifestError(
            f"the manifest of {artifact.file} does not describe a network: {error}", hint="export the file again"
        ) from error
    said = {name: value for name, value in dataclasses.asdict(made).items() if value is not None}
    for name, value in dataclasses.asdict(given).items():
        if value is not None and said.setdefault(name, value) != value:
            option = "--" + name.removesuffix("_rgb")
            raise UsageError(
                f"according to its manifest, {artifact.file} was made with {option} {_plain(said[name])}, not "
                f"{_plain(value)}",
                hint=f"leave {option} out",
            )
    return models.Given(**said)


def _plain(value: object) -> str:
    return ",".join(f"{v:.6g}" for v in value) if isinstance(value, tuple) else str(value)

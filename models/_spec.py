"""What a weights file holds: by its own metadata, its tensors, the caller's statements and published defaults.

Tensors alone never decide between networks of the same shapes; what was taken from the published defaults is reported.
"""

from __future__ import annotations

import dataclasses
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path

from torch import Tensor

import models
from models._checkpoints import check_network, count_classes, identify, read_metadata, read_state_dict
from models._given import Given, numbers
from pocketseg.core.errors import CheckpointError, UnknownNameError, UsageError
from pocketseg.core.outside import parse_json
from pocketseg.core.types import ModelSpec

SPEC_KEYS = ("network", "classes", "height_px", "width_px", "mean_rgb", "std_rgb")
ASSUMED = "assumed"  # metadata of a network made from one with assumptions: JSON, text by name
STRETCH = "stretch"  # the only way in which photos are brought to the input size
_OPTIONS = ("network", "classes", "mean_rgb", "std_rgb")  # apply to a file that does not say so itself


def spec_of(
    metadata: Mapping[str, str], state: Mapping[str, Tensor], given: Given, path: Path
) -> tuple[ModelSpec, dict[str, str]]:
    """Return the spec of a file, and what was assumed about it, by topic.

    Raises UnknownNameError, and CheckpointError for a file that contradicts `given` or fits several networks.
    """
    if given.network is not None and given.network not in models.names():
        raise UnknownNameError("network", given.network, models.names())
    if "network" not in metadata:
        spec = _bare(state, given, path)
        return spec, _assumed(spec, given)
    spec, assumed = _own(metadata, path), _assumed_before(metadata, path)
    _agree(spec, given, path)
    if given.height_px is not None and given.width_px is not None:
        assumed.pop("size", None)
    return _sized(spec, given), assumed


def given_each(refs: Sequence[str], given: Given) -> list[Given]:
    """Return what each of several models is opened with: a file's own statements are not repeated.

    What no file lacks stays for all of them, so that opening one reports the contradiction. Raises as open_model does.
    """
    options = [name for name in _OPTIONS if getattr(given, name) is not None]
    if len(refs) < 2 or not options:
        return [given] * len(refs)
    said = [_said(models.locate(ref)) for ref in refs]
    useful = [name for name in options if not all(name in own for own in said)]
    return [dataclasses.replace(given, **{name: None for name in useful if name in own}) for own in said]


def _said(path: Path) -> tuple[str, ...]:
    """Return what a file says itself: everything in metadata, or its network by tensors that no other network has."""
    if "network" in read_metadata(path):
        return _OPTIONS
    return ("network",) if len(identify(read_state_dict(path), path)) == 1 else ()


def assumed_line(name: str, assumed: Mapping[str, str]) -> str:
    """Return one line on what was assumed about a model, empty where nothing was."""
    if not assumed:
        return ""
    return f"assumed of {name}: " + "; ".join(f"{what} {value}" for what, value in assumed.items())


# ---- files that describe themselves ----------------------------------------------------------------------------------


def _own(metadata: Mapping[str, str], path: Path) -> ModelSpec:
    """Return the spec in a file's own metadata."""
    absent = [key for key in SPEC_KEYS if key not in metadata]
    if absent:
        raise CheckpointError(f"the metadata of {path} lacks {', '.join(absent)}", hint="save it again with PocketSeg")
    name = metadata["network"]
    if name not in models.names():
        message = f"{path} holds a network {name!r} that this version does not have"
        raise CheckpointError(message, hint=f"networks: {', '.join(models.names())}")
    if metadata.get("fit", STRETCH) != STRETCH:
        raise CheckpointError(
            f"the metadata of {path} says fit {metadata['fit']!r} for bringing photos to its input; only {STRETCH!r} "
            "is supported, and any other way would give wrong masks",
            hint=f"train it on stretched photos, or, if it was, save it with the metadata fit = {STRETCH}",
        )
    try:
        labels = parse_json(metadata["classes"])
        if not isinstance(labels, list):
            raise ValueError("classes is not a list of names")
        mean_rgb, std_rgb = (_three(parse_json(metadata[key])) for key in ("mean_rgb", "std_rgb"))
        height_px, width_px = int(metadata["height_px"]), int(metadata["width_px"])
        Given(height_px=height_px, width_px=width_px, mean_rgb=mean_rgb, std_rgb=std_rgb)  # within the same bounds
        return dataclasses.replace(
            models.spec(name),
            height_px=height_px,
            width_px=width_px,
            mean_rgb=mean_rgb,
            std_rgb=std_rgb,
            classes=tuple(str(label) for label in labels),
        )
    except (ValueError, TypeError, RecursionError, UsageError) as error:
        raise CheckpointError(f"the metadata of {path} is damaged: {error}", hint="save it again") from error


def _three(values: list[float]) -> tuple[float, float, float]:
    red, green, blue = (float(value) for value in values)
    return red, green, blue


def _assumed_before(metadata: Mapping[str, str], path: Path) -> dict[str, str]:
    """Return what was assumed about the network that a file was made from."""
    try:
        found = parse_json(metadata.get(ASSUMED, "{}"))
        if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
            raise ValueError(f"{ASSUMED} is not a table of texts")
        return found
    except ValueError as error:
        raise CheckpointError(f"the metadata of {path} is damaged: {error}", hint="save it again") from error


def _agree(spec: ModelSpec, given: Given, path: Path) -> None:
    """Refuse statements that the file contradicts."""
    if given.network not in (None, spec.name):
        raise CheckpointError(f"{path} says it holds {spec.name}, not {given.network}", hint="leave the network out")
    if given.classes not in (None, len(spec.classes)):
        names = ", ".join(spec.classes)
        message = f"{path} says it has {len(spec.classes)} classes ({names}), not {given.classes}"
        raise CheckpointError(message, hint="leave the class count out")
    for name, own, said in (("mean", spec.mean_rgb, given.mean_rgb), ("std", spec.std_rgb, given.std_rgb)):
        if said is not None and said != own:
            raise CheckpointError(
                f"{path} says that its {name} is {numbers(own)}, not {numbers(said)}",
                hint=f"leave the {name} out: with another one its masks would be wrong",
            )


# ---- bare files ------------------------------------------------------------------------------------------------------


def _bare(state: Mapping[str, Tensor], given: Given, path: Path) -> ModelSpec:
    """Return the spec of a file without metadata: from its shapes, `given`, and the network's published defaults."""
    found: int | None
    if given.network is None:
        network, found = _told_apart(identify(state, path), path)
    else:
        network, found = given.network, count_classes(state, given.network)
    if network in models.parts():
        hint = f"use weights of the whole network, {network.removesuffix('_backbone')}"
        raise CheckpointError(f"{path} holds {network}: features without a segmentation head", hint=hint)
    if found == 1:
        message = f"{path} holds {network} with one output channel, a saliency network"
        hint = (
            "PocketSeg needs a channel for each class, background first; a training can start from this file: "
            f"pocketseg train {network} --init FILE"
        )
        raise CheckpointError(message, hint=hint)
    spec = models.spec(network)
    count = given.classes or found or len(spec.classes)
    check_network(state, network, count, path)
    if count != len(spec.classes):
        spec = dataclasses.replace(spec, classes=tuple(f"class_{index}" for index in range(count)))
    spec = dataclasses.replace(spec, mean_rgb=given.mean_rgb or spec.mean_rgb, std_rgb=given.std_rgb or spec.std_rgb)
    return _sized(spec, given)


def _told_apart(found: Sequence[tuple[str, int]], path: Path) -> tuple[str, int]:
    """Return the one network that a file's tensors fit. Raises CheckpointError where several different ones fit."""
    names = [network for network, _ in found if network in models.names()]
    specs = {dataclasses.replace(models.spec(network), name="") for network in names}
    if len(specs) < 2 or found[0][1] == 1:
        return found[0]
    listed = " or ".join(f"{name} ({_portrait(models.spec(name))})" for name in names)
    out = shlex.quote(f"{path.stem}_named.safetensors")
    copy = f"pocketseg compress {shlex.quote(str(path))} --network NAME --recipe fp32 --out {out}"
    raise CheckpointError(
        f"{path} fits {len(names)} networks, and its weights cannot tell which one it is: {listed}",
        hint=(
            f"say which: {' or '.join(f'--network {name}' for name in names)}\nwhere a model is named without that "
            f"option, as a teacher is, use a copy that says it: {copy}"
        ),
    )


def _portrait(spec: ModelSpec) -> str:
    about = models.about(spec.name)
    facts = f"{spec.height_px} x {spec.width_px} px, mean {numbers(spec.mean_rgb)}, std {numbers(spec.std_rgb)}"
    return f"{about}, {facts}" if about else facts


def _sized(spec: ModelSpec, given: Given) -> ModelSpec:
    return dataclasses.replace(
        spec,
        height_px=spec.height_px if given.height_px is None else given.height_px,
        width_px=spec.width_px if given.width_px is None else given.width_px,
    )


def _assumed(spec: ModelSpec, given: Given) -> dict[str, str]:
    """Return which parts of a bare file's spec neither its tensors nor the caller gave."""
    sides = (("height", spec.height_px, given.height_px), ("width", spec.width_px, given.width_px))
    scale = (("mean", spec.mean_rgb, given.mean_rgb), ("std", spec.std_rgb, given.std_rgb))
    sizes = " and ".join(f"{name} {own} px" for name, own, said in sides if said is None)
    if given.height_px is None and given.width_px is None:
        sizes = f"{spec.height_px} x {spec.width_px} px"
    scales = " and ".join(f"{name} {numbers(own)}" for name, own, said in scale if said is None)
    published = f", as {spec.name} is published"
    return {
        **({"size": sizes + published} if sizes else {}),
        **({"normalisation": scales + published} if scales else {}),
        "classes": ", ".join(spec.classes),
    }

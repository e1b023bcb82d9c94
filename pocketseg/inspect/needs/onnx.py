"""What a .onnx needs: the version of its intermediate representation (IR), and of each set of operators."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from pocketseg.inspect.needs import Need

WAY_OUT = "no option of `pocketseg export` makes an older file; other tools' exporters take an opset"
_STANDARD = ("", "ai.onnx", "ai.onnx.ml")
_OLDEST_OPSET = (
    7  # "All versions of ONNX Runtime will support ONNX opsets all the way back to ... 7": its Versioning.md
)
_DEEPEST = 50  # graphs inside graphs


def read(path: Path) -> dict[str, Any]:
    """Return what the graph needs, without reading data that lies in other files."""
    import onnx
    from google.protobuf.message import DecodeError

    try:
        model = onnx.load(path, load_external_data=False)
    except DecodeError as error:  # not a ValueError, though it means one
        raise ValueError(f"it is cut short or not an ONNX file ({error})") from error
    if not model.graph.node:
        raise ValueError("it holds no graph")
    own = {(function.domain, function.name) for function in model.functions}
    nodes = list(_nodes(model.graph.node, 0))
    for function in model.functions:
        nodes += _nodes(function.node, 0)
    foreign = {f"{n.domain}::{n.op_type}"[:80] for n in nodes if (n.domain, n.op_type) not in own}
    return {
        "ir": int(model.ir_version),
        "opsets": {o.domain.removeprefix("ai.onnx") if o.domain == "ai.onnx" else o.domain: int(o.version)
                   for o in model.opset_import},
        "custom": sorted(name for name in foreign if name.partition("::")[0] not in _STANDARD),
    }  # fmt: skip


def needs(facts: dict[str, Any], known: dict[str, Any]) -> list[Need]:
    """Compare a file with the releases."""
    releases: dict[str, Any] = known["releases"]
    app = known["app"]

    def need(what: str, has: dict[str, bool]) -> Need:
        return Need(what=what, since=next((r for r, takes in has.items() if takes), None), in_app=has.get(app, False))

    found = [need(f"IR version {facts['ir']}", {r: k["ir"] >= facts["ir"] for r, k in releases.items()})]
    for domain, version in facts["opsets"].items():
        if domain in _STANDARD:
            has = {r: k["opsets"][domain] >= version for r, k in releases.items()}
            if not domain and version < _OLDEST_OPSET:
                has = {}
            found.append(need(f"opset {version} of {domain or 'ai.onnx'}", has))
    found += [need(f"the operator {name}, which is not in the standard", {}) for name in facts["custom"]]
    return found


def _nodes(nodes: Iterable[Any], depth: int) -> Iterator[Any]:
    if depth > _DEEPEST:
        raise ValueError("its graphs are nested too deep")
    for node in nodes:
        yield node
        for attribute in node.attribute:
            for graph in (attribute.g, *attribute.graphs):
                yield from _nodes(graph.node, depth + 1)

"""An inspected file as rich tables, for a terminal of any width."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from pocketseg.inspect import Inspection, Layer, Port

_LAYER_COLUMNS = 62  # what the layers' other columns take
_LEAST_NAME = 18
_MOST_SIZES = 8  # of a port that are named one by one
_LONG_CHAIN = 6  # operations of one kind that are named one by one


def render(found: Inspection, layers: int, width: int) -> Group:
    """Return all that was found in a file, for rich to print.

    Args:
        layers: largest number of layers to list, the largest layers first.
        width: of the terminal, in columns.
    """
    return Group(*_parts(found, layers, width))


def _parts(found: Inspection, layers: int, width: int) -> Iterator[RenderableType]:
    head = [f"{found.target}", _megabytes(found.size_bytes)]
    if found.least_os:
        head.append(f"needs {found.least_os} or later")
    yield Text.assemble((found.file, "bold"), "  " + ", ".join(head))
    for name, value in found.metadata.items():
        if value:
            yield Text(f"  {name.removeprefix('com.apple.coreml.model.')}: {value}", overflow="ellipsis", no_wrap=True)
    yield from _facts(found)
    yield _title("Inputs and outputs", "as the file has them")
    yield _ports(found)
    if found.manifest is not None:
        yield _title("Inputs and outputs", "as manifest.json beside it says")
        yield _manifest_ports(found.manifest)
    yield _title("Operations", f"{sum(found.operations.values())} of {len(found.operations)} kinds")
    yield Text(", ".join(f"{name} {count}" for name, count in found.operations.items()))
    if found.delegation is not None:
        yield from _delegation(found)
    yield _title("Constants", "bytes as stored, of layers, scales, palettes and all else")
    yield Text(", ".join(f"{kind} {size:,}" for kind, size in found.constants.items()) or "none")
    if found.layers:
        shown = min(layers, len(found.layers))
        count = f"the {shown} largest of {len(found.layers)}" if shown < len(found.layers) else f"{shown}"
        yield _title("Weights by layer", count)
        yield _layers(found.layers[:layers], width)
    if found.risks:
        yield _title("Neural Engine", "risks: only a device can tell")
        yield _risks(found)
    for note in found.notes:
        yield Text(f"note: {note}", style="yellow")


def _title(name: str, detail: str) -> Text:
    return Text.assemble("\n", (name, "bold"), (f" ({detail})", "dim"))


def _facts(found: Inspection) -> Iterator[Text]:
    """Yield the lines on multiply-adds and compression."""
    if found.multiply_adds is not None:
        yield Text(f"  {found.multiply_adds / 1e6:,.1f} million multiply-adds per run")
    elif found.multiply_adds_reason:
        yield Text(f"  multiply-adds not known: {found.multiply_adds_reason}")
    if found.layers:
        weights = sum(layer.weights for layer in found.layers)
        kinds: dict[str, int] = {}
        for layer in found.layers:
            kinds[layer.kind] = kinds.get(layer.kind, 0) + layer.weights
        parts = (f"{count / weights:.1%} {kind}" for kind, count in sorted(kinds.items(), key=lambda item: -item[1]))
        zeros = sum(layer.zero_share * layer.weights for layer in found.layers) / weights
        yield Text(f"  {weights:,} weights in {len(found.layers)} layers: {', '.join(parts)}; {zeros:.1%} are 0")
    if found.before_first_layer:
        yield Text(f"  before the first layer: {_chain(found.before_first_layer)}")


def _chain(names: Sequence[str]) -> str:
    return " > ".join(names[:_LONG_CHAIN]) + (f" > ... ({len(names)} in all)" if len(names) > _LONG_CHAIN else "")


def _table(*columns: str, right: Sequence[str] = ()) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    for column in columns:
        table.add_column(column, justify="right" if column in right else "left", overflow="fold")
    return table


def _ports(found: Inspection) -> Table:
    table = _table("", "name", "shape", "values", "details")
    for side, ports in (("in", found.inputs), ("out", found.outputs)):
        for port in ports:
            table.add_row(side, port.name, _shape(port), port.kind, port.detail)
    return table


def _shape(port: Port) -> str:
    if not port.shape:
        return "not in the file"
    text = " x ".join(str(n) if n else "?" for n in port.shape)
    if port.ranges:
        text = " x ".join(map(_range, port.ranges))
        if all(port.shape):
            text += f"; default {' x '.join(map(str, port.shape))}"
    elif port.sizes:
        some = [" x ".join(map(str, size)) for size in port.sizes[:_MOST_SIZES]]
        rest = len(port.sizes) - len(some)
        text = f"one of {', '.join(some)}" + (f" and {rest} more" if rest else "") + f"; default {text}"
    return f"{text} (height x width)" if port.kind.endswith("picture") else text


def _range(bounds: tuple[int, int]) -> str:
    """Return the sizes that one dimension may have, as text."""
    least, most = bounds
    if least == most:
        return str(least)
    if most >= 0:
        return f"{least}..{most}"
    return "any" if least <= 1 else f"{least} or more"


def _manifest_ports(content: dict[str, Any]) -> Table:
    table = _table("", "name", "shape", "layout", "values", "normalisation")
    for side in ("inputs", "outputs"):
        for port in content[side]:
            values = str(port["dtype"])
            if port["value_range"] is not None:
                low, high = port["value_range"]
                values += f", {low:g} to {high:g}"
            normal = {"inside": "inside the file", "none": ""}.get(port["normalization"], port["normalization"])
            shape = " x ".join(map(str, port["shape"]))
            table.add_row(side.removesuffix("puts"), port["name"], shape, port["layout"], values, normal)
    return table


def _delegation(found: Inspection) -> Iterator[RenderableType]:
    d = found.delegation
    assert d is not None
    yield _title(d.delegate, d.how)
    parts = "1 partition" if d.partitions == 1 else f"{d.partitions} partitions"
    total = d.inside_nodes + d.outside_nodes
    yield Text(f"{d.inside_nodes} of {total} nodes run in it, in {parts}; {d.outside_nodes} fall out")
    if d.outside:
        yield Text("fall out: " + ", ".join(f"{name} {count}" for name, count in d.outside.items()))


def _layers(layers: Sequence[Layer], width: int) -> Table:
    table = _table(
        "layer", "operation", "kind", "bytes", "weights", "zeros", "values", "times",
        right=("bytes", "weights", "zeros", "values"),
    )  # fmt: skip
    room = max(_LEAST_NAME, width - _LAYER_COLUMNS)
    for layer in layers:
        name = layer.name if len(layer.name) <= room else "…" + layer.name[-room + 1 :]
        table.add_row(
            name, layer.operation[:16], layer.kind, f"{layer.bytes:,}", f"{layer.weights:,}",
            f"{layer.zero_share:.1%}", "" if layer.kind.endswith(("float32", "float16")) else str(layer.unique_values),
            layer.compute,
        )  # fmt: skip
    return table


def _risks(found: Inspection) -> Table:
    table = _table("operations", "risk", "why", right=("operations",))
    for risk in found.risks:
        table.add_row(str(risk.operations), risk.what, Text.assemble(risk.why, (f" [{risk.source}]", "dim")))
    return table


def _megabytes(count: int) -> str:
    return f"{count / 1e6:.2f} MB" if count >= 10_000 else f"{count:,} bytes"

"""A .pte: what runs in its XNNPACK delegates, and the operators left outside."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from export import _readback_executorch
from pocketseg.core.errors import RuntimeFailedError
from pocketseg.inspect import Delegation, Inspection, Port
from pocketseg.inspect._layers import counted, layers_of, summed

_MAGIC = b"ET12"  # at byte 4


def read(path: Path, shape: tuple[int, ...] | None) -> Inspection:
    """Read the file, which holds the shape itself. Raises RuntimeFailedError for another kind of file."""
    data = path.read_bytes()
    if data[4:8] != _MAGIC:
        raise RuntimeFailedError(f"{path} is not a .pte file: its first bytes are different")
    from executorch.exir._serialize._program import deserialize_pte_binary

    program = deserialize_pte_binary(data).program
    plan = program.execution_plan[0]
    foreign = sorted({d.id for d in plan.delegates} - {"XnnpackBackend"})
    if foreign:
        raise RuntimeFailedError(
            f"{path} uses the delegate {foreign[0]}, which is not known here", hint="only files for XNNPACK are read"
        )
    graphs = [
        _readback_executorch.delegate_graph(bytes(program.backend_delegate_data[d.processed.index].data))[0]
        for d in plan.delegates
    ]
    inside = [[n["xnode_union_type"].removeprefix("XNN") for n in g["xnodes"]] for g in graphs]
    outside = [_short(plan.operators[i.op_index]) for i in _calls(plan, "op_index")]
    order = [names for call in _calls(plan, "delegate_index") for names in inside[call.delegate_index]]
    contents = _readback_executorch.read_back(path)
    kernels = [name.removeprefix("XNN") for name in _readback_executorch.LAYERS]
    return Inspection(
        file=path.name,
        target="executorch",
        size_bytes=0,
        inputs=_ports(plan, plan.inputs, "input"),
        outputs=_ports(plan, plan.outputs, "output"),
        operations=counted([*(n for names in inside for n in names), *outside]),
        constants=summed(_constants(graphs)),
        layers=layers_of(contents),
        multiply_adds=contents.multiply_adds,
        multiply_adds_reason=contents.reason,
        before_first_layer=tuple(itertools.takewhile(lambda name: name not in kernels, order)),
        delegation=Delegation(
            delegate="XNNPACK", partitions=len(graphs), inside_nodes=sum(map(len, inside)), outside_nodes=len(outside),
            outside=counted(outside), how="as determined when the file was lowered",
        ),
    )  # fmt: skip


def _short(operator: Any) -> str:
    name = str(operator.name).removeprefix("aten::")
    return f"{name}.{operator.overload}" if operator.overload else name


def _calls(plan: Any, field: str) -> Iterator[Any]:
    """Return the instructions that call an operator (op_index) or a delegate (delegate_index), in order."""
    for chain in plan.chains:
        for instruction in chain.instructions:
            if hasattr(instruction.instr_args, field):
                yield instruction.instr_args


def _ports(plan: Any, places: list[int], side: str) -> tuple[Port, ...]:
    """Return inputs or outputs, which a program numbers and does not name."""
    found = []
    for place, index in enumerate(places):
        tensor = plan.values[index].val
        if hasattr(tensor, "sizes"):
            kind = {"float": "float32", "byte": "uint8", "char": "int8", "int": "int32", "half": "float16"}
            name = str(tensor.scalar_type.name).lower()
            shape = tuple(int(n) for n in tensor.sizes)
            found.append(Port(name=f"{side} {place}", shape=shape, kind=kind.get(name, name)))
    return tuple(found)


def _constants(graphs: list[dict[str, Any]]) -> Iterator[tuple[str, int]]:
    """Yield type and bytes of every constant of the delegates; one that two nodes share counts once."""
    for graph in graphs:
        seen: set[int] = set()
        for value in map(_readback_executorch.tensor_value, graph["xvalues"]):
            place = value.get("constant_buffer_idx", 0)
            if place and place not in seen:
                seen.add(place)
                kind = str(value["datatype"]).removeprefix("xnn_datatype_")
                yield kind, int(graph["constant_data"][place]["size"])

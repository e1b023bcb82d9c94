"""What a .pte needs: the identifiers of its program and of its delegate's graph, kernels, and the graph's nodes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pocketseg.inspect.needs import Need

WAY_OUT = "no option of `pocketseg export` makes an older file; another target's file may be one that the app opens"
_DELEGATE = "XnnpackBackend"


def read(path: Path) -> dict[str, Any]:
    """Return what is in the program and its delegates' graphs."""
    from executorch.backends.xnnpack.serialization.xnnpack_graph_serialize import XNNHeader
    from executorch.exir._serialize._program import deserialize_pte_binary

    from export._readback_executorch import delegate_graph

    data = path.read_bytes()
    if not data[4:6] == b"ET":
        raise ValueError("it does not begin as one")
    identifiers = {data[4:8].decode(errors="replace")}
    program = deserialize_pte_binary(data).program
    kernels, delegates, nodes = set(), set(), set()
    for plan in program.execution_plan:
        kernels |= {f"{o.name}.{o.overload}" if o.overload else str(o.name) for o in plan.operators}
        for delegate in plan.delegates:
            delegates.add(str(delegate.id)[:80])
            if delegate.id != _DELEGATE:
                continue
            payload = bytes(program.backend_delegate_data[delegate.processed.index].data)
            start = XNNHeader.from_bytes(payload[: XNNHeader.EXPECTED_LENGTH]).flatbuffer_offset
            identifiers.add(payload[start + 4 : start + 8].decode(errors="replace"))
            nodes |= {str(n["xnode_union_type"]).removeprefix("XNN") for n in delegate_graph(payload)[0]["xnodes"]}
    if not kernels and not delegates:
        raise ValueError("it computes nothing")
    return {
        "identifiers": sorted(identifiers),
        "kernels": sorted(kernels),
        "delegates": sorted(delegates),
        "nodes": sorted(nodes),
    }


def needs(facts: dict[str, Any], known: dict[str, Any]) -> list[Need]:
    """Compare a file with the desktop builds of each release, and with the library in the app."""
    found = []
    for what, kind in (("the format {}", "identifiers"), ("the kernel {}", "kernels"), ("XNNPACK's {}", "nodes")):
        for name in facts[kind]:
            in_app = name in known[f"app_{kind}"]
            found.append(Need(what=what.format(name), since=known[kind].get(name), in_app=in_app))
    for name in facts["delegates"]:
        if name != _DELEGATE:
            found.append(Need(what=f"the delegate {name}", since=None, in_app=False))
    return found

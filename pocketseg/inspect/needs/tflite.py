"""What a .tflite needs: its operators in their versions, where its weights lie, recently added types."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pocketseg.core.errors import RuntimeFailedError
from pocketseg.inspect.needs import Need

WAY_OUT = "no option of `pocketseg export` makes an older file; another target's file may be one that the app opens"
_SCHEMA = 3  # the flatbuffer's, of all TensorFlow Lite
_IDENTIFIER = b"TFL3"
_MOST = 1_000_000  # operators, tensors, buffers: a larger count is not a network but a damaged length
_OLD_TYPES = (
    "FLOAT32", "FLOAT16", "INT32", "UINT8", "INT64", "STRING", "BOOL", "INT16", "COMPLEX64", "INT8", "FLOAT64",
    "COMPLEX128", "UINT64", "RESOURCE", "VARIANT", "UINT32",
)  # fmt: skip


def read(path: Path) -> dict[str, Any]:
    """Return what the flatbuffer's tables say, without reading the weights."""
    from ai_edge_litert import schema_py_generated as schema

    data = path.read_bytes()
    if data[4:8] != _IDENTIFIER:
        raise ValueError("it does not begin as one")
    model = schema.Model.GetRootAsModel(data, 0)
    names = {code: name for name, code in vars(schema.BuiltinOperator).items() if isinstance(code, int)}
    types = {code: name for name, code in vars(schema.TensorType).items() if isinstance(code, int)}
    operators, custom = set(), set()
    for place in range(_bounded(model.OperatorCodesLength())):
        code = model.OperatorCodes(place)
        number = max(code.BuiltinCode(), code.DeprecatedBuiltinCode())
        if number == schema.BuiltinOperator.CUSTOM:
            custom.add((code.CustomCode() or b"").decode(errors="replace")[:80])
        else:
            operators.add((names.get(number, f"number {number}"), code.Version()))
    used = set()
    for place in range(_bounded(model.SubgraphsLength())):
        graph = model.Subgraphs(place)
        used |= {graph.Tensors(i).Type() for i in range(_bounded(graph.TensorsLength()))}
    buffers = [model.Buffers(i) for i in range(_bounded(model.BuffersLength()))]
    outside = [buffer for buffer in buffers if buffer.Offset() > 1]
    if any(buffer.Offset() + buffer.Size() > len(data) for buffer in outside):
        raise ValueError("a weight lies beyond its end")
    if not operators and not custom:
        raise ValueError("it has no operator")
    return {
        "schema": model.Version(),
        "operators": sorted(operators),
        "custom": sorted(custom),
        "types": sorted(types.get(code, f"number {code}") for code in used),
        "outside_buffers": len(outside),
    }


def needs(facts: dict[str, Any], known: dict[str, Any]) -> list[Need]:
    """Compare a file with the releases, of which each has all that the ones before it had."""
    releases: list[str] = known["releases"]
    newest = releases.index(known["app"])

    def need(what: str, since: str | None) -> Need:
        return Need(what=what, since=since, in_app=since is not None and releases.index(since) <= newest)

    found = [
        need(f"{name} version {v}", known["operators"].get(name, {}).get(str(v))) for name, v in facts["operators"]
    ]
    found += [need(f"the custom operator {name}", None) for name in facts["custom"]]
    found += [
        need(f"tensors of type {name}", known["types"].get(name)) for name in facts["types"] if name not in _OLD_TYPES
    ]
    if facts["schema"] != _SCHEMA:
        found.append(need(f"schema version {facts['schema']}", None))
    if facts["outside_buffers"]:
        found.append(need("weights behind the flatbuffer", known["outside_buffers"]))
    return found


def _bounded(count: int) -> int:
    if count > _MOST:
        raise RuntimeFailedError(f"a table has {count:,} entries, but at most {_MOST:,} are read", hint="it is damaged")
    return count

"""A job for the cluster's workers in tests: it reports that it began, waits, and answers as a sweep's job does."""

from __future__ import annotations

import os
import time
import uuid
from pathlib import Path
from typing import Any


def job(message: dict[str, Any]) -> dict[str, Any]:
    """Leave a file named by the job's kind and this process, then return made-up rows."""
    (Path(message["out"]) / f"began-{message['kind']}-{os.getpid()}-{uuid.uuid4().hex}").touch()
    time.sleep(1.0)
    if message["kind"] == "files":
        return {"files": [{"reused": False} for _ in message["cells"]]}
    if message["kind"] != "measure":
        return {}
    given = {"model": "m", "target": "onnx", "precision": "fp32", "runtime": "ort", "status": "ok", "latencies_ms": []}
    return {"rows": [{**given, "recipe": cell["recipe"]} for cell in message["cells"]]}

"""STAND-IN for the app on a phone: writes the progress and two records of a made-up job, and no measurement.

`python _loopback_app.py JOB FOLDER BUNDLE_SHA256`. Class maps are 4 MB of noise, so that their way takes a while.
"""

from __future__ import annotations

import hashlib
import random
import sys
import time
from pathlib import Path

from _fake_adb import progress, record

_STEP_S = 0.6


def main(job: str, folder: Path, bundle: str) -> None:
    def put(name: str, data: bytes) -> None:
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.with_name(f"{path.name}.part").write_bytes(data)
        path.with_name(f"{path.name}.part").rename(path)

    for run in range(2):
        put("progress.json", progress(job, bundle, {"run": run}))
        time.sleep(_STEP_S)
        noise = random.Random(run).randbytes(4 << 20)
        name = hashlib.sha256(noise).hexdigest()
        put(f"maps/{name}.runs", noise)
        put(f"{run}.json", record(job, bundle, run, name))
    put("progress.json", progress(job, bundle, {"run": 2, "state": "finished"}))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]).stem)

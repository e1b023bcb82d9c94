"""What a phone is asked to do with a bundle's files."""

from __future__ import annotations

from dataclasses import dataclass

from pocketseg.core.errors import UsageError

ACCELERATORS = ("cpu", "gpu", "npu")


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What a phone is asked to do. run_s, total_s: limits for one file and for all, in seconds.

    max_temp_c: battery temperature, °C, above which a phone waits before it measures; None: it does not check.
    """

    accelerators: tuple[str, ...] = ("cpu",)
    threads: int = 1
    passes: int = 40
    seed: int = 0
    run_s: int = 600
    total_s: int = 7200
    max_temp_c: float | None = None

    def __post_init__(self) -> None:
        for name in self.accelerators:
            if name not in ACCELERATORS:
                raise UsageError(f"unknown accelerator {name!r}", hint=f"valid: {', '.join(ACCELERATORS)}")
        if len(set(self.accelerators)) < len(self.accelerators) or not self.accelerators:
            raise UsageError("name at least one accelerator, and each only once")
        for label, value, most in (("threads", self.threads, 64), ("passes", self.passes, 1000)):
            if not 1 <= value <= most:
                raise UsageError(f"{label} is {value}; it must be 1 to {most}")
        if self.max_temp_c is not None and not 0 <= self.max_temp_c <= 100:  # nan is neither
            raise UsageError(f"max_temp_c is {self.max_temp_c}; it must be 0 to 100 degrees Celsius")

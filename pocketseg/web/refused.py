"""A request that is refused: the status of HTTP, a sentence that says why, and one that says what to do."""

from __future__ import annotations


class Refused(Exception):
    """What the browser is told; no fault of ours. headers: further ones of the answer, such as Allow."""

    def __init__(self, status: int, message: str, hint: str = "", *, headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.status, self.message, self.hint, self.headers = status, message, hint, headers or {}

"""A refused request: the HTTP status, a sentence that says why, and one that says what to do."""

from __future__ import annotations

SEE_TERMINAL = "see the terminal of `pocketseg serve`; what was measured is kept in this browser until it is accepted"


class Refused(Exception):
    """What the browser is told; not a fault of this program. headers: further ones of the answer, such as Allow.

    inner: the same for whoever started the server, where that says more: it may name files of this computer.
    """

    def __init__(
        self, status: int, message: str, hint: str = "", *, headers: dict[str, str] | None = None, inner: str = ""
    ) -> None:
        super().__init__(message)
        self.status, self.message, self.hint, self.headers = status, message, hint, headers or {}
        self.inner = inner or message

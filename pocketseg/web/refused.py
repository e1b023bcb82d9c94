"""A refused request: the HTTP status, a sentence with the reason, and one with the remedy."""

from __future__ import annotations

SEE_TERMINAL = "see the terminal of `pocketseg serve`; what was measured is kept in this browser until it is accepted"


class Refused(Exception):
    """The reason that the browser is told; not a fault of this program.

    Attributes:
        headers: additional ones for the answer, such as Allow.
        inner: a more detailed reason for whoever started the server, which may name files of this computer.
    """

    def __init__(
        self, status: int, message: str, hint: str = "", *, headers: dict[str, str] | None = None, inner: str = ""
    ) -> None:
        super().__init__(message)
        self.status, self.message, self.hint, self.headers = status, message, hint, headers or {}
        self.inner = inner or message

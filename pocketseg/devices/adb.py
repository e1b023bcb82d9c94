"""A client for the `adb` program: which phones are there, and the answers of one of them.

Every call names its phone (`-s`), and has a time limit and a limit on its output. A serial is compared with those that
adb lists and passed to adb as an argument; it is never part of a line for a shell.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pocketseg.core.errors import DeviceError
from pocketseg.core.record import printable
from pocketseg.devices._call import Answer, TooLongError, TooMuchError, call
from pocketseg.devices._quoting import ended, shell_line
from pocketseg.devices.phone import READY, NoWayError, PhoneLostError

ANSWER_S = 30.0  # a phone that slept answers its first command after some seconds
MOST_BYTES = 1 << 20
_MOST_SHOWN = 300
_COMPLAINT = "error: "
_LISTED = re.compile(
    r"(?P<serial>\S+)\s+(?P<state>no permissions|device|offline|unauthorized|authorizing|connecting|bootloader|"
    r"recovery|rescue|sideload|host|unknown)\b(?P<rest>.*)"
)
_INSTALL = (
    "install Android's platform tools, so that `adb` is on the PATH: `apt install adb`, "
    "`brew install android-platform-tools`, or https://developer.android.com/tools/releases/platform-tools"
)
_MENDS = {
    "unauthorized": "unlock the phone and allow USB debugging from this computer, then try again",
    "authorizing": "unlock the phone and allow USB debugging from this computer, then try again",
    "offline": "unplug it and plug it in again; if it stays so, `adb kill-server`",
    "connecting": "wait a moment and try again",
    "no permissions": "this user may not open it: install android-udev-rules (or its equivalent), and plug it in again",
}
_NO_REVERSE = "`adb reverse` needs Android 5 or newer and, over Wi-Fi, Android 11 or newer"
_OTHER_STATE = "start Android on it, with USB debugging allowed in its developer options"


@dataclass(frozen=True, slots=True, kw_only=True)
class Phone:
    """A phone as adb lists it."""

    serial: str
    state: str  # READY, or why it takes no commands
    facts: dict[str, str] = field(default_factory=dict)  # model, product, transport_id...

    @property
    def shown(self) -> str:
        """Return its serial, and its model where adb knows it; safe to print on a terminal."""
        model = self.facts.get("model", "").replace("_", " ")
        return printable(f"{self.serial} ({model})" if model else self.serial)


def devices() -> list[Phone]:
    """Return the phones that adb lists, including those that take no commands. Raises DeviceError where there is no
    adb.
    """
    answer = _adb(["devices", "-l"], ANSWER_S, MOST_BYTES)
    if answer.code != 0:
        raise DeviceError(f"adb cannot list phones: {said(answer)}", hint="`adb devices` must work in a terminal first")
    _, _, listed = answer.text.replace("\r", "").partition("List of devices attached\n")
    return [phone for line in listed.split("\n") if (phone := _phone(line)) is not None]


def _phone(line: str) -> Phone | None:
    found = _LISTED.fullmatch(line.strip())
    if found is None:
        return None
    facts = dict(pair.split(":", 1) for pair in found["rest"].split() if ":" in pair)
    return Phone(serial=found["serial"], state=found["state"], facts=facts)


def chosen(serial: str | None) -> Phone:
    """Return the phone of that serial, or the only one. Raises DeviceError, which lists all that are there."""
    there = devices()
    if not there:
        hint = "plug one in, allow USB debugging on it, and check that `adb devices` lists it"
        raise DeviceError("adb sees no phone" + (f", so not {_q(serial)}" if serial is not None else ""), hint=hint)
    listing = "there are: " + "; ".join(p.shown + ("" if p.state == READY else f", {p.state}") for p in there)
    if serial is None:
        if len(there) > 1:
            raise DeviceError(f"adb sees {len(there)} phones", hint=f"choose one with android:SERIAL; {listing}")
        (phone,) = there
    else:
        matching = [phone for phone in there if phone.serial == serial]
        if not matching:
            raise DeviceError(f"adb sees no phone {_q(serial)}", hint=listing)
        if len(matching) > 1:
            raise DeviceError(f"adb sees several phones {_q(serial)}", hint=f"unplug all but one; {listing}")
        (phone,) = matching
    if phone.state != READY:
        hint = _MENDS.get(phone.state, _OTHER_STATE)
        raise DeviceError(f"the phone {phone.shown} takes no commands: {phone.state}", hint=hint)
    return phone


def shell(serial: str, program: str, *words: str, timeout_s: float = ANSWER_S, most_bytes: int = MOST_BYTES) -> Answer:
    """Run a program on the phone; return its raw output and exit code. Raises PhoneLostError, DeviceError.

    `-T`: no terminal there, so bytes come as they are (no CR LF for LF). Unlike with exec-out, errors and the exit code
    are separate from the output.
    """
    line = shell_line(program, *words)
    answer = _on(serial, ["shell", "-T", line], f"`{program}` on the phone", timeout_s, most_bytes)
    found = ended(answer.err)
    if found is None:
        check_there(serial)
        message = f"the connection was cut while `{program}` ran on the phone: {said(answer)}"
        raise PhoneLostError(message, hint="check cable and port, and run the command again")
    return Answer(code=found[0], out=answer.out, err=found[1])


def push(serial: str, file: Path, name: str, *, timeout_s: float) -> Answer:
    """Copy a file onto the phone. Raises PhoneLostError, DeviceError where not all of it was copied."""
    answer = _on(serial, ["push", str(file.absolute()), name], "copying onto the phone", timeout_s, MOST_BYTES)
    if answer.code != 0:
        check_there(serial)
    return answer


def pull(serial: str, names: Sequence[str], folder: Path, *, timeout_s: float) -> Answer:
    """Copy files of the phone into a folder here, under the last parts of their names. Raises PhoneLostError,
    DeviceError.
    """
    arguments = ["pull", *names, str(folder.absolute())]
    answer = _on(serial, arguments, "copying from the phone", timeout_s, MOST_BYTES)
    if answer.code != 0:
        check_there(serial)
    return answer


def reversed_ports(serial: str) -> dict[str, str]:
    """Return where ports of the phone lead on this computer, from `adb reverse --list`. Raises PhoneLostError."""
    answer = _on(serial, ["reverse", "--list"], "asking for the phone's forwarded ports", ANSWER_S, MOST_BYTES)
    if answer.code != 0:
        check_there(serial)
        raise DeviceError(f"the phone does not list its forwarded ports: {said(answer)}", hint=_NO_REVERSE)
    lines = [line.split() for line in answer.text.replace("\r", "").split("\n")]
    return {words[-2]: words[-1] for words in lines if len(words) >= 2}


def reverse(serial: str, port: int) -> None:
    """Forward a port of the phone to the same port of this computer. Raises PhoneLostError, DeviceError."""
    arguments = ["reverse", "--no-rebind", f"tcp:{port}", f"tcp:{port}"]
    answer = _on(serial, arguments, "forwarding a port of the phone", ANSWER_S, MOST_BYTES)
    if answer.code != 0:
        check_there(serial)
        raise DeviceError(
            f"port {port} of the phone cannot be forwarded: {said(answer)}", hint=f"give another --port; {_NO_REVERSE}"
        )


def end_reverse(serial: str, port: int) -> None:
    """End the forwarding of a port of the phone. Raises PhoneLostError, DeviceError."""
    answer = _on(serial, ["reverse", "--remove", f"tcp:{port}"], "ending a port's forwarding", ANSWER_S, MOST_BYTES)
    if answer.code != 0:
        check_there(serial)
        raise DeviceError(said(answer))


def check_features(serial: str) -> None:
    """Refuse a phone whose shell returns no exit codes: older than Android 7. Raises DeviceError, PhoneLostError."""
    answer = _on(serial, ["features"], "asking for the phone's features", ANSWER_S, MOST_BYTES)
    if answer.code != 0:
        check_there(serial)
        raise DeviceError(f"the phone does not list its adb features: {said(answer)}")
    if "shell_v2" not in answer.text.split():
        raise DeviceError("the phone's shell returns no exit codes", hint="it needs Android 8 or newer")


def check_there(serial: str) -> None:
    """Do nothing where adb still lists the phone. Raises PhoneLostError."""
    try:
        states = {phone.serial: phone.state for phone in devices()}
    except PhoneLostError:
        raise
    except DeviceError as error:
        raise PhoneLostError(f"the phone {_q(serial)} cannot be reached: {error.message}", hint=error.hint) from error
    if states.get(serial) != READY:
        now = states.get(serial, "gone")
        raise PhoneLostError(
            f"the connection to the phone {_q(serial)} was lost: it is {now}", hint=_MENDS.get(now, "plug it in again")
        )


def said(answer: Answer) -> str:
    """Return in one short line what went wrong, from a call's output."""
    err, out = answer.err.strip().splitlines(), answer.text.strip().splitlines()
    complaints = [line for line in (*out, *err) if _COMPLAINT in line]  # a copy that failed may end in its summary
    lines = complaints or err or out or [f"no error message, exit code {answer.code}"]
    last = printable(lines[-1], 4 * _MOST_SHOWN)
    return last if len(last) <= _MOST_SHOWN else f"...{last[-_MOST_SHOWN:]}"  # the reason is at the end


def _on(serial: str, arguments: Sequence[str], what: str, timeout_s: float, most_bytes: int) -> Answer:
    try:
        return _adb(["-s", serial, *arguments], timeout_s, most_bytes)
    except _SilentError as error:
        check_there(serial)
        raise DeviceError(
            f"{what} did not finish within {timeout_s:.0f} s", hint="look at the phone's screen"
        ) from error


class _SilentError(DeviceError):
    """adb did not answer in time."""


def _adb(arguments: Sequence[str], timeout_s: float, most_bytes: int) -> Answer:
    program = shutil.which("adb")
    if program is None:
        raise NoWayError("there is no `adb` on this computer", hint=_INSTALL)
    try:
        return call([program, *arguments], timeout_s=timeout_s, most_bytes=most_bytes)
    except OSError as error:
        raise DeviceError(f"{program} does not start: {error.strerror or error}", hint=_INSTALL) from error
    except TooLongError as error:
        raise _SilentError(f"adb gave no answer within {timeout_s:.0f} s", hint="`adb kill-server`") from error
    except TooMuchError as error:
        raise DeviceError(f"the phone sent {error}, and was cut off", hint="that is not a valid answer") from error


def _q(serial: str) -> str:
    return repr(printable(serial, _MOST_SHOWN))

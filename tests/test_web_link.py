"""The link: addresses of this computer, its QR code, an own certificate, and a phone's port that leads here."""

from __future__ import annotations

import io
import re
import socket
import stat
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest
from _fake_adb import SERIAL, FakePhone

from pocketseg.core.errors import DeviceError, UsageError
from pocketseg.web import certificate
from pocketseg.web.addresses import lan_addresses
from pocketseg.web.certificate import tls_files
from pocketseg.web.forwarding import forwarded, renew
from pocketseg.web.qr import qr_text

LINK = "http://192.168.178.123:8765/#token=abcDEF123_-abcDEF123_-"
V4, V6 = socket.AF_INET, socket.AF_INET6


def cards(monkeypatch: pytest.MonkeyPatch, found: dict[str, list[str]], down: tuple[str, ...] = ()) -> None:
    def of(text: str) -> SimpleNamespace:
        return SimpleNamespace(family=V6 if ":" in text else V4, address=text)

    monkeypatch.setattr(psutil, "net_if_addrs", lambda: {name: [of(t) for t in texts] for name, texts in found.items()})
    monkeypatch.setattr(
        psutil, "net_if_stats", lambda: {name: SimpleNamespace(isup=name not in down) for name in found}
    )


def test_the_likeliest_address_is_first_and_what_a_phone_cannot_reach_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    found = {
        "lo": ["127.0.0.1", "::1"], "docker0": ["172.17.0.1"], "eth1": ["10.0.0.5"], "off0": ["192.168.9.9"],
        "wlan0": ["192.168.1.7", "fd00::7", "fe80::1%wlan0"], "tailscale0": ["100.64.0.9"], "ppp0": ["169.254.3.4"],
    }  # fmt: skip
    cards(monkeypatch, found, down=("off0",))
    listed = [one.text for one in lan_addresses(leaving_by=lambda: ["192.168.1.7"])]
    assert listed == ["192.168.1.7", "10.0.0.5", "fd00::7", "172.17.0.1", "100.64.0.9"]
    assert [one.in_url for one in lan_addresses(leaving_by=list) if one.interface == "wlan0"] == [
        "192.168.1.7",
        "[fd00::7]",
    ]


def test_no_network_is_a_sentence_with_a_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    cards(monkeypatch, {"lo": ["127.0.0.1"]})
    with pytest.raises(UsageError, match="no address") as caught:
        lan_addresses(leaving_by=list)
    assert "--adb" in caught.value.hint


class Terminal(io.TextIOWrapper):
    def __init__(self, encoding: str) -> None:
        super().__init__(io.BytesIO(), encoding=encoding)

    def isatty(self) -> bool:
        return True


def modules(text: str, upper: bool) -> list[list[bool]]:
    """Read a code back from what a terminal would show: dark where the colour is 16."""
    rows: list[list[bool]] = []
    for line in text.splitlines():
        if upper:
            cells = re.findall(r"38;5;(\d+);48;5;(\d+)m▀", line)
            rows += [[cell[half] == "16" for cell in cells] for half in range(2)]
        else:
            rows.append([colour == "16" for colour in re.findall(r"48;5;(\d+)m {2}", line)])
    return rows


def test_the_code_is_the_same_in_both_forms_and_has_light_around_it() -> None:
    import segno

    small, wide = modules(qr_text(LINK, Terminal("utf-8")), True), modules(qr_text(LINK, Terminal("ascii")), False)
    wanted = [[bool(m) for m in row] for row in segno.make(LINK, error="l", micro=False).matrix_iter(border=2)]
    assert wide == wanted and small[: len(wanted)] == wanted
    assert not any(small[0]) and not any(row[0] for row in small)
    lines = qr_text(LINK, Terminal("utf-8")).splitlines()
    assert len(lines) <= 24 and all(line.endswith("\x1b[0m") for line in lines)


def test_a_stream_that_is_no_terminal_gets_no_code() -> None:
    assert qr_text(LINK, io.StringIO()) == ""


# ---- certificate ------------------------------------------------------------------------------------------------


def loaded(folder: Path) -> certificate.x509.Certificate:  # type: ignore[name-defined]
    from cryptography import x509

    return x509.load_pem_x509_certificate((folder / certificate.CERTIFICATE).read_bytes())


def test_a_certificate_is_one_that_phones_take_and_its_key_is_private(tmp_path: Path) -> None:
    from cryptography import x509

    made = tls_files(tmp_path / "tls", ["192.168.1.7", "fd00::7", "localhost"])
    found = loaded(tmp_path / "tls")
    names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert [str(a) for a in names.get_values_for_type(x509.IPAddress)] == ["192.168.1.7", "fd00::7"]
    assert names.get_values_for_type(x509.DNSName) == ["localhost"]
    use = found.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert [one.dotted_string for one in use] == ["1.3.6.1.5.5.7.3.1"]
    assert not found.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert found.not_valid_after_utc - found.not_valid_before_utc <= timedelta(days=820)
    assert timedelta(minutes=50) < datetime.now(UTC) - found.not_valid_before_utc < timedelta(minutes=70)
    assert stat.S_IMODE(made.key.stat().st_mode) == 0o600
    assert re.fullmatch(r"([0-9A-F]{2}:){31}[0-9A-F]{2}", made.fingerprint)


def test_a_certificate_is_used_again_while_it_fits_and_made_anew_where_not(tmp_path: Path) -> None:
    names = ["192.168.1.7", "localhost"]
    first = tls_files(tmp_path, names)
    assert tls_files(tmp_path, names[::-1]) == tls_files(tmp_path, ["localhost"]) == first
    moved = tls_files(tmp_path, ["10.0.0.5", "localhost"])
    assert moved.fingerprint != first.fingerprint
    assert tls_files(tmp_path, names) == moved, "a computer that goes to and fro is trusted once in each place"
    late = datetime.now(UTC) + timedelta(days=800)
    renewed = tls_files(tmp_path, names, now=late)
    assert renewed.fingerprint != moved.fingerprint
    assert tls_files(tmp_path, names, now=datetime.now(UTC)).fingerprint != renewed.fingerprint, "it is not valid yet"


@pytest.mark.parametrize("what", ["cut", "gone", "another", "open to others"])
def test_a_key_that_does_not_fit_is_not_used(what: str, tmp_path: Path) -> None:
    first = tls_files(tmp_path, ["localhost"])
    if what == "cut":
        first.key.write_bytes(first.key.read_bytes()[:50])
    elif what == "gone":
        first.key.unlink()
    elif what == "another":
        first.key.write_bytes(tls_files(tmp_path / "other", ["localhost"]).key.read_bytes())
    else:
        first.key.chmod(0o644)
    again = tls_files(tmp_path, ["localhost"])
    assert again.fingerprint != first.fingerprint and stat.S_IMODE(again.key.stat().st_mode) == 0o600
    assert sorted(path.name for path in tmp_path.glob("*.pem")) == ["certificate.pem", "key.pem"]


def test_without_the_extra_the_command_that_installs_it_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "cryptography", None)
    with pytest.raises(UsageError) as caught:
        tls_files(tmp_path, ["localhost"])
    assert certificate.INSTALL in caught.value.hint and not list(tmp_path.iterdir())


# ---- a phone's port ---------------------------------------------------------------------------------------------


@pytest.fixture
def phone(tmp_path: Path) -> Iterator[FakePhone]:
    made = FakePhone(tmp_path / "phone")
    with made.in_process():
        yield made


def leads(phone: FakePhone) -> str:
    path = phone.folder / "reversed.txt"
    return path.read_text() if path.exists() else ""


def test_a_phones_port_leads_here_while_it_is_served_and_no_longer(phone: FakePhone) -> None:
    with forwarded(None, 8765) as found:
        assert found.serial == SERIAL and leads(phone) == "tcp:8765 tcp:8765\n"
        renew(found, 8765)
        assert leads(phone) == "tcp:8765 tcp:8765\n"
    assert leads(phone) == ""


def test_a_port_that_a_killed_serve_left_is_taken_over_and_that_of_another_is_not(phone: FakePhone) -> None:
    (phone.folder / "reversed.txt").write_text("tcp:8765 tcp:8765\ntcp:9000 tcp:1234\n")
    with forwarded(SERIAL, 8765):
        pass
    assert leads(phone) == "tcp:9000 tcp:1234\n"
    with pytest.raises(DeviceError, match="already forwarded to tcp:1234") as caught, forwarded(SERIAL, 9000):
        pass
    assert "--port" in caught.value.hint and leads(phone) == "tcp:9000 tcp:1234\n"


def test_it_is_taken_back_when_what_is_within_fails_and_an_unplugged_phone_is_no_error(phone: FakePhone) -> None:
    notes: list[str] = []
    with pytest.raises(KeyboardInterrupt), forwarded(None, 8765, note=notes.append):
        raise KeyboardInterrupt
    assert leads(phone) == ""
    with forwarded(None, 8765, note=notes.append):
        phone.lists()
    assert not notes
    phone.lists(f"{SERIAL}\tdevice")
    with forwarded(None, 8765, note=notes.append):
        phone.fault("reverse --remove", "fail", times=1, err="error: odd")
    assert len(notes) == 1 and "8765" in notes[0] and "reverse --remove tcp:8765" in notes[0]


def test_a_phone_that_was_plugged_in_again_leads_here_again_and_is_left_alone_otherwise(phone: FakePhone) -> None:
    notes: list[str] = []

    def came(what: str) -> bool:
        until = time.monotonic() + 20
        while not any(what in note for note in notes) and time.monotonic() < until:
            time.sleep(0.02)
        return any(what in note for note in notes)

    phone.lists(f"{SERIAL}\tdevice transport_id:1")
    with forwarded(None, 8765, note=notes.append, looked_every_s=0.02):
        phone.lists()
        (phone.folder / "reversed.txt").write_text("")
        assert came("is gone") and leads(phone) == ""
        phone.lists(f"{SERIAL}\tunauthorized transport_id:2")
        phone.lists(f"{SERIAL}\tdevice transport_id:2")
        assert came("is back") and leads(phone) == "tcp:8765 tcp:8765\n"
        notes.clear()
        (phone.folder / "reversed.txt").write_text("tcp:8765 tcp:1234\n")
        phone.lists(f"{SERIAL}\tdevice transport_id:3")  # too quick for a list without it
        assert came("already forwarded to tcp:1234")
        time.sleep(0.3)
        assert sum("already forwarded" in note for note in notes) == 1, "it is tried again, and said once"
        (phone.folder / "reversed.txt").write_text("")
        assert came("is back")
        asked, listed = (sum(word in call for call in phone.calls()) for word in ("reverse", "devices"))
        time.sleep(0.3)
        assert sum("reverse" in call for call in phone.calls()) == asked, "a phone that stays is asked nothing"
        assert sum("devices" in call for call in phone.calls()) > listed
    assert leads(phone) == ""


@pytest.mark.parametrize(
    ("lines", "serial", "said", "hint"),
    [
        ([], None, "no phone", "USB debugging"),
        ([f"{SERIAL}\tdevice", "X\tdevice"], None, "2 phones", "--adb=SERIAL"),
        ([f"{SERIAL}\tunauthorized"], None, "unauthorized", "allow USB debugging"),
        ([f"{SERIAL}\tdevice"], "$(reboot)", "no phone", SERIAL),
    ],
)
def test_a_phone_that_cannot_be_had_is_said(
    lines: list[str], serial: str | None, said: str, hint: str, phone: FakePhone
) -> None:
    phone.lists(*lines)
    with pytest.raises(DeviceError) as caught, forwarded(serial, 8765):
        pass
    assert said in caught.value.message and hint in caught.value.hint and not leads(phone)


@pytest.mark.parametrize(
    ("when", "do"), [("reverse --no", "fail"), ("reverse --list", "fail"), ("reverse --no", "vanish")]
)
def test_a_port_that_the_phone_does_not_give_is_said(when: str, do: str, phone: FakePhone) -> None:
    phone.fault(when, do, times=1, err="error: cannot bind listener: Address already in use")
    with pytest.raises(DeviceError) as caught, forwarded(None, 8765):
        pass
    assert caught.value.hint and ("already in use" in caught.value.message or do == "vanish")

"""A self-signed TLS certificate: made once, kept with its key, and reused, so that a phone has to trust it only once.

It signs itself and nothing else, so a phone that trusts it trusts only this page, even if someone gets hold of the key.
"""

from __future__ import annotations

import ipaddress
import os
import stat
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from pocketseg.core.errors import UsageError
from pocketseg.core.files import disk_faults, make_folder, write_bytes

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

CERTIFICATE, KEY = "certificate.pem", "key.pem"
INSTALL = ".venv/bin/python -m pip install cryptography==50.0.2"
_GOOD_FOR = timedelta(days=820) - timedelta(hours=1)  # Apple takes 825 days at most, from not_before
_CLOCKS_DIFFER = timedelta(hours=1)
_RENEWED = timedelta(days=30)  # before its end
_MOST_NAMES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsFiles:
    """A certificate and its key, in PEM. fingerprint: SHA-256 of the certificate, as browsers show it."""

    certificate: Path
    key: Path
    fingerprint: str


def tls_files(folder: Path, names: Sequence[str], *, now: datetime | None = None) -> TlsFiles:
    """Return a certificate for these addresses and host names: the one in the folder if it still fits, else a new one.

    Raises UsageError if the package cryptography is not installed, StorageError.
    """
    _check_installed()
    wanted, moment = list(dict.fromkeys(names)), now or datetime.now(UTC)
    kept = _kept(folder)
    if kept is None or not _fits(kept, wanted, moment):
        others = [] if kept is None else [name for name in _names_of(kept) if name not in wanted]
        kept = _made(folder, [*wanted, *others][: max(_MOST_NAMES, len(wanted))], moment)
    from cryptography.hazmat.primitives import hashes

    shown = kept.fingerprint(hashes.SHA256()).hex(":").upper()
    return TlsFiles(certificate=folder / CERTIFICATE, key=folder / KEY, fingerprint=shown)


def _check_installed() -> None:
    try:
        import cryptography  # noqa: F401
    except ImportError as error:
        hint = f"`{INSTALL}`; or without TLS: --adb for a phone on a cable, or plain --lan for photos on one thread"
        raise UsageError("--tls needs the package cryptography, which is not installed", hint=hint) from error


def _kept(folder: Path) -> x509.Certificate | None:
    """Return the certificate in the folder that contains its key too; None if there is none or it is damaged."""
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        found = x509.load_pem_x509_certificate((folder / CERTIFICATE).read_bytes())
        key = load_pem_private_key((folder / KEY).read_bytes(), None)
        if stat.S_IMODE((folder / KEY).stat().st_mode) & 0o077:
            return None  # others could read it: it is a secret no more
        return found if key.public_key() == found.public_key() else None
    except (OSError, ValueError, TypeError):
        return None


def _fits(kept: x509.Certificate, names: Sequence[str], now: datetime) -> bool:
    return (
        set(names) <= set(_names_of(kept))
        and kept.not_valid_before_utc <= now
        and now + _RENEWED < kept.not_valid_after_utc
    )


def _names_of(certificate: x509.Certificate) -> list[str]:
    from cryptography import x509

    try:
        said = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    return [*said.get_values_for_type(x509.DNSName), *map(str, said.get_values_for_type(x509.IPAddress))]


def _made(folder: Path, names: Sequence[str], now: datetime) -> x509.Certificate:
    """Make a key and its certificate. The key is stored first, since a certificate without its key is made again."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    key: EllipticCurvePrivateKey = ec.generate_private_key(ec.SECP256R1())
    called = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "PocketSeg on this computer")])
    use = dict.fromkeys(
        ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "key_cert_sign", "crl_sign",
         "encipher_only", "decipher_only"), False,
    )  # fmt: skip
    made = (
        x509.CertificateBuilder()
        .subject_name(called)
        .issuer_name(called)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _CLOCKS_DIFFER)
        .not_valid_after(now - _CLOCKS_DIFFER + _GOOD_FOR)
        .add_extension(x509.SubjectAlternativeName([_general(name) for name in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(digital_signature=True, **use), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    _write_private(make_folder(folder) / KEY, pem)
    write_bytes(folder / CERTIFICATE, made.public_bytes(serialization.Encoding.PEM))
    return made


def _general(name: str) -> x509.GeneralName:
    from cryptography import x509

    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _write_private(path: Path, data: bytes) -> None:
    """Write a file, whole or not at all, that only this user may read at any moment. Raises StorageError."""
    with disk_faults(path):
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent)  # of mode 0600
        temporary = Path(name)
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(data)
                stream.flush()
                os.fsync(stream.fileno())
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)

"""The key of papers in files: made once, kept from others, and renewed without losing what it signed."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP384R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from joserfc import jws
from joserfc.jwk import ECKey

from license_service.adapters.paper_key_files import FilePaperKey, load_paper_key
from license_service.errors import ConfigurationError


def _private(key: EllipticCurvePrivateKey | Ed25519PrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _opened(key: FilePaperKey, signed: str) -> bytes:
    kid = jws.extract_compact(signed.encode()).headers()["kid"]
    (public,) = [ECKey.import_key({**item}) for item in key.public_keys() if item["kid"] == kid]
    return bytes(jws.deserialize_compact(signed, public, algorithms=["ES256"]).payload)


def test_a_key_is_made_once_and_shows_no_private_part(tmp_path: Path) -> None:
    first, second = FilePaperKey(tmp_path / "p"), FilePaperKey(tmp_path / "p")
    assert _opened(second, first.sign(b"paper")) == b"paper"
    assert first.public_keys() == second.public_keys()
    assert set(first.public_keys()[0]) == {"kty", "crv", "x", "y", "kid", "alg", "use"}
    assert (tmp_path / "p" / "paper.key").stat().st_mode & 0o777 == 0o600


def test_what_was_signed_before_the_key_was_renewed_still_verifies(tmp_path: Path) -> None:
    folder = tmp_path / "p"
    signed = FilePaperKey(folder).sign(b"old")
    public = load_paper_key(folder).public_key()
    written = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (folder / "paper-2025.pem").write_bytes(written)
    (folder / "paper.key").unlink()
    renewed = FilePaperKey(folder)
    assert _opened(renewed, signed) == b"old"
    assert _opened(renewed, renewed.sign(b"new")) == b"new"
    assert len({key["kid"] for key in renewed.public_keys()}) == 2


@pytest.mark.parametrize("kind", ["other curve", "other kind", "nothing", "loose"])
def test_a_key_that_cannot_be_used_stops_the_start(tmp_path: Path, kind: str) -> None:
    file = tmp_path / "p" / "paper.key"
    FilePaperKey(tmp_path / "p")
    contents = {
        "other curve": lambda: _private(generate_private_key(SECP384R1())),
        "other kind": lambda: _private(Ed25519PrivateKey.generate()),
        "nothing": lambda: b"",
        "loose": file.read_bytes,
    }
    file.write_bytes(contents[kind]())
    file.chmod(0o644 if kind == "loose" else 0o600)
    with pytest.raises(ConfigurationError):
        FilePaperKey(tmp_path / "p")


@pytest.mark.parametrize("content", [b"", b"-----BEGIN PUBLIC KEY-----\n"])
def test_an_earlier_key_that_cannot_be_read_stops_the_start(tmp_path: Path, content: bytes) -> None:
    folder = tmp_path / "p"
    FilePaperKey(folder)
    (folder / "paper-2025.pem").write_bytes(content)
    with pytest.raises(ConfigurationError):
        FilePaperKey(folder)

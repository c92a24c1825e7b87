"""What is no key of validation tokens is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from license_service.adapters.token_key_files import load_token_key
from license_service.errors import ConfigurationError


def _pem(key: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@pytest.mark.parametrize(
    ("content", "mode"),
    [
        (_pem(ec.generate_private_key(ec.SECP256R1())), 0o644),
        (_pem(ec.generate_private_key(ec.SECP384R1())), 0o600),
        (b"-----BEGIN PRIVATE KEY-----\n", 0o600),
        (b"no key", 0o600),
    ],
)
def test_what_is_no_key_of_tokens_is_refused(tmp_path: Path, content: bytes, mode: int) -> None:
    path = tmp_path / "key"
    path.write_bytes(content)
    path.chmod(mode)
    with pytest.raises(ConfigurationError):
        load_token_key(path)


def test_offline_verdicts_may_be_signed_by_ed25519_too(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_bytes(_pem(ed25519.Ed25519PrivateKey.generate()))
    path.chmod(0o600)
    assert load_token_key(path).algorithm == "EdDSA"

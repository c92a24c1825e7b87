"""The keys of validation tokens: made once, refused if others may read them, renewed without a gap."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from license_service.adapters.token_key_files import TOKEN_KEY, FileTokenKeys, load_token_key
from license_service.errors import ConfigurationError


def _public(key: Path) -> bytes:
    private = load_pem_private_key(key.read_bytes(), None)
    return private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def test_processes_that_start_together_share_one_key(tmp_path: Path) -> None:
    folder = tmp_path / "private"
    assert FileTokenKeys(folder).public_keys() == FileTokenKeys(folder).public_keys()
    assert FileTokenKeys(folder).active().algorithm == "ES256"


def test_a_renewed_key_leaves_its_public_half(tmp_path: Path) -> None:
    folder = tmp_path / "private"
    (old,) = FileTokenKeys(folder).public_keys()
    (folder / "token-2026.pem").write_bytes(_public(folder / TOKEN_KEY))
    (folder / TOKEN_KEY).unlink()
    new, kept = FileTokenKeys(folder).public_keys()
    assert (kept, new["kid"] == old["kid"]) == (old, False)


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


def test_the_service_signs_on_p_256_alone(tmp_path: Path) -> None:
    folder = tmp_path / "private"
    FileTokenKeys(folder)
    (folder / TOKEN_KEY).write_bytes(_pem(ed25519.Ed25519PrivateKey.generate()))
    assert load_token_key(folder / TOKEN_KEY).algorithm == "EdDSA"
    with pytest.raises(ConfigurationError):
        FileTokenKeys(folder)
    (folder / TOKEN_KEY).unlink()
    (folder / "token-1.pem").write_bytes(b"no key")
    with pytest.raises(ConfigurationError):
        FileTokenKeys(folder)

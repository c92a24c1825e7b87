"""The keys of papers and tokens: made once, kept from others, replaced without losing what they signed."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import cast

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
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
    load_pem_private_key,
)
from joserfc import jws
from joserfc.jwk import ECKey, KeySet
from joserfc.jws import GeneralJSONSerialization

from license_service.adapters.p256_key_ring import P256KeyRing
from license_service.adapters.paper_key_ring import PaperKeyRing
from license_service.adapters.token_key_files import TokenKeyRing
from license_service.clock import FixedClock
from license_service.errors import ConfigurationError, KeyStateError
from license_service.services.proving.key_records import KeyState
from license_service.services.verifying.validation_tokens import sign_token
from tests.contract.conftest import MOMENT

_LATER = MOMENT + timedelta(days=1)
Make = Callable[[Path], P256KeyRing]


def _paper(folder: Path) -> PaperKeyRing:
    return PaperKeyRing(folder, FixedClock(MOMENT))


def _token(folder: Path) -> TokenKeyRing:
    return TokenKeyRing(folder, FixedClock(MOMENT))


BOTH = pytest.mark.parametrize(("make", "name"), [(_paper, "paper"), (_token, "token")])


def _private(key: EllipticCurvePrivateKey | Ed25519PrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _public_pem(pem: bytes) -> bytes:
    public = load_pem_private_key(pem, None).public_key()
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def _opened(ring: P256KeyRing, signed: str) -> bytes:
    kid = jws.extract_compact(signed.encode()).headers()["kid"]
    (public,) = [ECKey.import_key({**item}) for item in ring.public_keys() if item["kid"] == kid]
    return bytes(jws.deserialize_compact(signed, public, algorithms=["ES256"]).payload)


def _signed(ring: P256KeyRing, text: str) -> str:
    if isinstance(ring, PaperKeyRing):
        return ring.sign(text.encode())
    assert isinstance(ring, TokenKeyRing)
    return sign_token({"text": text}, ring.signing())


@BOTH
def test_a_key_is_made_once_and_shows_no_private_part(tmp_path: Path, make: Make, name: str) -> None:
    folder = tmp_path / "p"
    first, second = make(folder), make(folder)
    assert b"old" in _opened(second, _signed(first, "old"))
    assert first.public_keys() == second.public_keys()
    assert set(first.public_keys()[0]) == {"kty", "crv", "x", "y", "kid", "alg", "use"}
    (record,) = first.records()
    assert (record.algorithm, record.state) == ("ES256", KeyState.ACTIVE)
    assert (folder / f"{name}.key").samefile(folder / name / record.id / "key")
    assert (folder / f"{name}.key").stat().st_mode & 0o777 == 0o600


@BOTH
def test_the_key_of_an_earlier_version_is_the_first(tmp_path: Path, make: Make, name: str) -> None:
    folder = tmp_path / "p"
    folder.mkdir(mode=0o700)
    key = generate_private_key(SECP256R1())
    (folder / f"{name}.key").touch(mode=0o600)
    (folder / f"{name}.key").write_bytes(_private(key))
    assert make(folder).newest().public_key() == key.public_key()


@BOTH
def test_the_new_key_signs_and_what_the_old_one_signed_verifies_for_ever(
    tmp_path: Path, make: Make, name: str
) -> None:
    ring, other = make(tmp_path / "p"), make(tmp_path / "p")  # two processes
    old, signed = ring.records()[0].id, _signed(other, "old")
    new = ring.add(ring.draw(_LATER))
    renewed = _signed(other, "new")
    assert other.public_keys()[0] == json.loads(new.verifier)
    for change in (lambda: None, lambda: ring.retire(old, _LATER), lambda: ring.destroy(old)):
        change()
        assert b"old" in _opened(other, signed)
        assert b"new" in _opened(other, renewed)
        assert (
            jws.extract_compact(_signed(other, "n").encode()).headers()["kid"]
            == json.loads(new.verifier)["kid"]
        )
    assert not (tmp_path / "p" / f"{name}.key").exists()
    assert b"old" in _opened(make(tmp_path / "p"), signed)


@BOTH
def test_a_rotation_is_stated_by_old_and_new(tmp_path: Path, make: Make, name: str) -> None:
    ring = make(tmp_path / "p")
    new = ring.draw(_LATER)
    statement = new.attest("text\n")
    kids = [json.loads(record.verifier)["kid"] for record in (ring.records()[0], new.record)]
    ring.add(new)
    keys = KeySet([ECKey.import_key({**jwk}) for jwk in ring.public_keys()])
    # The library's typed dictionary is no mapping to the type checker.
    opened = jws.deserialize_json(cast("GeneralJSONSerialization", statement), keys, algorithms=["ES256"])
    assert (opened.payload, [member.headers()["kid"] for member in opened.members]) == (b"text\n", kids)
    assert name in {"paper", "token"}


@BOTH
def test_public_halves_kept_by_an_earlier_version_are_listed_yet(
    tmp_path: Path, make: Make, name: str
) -> None:
    folder = tmp_path / "p"
    made = make(folder).public_keys()
    earlier = _private(generate_private_key(SECP256R1()))
    (folder / f"{name}-2025.pem").write_bytes(_public_pem(earlier))
    (folder / f"{name}-2026.pem").write_bytes(_public_pem((folder / f"{name}.key").read_bytes()))
    listed = make(folder).public_keys()
    assert listed[:1] == made
    assert len({key["kid"] for key in listed}) == len(listed) == 2


@BOTH
@pytest.mark.parametrize("kind", ["other curve", "other kind", "another", "nothing", "loose"])
def test_a_key_that_cannot_be_used_stops_the_start(tmp_path: Path, make: Make, name: str, kind: str) -> None:
    file = tmp_path / "p" / f"{name}.key"
    make(tmp_path / "p")
    contents = {
        "other curve": lambda: _private(generate_private_key(SECP384R1())),
        "other kind": lambda: _private(Ed25519PrivateKey.generate()),
        "another": lambda: _private(generate_private_key(SECP256R1())),
        "nothing": lambda: b"",
        "loose": file.read_bytes,
    }
    file.write_bytes(contents[kind]())
    file.chmod(0o644 if kind == "loose" else 0o600)
    with pytest.raises(ConfigurationError):
        make(tmp_path / "p")


@BOTH
@pytest.mark.parametrize("content", [b"", b"-----BEGIN PUBLIC KEY-----\n"])
def test_an_earlier_key_that_cannot_be_read_stops_the_start(
    tmp_path: Path, make: Make, name: str, content: bytes
) -> None:
    make(tmp_path / "p")
    (tmp_path / "p" / f"{name}-2025.pem").write_bytes(content)
    with pytest.raises(ConfigurationError):
        make(tmp_path / "p")


@BOTH
def test_the_newest_may_be_retired_and_the_older_signs_on(tmp_path: Path, make: Make, name: str) -> None:
    ring = make(tmp_path / "p")
    old, new = ring.public_keys()[0], ring.add(ring.draw(_LATER))
    ring.retire(new.id, _LATER)
    assert ring.public_keys() == [old, json.loads(new.verifier)]
    with pytest.raises(KeyStateError):
        ring.retire(ring.records()[0].id, _LATER)
    with pytest.raises(ConfigurationError, match="files alone"):
        ring.draw(_LATER, in_token=True)
    assert name in {"paper", "token"}

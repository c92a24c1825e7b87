"""Signed notes, with signatures of three types: Ed25519, timestamped cosignatures, and SM2.

Who verifies SM2 is given by the caller, since the standard library cannot; a verifier without it passes
lines of that type over, as it does those of any unknown key.
Clause: c2sp.org/signed-note; c2sp.org/tlog-cosignature. Key id: SHA-256(name, 0x0A, type, key), 4 bytes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from license_service.audit.encoding import decode_base64, encode_base64
from license_service.audit.errors import AuditError

Sm2Check = Callable[[bytes, bytes, bytes], bool]
"""Tell whether (SubjectPublicKeyInfo, message, DER signature) holds, with SM3 and the default id."""

ED25519 = b"\x01"
COSIGNATURE = b"\x04"
SM2 = b"\xfflicense-service/sm2-with-sm3/v1\x00"
"""0xff is for types without a byte of their own: a longer identifier follows, which prefixes no other."""
_KEY_BYTES = {ED25519: 32, COSIGNATURE: 32, SM2: 91}

_KEY_ID_BYTES, _TIME_BYTES, _ED25519_SIGNATURE_BYTES = 4, 8, 64
_LATEST = 2**63 - 1
_DASH = "\u2014"
_MOST_SIGNATURES = 64


@dataclass(frozen=True)
class NoteVerifier:
    """Verify notes of one key; `kind` is the signature type it makes."""

    name: str
    public_key: bytes
    kind: bytes = ED25519
    sm2: Sm2Check | None = field(default=None, compare=False)

    @property
    def key_id(self) -> bytes:
        """Return the 4-byte key id."""
        named = self.name.encode() + b"\n" + self.kind + self.public_key
        return hashlib.sha256(named).digest()[:_KEY_ID_BYTES]

    def __str__(self) -> str:
        """Return the verifier key: name, key id in hex, and key in base64, joined by `+`."""
        return f"{self.name}+{self.key_id.hex()}+{encode_base64(self.kind + self.public_key)}"

    @classmethod
    def parse(cls, text: str, sm2: Sm2Check | None = None) -> NoteVerifier:
        """Read a verifier key.

        Raises:
            AuditError: `KEY_MALFORMED` if it is malformed or its key id is another key's.
        """
        try:
            name, key_id, encoded = text.strip().split("+", 2)
            key = decode_base64(encoded)
        except ValueError as error:
            raise AuditError("KEY_MALFORMED") from error
        kind = next((kind for kind in _KEY_BYTES if key.startswith(kind)), b"")
        verifier = cls(name, key[len(kind) :], kind, sm2)
        if not name or any(map(str.isspace, name)) or len(verifier.public_key) != _KEY_BYTES.get(kind):
            raise AuditError("KEY_MALFORMED")
        if verifier.key_id.hex() != key_id:
            raise AuditError("KEY_MALFORMED")
        return verifier

    @property
    def can_verify(self) -> bool:
        """Tell whether this process has what the signature type needs."""
        return self.kind != SM2 or self.sm2 is not None

    def holds(self, signature: bytes, text: str) -> bool:
        """Tell whether a signature over a note's text is this key's."""
        if self.kind == SM2:
            return self.sm2 is not None and self.sm2(self.public_key, text.encode(), signature)
        if self.kind == COSIGNATURE:
            return self._cosignature_holds(signature, text)
        return _ed25519_holds(self.public_key, signature, text.encode())

    def line(self, signature: bytes) -> str:
        """Return the signature line."""
        return f"{_DASH} {self.name} {encode_base64(self.key_id + signature)}\n"

    def _cosignature_holds(self, signature: bytes, text: str) -> bool:
        if len(signature) != _TIME_BYTES + _ED25519_SIGNATURE_BYTES:
            return False
        seconds = int.from_bytes(signature[:_TIME_BYTES])
        message = _cosigned(text, seconds)
        return seconds <= _LATEST and _ed25519_holds(self.public_key, signature[_TIME_BYTES:], message)


class SigningKey(Protocol):
    """Sign with an Ed25519 key, in memory or in a device it never leaves."""

    def sign(self, data: bytes, /) -> bytes:
        """Return the signature."""
        ...

    def public_key(self) -> Ed25519PublicKey:
        """Return the public half."""
        ...


class Sm2Signer(Protocol):
    """Sign with an SM2 key that is kept elsewhere."""

    public_key: bytes
    """SubjectPublicKeyInfo."""

    def sign(self, message: bytes) -> bytes:
        """Return the DER signature, with SM3 and the default id."""
        ...


@dataclass(frozen=True)
class NoteSigner:
    """Sign notes under a name, which for a log is its origin; with SM2 keys beside, on a line each.

    While a key is being replaced, each of `others` signs too, on a line of its own.
    """

    name: str
    private_key: SigningKey
    sm2: tuple[Sm2Signer, ...] = ()
    others: tuple[SigningKey, ...] = ()

    @property
    def verifier(self) -> NoteVerifier:
        """Return the verifier of the Ed25519 key, which every reader of notes knows."""
        return NoteVerifier(self.name, _raw(self.private_key))

    @property
    def verifiers(self) -> tuple[NoteVerifier, ...]:
        """Return the verifiers of all keys."""
        others = (NoteVerifier(self.name, _raw(key)) for key in self.others)
        beside = (NoteVerifier(self.name, key.public_key, SM2) for key in self.sm2)
        return (self.verifier, *others, *beside)

    def sign(self, text: str) -> str:
        """Return the note: text, empty line, signature lines."""
        message = text.encode()
        signatures = [key.sign(message) for key in (self.private_key, *self.others)]
        signatures += [key.sign(message) for key in self.sm2]
        lines = (v.line(signature) for v, signature in zip(self.verifiers, signatures, strict=True))
        return f"{text}\n{''.join(lines)}"


@dataclass(frozen=True)
class Cosigner:
    """Say of checkpoints that they are consistent with all seen before: what a witness does."""

    name: str
    private_key: SigningKey

    @property
    def verifier(self) -> NoteVerifier:
        """Return the verifier of cosignatures; the same key of another type would be another key."""
        return NoteVerifier(self.name, _raw(self.private_key), COSIGNATURE)

    def cosign(self, text: str, seconds: int) -> str:
        """Return the signature line over a checkpoint's text at a time, in seconds since 1970."""
        signature = self.private_key.sign(_cosigned(text, seconds))
        return self.verifier.line(seconds.to_bytes(_TIME_BYTES) + signature)


@dataclass(frozen=True)
class OpenedNote:
    """Hold a note's text and the known keys that signed it."""

    text: str
    signers: frozenset[NoteVerifier]


def read_note(note: str, verifiers: Sequence[NoteVerifier]) -> OpenedNote:
    """Open a note that at least one known key signed.

    Unknown keys are passed over; a known key whose signature fails refuses the note.

    Raises:
        AuditError: `NOTE_MALFORMED`, `NOTE_SIGNATURE_INVALID` or `NOTE_KEY_UNKNOWN`.
    """
    text, separator, block = note.rpartition("\n\n")
    lines = block.split("\n")
    if not separator or lines.pop() or not 0 < len(lines) <= _MOST_SIGNATURES or not _is_clean(note):
        raise AuditError("NOTE_MALFORMED")
    body = f"{text}\n"
    found = (_verify_line(line, body, verifiers) for line in lines)
    signers = frozenset(signer for signer in found if signer is not None)
    if not signers:
        raise AuditError("NOTE_KEY_UNKNOWN")
    return OpenedNote(body, signers)


def open_note(note: str, verifiers: Sequence[NoteVerifier]) -> str:
    """Return the text of a note that at least one known key signed.

    Raises:
        AuditError: as `read_note`.
    """
    return read_note(note, verifiers).text


def _is_clean(note: str) -> bool:
    # Control characters and lone surrogates could show two readers two texts.
    return all(c == "\n" or (c >= " " and not "\ud800" <= c <= "\udfff") for c in note)


def _verify_line(line: str, body: str, verifiers: Sequence[NoteVerifier]) -> NoteVerifier | None:
    """Return the known key that signed, or None for an unknown key."""
    try:
        dash, name, encoded = line.split(" ")
        signature = decode_base64(encoded)
    except ValueError as error:
        raise AuditError("NOTE_MALFORMED") from error
    if dash != _DASH or len(signature) <= _KEY_ID_BYTES:
        raise AuditError("NOTE_MALFORMED")
    key = (name, signature[:_KEY_ID_BYTES])
    verifier = next((v for v in verifiers if (v.name, v.key_id) == key and v.can_verify), None)
    if verifier is not None and not verifier.holds(signature[_KEY_ID_BYTES:], body):
        raise AuditError("NOTE_SIGNATURE_INVALID")
    return verifier


def _cosigned(text: str, seconds: int) -> bytes:
    return f"cosignature/v1\ntime {seconds}\n{text}".encode()


def _ed25519_holds(public_key: bytes, signature: bytes, message: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except InvalidSignature:
        return False
    return True


def _raw(key: SigningKey) -> bytes:
    return key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

"""Checkpoints as C2SP signed notes.

Clause: c2sp.org/signed-note; c2sp.org/tlog-checkpoint. Key id: SHA-256(name, 0x0A, 0x01, key), 4 bytes.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from license_service.audit.errors import AuditError

_ED25519 = b"\x01"
_KEY_ID_BYTES, _HASH_BYTES, _ED25519_BYTES = 4, 32, 32
_DASH = "\u2014"
_MOST_SIGNATURES = 64
_CHECKPOINT_LINES = 3


@dataclass(frozen=True)
class Checkpoint:
    """Hold what a checkpoint states: the log, its size and its root."""

    origin: str
    size: int
    root: bytes


@dataclass(frozen=True)
class NoteVerifier:
    """Verify notes of one Ed25519 key."""

    name: str
    public_key: bytes

    @property
    def key_id(self) -> bytes:
        """Return the 4-byte key id."""
        return _key_id(self.name, self.public_key)

    def __str__(self) -> str:
        """Return the verifier key: name, key id in hex, and key in base64, joined by `+`."""
        key = base64.b64encode(_ED25519 + self.public_key).decode()
        return f"{self.name}+{self.key_id.hex()}+{key}"

    @classmethod
    def parse(cls, text: str) -> NoteVerifier:
        """Read a verifier key.

        Raises:
            AuditError: `KEY_MALFORMED` if it is malformed or its key id is another key's.
        """
        try:
            name, key_id, encoded = text.strip().split("+", 2)
            key = base64.b64decode(encoded, validate=True)
        except (ValueError, binascii.Error) as error:
            raise AuditError("KEY_MALFORMED") from error
        verifier = cls(name, key[1:])
        if not name or any(map(str.isspace, name)):
            raise AuditError("KEY_MALFORMED")
        if key[:1] != _ED25519 or len(key) != _ED25519_BYTES + 1 or verifier.key_id.hex() != key_id:
            raise AuditError("KEY_MALFORMED")
        return verifier


@dataclass(frozen=True)
class NoteSigner:
    """Sign notes under a name, which for a log is its origin."""

    name: str
    private_key: Ed25519PrivateKey

    @property
    def verifier(self) -> NoteVerifier:
        """Return the verifier of this key."""
        raw = self.private_key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        return NoteVerifier(self.name, raw)

    def sign(self, text: str) -> str:
        """Return the note: text, empty line, signature line."""
        signature = self.verifier.key_id + self.private_key.sign(text.encode())
        return f"{text}\n{_DASH} {self.name} {base64.b64encode(signature).decode()}\n"


def open_note(note: str, verifiers: Sequence[NoteVerifier]) -> str:
    """Return the text of a note that at least one known key signed.

    Unknown keys are passed over; a known key whose signature fails refuses the note.

    Raises:
        AuditError: `NOTE_MALFORMED`, `NOTE_SIGNATURE_INVALID` or `NOTE_KEY_UNKNOWN`.
    """
    return _open(note, verifiers)[0]


def format_checkpoint(checkpoint: Checkpoint) -> str:
    """Return the three lines of a checkpoint."""
    root = base64.b64encode(checkpoint.root).decode()
    return f"{checkpoint.origin}\n{checkpoint.size}\n{root}\n"


def parse_checkpoint(text: str) -> Checkpoint:
    """Read the lines of a checkpoint; extension lines are passed over.

    Raises:
        AuditError: `CHECKPOINT_MALFORMED`.
    """
    lines = text.split("\n")
    if lines.pop() or not all(lines):
        raise AuditError("CHECKPOINT_MALFORMED")
    try:
        origin, size, root = lines[:_CHECKPOINT_LINES]
        checkpoint = Checkpoint(origin, int(size), base64.b64decode(root, validate=True))
    except (ValueError, binascii.Error) as error:
        raise AuditError("CHECKPOINT_MALFORMED") from error
    if str(checkpoint.size) != size or len(checkpoint.root) != _HASH_BYTES or checkpoint.size < 0:
        raise AuditError("CHECKPOINT_MALFORMED")
    return checkpoint


def open_checkpoint(note: str, verifiers: Sequence[NoteVerifier]) -> Checkpoint:
    """Open a note and read the checkpoint in it; a key named as its origin must have signed it.

    Otherwise a witness, whose key is known too, could speak for the log.

    Raises:
        AuditError: as `open_note` and `parse_checkpoint`, or `CHECKPOINT_ORIGIN_UNKNOWN`.
    """
    body, signers = _open(note, verifiers)
    checkpoint = parse_checkpoint(body)
    if checkpoint.origin not in signers:
        raise AuditError("CHECKPOINT_ORIGIN_UNKNOWN")
    return checkpoint


def _open(note: str, verifiers: Sequence[NoteVerifier]) -> tuple[str, frozenset[str]]:
    text, separator, block = note.rpartition("\n\n")
    lines = block.split("\n")
    if not separator or lines.pop() or not 0 < len(lines) <= _MOST_SIGNATURES or not _is_clean(note):
        raise AuditError("NOTE_MALFORMED")
    body = f"{text}\n"
    signers = {_verify_line(line, body, verifiers) for line in lines} - {""}
    if not signers:
        raise AuditError("NOTE_KEY_UNKNOWN")
    return body, frozenset(signers)


def _is_clean(note: str) -> bool:
    # Control characters and lone surrogates could show two readers two texts.
    return all(c == "\n" or (c >= " " and not "\ud800" <= c <= "\udfff") for c in note)


def _verify_line(line: str, body: str, verifiers: Sequence[NoteVerifier]) -> str:
    """Return the name of the known key that signed, or empty text for an unknown key."""
    try:
        dash, name, encoded = line.split(" ")
        signature = base64.b64decode(encoded, validate=True)
    except (ValueError, binascii.Error) as error:
        raise AuditError("NOTE_MALFORMED") from error
    if dash != _DASH or len(signature) <= _KEY_ID_BYTES:
        raise AuditError("NOTE_MALFORMED")
    key_id = signature[:_KEY_ID_BYTES]
    verifier = next((v for v in verifiers if (v.name, v.key_id) == (name, key_id)), None)
    if verifier is None:
        return ""
    try:
        key = Ed25519PublicKey.from_public_bytes(verifier.public_key)
        key.verify(signature[_KEY_ID_BYTES:], body.encode())
    except InvalidSignature as error:
        raise AuditError("NOTE_SIGNATURE_INVALID") from error
    return name


def _key_id(name: str, public_key: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + _ED25519 + public_key).digest()[:_KEY_ID_BYTES]

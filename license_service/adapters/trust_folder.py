"""The trust list in force: one manifest, or a chain of signed lists, read again when the folder changes.

A folder holds either `manifest.toml`, kept by the operator, or `list-<sequence>.note` files, signed by a
publisher. The first list must be signed by a key the operator configured; each later one by a key that the
list before it names, so that a publisher can replace its keys; by one that could sign that list where it
names none. A list that is unreadable, unsigned, out of
order or of another environment is never taken: at start it stops the service, later the last good one stays
and `/readyz` says why.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from license_service.adapters.trust_files import load_trust, parse_trust, read_file
from license_service.audit.errors import AuditError
from license_service.audit.note import NoteVerifier, read_note
from license_service.errors import ConfigurationError
from license_service.verification.crypto.certificates import read_certificate
from license_service.verification.trust import Environment, TrustStore

_LISTS = "list-*.note"
_TEST_WORDS = ("测试", "示例", "test", "demo", "sandbox")


class TrustFolder:
    """Return the trust store in force.

    Raises:
        ConfigurationError: when made, if the folder's list is not acceptable.
    """

    def __init__(
        self, directory: Path, environment: Environment, publishers: Sequence[NoteVerifier] = ()
    ) -> None:
        self._directory = directory
        self._environment = environment
        self._publishers = tuple(publishers)
        self._state = self._look()
        self._store, self._signed_by = self._load()
        self._problem = ""

    def __call__(self) -> TrustStore:
        """Return the current store; the last good one where the folder's newest is not acceptable."""
        state = self._look()
        if state != self._state:
            self._state = state
            try:
                store, names = self._load()
                self._store, self._signed_by, self._problem = self._newer(store), names, ""
            except ConfigurationError as error:
                self._problem = error.detail
        return self._store

    def signed_by(self) -> tuple[str, ...]:
        """Return the verifier keys that signed the list in force; none where the operator keeps it."""
        self()
        return self._signed_by

    def describe(self, now: datetime) -> dict[str, Any]:
        """Say which list is in force, how old it is, and what is wrong with a newer one."""
        store = self()
        age = int((now - store.issued_at).total_seconds()) if store.issued_at else None
        facts = {"anchors": len(store.anchors), "digest": store.digest, "sequence": store.sequence}
        problem = {"problem": self._problem} if self._problem else {}
        return {**facts, "age_seconds": age, "signed": bool(self._publishers), **problem}

    def _load(self) -> tuple[TrustStore, tuple[str, ...]]:
        if self._publishers:
            store, names = _follow(self._directory, self._publishers)
        else:
            store, names = load_trust(self._directory), ()
        _require_environment(store, self._environment)
        return store, names

    def _newer(self, store: TrustStore) -> TrustStore:
        if (store.sequence, store.digest) == (self._store.sequence, self._store.digest):
            return store
        if store.sequence <= self._store.sequence:
            raise ConfigurationError(f"list {store.sequence} does not follow list {self._store.sequence}")
        return store

    def _look(self) -> tuple[tuple[str, int, int], ...]:
        try:
            entries = [(path.name, path.stat()) for path in sorted(self._directory.iterdir())]
        except OSError:
            return ()
        return tuple((name, status.st_mtime_ns, status.st_size) for name, status in entries)


def load_signed_lists(directory: Path, publishers: Sequence[NoteVerifier]) -> TrustStore:
    """Follow the chain of signed lists to its newest.

    Raises:
        ConfigurationError: if there is none, or one is unsigned, out of order or unusable.
    """
    return _follow(directory, publishers)[0]


def _follow(directory: Path, publishers: Sequence[NoteVerifier]) -> tuple[TrustStore, tuple[str, ...]]:
    """Return the newest list, and the verifier keys that signed it."""
    store, verifiers = None, publishers
    names: tuple[str, ...] = ()
    for path in sorted(directory.glob(_LISTS)):
        following, names = _open(path, verifiers)
        if store is not None and following.sequence != store.sequence + 1:
            raise ConfigurationError(f"{path}: list {following.sequence} follows list {store.sequence}")
        store = following
        verifiers = [NoteVerifier.parse(key) for key in store.publishers] or verifiers
    if store is None:
        raise ConfigurationError(f"{directory} has no signed trust list ({_LISTS})")
    return store, names


def _open(path: Path, verifiers: Sequence[NoteVerifier]) -> tuple[TrustStore, tuple[str, ...]]:
    try:
        opened = read_note(read_file(path).decode(errors="replace"), verifiers)
        store = parse_trust(opened.text, path.parent, str(path))
        for key in store.publishers:
            NoteVerifier.parse(key)
    except AuditError as error:
        allowed = ", ".join(map(str, verifiers))
        raise ConfigurationError(f"{path}: {error.code}; {allowed} may sign it") from error
    return store, tuple(sorted({str(signer) for signer in opened.signers}))


def _require_environment(store: TrustStore, environment: Environment) -> None:
    if store.environment is not environment:
        raise ConfigurationError(f"the trust list is for {store.environment}, the service for {environment}")
    if environment is not Environment.PRODUCTION:
        return
    for anchor in store.anchors:
        subject = read_certificate(anchor.certificate).subject.casefold()
        if any(word in subject for word in _TEST_WORDS):
            raise ConfigurationError(f"anchor {anchor.name} calls itself a test authority: {subject}")

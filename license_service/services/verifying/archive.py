"""Keep what verdicts rest on, so that each can be computed again: policy, trust, evidence, documents.

Everything is kept under its own SHA-256, and the digests in a report are such addresses: of the policy's
text, and of the listings that name each anchor and each item of evidence by digest.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator

from pydantic import TypeAdapter, ValidationError

from license_service.errors import ConfigurationError
from license_service.services.ports import InputArchive
from license_service.verification.evidence import KINDS, Evidence
from license_service.verification.policy import VerificationPolicy, parse_policy
from license_service.verification.presentation import Presentation
from license_service.verification.trust import TrustStore

_STORE = TypeAdapter(TrustStore)
_PERSONAL = "register_entries"
"""What a register said of a license may name its holder: kept as documents are."""


class InputMissingError(Exception):
    """Say which input of a verdict the archive does not hold, or holds damaged."""


class InputKeeper:
    """Keep the inputs of verdicts; documents only where the operator chose to."""

    def __init__(self, archive: InputArchive, *, documents: bool) -> None:
        self._archive = archive
        self._documents = documents
        self._last: tuple[str, ...] = ()

    def keep(
        self,
        document: bytes,
        policy: VerificationPolicy,
        trust: TrustStore,
        evidence: Evidence,
        presentation: Presentation,
    ) -> None:
        """Keep what is not kept yet; raises nothing, since no verdict waits for the archive."""
        if self._documents:
            given = (item for item in (document, presentation.content) if item is not None)
            _put(self._archive.put_document, given)
        current = (policy.digest, trust.digest, evidence.digest)
        kept = current == self._last or (
            _put(self._archive.put_document, evidence.register_entries)
            and _put(self._archive.put, _shared(policy, trust, evidence))
        )
        if kept:
            self._last = current


def archived_policy(archive: InputArchive, digest: str) -> VerificationPolicy:
    """Return the policy of a digest.

    Raises:
        InputMissingError: if it is not there, or this version cannot read it.
    """
    try:
        return parse_policy(_get(archive, digest).decode())
    except ConfigurationError as error:
        raise InputMissingError(digest) from error


def archived_trust(archive: InputArchive, digest: str) -> TrustStore:
    """Return the trust store of a digest; where each anchor came from is not part of a verdict.

    Raises:
        InputMissingError: if a part of it is not there, or this version cannot read it.
    """
    listing = json.loads(_get(archive, digest))
    for name, content in (("anchors", "certificate"), ("keys", "spki")):
        for row in listing[name]:
            row |= {content: _get(archive, row["sha256"]), "source": "archive"}
    try:
        trust = _STORE.validate_python(listing)
    except ValidationError as error:
        raise InputMissingError(digest) from error
    if trust.digest != digest:
        raise InputMissingError(digest)
    return trust


def archived_evidence(archive: InputArchive, digest: str) -> Evidence:
    """Return the evidence of a digest.

    Raises:
        InputMissingError: if a part of it is not there, or this version cannot read it.
    """
    found: dict[str, list[bytes]] = {name: [] for name in KINDS.values()}
    for line in _get(archive, digest).decode().splitlines()[1:]:
        kind, _, sha256 = line.partition(" ")
        if kind not in KINDS:
            raise InputMissingError(digest)
        found[KINDS[kind]].append(_get(archive, sha256))
    return Evidence(**{name: tuple(items) for name, items in found.items()})


def register_entries_of(archive: InputArchive, digest: str) -> list[str]:
    """Return the SHA-256 of what registers said in the evidence of a digest; none where it is not there."""
    listing = archive.get(digest.removeprefix("sha256:")) or b""
    lines = (line.partition(" ") for line in listing.decode().splitlines())
    return [sha256 for kind, _, sha256 in lines if kind == "register_entry"]


def archived_document(archive: InputArchive, sha256: str) -> bytes:
    """Return a document, or the content of a detached signature.

    Raises:
        InputMissingError: if it was not kept.
    """
    return _get(archive, sha256)


def _shared(policy: VerificationPolicy, trust: TrustStore, evidence: Evidence) -> Iterator[bytes]:
    # A listing comes after what it names: one that is there is whole.
    yield policy.text.encode()
    yield from (anchor.certificate for anchor in trust.anchors)
    yield from (key.spki for key in trust.keys)
    yield trust.listing.encode()
    yield from (item for name in KINDS.values() if name != _PERSONAL for item in getattr(evidence, name))
    yield evidence.listing.encode()


def _put(put: Callable[[bytes], bool], items: Iterable[bytes]) -> bool:
    return all(map(put, items))


def _get(archive: InputArchive, digest: str) -> bytes:
    data = archive.get(digest.removeprefix("sha256:"))
    if data is None:
        raise InputMissingError(digest)
    return data

"""Compute a verdict again from its inputs: the same canonical bytes, or what differs.

1. Every input must have the digest that the report states; which do not is the answer otherwise.
2. Verify as of the report's validation time, for the holder and purpose that it states.
3. Compare canonical bytes. A report of another version of the software is compared without its
   `software` member: that is how an upgrade is shown to change no verdict, or which.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from license_service.clock import format_instant, parse_instant
from license_service.errors import ErasedError, InvalidRequestError, NotFoundError
from license_service.services.ports import InputArchive, Store
from license_service.services.records import ErasedVerification
from license_service.services.verifying.archive import (
    InputMissingError,
    archived_document,
    archived_evidence,
    archived_policy,
    archived_trust,
)
from license_service.services.verifying.report_shape import read_report
from license_service.verification.canonical import canonical_json
from license_service.verification.difference import Change, differences
from license_service.verification.evidence import Evidence
from license_service.verification.policy import VerificationPolicy
from license_service.verification.presentation import Presentation
from license_service.verification.report import VerificationReport
from license_service.verification.trust import TrustStore
from license_service.verification.verifier import verify

_PAGE = 100


class ReplayOutcome(StrEnum):
    """What came of a replay."""

    SAME = "same"
    DIFFERS = "differs"
    INPUTS_DIFFER = "inputs_differ"
    ERASED = "erased"


@dataclass(frozen=True)
class ReplayInputs:
    """Hold what a verdict is computed from; what the report itself states is taken from there."""

    document: bytes
    policy: VerificationPolicy
    trust: TrustStore
    evidence: Evidence
    content: bytes | None = None
    password: str | None = None


@dataclass(frozen=True)
class Replay:
    """Say what came of a replay: the inputs that do not match, or the changes."""

    outcome: ReplayOutcome
    inputs: tuple[str, ...] = ()
    changes: tuple[Change, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the wire shape."""
        changes = [change.to_json() for change in self.changes]
        return {"outcome": self.outcome, "inputs": list(self.inputs), "changes": changes}


def replay(report: Mapping[str, Any], inputs: ReplayInputs) -> Replay:
    """Compute a report again and compare."""
    wrong = tuple(_wrong_inputs(report, inputs))
    if wrong:
        return Replay(ReplayOutcome.INPUTS_DIFFER, wrong)
    return compare(report, computed_again(report, inputs))


def computed_again(report: Mapping[str, Any], inputs: ReplayInputs) -> VerificationReport:
    """Compute the report that the inputs give for the moment and the presentation that a report states."""
    stated = report["presentation"]
    return verify(
        inputs.document,
        inputs.policy,
        inputs.trust,
        inputs.evidence,
        parse_instant(report["validation_time"]),
        Presentation(
            **{name: stated[name] for name in _STATED}, content=inputs.content, password=inputs.password
        ),
    )


def compare(report: Mapping[str, Any], again: VerificationReport) -> Replay:
    """Compare the canonical bytes of a report and of one computed again, but for the software's version."""
    computed = canonical_json({**again.to_json(), "software": report["software"]})
    if computed == canonical_json(report):
        return Replay(ReplayOutcome.SAME)
    return Replay(ReplayOutcome.DIFFERS, changes=differences(report, json.loads(computed)))


_STATED = ("holder", "purpose", "audience", "nonce", "identifier")
"""What a report states of its presentation in clear."""


@dataclass(frozen=True)
class Replayer:
    """Compute kept answers again from the archive; it holds no connection, so processes may share it.

    With a policy, evidence or a moment of its own it says what would come out under those, and changes
    nothing: evidence is added to what a verdict had, a policy or moment takes the place of its.
    """

    archive: InputArchive | None
    policy: VerificationPolicy | None = None
    evidence: Evidence | None = None
    moment: datetime | None = None

    def __call__(
        self, answer: Mapping[str, Any] | ErasedVerification, document: bytes | None = None
    ) -> Replay:
        """Compute one again, on `document` where the archive holds none, unless it was erased."""
        if isinstance(answer, ErasedVerification):
            return Replay(ReplayOutcome.ERASED)
        if self.archive is None:
            return Replay(ReplayOutcome.INPUTS_DIFFER, ("archive",))
        try:
            report = read_report(json.dumps(answer["report"]).encode())
        except InvalidRequestError:  # kept by an earlier version, whose reports do not say enough
            return Replay(ReplayOutcome.INPUTS_DIFFER, ("report",))
        try:
            inputs = archived_inputs(self.archive, report, document)
        except InputMissingError as error:
            return Replay(ReplayOutcome.INPUTS_DIFFER, (_name(report, str(error)),))
        if not (self.policy or self.evidence or self.moment):
            return replay(report, inputs)
        return self._under_others(report, inputs)

    def _under_others(self, report: Mapping[str, Any], inputs: ReplayInputs) -> Replay:
        wrong = tuple(_wrong_inputs(report, inputs))
        if wrong:
            return Replay(ReplayOutcome.INPUTS_DIFFER, wrong)
        evidence = inputs.evidence.joined(self.evidence) if self.evidence else inputs.evidence
        others = replace(inputs, policy=self.policy or inputs.policy, evidence=evidence)
        moment = format_instant(self.moment) if self.moment else report["validation_time"]
        found = compare(report, computed_again({**report, "validation_time": moment}, others))
        changes = tuple(c for c in found.changes if c.path.split("/")[0] not in _GIVEN)
        return Replay(ReplayOutcome.DIFFERS if changes else ReplayOutcome.SAME, changes=changes)


_GIVEN = frozenset({"policy", "evidence", "validation_time"})
"""Members of a report that differ because other inputs were given; not what came out."""


class ReplayService:
    """Compute kept verdicts again from the archive, for operators."""

    def __init__(self, store: Store, archive: InputArchive | None) -> None:
        self._store = store
        self.replayer = Replayer(archive)

    def one(self, identifier: str, document: bytes | None = None) -> Replay:
        """Replay one verdict, on `document` where the archive holds none.

        Raises:
            NotFoundError: if there is no such verdict.
        """
        try:
            with self._store.read() as tx:
                answer = tx.any_verification(identifier)
        except ErasedError:
            return Replay(ReplayOutcome.ERASED)
        if answer is None:
            raise NotFoundError("no such verification")
        return self.replayer(answer, document)

    def all(self) -> Iterator[tuple[str, Replay]]:
        """Replay every verdict, in the order of their ids."""
        return ((name_of(answer), self.replayer(answer)) for answer in self.answers())

    def count(self) -> int:
        """Return how many verdicts are kept."""
        with self._store.read() as tx:
            return tx.count_verifications()

    def answers(self) -> Iterator[Mapping[str, Any] | ErasedVerification]:
        """Yield every kept answer, in the order of their ids, and what is left of those erased."""
        last = ""
        while True:
            with self._store.read() as tx:
                answers = tx.verifications_after(last, _PAGE)
            if not answers:
                return
            yield from answers
            last = name_of(answers[-1])


def name_of(answer: Mapping[str, Any] | ErasedVerification) -> str:
    """Return the id of a verdict."""
    return answer.id if isinstance(answer, ErasedVerification) else str(answer["id"])


def _wrong_inputs(report: Mapping[str, Any], inputs: ReplayInputs) -> Iterator[str]:
    presented = Presentation(content=inputs.content, password=inputs.password).to_json()
    found = {
        "document": (hashlib.sha256(inputs.document).hexdigest(), report["sha256"]),
        "policy": (inputs.policy.digest, report["policy"]["digest"]),
        "trust": (inputs.trust.digest, report["trust"]["digest"]),
        "evidence": (inputs.evidence.digest, report["evidence"]["digest"]),
        "content": (presented["content_sha256"], report["presentation"]["content_sha256"]),
        "password": (presented["password_given"], report["presentation"]["password_given"]),
    }
    return (name for name, (given, stated) in found.items() if given != stated)


def archived_inputs(
    archive: InputArchive, report: Mapping[str, Any], document: bytes | None = None
) -> ReplayInputs:
    """Return the inputs a report names, with `document` where it is given.

    Raises:
        InputMissingError: if one of them is not there.
    """
    content = report["presentation"]["content_sha256"]
    return ReplayInputs(
        document=archived_document(archive, report["sha256"]) if document is None else document,
        policy=archived_policy(archive, report["policy"]["digest"]),
        trust=archived_trust(archive, report["trust"]["digest"]),
        evidence=archived_evidence(archive, report["evidence"]["digest"]),
        content=archived_document(archive, content) if content else None,
    )


def _name(report: Mapping[str, Any], digest: str) -> str:
    names = {
        report["sha256"]: "document",
        report["policy"]["digest"]: "policy",
        report["trust"]["digest"]: "trust",
        report["evidence"]["digest"]: "evidence",
        report["presentation"]["content_sha256"]: "content",
    }
    return names.get(digest, digest)

"""Compute again what a bundle's entries say, from the inputs that came along: verdicts and deadlines.

1. A verdict: the same pure verifier judges the same document under the same policy, trust and evidence, as of
   the moment the report states. The bytes of the report and what the log says of it must come out the same.
2. What a case owes: the catalogue's rule and the calendar give the deadlines of each obligation.
3. A case alone: each verdict that it rests on is there, or it is said that it was erased.
4. What was said of a deadline later is what was said first, or was counted again under the calendar it names;
   and nothing expired before its deadline.

A difference outweighs what is missing: whoever leaves an input out hides nothing that way.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from license_service.audit.bundle import Manifest
from license_service.audit.erasure import erasures
from license_service.audit.errors import AuditError
from license_service.audit.verify_bundle import Extent
from license_service.clock import parse_instant
from license_service.domain.assessment import (
    Assessment,
    MaterialFinding,
    MaterialOutcome,
    OverallOutcome,
)
from license_service.domain.case import EventKind
from license_service.domain.matter import Catalogue
from license_service.domain.obligation import Obligation, describe, obligations_of, recomputed
from license_service.domain.workdays import WorkCalendar
from license_service.errors import LicenseServiceError
from license_service.services.catalogue.calendars import read_calendar
from license_service.services.proving.evidence_inputs import INDEX_TAG, verdicts_named
from license_service.services.verifying.archive import InputMissingError
from license_service.services.verifying.replay import ReplayOutcome, archived_inputs, compare, computed_again
from license_service.services.verifying.report_shape import read_report
from license_service.services.verifying.verifications import completed_event
from license_service.verification.canonical import canonical_json

VERDICT, DEADLINE, MISSING = "VERDICT_DIFFERS", "DEADLINE_DIFFERS", "INPUT_MISSING"
_ACCEPTED = frozenset({OverallOutcome.ACCEPTED.value, OverallOutcome.ACCEPTED_WITH_OBLIGATIONS.value})

ReadExtent = Callable[[Extent], bytes]
ReadCatalogue = Callable[[bytes, Callable[[str], bytes]], Catalogue]
"""Read a catalogue from its listing and whatever gives a file by its SHA-256."""


@dataclass
class BundleArchive:
    """Be the archive that a bundle carries."""

    read: ReadExtent
    extents: Mapping[str, Extent] = field(default_factory=dict)

    def get(self, sha256: str) -> bytes | None:
        """Return an input; that its bytes are those of its name was checked on the way here."""
        extent = self.extents.get(sha256)
        return None if extent is None else self.read(extent)

    def put(self, _data: bytes) -> bool:
        """Keep nothing."""
        return False

    def put_document(self, _data: bytes) -> bool:
        """Keep nothing."""
        return False

    def erase_documents(self, _names: Iterable[str]) -> None:
        """Remove nothing."""

    def require(self, digest: str) -> bytes:
        """Return an input.

        Raises:
            InputMissingError: if it did not come along.
        """
        data = self.get(digest.removeprefix("sha256:"))
        if data is None:
            raise InputMissingError(digest)
        return data


@dataclass
class BundleRecomputation:
    """Observe a bundle while it is verified, and compute again what its entries say."""

    read: ReadExtent
    read_catalogue: ReadCatalogue
    verdicts: int = 0
    deadlines: int = 0
    _archive: BundleArchive = field(init=False)
    _index: Mapping[str, Any] = field(default_factory=dict)
    _owed: dict[str, Obligation] = field(default_factory=dict)
    _differs: AuditError | None = None
    _missing: dict[str, AuditError] = field(default_factory=dict)
    """By verdict, so that what turns out to have been erased is not missed; empty for anything else."""
    _erased: set[str] = field(default_factory=set)
    _found: set[str] = field(default_factory=set)
    _rests_on: dict[str, int] = field(default_factory=dict)
    """The verdicts that a case rests on, and the index of the first entry that says so."""
    _of_case: bool = False

    def begin(self, manifest: Manifest, inputs: Mapping[str, Extent]) -> None:
        """Read the index."""
        self._archive, self._of_case = BundleArchive(self.read, inputs), manifest.case is not None
        if manifest.index:
            self._index = _read_index(self._archive.require(manifest.index))

    def entry(self, index: int, entry: Mapping[str, Any]) -> None:
        """Compute an entry again; the first that differs and the first that cannot be are kept."""
        self._erased.update(erasures([entry]))
        look = self._looks.get(str(entry.get("kind")))
        try:
            if self._of_case and "case" in entry:
                self._rests_on = {**dict.fromkeys(verdicts_named(entry), index), **self._rests_on}
            code = look(entry) if look else ""
        except _CANNOT as error:
            # A shape of another version and an input this one cannot read are as good as not there.
            data = entry.get("data")
            name = str(data.get("verification", "")) if isinstance(data, dict) else ""
            self._missing.setdefault(name, AuditError(MISSING, str(error), index))
        else:
            self._differs = self._differs or (AuditError(code, "", index) if code else None)

    def end(self) -> None:
        """Judge.

        Raises:
            AuditError: `VERDICT_DIFFERS`, `DEADLINE_DIFFERS` or `INPUT_MISSING`, at the first such entry.
        """
        unfound = {name: index for name, index in self._rests_on.items() if name not in self._found}
        self._missing.update({name: AuditError(MISSING, str(name), unfound[name]) for name in unfound})
        missing = (error for name, error in self._missing.items() if name not in self._erased)
        wrong = self._differs or next(missing, None)
        if wrong is not None:
            raise wrong

    @cached_property
    def _looks(self) -> Mapping[str, Callable[[Mapping[str, Any]], str]]:
        return {
            EventKind.VERIFICATION_COMPLETED: self._verdict,
            EventKind.CASE_ASSESSED: self._assessed,
            EventKind.DEADLINE_RECOMPUTED: self._recounted,
            EventKind.SUPPLEMENT_REMINDED: self._reminded,
            EventKind.SUPPLEMENT_EXPIRED: self._expired,
            EventKind.COMMITMENT_OVERDUE: self._overdue,
        }

    @cached_property
    def _catalogue(self) -> Catalogue:
        listing = self._archive.require(self._index["catalogue"])
        return self.read_catalogue(listing, self._archive.require)

    def _calendar(self, digest: str) -> WorkCalendar:
        return read_calendar(self._archive.require(digest))

    def _verdict(self, entry: Mapping[str, Any]) -> str:
        data = entry["data"]
        identifier = data["verification"]
        self._found.add(identifier)
        report = read_report(self._archive.require(self._index["reports"][identifier]))
        if report["presentation"]["password_given"]:
            raise InputMissingError("password")
        again = computed_again(report, archived_inputs(self._archive, report))
        self.verdicts += 1
        salt = self._index.get("salts", {}).get(identifier, "")
        logged = canonical_json(data) == canonical_json(completed_event(identifier, again, salt).data)
        return "" if logged and compare(report, again).outcome is ReplayOutcome.SAME else VERDICT

    def _assessed(self, entry: Mapping[str, Any]) -> str:
        data, stated = entry["data"], entry["data"]["obligations"]
        if data["outcome"] not in _ACCEPTED:
            return DEADLINE if stated else ""
        matter = self._catalogue.version(data["matter"], data["matter_version"])
        if matter is None:
            raise InputMissingError(f"{data['matter']} {data['matter_version']}")
        findings = tuple(
            MaterialFinding(material.code, MaterialOutcome(data["materials"][material.code]), "")
            for material in matter.materials
            if material.code in data["materials"]
        )
        assessment = Assessment(OverallOutcome(data["outcome"]), findings, ())
        digests = {item["calendar"] for item in stated} or {""}
        if len(digests) > 1:
            return DEADLINE
        (digest,) = digests
        calendar = self._calendar(digest) if digest else _NO_CALENDAR
        found = obligations_of(entry["case"], matter, assessment, calendar, parse_instant(entry["time"]))
        self._owed.update({item.id: item for item in found})
        self.deadlines += len(found)
        return "" if [describe(item) for item in found] == stated else DEADLINE

    def _recounted(self, entry: Mapping[str, Any]) -> str:
        data, before = dict(entry["data"]), self._known(entry)
        told_before = data.pop("told_before")
        again = recomputed(before, self._calendar(data["calendar"]))
        self._owed[before.id] = again
        self.deadlines += 1
        return "" if (describe(again), before.due_on) == (data, told_before) else DEADLINE

    def _reminded(self, entry: Mapping[str, Any]) -> str:
        return "" if describe(self._known(entry)) == entry["data"] else DEADLINE

    def _expired(self, entry: Mapping[str, Any]) -> str:
        owed = self._known(entry)
        same = {**describe(owed), "at_expiry": owed.at_expiry} == entry["data"]
        return "" if same and owed.due_at <= parse_instant(entry["time"]) else DEADLINE

    def _overdue(self, entry: Mapping[str, Any]) -> str:
        owed = self._known(entry)
        same = owed.due_on == entry["data"]["due_on"]
        return "" if same and owed.due_at <= parse_instant(entry["time"]) else DEADLINE

    def _known(self, entry: Mapping[str, Any]) -> Obligation:
        """Return an obligation; one that began before the bundle does cannot be counted again."""
        return self._owed[entry["data"]["obligation"]]


_CANNOT = (
    *(InputMissingError, LicenseServiceError),
    *(AttributeError, KeyError, TypeError, ValueError, RecursionError),
)


def _read_index(data: bytes) -> Mapping[str, Any]:
    try:
        index = json.loads(data)
        known = index["format"] == INDEX_TAG
    except _CANNOT as error:
        raise AuditError("BUNDLE_MALFORMED", "index") from error
    if not known:
        raise AuditError("BUNDLE_MALFORMED", "index")
    return dict(index)


_NO_CALENDAR = WorkCalendar(frozenset(), frozenset(), frozenset())
"""For a case that says it owes nothing: whatever the rule finds then differs, under any calendar."""

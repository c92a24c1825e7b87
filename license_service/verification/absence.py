"""A license presented by its identifier alone, which the register did not give.

There is no document to fail: unknown is not absent, so a person looks. Clause: ETSI EN 319 102-1, 5.1.3.
"""

from __future__ import annotations

from collections.abc import Mapping

from license_service.verification.evidence import Evidence
from license_service.verification.register import Silence, entries_about
from license_service.verification.report import Indication, SubIndication

NOT_GIVEN: Mapping[str, tuple[Indication, SubIndication]] = {
    "LICENSE_NOT_IN_REGISTER": (Indication.INDETERMINATE, SubIndication.SIGNED_DATA_NOT_FOUND),
    "REGISTER_UNAVAILABLE": (Indication.INDETERMINATE, SubIndication.TRY_LATER),
}
"""The verdict for each reason that there is no document."""


def reason_not_given(identifier: str, evidence: Evidence) -> str:
    """Return why there is no document, as the newest silence in the evidence says."""
    silences = [entry for entry in entries_about(identifier, evidence.register_entries) if entry.reason]
    newest = max(silences, key=lambda entry: (entry.as_of, entry.reason), default=None)
    unknown = newest is not None and newest.reason == Silence.NOT_KNOWN
    return "LICENSE_NOT_IN_REGISTER" if unknown else "REGISTER_UNAVAILABLE"

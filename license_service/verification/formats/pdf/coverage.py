"""What each signature of a file leaves uncovered.

1. After the last license signature, a revision may add archive data alone: DSS and DocTimeStamp.
2. Between two license signatures it may also sign: the later signature vouches for the bytes, but the earlier
   one is judged by what was added under it.
3. What DocMDP or FieldMDP forbids is refused; what they permit beyond this is refused as well.
4. pyHanko's difference analysis has to agree with each revision; it alone decides nothing.

Clause: ISO 32000-2, 12.8.2.2.2; ETSI EN 319 142-1, 5.5.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pyhanko.sign.diff_analysis import DEFAULT_DIFF_POLICY, ModificationLevel, SuspiciousModification
from pyhanko.sign.fields import MDPPerm

from license_service.verification.formats.pdf.bounded_reader import BoundedReader
from license_service.verification.formats.pdf.objects import count_references
from license_service.verification.formats.pdf.permissions import certification_level, forbids_signing
from license_service.verification.formats.pdf.signature_fields import SignatureField
from license_service.verification.formats.pdf.update import Update, read_update


def find_uncovered(
    reader: BoundedReader, fields: Sequence[SignatureField], licenses: Sequence[SignatureField]
) -> list[tuple[str, ...]]:
    """Return for each license signature what escapes it, empty where nothing does."""
    updates = dict(_updates(reader, fields, licenses[0]))
    last = licenses[-1].revision
    return [tuple(_escaping(field, updates, last)) for field in licenses]


def _updates(
    reader: BoundedReader, fields: Sequence[SignatureField], first: SignatureField
) -> Iterator[tuple[int, Update]]:
    revisions = range(first.revision + 1, reader.total_revisions)
    if not revisions:
        return
    known = count_references(reader.get_historical_resolver(first.revision))
    by_object = {field.reference: field for field in fields}
    level = certification_level(first)
    for revision in revisions:
        update = read_update(reader, revision, by_object, known)
        if not update.unexplained and not _agrees(reader, revision, update, level):
            update.unexplained.append("difference analysis")
        yield revision, update


def _agrees(reader: BoundedReader, revision: int, update: Update, level: int | None) -> bool:
    old, new = reader.get_historical_resolver(revision - 1), reader.get_historical_resolver(revision)
    try:
        found = DEFAULT_DIFF_POLICY.apply(old, new, doc_mdp=MDPPerm(level) if level else None)
    except SuspiciousModification:
        return False
    allowed = ModificationLevel.FORM_FILLING if update.signs else ModificationLevel.LTA_UPDATES
    return bool(found.modification_level <= allowed)


def _escaping(field: SignatureField, updates: dict[int, Update], last: int) -> Iterator[str]:
    for revision, update in updates.items():
        if revision <= field.revision:
            continue
        yield from (f"revision {revision + 1}: {what}" for what in update.unexplained)
        for name in update.signs:
            if revision > last or forbids_signing(field, name):
                yield f"revision {revision + 1}: signature field {name}"

"""Every column that can name a person: the one list of what is sealed, read, cleared and searched by tests.

What is not in it holds ids, codes, digests and blind indexes; `docs/security-model.md` says so of each table.
"""

from __future__ import annotations

from license_service.adapters.sql import schema
from license_service.adapters.sql.vault import SealedColumns

VERIFICATION = SealedColumns(schema.verification, ("id",), ("id",), ("answer",))
CASE = SealedColumns(schema.case_file, ("id",), ("id",), ("body", "people"))
BATCH_ITEM = SealedColumns(
    schema.batch_item,
    ("batch_id", "position"),
    ("verification_id", "batch_id"),
    ("name", "content", "identifier"),
)
"""Once there is a verdict, an item belongs to it."""
BUNDLE = SealedColumns(schema.bundle_application, ("id",), ("id",), ("body", "handed_in"))
FEEDBACK = SealedColumns(schema.feedback, ("id",), ("case_id",), ("text", "answer"))
CREDIT = SealedColumns(schema.credit_record, ("id",), ("id",), ("body",))
PAPER_DRAFT = SealedColumns(schema.paper_draft, ("event_id",), ("case_id",), ("body",))
PAPER = SealedColumns(schema.paper, ("code",), ("case_id",), ("body", "jws"))
LICENSE_USE = SealedColumns(
    schema.license_use, ("id",), ("case_id",), ("license_identifier", "purpose", "officer")
)
IDEMPOTENCY = SealedColumns(schema.idempotency, ("tenant", "route", "key"), ("dossier",), ("answer",))

ALL = (
    *(VERIFICATION, CASE, BATCH_ITEM, BUNDLE, FEEDBACK),
    *(CREDIT, PAPER_DRAFT, PAPER, LICENSE_USE, IDEMPOTENCY),
)

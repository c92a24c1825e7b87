"""The tables. Instants are seconds since 1970 as float, so that both engines compare them alike."""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData()

verification = sa.Table(
    "verification",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("tenant", sa.Text, nullable=False),
    sa.Column("answer", sa.Text, nullable=False),
)

case_file = sa.Table(
    "case_file",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("tenant", sa.Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("people", sa.Text, nullable=False),
)

event = sa.Table(
    "event",
    metadata,
    sa.Column(
        "position", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True
    ),
    sa.Column("id", sa.Text, nullable=False, unique=True),
    sa.Column("tenant", sa.Text, nullable=False),
    sa.Column("case_id", sa.Text),
    sa.Column("seq", sa.Integer),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("entry", sa.LargeBinary, nullable=False),
    sa.Column("created_at", sa.Double, nullable=False),
    sa.Column("leaf_index", sa.BigInteger, unique=True),
    sa.UniqueConstraint("case_id", "seq"),
)
sa.Index("event_of_tenant", event.c.tenant, event.c.leaf_index)
sa.Index(
    "event_of_cases",
    event.c.tenant,
    event.c.created_at,
    event.c.position,
    sqlite_where=event.c.case_id.is_not(None),
    postgresql_where=event.c.case_id.is_not(None),
)
sa.Index(
    "event_unlogged",
    event.c.position,
    sqlite_where=event.c.leaf_index.is_(None),
    postgresql_where=event.c.leaf_index.is_(None),
)

follow_up = sa.Table(
    "follow_up",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("tenant", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("occurrence", sa.Text, nullable=False),
    sa.Column("due_at", sa.Double, nullable=False),
    sa.Column("next_at", sa.Double, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("token", sa.Integer, nullable=False),
    sa.Column("lease_until", sa.Double, nullable=False),
    sa.Column("last_error", sa.Text, nullable=False),
    sa.Column("lane", sa.Text, nullable=False, server_default=""),
    sa.Column("dead_at", sa.Double),
    sa.UniqueConstraint("kind", "subject", "occurrence"),
)
sa.Index(
    "follow_up_open",
    follow_up.c.next_at,
    sqlite_where=follow_up.c.state == "open",
    postgresql_where=follow_up.c.state == "open",
)
sa.Index(
    "follow_up_unfinished",
    follow_up.c.state,
    follow_up.c.kind,
    sqlite_where=follow_up.c.state != "done",
    postgresql_where=follow_up.c.state != "done",
)
sa.Index(
    "follow_up_leased",
    follow_up.c.lease_until,
    sqlite_where=sa.text("state = 'open' AND lease_until > 0"),
    postgresql_where=sa.text("state = 'open' AND lease_until > 0"),
)

follow_up_attempt = sa.Table(
    "follow_up_attempt",
    metadata,
    sa.Column("follow_up_id", sa.Text, primary_key=True),
    sa.Column("token", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("failed_at", sa.Double, nullable=False),
    sa.Column("code", sa.Text, nullable=False),
)
sa.Index("follow_up_attempt_recent", follow_up_attempt.c.failed_at)

breaker = sa.Table(
    "breaker",
    metadata,
    sa.Column("target", sa.Text, primary_key=True),
    sa.Column("open_until", sa.Double, nullable=False),
)

idempotency = sa.Table(
    "idempotency",
    metadata,
    sa.Column("tenant", sa.Text, primary_key=True),
    sa.Column("route", sa.Text, primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("fingerprint", sa.Text, nullable=False),
    sa.Column("answer", sa.Text, nullable=False),
    sa.Column("dossier", sa.Text, nullable=False, server_default=""),
)
sa.Index("idempotency_of_dossier", idempotency.c.dossier)

api_key = sa.Table(
    "api_key",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("tenant", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("scopes", sa.Text, nullable=False),
    sa.Column("expires_at", sa.Double, nullable=False),
)

webhook_endpoint = sa.Table(
    "webhook_endpoint",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("tenant", sa.Text, nullable=False),
    sa.Column("url", sa.Text, nullable=False),
    sa.Column("secret", sa.Text, nullable=False),
    sa.Column("previous", sa.Text, nullable=False, server_default=""),
    sa.Column("enabled", sa.Boolean, nullable=False),
)

credit_record = sa.Table(
    "credit_record",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("tenant", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("since", sa.Double, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
)
sa.Index("credit_record_of_subject", credit_record.c.tenant, credit_record.c.subject)

log_node = sa.Table(
    "log_node",
    metadata,
    sa.Column("level", sa.Integer, primary_key=True),
    sa.Column("index", sa.BigInteger, primary_key=True),
    sa.Column("hash", sa.LargeBinary, nullable=False),
)

checkpoint = sa.Table(
    "checkpoint",
    metadata,
    sa.Column("size", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("witnessed", sa.Boolean, nullable=False, server_default=sa.false()),
)

witness = sa.Table(
    "witness",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("problem", sa.Text, nullable=False),
)

checkpoint_stamp = sa.Table(
    "checkpoint_stamp",
    metadata,
    sa.Column("size", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("token", sa.LargeBinary, nullable=False),
    sa.Column("time", sa.Double, nullable=False),
)

log_state = sa.Table(
    "log_state",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("problem", sa.Text, nullable=False),
    sa.Column("stamp_problem", sa.Text, nullable=False, server_default=""),
)

verification_batch = sa.Table(
    "verification_batch",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("tenant", sa.Text, nullable=False),
    sa.Column("size", sa.Integer, nullable=False),
)

batch_item = sa.Table(
    "batch_item",
    metadata,
    sa.Column("batch_id", sa.Text, primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("content", sa.LargeBinary),
    sa.Column("verification_id", sa.Text),
    sa.Column("indication", sa.Text),
    sa.Column("identifier", sa.Text),
)

sa.Index("batch_item_of_verification", batch_item.c.verification_id)

bundle_application = sa.Table(
    "bundle_application",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("tenant", sa.Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("handed_in", sa.Text, nullable=False),
)

feedback = sa.Table(
    "feedback",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("tenant", sa.Text, nullable=False),
    sa.Column("case_id", sa.Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("received_at", sa.Double, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("answer", sa.Text, nullable=False),
)
sa.Index("feedback_of_case", feedback.c.case_id)

source_call = sa.Table(
    "source_call",
    metadata,
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("hour", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("outcome", sa.Text, primary_key=True),
    sa.Column("calls", sa.BigInteger, nullable=False),
    sa.Column("total_ms", sa.BigInteger, nullable=False),
    sa.Column("longest_ms", sa.BigInteger, nullable=False),
    sa.Column("last_at", sa.Double, nullable=False),
)

paper_draft = sa.Table(
    "paper_draft",
    metadata,
    sa.Column("event_id", sa.Text, primary_key=True),
    sa.Column("tenant", sa.Text, nullable=False),
    sa.Column("case_id", sa.Text, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
)
sa.Index("paper_draft_of_case", paper_draft.c.case_id)

paper = sa.Table(
    "paper",
    metadata,
    sa.Column("code", sa.Text, primary_key=True),
    sa.Column("tenant", sa.Text, nullable=False),
    sa.Column("case_id", sa.Text, nullable=False),
    sa.Column("seq", sa.Integer, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Column("jws", sa.Text, nullable=False),
    sa.Column("issued_event", sa.Text, nullable=False),
    sa.UniqueConstraint("case_id", "seq", "kind"),
)

paper_number = sa.Table(
    "paper_number",
    metadata,
    sa.Column("tenant", sa.Text, primary_key=True),
    sa.Column("authority", sa.Text, primary_key=True),
    sa.Column("mark", sa.Text, primary_key=True),
    sa.Column("year", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("last", sa.Integer, nullable=False),
)

license_use = sa.Table(
    "license_use",
    metadata,
    sa.Column(
        "position", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True
    ),
    sa.Column("id", sa.Text, nullable=False, unique=True),
    sa.Column("tenant", sa.Text, nullable=False),
    sa.Column("case_id", sa.Text, nullable=False),
    sa.Column("matter_code", sa.Text, nullable=False),
    sa.Column("verification_id", sa.Text, nullable=False),
    sa.Column("license_identifier", sa.Text, nullable=False),
    sa.Column("type_code", sa.Text, nullable=False),
    sa.Column("issuer_code", sa.Text, nullable=False),
    sa.Column("materials", sa.Text, nullable=False),
    sa.Column("purpose", sa.Text, nullable=False),
    sa.Column("operator", sa.Text, nullable=False),
    sa.Column("officer", sa.Text, nullable=False),
    sa.Column("mode", sa.Text, nullable=False),
    sa.Column("used_at", sa.Double, nullable=False),
)
sa.Index("license_use_of_case", license_use.c.case_id)
sa.Index("license_use_of_verification", license_use.c.verification_id)
sa.Index("license_use_of_issuer", license_use.c.tenant, license_use.c.issuer_code, license_use.c.position)

license_use_holder = sa.Table(
    "license_use_holder",
    metadata,
    sa.Column("use_id", sa.Text, primary_key=True),
    sa.Column("holder", sa.Text, primary_key=True),
)
sa.Index("license_use_of_holder", license_use_holder.c.holder)

dossier = sa.Table(
    "dossier",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("tenant", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("opened_at", sa.Double, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("algorithm", sa.Text, nullable=False),
    sa.Column("wrapped_by", sa.Text, nullable=False),
    sa.Column("wrapped", sa.LargeBinary),
    sa.Column("erased_at", sa.Double),
)
sa.Index(
    "dossier_kept",
    dossier.c.opened_at,
    dossier.c.id,
    sqlite_where=dossier.c.erased_at.is_(None),
    postgresql_where=dossier.c.erased_at.is_(None),
)

dossier_mark = sa.Table(
    "dossier_mark",
    metadata,
    sa.Column("mark", sa.Text, primary_key=True),
    sa.Column("dossier", sa.Text, primary_key=True),
)
sa.Index("dossier_mark_of_dossier", dossier_mark.c.dossier)

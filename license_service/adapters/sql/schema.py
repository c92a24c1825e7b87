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
)

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
)

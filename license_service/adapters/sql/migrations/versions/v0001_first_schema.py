"""Create the first schema.

Written out, not taken from `schema.py`: a migration says what was, the schema what is.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_POSITION = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Create every table of the first release."""
    _records()
    _events()
    _follow_ups()
    _tenants()
    _log()


def _text(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text, nullable=False) for name in names]


def _identifier() -> sa.Column[str]:
    return sa.Column("id", sa.Text, primary_key=True)


def _records() -> None:
    op.create_table("verification", _identifier(), *_text("tenant", "answer"))
    version = sa.Column("version", sa.Integer, nullable=False)
    op.create_table("case_file", _identifier(), *_text("tenant", "body", "people"), version)


def _events() -> None:
    op.create_table(
        "event",
        sa.Column("position", _POSITION, primary_key=True, autoincrement=True),
        sa.Column("id", sa.Text, nullable=False, unique=True),
        *_text("tenant", "kind"),
        sa.Column("case_id", sa.Text),
        sa.Column("seq", sa.Integer),
        sa.Column("entry", sa.LargeBinary, nullable=False),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.Column("leaf_index", sa.BigInteger, unique=True),
        sa.UniqueConstraint("case_id", "seq"),
    )
    unlogged = sa.text("leaf_index IS NULL")
    op.create_index("event_unlogged", "event", ["position"], sqlite_where=unlogged, postgresql_where=unlogged)


def _follow_ups() -> None:
    op.create_table(
        "follow_up",
        _identifier(),
        *_text("tenant", "kind", "subject", "occurrence", "state", "last_error"),
        *(sa.Column(name, sa.Double, nullable=False) for name in ("due_at", "next_at", "lease_until")),
        *(sa.Column(name, sa.Integer, nullable=False) for name in ("attempts", "token")),
        sa.UniqueConstraint("kind", "subject", "occurrence"),
    )
    is_open = sa.text("state = 'open'")
    op.create_index(
        "follow_up_open", "follow_up", ["next_at"], sqlite_where=is_open, postgresql_where=is_open
    )


def _tenants() -> None:
    op.create_table(
        "idempotency",
        *(sa.Column(name, sa.Text, primary_key=True) for name in ("tenant", "route", "key")),
        *_text("fingerprint", "answer"),
    )
    op.create_table(
        "api_key",
        _identifier(),
        *_text("tenant", "name", "digest", "scopes"),
        sa.Column("expires_at", sa.Double, nullable=False),
    )
    op.create_table(
        "webhook_endpoint",
        _identifier(),
        *_text("tenant", "url", "secret"),
        sa.Column("enabled", sa.Boolean, nullable=False),
    )


def _log() -> None:
    op.create_table(
        "log_node",
        sa.Column("level", sa.Integer, primary_key=True),
        sa.Column("index", sa.BigInteger, primary_key=True),
        sa.Column("hash", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "checkpoint",
        sa.Column("size", sa.BigInteger, primary_key=True, autoincrement=False),
        *_text("note"),
    )

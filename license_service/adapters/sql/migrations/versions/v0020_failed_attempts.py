"""Keep why attempts failed, when a follow-up died, what it shares, earlier secrets, and open breakers.

Every new column has a default of the server, so that processes of the version before go on writing.
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0004"


def upgrade() -> None:
    """Add what is new; nothing that is there changes its meaning."""
    op.add_column("follow_up", sa.Column("lane", sa.Text, nullable=False, server_default=""))
    op.add_column("follow_up", sa.Column("dead_at", sa.Double))
    op.add_column("webhook_endpoint", sa.Column("previous", sa.Text, nullable=False, server_default=""))
    op.create_table(
        "follow_up_attempt",
        sa.Column("follow_up_id", sa.Text, primary_key=True),
        sa.Column("token", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("failed_at", sa.Double, nullable=False),
        sa.Column("code", sa.Text, nullable=False),
    )
    op.create_index("follow_up_attempt_recent", "follow_up_attempt", ["failed_at"])
    op.create_table(
        "breaker",
        sa.Column("target", sa.Text, primary_key=True),
        sa.Column("open_until", sa.Double, nullable=False),
    )
    unfinished = sa.text("state <> 'done'")
    op.create_index(
        "follow_up_unfinished",
        "follow_up",
        ["state", "kind"],
        sqlite_where=unfinished,
        postgresql_where=unfinished,
    )
    leased = sa.text("state = 'open' AND lease_until > 0")
    op.create_index(
        "follow_up_leased", "follow_up", ["lease_until"], sqlite_where=leased, postgresql_where=leased
    )

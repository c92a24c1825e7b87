"""Keep why the log is not signed, for readiness probes of other processes."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Create the one row."""
    table = op.create_table(
        "log_state",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("problem", sa.Text, nullable=False),
    )
    op.bulk_insert(table, [{"id": 1, "problem": ""}])

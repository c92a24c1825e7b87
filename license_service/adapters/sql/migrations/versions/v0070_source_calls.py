"""Count the calls to data sources by source, hour and outcome."""

import sqlalchemy as sa
from alembic import op

revision = "0070"
down_revision = "0060"


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "source_call",
        sa.Column("source", sa.Text, primary_key=True),
        sa.Column("hour", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("outcome", sa.Text, primary_key=True),
        sa.Column("calls", sa.BigInteger, nullable=False),
        sa.Column("total_ms", sa.BigInteger, nullable=False),
        sa.Column("longest_ms", sa.BigInteger, nullable=False),
        sa.Column("last_at", sa.Double, nullable=False),
    )

"""Keep timestamps on checkpoints, and why the last request for one gave none."""

import sqlalchemy as sa
from alembic import op

revision = "0090"
down_revision = "0080"


def upgrade() -> None:
    """Add the table and the column."""
    op.create_table(
        "checkpoint_stamp",
        sa.Column("size", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("token", sa.LargeBinary, nullable=False),
        sa.Column("time", sa.Double, nullable=False),
    )
    op.add_column("log_state", sa.Column("stamp_problem", sa.Text, nullable=False, server_default=""))

"""Keep which checkpoints a quorum of witnesses has cosigned, and how far each witness is."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0020"


def upgrade() -> None:
    """Add the column and the table."""
    op.add_column("checkpoint", sa.Column("witnessed", sa.Boolean, nullable=False, server_default=sa.false()))
    op.create_table(
        "witness",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("problem", sa.Text, nullable=False),
    )

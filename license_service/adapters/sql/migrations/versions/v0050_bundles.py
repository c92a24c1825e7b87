"""Keep applications for bundles."""

import sqlalchemy as sa
from alembic import op

revision = "0050"
down_revision = "0030"


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "bundle_application",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("handed_in", sa.Text, nullable=False),
    )

"""Keep applications for bundles, ratings and complaints, and find the events of cases by time."""

import sqlalchemy as sa
from alembic import op

revision = "0050"
down_revision = "0040"


def upgrade() -> None:
    """Add the tables and the indexes."""
    op.create_table(
        "bundle_application",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("handed_in", sa.Text, nullable=False),
    )
    of_cases = sa.text("case_id IS NOT NULL")
    op.create_index(
        "event_of_cases",
        "event",
        ["tenant", "created_at", "position"],
        sqlite_where=of_cases,
        postgresql_where=of_cases,
    )
    op.create_table(
        "feedback",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("case_id", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("received_at", sa.Double, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("answer", sa.Text, nullable=False),
    )
    op.create_index("feedback_of_case", "feedback", ["case_id"])

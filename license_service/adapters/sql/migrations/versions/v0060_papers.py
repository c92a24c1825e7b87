"""Keep papers: the case as of the events that call for them, the papers once made, and their numbers."""

import sqlalchemy as sa
from alembic import op

revision = "0060"
down_revision = "0030"


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "paper_draft",
        sa.Column("event_id", sa.Text, primary_key=True),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("case_id", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
    )
    op.create_index("paper_draft_of_case", "paper_draft", ["case_id"])
    op.create_table(
        "paper",
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
    op.create_table(
        "paper_number",
        sa.Column("tenant", sa.Text, primary_key=True),
        sa.Column("authority", sa.Text, primary_key=True),
        sa.Column("mark", sa.Text, primary_key=True),
        sa.Column("year", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("last", sa.Integer, nullable=False),
    )

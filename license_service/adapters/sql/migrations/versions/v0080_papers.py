"""Keep papers, what they are made from and their numbers, and every use of a license."""

import sqlalchemy as sa
from alembic import op

revision = "0080"
down_revision = "0070"


def upgrade() -> None:
    """Add the tables."""
    _papers()
    _license_uses()


def _papers() -> None:
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


def _license_uses() -> None:
    op.create_table(
        "license_use",
        sa.Column(
            "position",
            sa.BigInteger().with_variant(sa.Integer, "sqlite"),
            primary_key=True,
            autoincrement=True,
        ),
        sa.Column("id", sa.Text, nullable=False, unique=True),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("case_id", sa.Text, nullable=False),
        sa.Column("matter_code", sa.Text, nullable=False),
        sa.Column("verification_id", sa.Text, nullable=False),
        sa.Column("license_identifier", sa.Text, nullable=False),
        sa.Column("type_code", sa.Text, nullable=False),
        sa.Column("issuer_code", sa.Text, nullable=False),
        sa.Column("materials", sa.Text, nullable=False),
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("operator", sa.Text, nullable=False),
        sa.Column("officer", sa.Text, nullable=False),
        sa.Column("mode", sa.Text, nullable=False),
        sa.Column("used_at", sa.Double, nullable=False),
    )
    op.create_index("license_use_of_issuer", "license_use", ["tenant", "issuer_code", "position"])
    op.create_table(
        "license_use_holder",
        sa.Column("use_id", sa.Text, primary_key=True),
        sa.Column("holder", sa.Text, primary_key=True),
    )
    op.create_index("license_use_of_holder", "license_use_holder", ["holder"])

"""Keep data keys by dossier, whom each dossier names, and which dossier an answer belongs to.

Columns that are sealed from now on stay what they are: a sealed value is a text or bytes too.
"""

import sqlalchemy as sa
from alembic import op

revision = "0100"
down_revision = "0090"


def upgrade() -> None:
    """Add the tables and the column."""
    op.create_table(
        "dossier",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("opened_at", sa.Double, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("algorithm", sa.Text, nullable=False),
        sa.Column("wrapped_by", sa.Text, nullable=False),
        sa.Column("wrapped", sa.LargeBinary),
        sa.Column("erased_at", sa.Double),
    )
    kept = sa.text("erased_at IS NULL")
    op.create_index("dossier_kept", "dossier", ["opened_at", "id"], sqlite_where=kept, postgresql_where=kept)
    op.create_table(
        "dossier_mark",
        sa.Column("mark", sa.Text, primary_key=True),
        sa.Column("dossier", sa.Text, primary_key=True),
    )
    op.create_index("dossier_mark_of_dossier", "dossier_mark", ["dossier"])
    op.add_column("idempotency", sa.Column("dossier", sa.Text, nullable=False, server_default=""))
    op.create_index("idempotency_of_dossier", "idempotency", ["dossier"])
    op.create_index("batch_item_of_verification", "batch_item", ["verification_id"])
    op.create_index("license_use_of_case", "license_use", ["case_id"])
    op.create_index("license_use_of_verification", "license_use", ["verification_id"])

"""Let an item of a batch name its license in place of holding the document."""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0030"


def upgrade() -> None:
    """Add the column."""
    op.add_column("batch_item", sa.Column("identifier", sa.Text))

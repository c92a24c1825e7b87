"""Let a tenant's events be read in the order of the log."""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Create the index of the feed."""
    op.create_index("event_of_tenant", "event", ["tenant", "leaf_index"])

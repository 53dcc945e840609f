"""What the front desk has dealt with; and how often each job is due, so that one that is late can be named."""

import sqlalchemy as sa
from alembic import op

revision = "0010_undelivered"
down_revision = "0009_walls"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The roles may write the new columns already: they were granted the tables as a whole."""
    op.add_column("outbox_message", sa.Column("dealt_with_at", sa.DateTime(timezone=True)))
    op.add_column("outbox_message", sa.Column("dealt_with_by", sa.Uuid(), sa.ForeignKey("person.id")))
    op.create_check_constraint(
        "dealt_with",
        "outbox_message",
        "(dealt_with_at IS NULL) = (dealt_with_by IS NULL)"
        " AND (dealt_with_at IS NULL OR state IN ('failed', 'unknown', 'sent'))",
    )
    op.execute("DELETE FROM heartbeat")  # the next jobs write it anew, within seconds
    op.add_column("heartbeat", sa.Column("every_seconds", sa.Integer(), nullable=False))
    op.create_check_constraint("every_seconds", "heartbeat", "every_seconds > 0")


def downgrade() -> None:
    """The tables as they were before."""
    op.drop_column("heartbeat", "every_seconds")
    op.drop_column("outbox_message", "dealt_with_by")
    op.drop_column("outbox_message", "dealt_with_at")

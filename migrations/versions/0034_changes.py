"""What was changed lately is looked for by when it was."""

from alembic import op

revision = "0034_changes"
down_revision = "0033_late_changes"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the index: Today asks for the steps of the last days, whatever their sessions."""
    op.execute("CREATE INDEX ix_appointment_event_at ON appointment_event (at)")


def downgrade() -> None:
    """Without it the same is found, slowly."""
    op.execute("DROP INDEX ix_appointment_event_at")

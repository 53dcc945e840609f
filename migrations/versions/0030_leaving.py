"""From when on a therapist who leaves takes no new session."""

from alembic import op

revision = "0030_leaving"
down_revision = "0029_waivers_undone"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the column; a hand-over sets it, and the search for busy time reads it."""
    op.execute("ALTER TABLE therapist ADD COLUMN leaves_at timestamptz")


def downgrade() -> None:
    """Whoever has left can be booked again."""
    op.execute("ALTER TABLE therapist DROP COLUMN leaves_at")

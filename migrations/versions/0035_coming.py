"""When a client said that they will be there."""

from alembic import op

revision = "0035_coming"
down_revision = "0034_changes"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the column, empty for who has not said so; nobody confirms what they have not agreed to."""
    op.execute(
        "ALTER TABLE attendee ADD COLUMN confirmed_at timestamptz"
        " CONSTRAINT ck_attendee_confirmed_at CHECK (confirmed_at IS NULL OR answer = 'yes')"
    )


def downgrade() -> None:
    """Who said so is forgotten."""
    op.execute("ALTER TABLE attendee DROP COLUMN confirmed_at")

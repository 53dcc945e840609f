"""The fee that a couple agreed on for its joint sessions."""

from alembic import op

revision = "0028_couple_fees"
down_revision = "0027_late_fees"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the column, empty for the listed price; it says nothing of what either partner pays alone."""
    op.execute(
        "ALTER TABLE couple ADD COLUMN fee_cents integer"
        " CONSTRAINT ck_couple_fee_cents CHECK (fee_cents IS NULL OR fee_cents >= 0)"
    )


def downgrade() -> None:
    """What couples agreed on is forgotten; what is booked keeps its price."""
    op.execute("ALTER TABLE couple DROP COLUMN fee_cents")

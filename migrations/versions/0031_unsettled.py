"""That a joint session waits for the practice to keep or cancel it, since its couple has ended."""

from alembic import op

revision = "0031_unsettled"
down_revision = "0030_leaving"
branch_labels = None
depends_on = None

KINDS = "'requested', 'booked', 'accepted', 'declined', 'expired', 'moved', 'cancelled'"
CHECK = "ALTER TABLE appointment_event ADD CONSTRAINT ck_appointment_event_kind CHECK (kind IN ({}))"


def upgrade() -> None:
    """Make the column, empty for what is settled, and let the history name both steps."""
    op.execute(
        "ALTER TABLE appointment ADD COLUMN unsettled_at timestamptz CONSTRAINT ck_appointment_unsettled_at"
        " CHECK (unsettled_at IS NULL OR (state = 'confirmed' AND couple_id IS NOT NULL))"
    )
    op.execute("CREATE INDEX ix_appointment_unsettled ON appointment (starts_at) WHERE unsettled_at IS NOT NULL")
    op.execute("ALTER TABLE appointment_event DROP CONSTRAINT ck_appointment_event_kind")
    op.execute(CHECK.format(f"{KINDS}, 'unsettled', 'kept'"))


def downgrade() -> None:
    """What waits counts as confirmed again, and the steps of it are forgotten."""
    op.execute("ALTER TABLE appointment_event DISABLE TRIGGER append_only")
    op.execute("DELETE FROM appointment_event WHERE kind IN ('unsettled', 'kept')")
    op.execute("ALTER TABLE appointment_event ENABLE TRIGGER append_only")
    op.execute("ALTER TABLE appointment_event DROP CONSTRAINT ck_appointment_event_kind")
    op.execute(CHECK.format(KINDS))
    op.execute("ALTER TABLE appointment DROP COLUMN unsettled_at")

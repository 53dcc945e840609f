"""What a late change costs is agreed on when a session is booked; a late move is marked as a late cancellation is."""

from alembic import op

revision = "0033_late_changes"
down_revision = "0032_video"
branch_labels = None
depends_on = None

CHANGES = """
ALTER TABLE appointment
    ADD COLUMN late_change_minutes integer NOT NULL DEFAULT 0
        CONSTRAINT ck_appointment_late_change_minutes CHECK (late_change_minutes >= 0),
    ADD COLUMN late_change_cents integer NOT NULL DEFAULT 0
        CONSTRAINT ck_appointment_late_change_cents CHECK (late_change_cents >= 0),
    DROP CONSTRAINT ck_appointment_is_late,
    ADD CONSTRAINT ck_appointment_is_late CHECK (NOT is_late OR state IN ('confirmed', 'cancelled'));
UPDATE appointment SET late_change_minutes = service.late_change_minutes, late_change_cents = service.late_fee_cents
    FROM service WHERE service.id = appointment.service_id;
"""


def upgrade() -> None:
    """Sessions that are booked already keep what their service says today."""
    op.execute(CHANGES)


def downgrade() -> None:
    """What was agreed on is forgotten, and so is a late move."""
    op.execute("UPDATE appointment SET is_late = false, late_fee_cents = 0 WHERE is_late AND state = 'confirmed'")
    op.execute(
        "ALTER TABLE appointment DROP COLUMN late_change_minutes, DROP COLUMN late_change_cents,"
        " DROP CONSTRAINT ck_appointment_is_late,"
        " ADD CONSTRAINT ck_appointment_is_late CHECK (NOT is_late OR state = 'cancelled')"
    )

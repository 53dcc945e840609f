"""The fee that a late cancellation may cost, and that the therapist waives it, with a reason for therapists alone."""

from alembic import op

revision = "0027_late_fees"
down_revision = "0026_fees"
branch_labels = None
depends_on = None

# The reason stands in a table of its own: the front desk sees that a fee is waived, and the wall keeps the words.
CHANGES = """
ALTER TABLE appointment ADD COLUMN late_fee_cents integer NOT NULL DEFAULT 0
    CONSTRAINT ck_appointment_late_fee_cents CHECK (late_fee_cents = 0 OR (late_fee_cents > 0 AND is_late));
CREATE TABLE fee_waiver (
    appointment_id uuid CONSTRAINT pk_fee_waiver PRIMARY KEY
        CONSTRAINT fk_fee_waiver_appointment_id_appointment REFERENCES appointment (id),
    waived_at timestamptz NOT NULL,
    waived_by uuid NOT NULL CONSTRAINT fk_fee_waiver_waived_by_person REFERENCES person (id)
);
CREATE TABLE waiver_reason (
    appointment_id uuid CONSTRAINT pk_waiver_reason PRIMARY KEY
        CONSTRAINT fk_waiver_reason_appointment_id_fee_waiver REFERENCES fee_waiver (appointment_id),
    reason bytea NOT NULL
);
ALTER TABLE waiver_reason ENABLE ROW LEVEL SECURITY;
CREATE POLICY care ON waiver_reason TO clinic_web USING (EXISTS (
    SELECT FROM attendee WHERE attendee.appointment_id = waiver_reason.appointment_id AND clinic_cares_for(client_id)
));
GRANT SELECT, INSERT ON fee_waiver, waiver_reason TO clinic_web;
"""


def upgrade() -> None:
    """Make the column and both tables."""
    op.execute(CHANGES)


def downgrade() -> None:
    """Which fees were waived is forgotten."""
    op.execute("DROP TABLE waiver_reason, fee_waiver")
    op.execute("ALTER TABLE appointment DROP COLUMN late_fee_cents")

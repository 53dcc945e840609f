"""Late fees, services on a therapist's own terms, extra hours; hours and leave that never overlap."""

from alembic import op

revision = "0018_hours"
down_revision = "0017_series"
branch_labels = None
depends_on = None

TERMS = """
ALTER TABLE service ADD COLUMN late_fee_cents integer NOT NULL DEFAULT 0
    CONSTRAINT ck_service_late_fee_cents CHECK (late_fee_cents >= 0);
ALTER TABLE therapist_service
    ADD COLUMN minutes integer CONSTRAINT ck_therapist_service_minutes CHECK (minutes BETWEEN 5 AND 480),
    ADD COLUMN price_cents integer CONSTRAINT ck_therapist_service_price_cents CHECK (price_cents >= 0),
    ADD COLUMN buffer_before_minutes integer,
    ADD COLUMN buffer_after_minutes integer,
    ADD CONSTRAINT ck_therapist_service_buffers CHECK (buffer_before_minutes >= 0 AND buffer_after_minutes >= 0);
"""

# A price changes with the terms; a session keeps what it was booked with. Half-open, so that hours may touch.
HOURS = """
CREATE TABLE extra_hours (
    id uuid CONSTRAINT pk_extra_hours PRIMARY KEY,
    therapist_id uuid NOT NULL
        CONSTRAINT fk_extra_hours_therapist_id_therapist REFERENCES therapist (person_id),
    "on" date NOT NULL,
    starts time NOT NULL,
    ends time NOT NULL,
    CONSTRAINT ck_extra_hours_starts_before_ends CHECK (starts < ends)
);
CREATE INDEX ix_extra_hours_therapist_id ON extra_hours (therapist_id, "on");
GRANT SELECT, INSERT, UPDATE, DELETE ON extra_hours TO clinic_web;
GRANT SELECT ON extra_hours TO clinic_worker;
ALTER TABLE weekly_hours ADD CONSTRAINT weekly_hours_never_overlap EXCLUDE USING gist (
    therapist_id WITH =,
    weekday WITH =,
    (daterange(valid_from, valid_until, '[]')) WITH &&,
    (numrange(extract(epoch from starts), extract(epoch from ends))) WITH &&
);
ALTER TABLE time_off ADD CONSTRAINT time_off_never_overlaps EXCLUDE USING gist (
    therapist_id WITH =,
    (tstzrange(starts_at, ends_at)) WITH &&
);
"""


def upgrade() -> None:
    """Add columns, the table and the constraints."""
    op.execute(TERMS)
    op.execute(HOURS)


def downgrade() -> None:
    """Take them away."""
    op.execute("ALTER TABLE time_off DROP CONSTRAINT time_off_never_overlaps")
    op.execute("ALTER TABLE weekly_hours DROP CONSTRAINT weekly_hours_never_overlap")
    op.execute("DROP TABLE extra_hours")
    op.execute(
        "ALTER TABLE therapist_service DROP COLUMN minutes, DROP COLUMN price_cents,"
        " DROP COLUMN buffer_before_minutes, DROP COLUMN buffer_after_minutes"
    )
    op.execute("ALTER TABLE service DROP COLUMN late_fee_cents")

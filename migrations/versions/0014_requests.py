"""Each partner answers for themself: only who said yes claims time, and all must have, before it is confirmed."""

from alembic import op

revision = "0014_requests"
down_revision = "0013_unprinted"
branch_labels = None
depends_on = None

COLUMNS = """
ALTER TABLE attendee
    ADD COLUMN answer varchar NOT NULL DEFAULT 'yes'
        CONSTRAINT ck_attendee_answer CHECK (answer IN ('waiting', 'yes', 'no')),
    ADD COLUMN answered_at timestamptz,
    ADD CONSTRAINT ck_attendee_answered_at CHECK (answer <> 'waiting' OR answered_at IS NULL);
"""

# {coming}: which attendees claim their time. {unanswered}: what else is wrong with a confirmed appointment.
FUNCTION = """
CREATE OR REPLACE FUNCTION clinic_require_claims() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    subject uuid;
    broken boolean;
BEGIN
    IF TG_TABLE_NAME = 'appointment' THEN
        subject := NEW.id;
    ELSIF TG_OP = 'DELETE' THEN
        subject := OLD.appointment_id;
    ELSE
        subject := NEW.appointment_id;
    END IF;
    SELECT CASE WHEN a.state IN ('held', 'requested', 'confirmed') THEN EXISTS (
        SELECT FROM (
            SELECT a.therapist_id AS resource, 'therapist' AS kind
            UNION ALL SELECT a.room_id, 'room' WHERE a.room_id IS NOT NULL
            UNION ALL SELECT client_id, 'client' FROM attendee WHERE appointment_id = a.id {coming}
        ) AS wanted
        FULL JOIN (SELECT * FROM claim WHERE appointment_id = a.id) AS claim
            ON claim.resource = wanted.resource AND claim.kind = wanted.kind
            AND claim.during @> tstzrange(a.starts_at, a.ends_at)
        WHERE claim.resource IS NULL OR wanted.resource IS NULL
    ) ELSE EXISTS (SELECT FROM claim WHERE appointment_id = a.id) END
    INTO broken FROM appointment a WHERE a.id = subject;
    IF broken THEN
        RAISE EXCEPTION 'the claims of appointment % do not match it', subject
            USING ERRCODE = 'check_violation', CONSTRAINT = 'appointment_matches_claims';
    END IF;
    {unanswered}
    RETURN NULL;
END $$;
"""
UNANSWERED = """IF EXISTS (
        SELECT FROM appointment a JOIN attendee ON attendee.appointment_id = a.id
        WHERE a.id = subject AND a.state = 'confirmed' AND attendee.answer <> 'yes'
    ) THEN
        RAISE EXCEPTION 'appointment % is confirmed before everybody said yes', subject
            USING ERRCODE = 'check_violation', CONSTRAINT = 'appointment_confirmed_by_all';
    END IF;"""

TRIGGER = """
DROP TRIGGER attendee_matches_claims ON attendee;
CREATE CONSTRAINT TRIGGER attendee_matches_claims AFTER INSERT OR DELETE {change} ON attendee
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION clinic_require_claims();
"""


def upgrade() -> None:
    """The answers, and what the database makes sure of."""
    op.execute(COLUMNS)
    op.execute(FUNCTION.format(coming="AND answer = 'yes'", unanswered=UNANSWERED))
    op.execute(TRIGGER.format(change="OR UPDATE OF answer"))


def downgrade() -> None:
    """Whoever attends has said yes again; requests that still wait for somebody end."""
    op.execute(
        "UPDATE appointment SET state = 'expired', held_until = NULL WHERE state IN ('held', 'requested')"
        " AND EXISTS (SELECT FROM attendee WHERE appointment_id = appointment.id AND answer <> 'yes')"
    )
    op.execute("SET CONSTRAINTS ALL IMMEDIATE")
    op.execute(FUNCTION.format(coming="", unanswered=""))
    op.execute(TRIGGER.format(change=""))
    op.execute("ALTER TABLE attendee DROP COLUMN answer, DROP COLUMN answered_at")

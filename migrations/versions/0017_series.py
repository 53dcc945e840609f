"""Standing sessions: a rule by wall clock, whom it is for, and which appointments belong to it."""

from alembic import op

revision = "0017_series"
down_revision = "0014_requests"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE series (
    id uuid CONSTRAINT pk_series PRIMARY KEY,
    therapist_id uuid NOT NULL CONSTRAINT fk_series_therapist_id_therapist REFERENCES therapist (person_id),
    service_id uuid NOT NULL CONSTRAINT fk_series_service_id_service REFERENCES service (id),
    couple_id uuid CONSTRAINT fk_series_couple_id_couple REFERENCES couple (id),
    follows_id uuid CONSTRAINT fk_series_follows_id_series REFERENCES series (id),
    modality varchar NOT NULL CONSTRAINT ck_series_modality CHECK (modality IN ('office', 'video', 'phone')),
    first_on date NOT NULL,
    wall_time time NOT NULL,
    zone varchar NOT NULL,
    rule varchar NOT NULL CONSTRAINT ck_series_rule
        CHECK (rule ~ '^FREQ=WEEKLY;INTERVAL=[12];(COUNT=([1-9]|[1-4][0-9]|5[0-2])|UNTIL=[0-9]{8}T[0-9]{6}Z)$'),
    created_at timestamptz NOT NULL,
    created_by uuid CONSTRAINT fk_series_created_by_person REFERENCES person (id),
    ended_at timestamptz,
    ends_before timestamptz,
    CONSTRAINT ck_series_ended CHECK ((ended_at IS NULL) = (ends_before IS NULL))
);
CREATE INDEX ix_series_therapist_id ON series (therapist_id);

CREATE TABLE series_client (
    series_id uuid NOT NULL CONSTRAINT fk_series_client_series_id_series REFERENCES series (id),
    client_id uuid NOT NULL CONSTRAINT fk_series_client_client_id_client REFERENCES client (id),
    CONSTRAINT pk_series_client PRIMARY KEY (series_id, client_id)
);
CREATE INDEX ix_series_client_client_id ON series_client (client_id);

ALTER TABLE appointment
    ADD COLUMN series_id uuid CONSTRAINT fk_appointment_series_id_series REFERENCES series (id),
    ADD COLUMN occurs_at timestamptz,
    ADD CONSTRAINT ck_appointment_occurs_at CHECK ((series_id IS NULL) = (occurs_at IS NULL));
CREATE UNIQUE INDEX uq_appointment_series_occurs_at ON appointment (series_id, occurs_at)
    WHERE series_id IS NOT NULL AND state IN ('held', 'requested', 'confirmed');
"""

# At commit a series is for somebody: one client, or the two of a couple; and where it ended, nothing lives on.
CONSISTENCY = """
CREATE FUNCTION clinic_series_is_sound() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    subject uuid;
    broken boolean;
BEGIN
    IF TG_TABLE_NAME = 'series' THEN
        subject := NEW.id;
    ELSIF TG_TABLE_NAME = 'appointment' THEN
        subject := NEW.series_id;
    ELSIF TG_OP = 'DELETE' THEN
        subject := OLD.series_id;
    ELSE
        subject := NEW.series_id;
    END IF;
    SELECT (SELECT count(*) FROM series_client WHERE series_id = s.id)
        <> CASE WHEN s.couple_id IS NULL THEN 1 ELSE 2 END
        OR EXISTS (
            SELECT FROM appointment WHERE series_id = s.id AND occurs_at >= s.ends_before AND starts_at > s.ended_at
            AND state IN ('held', 'requested', 'confirmed')
        )
    INTO broken FROM series s WHERE s.id = subject;
    IF broken THEN
        RAISE EXCEPTION 'series % is for nobody, or goes on after its end', subject
            USING ERRCODE = 'check_violation', CONSTRAINT = 'series_is_sound';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER series_is_sound AFTER INSERT OR UPDATE ON series
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION clinic_series_is_sound();
CREATE CONSTRAINT TRIGGER series_client_is_sound AFTER INSERT OR UPDATE OR DELETE ON series_client
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION clinic_series_is_sound();
CREATE CONSTRAINT TRIGGER appointment_of_sound_series AFTER INSERT OR UPDATE OF series_id ON appointment
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.series_id IS NOT NULL)
    EXECUTE FUNCTION clinic_series_is_sound();
"""

GRANTS = """
GRANT SELECT, INSERT ON series, series_client TO clinic_web, clinic_worker;
GRANT UPDATE (ended_at, ends_before) ON series TO clinic_web, clinic_worker;
"""


def upgrade() -> None:
    """Make the tables, the columns, the trigger and the grants."""
    op.execute(TABLES)
    op.execute(CONSISTENCY)
    op.execute(GRANTS)


def downgrade() -> None:
    """Drop them all; the appointments stay, each by itself."""
    op.execute("DROP TRIGGER appointment_of_sound_series ON appointment")
    op.execute("DROP INDEX uq_appointment_series_occurs_at")
    op.execute("ALTER TABLE appointment DROP COLUMN series_id, DROP COLUMN occurs_at")
    op.execute("DROP TABLE series_client, series")
    op.execute("DROP FUNCTION clinic_series_is_sound()")

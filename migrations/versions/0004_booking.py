"""Appointments, who attends them, and claims that never overlap."""

from alembic import op

revision = "0004_booking"
down_revision = "0003_clients"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE appointment (
    id uuid CONSTRAINT pk_appointment PRIMARY KEY,
    service_id uuid NOT NULL CONSTRAINT fk_appointment_service_id_service REFERENCES service (id),
    therapist_id uuid NOT NULL CONSTRAINT fk_appointment_therapist_id_therapist REFERENCES therapist (person_id),
    room_id uuid CONSTRAINT fk_appointment_room_id_room REFERENCES room (id),
    couple_id uuid CONSTRAINT fk_appointment_couple_id_couple REFERENCES couple (id),
    modality varchar NOT NULL CONSTRAINT ck_appointment_modality CHECK (modality IN ('office', 'video', 'phone')),
    state varchar NOT NULL CONSTRAINT ck_appointment_state
        CHECK (state IN ('held', 'requested', 'confirmed', 'cancelled', 'declined', 'expired')),
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    zone varchar NOT NULL,
    price_cents integer NOT NULL CONSTRAINT ck_appointment_price_cents CHECK (price_cents >= 0),
    currency varchar NOT NULL,
    sequence integer NOT NULL,
    held_until timestamptz,
    hold_owner bytea,
    hold_address bytea,
    created_at timestamptz NOT NULL,
    created_by uuid CONSTRAINT fk_appointment_created_by_person REFERENCES person (id),
    booked_at timestamptz,
    cancelled_at timestamptz,
    cancelled_by uuid CONSTRAINT fk_appointment_cancelled_by_person REFERENCES person (id),
    is_late boolean NOT NULL,
    CONSTRAINT ck_appointment_starts_before_ends CHECK (starts_at < ends_at),
    CONSTRAINT ck_appointment_room CHECK (room_id IS NULL OR modality = 'office'),
    CONSTRAINT ck_appointment_held_until CHECK ((state IN ('held', 'requested')) = (held_until IS NOT NULL)),
    CONSTRAINT ck_appointment_hold_owner CHECK ((state = 'held') = (hold_owner IS NOT NULL)),
    CONSTRAINT ck_appointment_booked_at CHECK ((state = 'held') = (booked_at IS NULL)),
    CONSTRAINT ck_appointment_cancelled_at CHECK ((state = 'cancelled') = (cancelled_at IS NOT NULL)),
    CONSTRAINT ck_appointment_is_late CHECK (NOT is_late OR state = 'cancelled')
);
CREATE UNIQUE INDEX uq_appointment_hold_owner ON appointment (hold_owner) WHERE state = 'held';
CREATE INDEX ix_appointment_hold_address ON appointment (hold_address) WHERE state = 'held';
CREATE INDEX ix_appointment_held_until ON appointment (held_until) WHERE held_until IS NOT NULL;
CREATE INDEX ix_appointment_therapist_id_starts_at ON appointment (therapist_id, starts_at);
CREATE INDEX ix_appointment_couple_id ON appointment (couple_id) WHERE couple_id IS NOT NULL;

CREATE TABLE attendee (
    appointment_id uuid NOT NULL
        CONSTRAINT fk_attendee_appointment_id_appointment REFERENCES appointment (id) ON DELETE CASCADE,
    client_id uuid NOT NULL CONSTRAINT fk_attendee_client_id_client REFERENCES client (id),
    attendance varchar CONSTRAINT ck_attendee_attendance CHECK (attendance IN ('arrived', 'late', 'absent')),
    CONSTRAINT pk_attendee PRIMARY KEY (appointment_id, client_id)
);
CREATE INDEX ix_attendee_client_id ON attendee (client_id, appointment_id);

CREATE TABLE claim (
    appointment_id uuid NOT NULL
        CONSTRAINT fk_claim_appointment_id_appointment REFERENCES appointment (id) ON DELETE CASCADE,
    resource uuid NOT NULL,
    kind varchar NOT NULL CONSTRAINT ck_claim_kind CHECK (kind IN ('therapist', 'room', 'client')),
    during tstzrange NOT NULL
        CONSTRAINT ck_claim_during CHECK (NOT isempty(during) AND lower_inc(during) AND NOT upper_inc(during)),
    CONSTRAINT pk_claim PRIMARY KEY (appointment_id, resource),
    CONSTRAINT claim_never_overlaps EXCLUDE USING gist (resource WITH =, during WITH &&)
        DEFERRABLE INITIALLY IMMEDIATE
);

CREATE TABLE appointment_event (
    id uuid CONSTRAINT pk_appointment_event PRIMARY KEY,
    appointment_id uuid NOT NULL
        CONSTRAINT fk_appointment_event_appointment_id_appointment REFERENCES appointment (id),
    at timestamptz NOT NULL,
    kind varchar NOT NULL CONSTRAINT ck_appointment_event_kind
        CHECK (kind IN ('requested', 'booked', 'accepted', 'declined', 'expired', 'moved', 'cancelled')),
    person_id uuid CONSTRAINT fk_appointment_event_person_id_person REFERENCES person (id),
    starts_at timestamptz NOT NULL,
    is_late boolean NOT NULL
);
CREATE INDEX ix_appointment_event_appointment_id ON appointment_event (appointment_id, at);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON appointment_event
    FOR EACH STATEMENT EXECUTE FUNCTION clinic_refuse_change();

CREATE TABLE visitor_details (
    appointment_id uuid CONSTRAINT pk_visitor_details PRIMARY KEY
        CONSTRAINT fk_visitor_details_appointment_id_appointment REFERENCES appointment (id) ON DELETE CASCADE,
    given_name varchar NOT NULL,
    family_name varchar NOT NULL,
    email varchar NOT NULL,
    phone varchar NOT NULL,
    zone varchar NOT NULL,
    is_mailbox_shared boolean NOT NULL
);
"""

# A claim dies with its appointment, and at commit every live appointment is covered: by its therapist, by its room
# where it has one, and by each client who attends. Nothing else may hold a claim.
CONSISTENCY = """
CREATE FUNCTION clinic_free_claims() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM claim WHERE appointment_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER appointment_frees_claims AFTER UPDATE OF state ON appointment FOR EACH ROW
    WHEN (NEW.state IN ('cancelled', 'declined', 'expired')) EXECUTE FUNCTION clinic_free_claims();

CREATE FUNCTION clinic_require_claims() RETURNS trigger LANGUAGE plpgsql AS $$
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
            UNION ALL SELECT client_id, 'client' FROM attendee WHERE appointment_id = a.id
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
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER appointment_matches_claims
    AFTER INSERT OR UPDATE OF state, starts_at, ends_at, therapist_id, room_id ON appointment
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION clinic_require_claims();
CREATE CONSTRAINT TRIGGER claim_matches_appointment AFTER INSERT OR UPDATE OR DELETE ON claim
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION clinic_require_claims();
CREATE CONSTRAINT TRIGGER attendee_matches_claims AFTER INSERT OR DELETE ON attendee
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION clinic_require_claims();
"""

GRANTS = """
GRANT SELECT, INSERT, UPDATE, DELETE ON appointment, attendee, claim, visitor_details TO clinic_web, clinic_worker;
GRANT SELECT, INSERT ON appointment_event TO clinic_web, clinic_worker;
"""


def upgrade() -> None:
    """Make the tables, the triggers and the grants."""
    op.execute(TABLES)
    op.execute(CONSISTENCY)
    op.execute(GRANTS)


def downgrade() -> None:
    """Drop them all."""
    op.execute("DROP TABLE visitor_details, appointment_event, claim, attendee, appointment")
    op.execute("DROP FUNCTION clinic_require_claims(), clinic_free_claims()")

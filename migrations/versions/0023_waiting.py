"""Who waits for which times, and what was offered to them."""

from alembic import op

revision = "0023_waiting"
down_revision = "0022_hand_over"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE waiting (
    id uuid CONSTRAINT pk_waiting PRIMARY KEY,
    client_id uuid NOT NULL CONSTRAINT fk_waiting_client_id_client REFERENCES client (id),
    service_id uuid NOT NULL CONSTRAINT fk_waiting_service_id_service REFERENCES service (id),
    therapist_id uuid CONSTRAINT fk_waiting_therapist_id_therapist REFERENCES therapist (person_id),
    modality varchar CONSTRAINT ck_waiting_modality CHECK (modality IN ('office', 'video', 'phone')),
    weekdays smallint[] NOT NULL CONSTRAINT ck_waiting_weekdays
        CHECK (weekdays <@ ARRAY[0, 1, 2, 3, 4, 5, 6]::smallint[] AND cardinality(weekdays) > 0),
    dayparts text[] NOT NULL CONSTRAINT ck_waiting_dayparts
        CHECK (dayparts <@ ARRAY['morning', 'afternoon', 'evening'] AND cardinality(dayparts) > 0),
    since timestamptz NOT NULL,
    until date,
    created_by uuid NOT NULL CONSTRAINT fk_waiting_created_by_person REFERENCES person (id),
    ended_at timestamptz,
    why varchar CONSTRAINT ck_waiting_why CHECK (why IN ('taken', 'booked', 'left', 'removed', 'over', 'closed')),
    CONSTRAINT ck_waiting_ended CHECK ((ended_at IS NULL) = (why IS NULL))
);
CREATE UNIQUE INDEX uq_waiting_live ON waiting (client_id, service_id) WHERE ended_at IS NULL;
CREATE INDEX ix_waiting_since ON waiting (since) WHERE ended_at IS NULL;

CREATE TABLE offer (
    id uuid CONSTRAINT pk_offer PRIMARY KEY,
    waiting_id uuid NOT NULL CONSTRAINT fk_offer_waiting_id_waiting REFERENCES waiting (id),
    client_id uuid NOT NULL CONSTRAINT fk_offer_client_id_client REFERENCES client (id),
    hold_id uuid NOT NULL CONSTRAINT uq_offer_hold_id UNIQUE,
    therapist_id uuid NOT NULL CONSTRAINT fk_offer_therapist_id_therapist REFERENCES therapist (person_id),
    modality varchar NOT NULL CONSTRAINT ck_offer_modality CHECK (modality IN ('office', 'video', 'phone')),
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    offered_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    state varchar NOT NULL CONSTRAINT ck_offer_state
        CHECK (state IN ('open', 'taken', 'passed', 'expired', 'withdrawn')),
    settled_at timestamptz,
    CONSTRAINT ck_offer_settled_at CHECK ((state = 'open') = (settled_at IS NULL)),
    CONSTRAINT ck_offer_times CHECK (offered_at < expires_at AND expires_at <= starts_at AND starts_at < ends_at)
);
CREATE UNIQUE INDEX uq_offer_open_client ON offer (client_id) WHERE state = 'open';
CREATE UNIQUE INDEX uq_offer_open_slot ON offer (therapist_id, starts_at) WHERE state = 'open';
CREATE INDEX ix_offer_waiting_id ON offer (waiting_id);
GRANT SELECT, INSERT, UPDATE ON waiting, offer TO clinic_web, clinic_worker;
"""


def upgrade() -> None:
    """Make the tables."""
    op.execute(TABLES)


def downgrade() -> None:
    """Nobody waits any more; what is kept for somebody is free again."""
    op.execute(
        "DELETE FROM appointment USING offer WHERE appointment.id = offer.hold_id AND appointment.state = 'held'"
    )
    op.execute("DROP TABLE offer, waiting")

"""Calendars outside, and when their therapists are busy by them."""

from alembic import op

revision = "0025_outside"
down_revision = "0024_imports"
branch_labels = None
depends_on = None

VAULT = """
ALTER TABLE vault_key DROP CONSTRAINT ck_vault_key_owner_kind;
ALTER TABLE vault_key ADD CONSTRAINT ck_vault_key_owner_kind CHECK (owner_kind IN ({kinds}));
"""

# Within one calendar times are joined; two of a therapist's calendars may well say the same. The index of that promise
# is the one that finds busy times.
TABLES = """
CREATE TABLE outside_calendar (
    id uuid CONSTRAINT pk_outside_calendar PRIMARY KEY,
    therapist_id uuid NOT NULL
        CONSTRAINT fk_outside_calendar_therapist_id_therapist REFERENCES therapist (person_id),
    name bytea NOT NULL,
    address bytea NOT NULL,
    state varchar NOT NULL CONSTRAINT ck_outside_calendar_state CHECK (state IN ('new', 'active', 'paused')),
    created_at timestamptz NOT NULL,
    next_read_at timestamptz,
    read_at timestamptz,
    whole_at timestamptz,
    failing_since timestamptz,
    failures integer NOT NULL DEFAULT 0 CONSTRAINT ck_outside_calendar_failures CHECK (failures >= 0),
    problem varchar,
    detail varchar CONSTRAINT ck_outside_calendar_detail CHECK (length(detail) <= 80),
    etag varchar CONSTRAINT ck_outside_calendar_etag CHECK (length(etag) <= 200),
    modified varchar CONSTRAINT ck_outside_calendar_modified CHECK (length(modified) <= 200),
    CONSTRAINT uq_outside_calendar_id_therapist_id UNIQUE (id, therapist_id),
    CONSTRAINT ck_outside_calendar_active
        CHECK (state <> 'active' OR (read_at IS NOT NULL AND next_read_at IS NOT NULL)),
    CONSTRAINT ck_outside_calendar_paused CHECK (state <> 'paused' OR next_read_at IS NULL),
    CONSTRAINT ck_outside_calendar_failing
        CHECK ((failures > 0) = (failing_since IS NOT NULL) AND (failures > 0) = (problem IS NOT NULL))
);
CREATE INDEX ix_outside_calendar_therapist_id ON outside_calendar (therapist_id);
CREATE INDEX ix_outside_calendar_next_read_at ON outside_calendar (next_read_at) WHERE next_read_at IS NOT NULL;
CREATE TABLE outside_time (
    calendar_id uuid NOT NULL,
    therapist_id uuid NOT NULL,
    during tstzrange NOT NULL
        CONSTRAINT ck_outside_time_during CHECK (NOT isempty(during) AND lower_inc(during) AND NOT upper_inc(during)),
    blocks boolean NOT NULL,
    CONSTRAINT fk_outside_time_calendar_id_outside_calendar FOREIGN KEY (calendar_id, therapist_id)
        REFERENCES outside_calendar (id, therapist_id) ON DELETE CASCADE,
    CONSTRAINT outside_time_never_overlaps
        EXCLUDE USING gist (therapist_id WITH =, during WITH &&, calendar_id WITH =)
);
CREATE INDEX ix_outside_time_calendar_id ON outside_time (calendar_id, lower(during));
GRANT SELECT, INSERT, UPDATE, DELETE ON outside_calendar TO clinic_web;
GRANT SELECT, UPDATE ON outside_time TO clinic_web;
GRANT SELECT, UPDATE ON outside_calendar TO clinic_worker;
GRANT SELECT, INSERT, DELETE ON outside_time TO clinic_worker;
"""


def upgrade() -> None:
    """Make the tables, and keys for what therapists keep sealed."""
    op.execute(VAULT.format(kinds="'client', 'couple', 'import', 'therapist'"))
    op.execute(TABLES)


def downgrade() -> None:
    """Take them away, and the keys that opened nothing else."""
    op.execute("DROP TABLE outside_time; DROP TABLE outside_calendar")
    op.execute("DELETE FROM vault_key WHERE owner_kind = 'therapist'")
    op.execute(VAULT.format(kinds="'client', 'couple', 'import'"))

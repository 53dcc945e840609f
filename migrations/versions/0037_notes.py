"""Session notes, their amendments and psychotherapy notes, behind the walls; and who supervises whom."""

from alembic import op

revision = "0037_notes"
down_revision = "0036_catalogue"
branch_labels = None
depends_on = None

VAULT = """
ALTER TABLE vault_key DROP CONSTRAINT ck_vault_key_owner_kind;
ALTER TABLE vault_key ADD CONSTRAINT ck_vault_key_owner_kind CHECK (owner_kind IN ({kinds}));
"""

SUPERVISOR = """
ALTER TABLE therapist
    ADD COLUMN supervisor_id uuid
        CONSTRAINT fk_therapist_supervisor_id_therapist REFERENCES therapist (person_id),
    ADD CONSTRAINT ck_therapist_supervisor_id CHECK (supervisor_id <> person_id);
"""

TABLES = """
CREATE TABLE session_note (
    id uuid CONSTRAINT pk_session_note PRIMARY KEY,
    author_id uuid NOT NULL CONSTRAINT fk_session_note_author_id_person REFERENCES person (id),
    client_id uuid CONSTRAINT fk_session_note_client_id_client REFERENCES client (id),
    couple_id uuid CONSTRAINT fk_session_note_couple_id_couple REFERENCES couple (id),
    appointment_id uuid CONSTRAINT fk_session_note_appointment_id_appointment REFERENCES appointment (id),
    held_on date NOT NULL,
    format varchar NOT NULL CONSTRAINT ck_session_note_format CHECK (format IN ('free', 'dap', 'soap', 'birp')),
    state varchar NOT NULL
        CONSTRAINT ck_session_note_state CHECK (state IN ('draft', 'returned', 'signed', 'final')),
    body bytea,
    created_at timestamptz NOT NULL,
    saved_at timestamptz,
    signed_at timestamptz,
    signed_name varchar,
    cosigned_at timestamptz,
    cosigned_by uuid CONSTRAINT fk_session_note_cosigned_by_person REFERENCES person (id),
    cosigned_name varchar,
    returned_at timestamptz,
    returned_by uuid CONSTRAINT fk_session_note_returned_by_person REFERENCES person (id),
    return_word bytea,
    CONSTRAINT ck_session_note_record CHECK (num_nonnulls(client_id, couple_id) = 1),
    CONSTRAINT ck_session_note_body CHECK (state IN ('draft', 'returned') OR body IS NOT NULL),
    CONSTRAINT ck_session_note_signed_at CHECK ((state IN ('signed', 'final')) = (signed_at IS NOT NULL)),
    CONSTRAINT ck_session_note_signed_name CHECK ((signed_at IS NULL) = (signed_name IS NULL)),
    CONSTRAINT ck_session_note_cosigned CHECK (num_nulls(cosigned_at, cosigned_by, cosigned_name) IN (0, 3)),
    CONSTRAINT ck_session_note_cosigned_at
        CHECK (cosigned_at IS NULL OR (state = 'final' AND cosigned_at >= signed_at)),
    CONSTRAINT ck_session_note_cosigned_by CHECK (cosigned_by <> author_id),
    CONSTRAINT ck_session_note_returned CHECK (num_nulls(returned_at, returned_by, return_word) IN (0, 3)),
    CONSTRAINT ck_session_note_returned_at CHECK (state <> 'returned' OR returned_at IS NOT NULL),
    CONSTRAINT ck_session_note_returned_by CHECK (returned_by <> author_id)
);
CREATE UNIQUE INDEX uq_session_note_open ON session_note (author_id, appointment_id, client_id, couple_id)
    NULLS NOT DISTINCT WHERE appointment_id IS NOT NULL AND state IN ('draft', 'returned');
CREATE INDEX ix_session_note_client_id ON session_note (client_id, held_on) WHERE client_id IS NOT NULL;
CREATE INDEX ix_session_note_couple_id ON session_note (couple_id, held_on) WHERE couple_id IS NOT NULL;
CREATE INDEX ix_session_note_appointment_id ON session_note (appointment_id);
CREATE INDEX ix_session_note_author_id ON session_note (author_id, created_at);
CREATE INDEX ix_session_note_waiting ON session_note (signed_at) WHERE state = 'signed';
CREATE TABLE note_amendment (
    id uuid CONSTRAINT pk_note_amendment PRIMARY KEY,
    note_id uuid NOT NULL CONSTRAINT fk_note_amendment_note_id_session_note REFERENCES session_note (id),
    client_id uuid CONSTRAINT fk_note_amendment_client_id_client REFERENCES client (id),
    couple_id uuid CONSTRAINT fk_note_amendment_couple_id_couple REFERENCES couple (id),
    author_id uuid NOT NULL CONSTRAINT fk_note_amendment_author_id_person REFERENCES person (id),
    body bytea NOT NULL,
    reason bytea NOT NULL,
    signed_at timestamptz NOT NULL,
    signed_name varchar NOT NULL,
    CONSTRAINT ck_note_amendment_record CHECK (num_nonnulls(client_id, couple_id) = 1)
);
CREATE INDEX ix_note_amendment_note_id ON note_amendment (note_id);
CREATE TABLE psychotherapy_note (
    id uuid CONSTRAINT pk_psychotherapy_note PRIMARY KEY,
    author_id uuid NOT NULL CONSTRAINT fk_psychotherapy_note_author_id_person REFERENCES person (id),
    client_id uuid NOT NULL CONSTRAINT fk_psychotherapy_note_client_id_client REFERENCES client (id),
    body bytea NOT NULL,
    created_at timestamptz NOT NULL,
    saved_at timestamptz NOT NULL
);
CREATE INDEX ix_psychotherapy_note_author_id ON psychotherapy_note (author_id, client_id, created_at);
"""

# A note begins as a draft about what took place, and stays about that. Who has a supervisor makes nothing final alone.
LOCK = """
CREATE FUNCTION clinic_note_refused(why text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%', why USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'session_note_locked';
END $$;
CREATE FUNCTION clinic_begin_note() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state <> 'draft' THEN
        PERFORM clinic_note_refused('a note begins as a draft');
    END IF;
    IF NEW.appointment_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM appointment WHERE id = NEW.appointment_id AND CASE
            WHEN NEW.couple_id IS NOT NULL THEN couple_id = NEW.couple_id
            ELSE EXISTS (SELECT FROM attendee WHERE appointment_id = NEW.appointment_id AND client_id = NEW.client_id)
        END
    ) THEN
        PERFORM clinic_note_refused('a note enters the record of who was in the session');
    END IF;
    RETURN NEW;
END $$;
CREATE FUNCTION clinic_lock_note() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    has_supervisor boolean := EXISTS (
        SELECT FROM therapist WHERE person_id = OLD.author_id AND supervisor_id IS NOT NULL
    );
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.state <> 'draft' THEN
            PERFORM clinic_note_refused('a note that was signed is never deleted');
        END IF;
        RETURN OLD;
    END IF;
    IF (NEW.id, NEW.author_id, NEW.client_id, NEW.couple_id, NEW.appointment_id, NEW.held_on, NEW.created_at)
        IS DISTINCT FROM
        (OLD.id, OLD.author_id, OLD.client_id, OLD.couple_id, OLD.appointment_id, OLD.held_on, OLD.created_at) THEN
        PERFORM clinic_note_refused('what a note is about never changes');
    END IF;
    IF OLD.state = 'final' THEN
        PERFORM clinic_note_refused('a signed note never changes');
    END IF;
    IF OLD.state = 'signed' AND (
        NEW.state NOT IN ('final', 'returned')
        OR (NEW.format, NEW.body, NEW.saved_at) IS DISTINCT FROM (OLD.format, OLD.body, OLD.saved_at)
        OR (NEW.state = 'final' AND (NEW.cosigned_by IS NULL OR (NEW.signed_at, NEW.signed_name, NEW.returned_at)
            IS DISTINCT FROM (OLD.signed_at, OLD.signed_name, OLD.returned_at)))
        OR (NEW.state = 'returned' AND NEW.returned_at IS NOT DISTINCT FROM OLD.returned_at)
    ) THEN
        PERFORM clinic_note_refused('a signed note is co-signed or given back, and never changes');
    END IF;
    IF OLD.state IN ('draft', 'returned') AND (
        NEW.state NOT IN (OLD.state, CASE WHEN has_supervisor THEN 'signed' ELSE 'final' END)
        OR NEW.cosigned_by IS NOT NULL
        OR (NEW.returned_at, NEW.returned_by, NEW.return_word)
            IS DISTINCT FROM (OLD.returned_at, OLD.returned_by, OLD.return_word)
    ) THEN
        PERFORM clinic_note_refused('a draft is signed by its author, and co-signed where they have a supervisor');
    END IF;
    RETURN NEW;
END $$;
CREATE FUNCTION clinic_begin_amendment() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM session_note WHERE id = NEW.note_id AND state = 'final'
            AND (client_id, couple_id) IS NOT DISTINCT FROM (NEW.client_id, NEW.couple_id)
    ) THEN
        PERFORM clinic_note_refused('what is added belongs to a final note of the same record');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER begins BEFORE INSERT ON session_note FOR EACH ROW EXECUTE FUNCTION clinic_begin_note();
CREATE TRIGGER locked BEFORE UPDATE OR DELETE ON session_note FOR EACH ROW EXECUTE FUNCTION clinic_lock_note();
CREATE TRIGGER append_only BEFORE TRUNCATE ON session_note
    FOR EACH STATEMENT EXECUTE FUNCTION clinic_refuse_change();
CREATE TRIGGER begins BEFORE INSERT ON note_amendment FOR EACH ROW EXECUTE FUNCTION clinic_begin_amendment();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON note_amendment
    FOR EACH STATEMENT EXECUTE FUNCTION clinic_refuse_change();
"""

# A joint record opens to who cares for both. A supervisor reads, and writes nothing but co-signature and return. Who
# returned a note still sees its row, as the database asks of every update; no page shows it. Jobs see none of it.
WALLS = """
CREATE FUNCTION clinic_writes_for(the_client uuid) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
RETURN EXISTS (
    SELECT FROM care_relationship
    WHERE client_id = the_client AND therapist_id = clinic_person() AND kind IN ('primary', 'cover')
        AND starts_at <= clinic_now() AND (ends_at IS NULL OR ends_at > clinic_now())
);
CREATE FUNCTION clinic_opens_record(the_client uuid, the_couple uuid)
RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
RETURN CASE WHEN the_client IS NOT NULL THEN clinic_cares_for(the_client) ELSE NOT EXISTS (
    SELECT FROM couple_member WHERE couple_id = the_couple AND NOT clinic_cares_for(client_id)
) END;
CREATE FUNCTION clinic_writes_record(the_client uuid, the_couple uuid)
RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
RETURN CASE WHEN the_client IS NOT NULL THEN clinic_writes_for(the_client) ELSE NOT EXISTS (
    SELECT FROM couple_member WHERE couple_id = the_couple AND NOT clinic_writes_for(client_id)
) END;
CREATE FUNCTION clinic_is_own_record(the_client uuid, the_couple uuid)
RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
RETURN coalesce(the_client = clinic_own_client(), false) OR EXISTS (
    SELECT FROM couple_member WHERE couple_id = the_couple AND client_id = clinic_own_client()
);
CREATE FUNCTION clinic_supervises(the_author uuid) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
RETURN EXISTS (SELECT FROM therapist WHERE person_id = the_author AND supervisor_id = clinic_person());

ALTER TABLE session_note ENABLE ROW LEVEL SECURITY;
ALTER TABLE session_note FORCE ROW LEVEL SECURITY;
CREATE POLICY nobodys_own ON session_note AS RESTRICTIVE TO clinic_web
    USING (NOT clinic_is_own_record(client_id, couple_id));
CREATE POLICY reads ON session_note FOR SELECT TO clinic_web USING (
    author_id = (SELECT clinic_person())
    OR (state = 'signed' AND clinic_supervises(author_id))
    OR (state = 'final' AND cosigned_by = (SELECT clinic_person()))
    OR (state = 'returned' AND returned_by = (SELECT clinic_person()))
    OR (state IN ('signed', 'final') AND clinic_opens_record(client_id, couple_id))
);
CREATE POLICY begins ON session_note FOR INSERT TO clinic_web WITH CHECK (
    author_id = (SELECT clinic_person()) AND clinic_writes_record(client_id, couple_id)
);
CREATE POLICY writes ON session_note FOR UPDATE TO clinic_web
    USING (author_id = (SELECT clinic_person()) AND state IN ('draft', 'returned'))
    WITH CHECK (author_id = (SELECT clinic_person()));
CREATE POLICY cosigns ON session_note FOR UPDATE TO clinic_web
    USING (state = 'signed' AND clinic_supervises(author_id))
    WITH CHECK (
        (state = 'final' AND cosigned_by = (SELECT clinic_person()))
        OR (state = 'returned' AND returned_by = (SELECT clinic_person()))
    );
CREATE POLICY withdraws ON session_note FOR DELETE TO clinic_web
    USING (author_id = (SELECT clinic_person()) AND state = 'draft');

ALTER TABLE note_amendment ENABLE ROW LEVEL SECURITY;
ALTER TABLE note_amendment FORCE ROW LEVEL SECURITY;
CREATE POLICY nobodys_own ON note_amendment AS RESTRICTIVE TO clinic_web
    USING (NOT clinic_is_own_record(client_id, couple_id));
CREATE POLICY reads ON note_amendment FOR SELECT TO clinic_web USING (
    author_id = (SELECT clinic_person()) OR clinic_opens_record(client_id, couple_id)
);
CREATE POLICY adds ON note_amendment FOR INSERT TO clinic_web WITH CHECK (
    author_id = (SELECT clinic_person()) AND clinic_writes_record(client_id, couple_id)
);

ALTER TABLE psychotherapy_note ENABLE ROW LEVEL SECURITY;
ALTER TABLE psychotherapy_note FORCE ROW LEVEL SECURITY;
CREATE POLICY author ON psychotherapy_note TO clinic_web USING (author_id = (SELECT clinic_person()))
    WITH CHECK (author_id = (SELECT clinic_person()) AND clinic_cares_for(client_id));

GRANT SELECT, INSERT, DELETE ON session_note TO clinic_web;
GRANT UPDATE (
    format, body, state, saved_at, signed_at, signed_name, cosigned_at, cosigned_by, cosigned_name, returned_at,
    returned_by, return_word
) ON session_note TO clinic_web;
GRANT SELECT, INSERT ON note_amendment TO clinic_web;
GRANT SELECT, INSERT, DELETE, UPDATE (body, saved_at) ON psychotherapy_note TO clinic_web;
"""

FUNCTIONS = (
    "clinic_supervises(uuid)",
    "clinic_is_own_record(uuid, uuid)",
    "clinic_writes_record(uuid, uuid)",
    "clinic_opens_record(uuid, uuid)",
    "clinic_writes_for(uuid)",
    "clinic_begin_amendment()",
    "clinic_lock_note()",
    "clinic_begin_note()",
    "clinic_note_refused(text)",
)


def upgrade() -> None:
    """Make the tables, what locks them and who sees their rows; and a kind of key for psychotherapy notes."""
    op.execute(VAULT.format(kinds="'client', 'couple', 'import', 'therapist', 'psychotherapy'"))
    for part in (SUPERVISOR, TABLES, LOCK, WALLS):
        op.execute(part)


def downgrade() -> None:
    """Take them away, and the keys that opened nothing else."""
    op.execute("DROP TABLE psychotherapy_note, note_amendment, session_note")
    for function in FUNCTIONS:
        op.execute(f"DROP FUNCTION {function}")
    op.execute("ALTER TABLE therapist DROP COLUMN supervisor_id")
    op.execute("DELETE FROM vault_key WHERE owner_kind = 'psychotherapy'")
    op.execute(VAULT.format(kinds="'client', 'couple', 'import', 'therapist'"))

"""Intake: packets, the texts word for word, and signatures that are added to only."""

from alembic import op

revision = "0006_intake"
down_revision = "0005_questionnaires"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE intake_packet (
    id uuid CONSTRAINT pk_intake_packet PRIMARY KEY,
    client_id uuid NOT NULL CONSTRAINT fk_intake_packet_client_id_client REFERENCES client (id),
    episode_id uuid NOT NULL CONSTRAINT fk_intake_packet_episode_id_episode REFERENCES episode (id),
    state varchar NOT NULL CONSTRAINT ck_intake_packet_state
        CHECK (state IN ('invited', 'started', 'finished', 'ended')),
    is_eligible boolean NOT NULL,
    invited_at timestamptz NOT NULL,
    started_at timestamptz,
    finished_at timestamptz,
    ended_at timestamptz,
    ended_reason bytea,
    read_at timestamptz,
    CONSTRAINT uq_intake_packet_client_id_episode_id UNIQUE (client_id, episode_id),
    CONSTRAINT ck_intake_packet_ended_at CHECK ((state = 'ended') = (ended_at IS NOT NULL)),
    CONSTRAINT ck_intake_packet_ended_reason CHECK ((state = 'ended') = (ended_reason IS NOT NULL)),
    CONSTRAINT ck_intake_packet_finished_at CHECK (state NOT IN ('invited', 'started') OR finished_at IS NULL),
    CONSTRAINT ck_intake_packet_finished CHECK (state <> 'finished' OR finished_at IS NOT NULL)
);
CREATE INDEX ix_intake_packet_episode_id ON intake_packet (episode_id);

CREATE TABLE safe_contact (
    client_id uuid CONSTRAINT pk_safe_contact PRIMARY KEY
        CONSTRAINT fk_safe_contact_client_id_client REFERENCES client (id),
    is_voicemail_ok boolean NOT NULL,
    is_text_ok boolean NOT NULL,
    introduce_as varchar NOT NULL CONSTRAINT ck_safe_contact_introduce_as
        CHECK (introduce_as IN ('first_name', 'practice')),
    updated_at timestamptz NOT NULL
);

CREATE TABLE consent_document (
    id uuid CONSTRAINT pk_consent_document PRIMARY KEY,
    key varchar NOT NULL,
    version integer NOT NULL CONSTRAINT ck_consent_document_version CHECK (version >= 1),
    title varchar NOT NULL,
    content bytea NOT NULL,
    sha256 varchar NOT NULL CONSTRAINT ck_consent_document_sha256 CHECK (length(sha256) = 64),
    installed_at timestamptz NOT NULL,
    CONSTRAINT uq_consent_document_key_version UNIQUE (key, version)
);

CREATE TABLE consent_text (
    id uuid CONSTRAINT pk_consent_text PRIMARY KEY,
    document_id uuid NOT NULL
        CONSTRAINT fk_consent_text_document_id_consent_document REFERENCES consent_document (id),
    sha256 varchar NOT NULL CONSTRAINT ck_consent_text_sha256 CHECK (sha256 = encode(sha256(content), 'hex')),
    content bytea NOT NULL,
    made_at timestamptz NOT NULL,
    CONSTRAINT uq_consent_text_document_id_sha256 UNIQUE (document_id, sha256)
);

CREATE TABLE signature (
    id uuid CONSTRAINT pk_signature PRIMARY KEY,
    packet_id uuid NOT NULL CONSTRAINT fk_signature_packet_id_intake_packet REFERENCES intake_packet (id),
    client_id uuid NOT NULL CONSTRAINT fk_signature_client_id_client REFERENCES client (id),
    signer_id uuid NOT NULL CONSTRAINT fk_signature_signer_id_person REFERENCES person (id),
    typed_name bytea NOT NULL,
    intent varchar NOT NULL,
    document_id uuid NOT NULL CONSTRAINT fk_signature_document_id_consent_document REFERENCES consent_document (id),
    document_key varchar NOT NULL,
    document_version integer NOT NULL,
    text_id uuid NOT NULL CONSTRAINT fk_signature_text_id_consent_text REFERENCES consent_text (id),
    sha256 varchar NOT NULL CONSTRAINT ck_signature_sha256 CHECK (length(sha256) = 64),
    signed_at timestamptz NOT NULL,
    zone varchar NOT NULL,
    address varchar,
    user_agent varchar,
    sign_in_method varchar NOT NULL,
    CONSTRAINT uq_signature_packet_id_document_id UNIQUE (packet_id, document_id)
);
CREATE INDEX ix_signature_client_id ON signature (client_id);
"""

# A signature never changes, and neither do the words that it stands under.
APPEND_ONLY = """
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION clinic_refuse_change()
"""

# Signed by the client alone, in their own name; read by them and by those who care for them now.
WALLS = """
ALTER TABLE signature ENABLE ROW LEVEL SECURITY;
ALTER TABLE signature FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON signature FOR SELECT TO clinic_web
    USING (client_id = (SELECT clinic_own_client()));
CREATE POLICY sign ON signature FOR INSERT TO clinic_web
    WITH CHECK (client_id = (SELECT clinic_own_client()) AND signer_id = (SELECT clinic_person()));
CREATE POLICY care ON signature FOR SELECT TO clinic_web
    USING (clinic_cares_for(client_id));
"""

GRANTS = """
GRANT SELECT, INSERT, UPDATE ON intake_packet, safe_contact TO clinic_web, clinic_worker;
GRANT SELECT, INSERT ON consent_document TO clinic_web, clinic_worker;
GRANT SELECT, INSERT ON consent_text TO clinic_web;
GRANT SELECT, INSERT ON signature TO clinic_web;
"""


def upgrade() -> None:
    """Make the tables, the walls and the grants."""
    op.execute(TABLES)
    for table in ("consent_document", "consent_text", "signature"):
        op.execute(APPEND_ONLY.format(table=table))
    op.execute(WALLS)
    op.execute(GRANTS)


def downgrade() -> None:
    """Drop them all."""
    op.execute("DROP TABLE signature, consent_text, consent_document, safe_contact, intake_packet")

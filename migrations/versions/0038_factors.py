"""The second step of a sign-in: authenticator apps, passkeys, recovery codes, and who took a lost one away."""

from alembic import op

revision = "0038_factors"
down_revision = "0037_notes"
branch_labels = None
depends_on = None

VAULT = """
ALTER TABLE vault_key DROP CONSTRAINT ck_vault_key_owner_kind;
ALTER TABLE vault_key ADD CONSTRAINT ck_vault_key_owner_kind CHECK (owner_kind IN ({kinds}));
"""

TABLES = """
CREATE TABLE totp (
    id uuid CONSTRAINT pk_totp PRIMARY KEY,
    person_id uuid NOT NULL CONSTRAINT fk_totp_person_id_login REFERENCES login (person_id),
    secret bytea NOT NULL,
    created_at timestamptz NOT NULL,
    confirmed_at timestamptz
);
CREATE UNIQUE INDEX uq_totp_confirmed ON totp (person_id) WHERE confirmed_at IS NOT NULL;
CREATE UNIQUE INDEX uq_totp_waiting ON totp (person_id) WHERE confirmed_at IS NULL;

-- A code that two requests use at the same moment is one row here, so one of them is refused.
CREATE TABLE totp_step (
    totp_id uuid NOT NULL CONSTRAINT fk_totp_step_totp_id_totp REFERENCES totp (id) ON DELETE CASCADE,
    step bigint NOT NULL,
    CONSTRAINT pk_totp_step PRIMARY KEY (totp_id, step)
);

CREATE TABLE recovery_code (
    id uuid CONSTRAINT pk_recovery_code PRIMARY KEY,
    person_id uuid NOT NULL CONSTRAINT fk_recovery_code_person_id_login REFERENCES login (person_id),
    digest bytea NOT NULL,
    created_at timestamptz NOT NULL,
    used_at timestamptz,
    CONSTRAINT uq_recovery_code_person_id_digest UNIQUE (person_id, digest)
);
CREATE FUNCTION recovery_code_spent() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a recovery code is good once' USING ERRCODE = 'integrity_constraint_violation';
END
$$;
CREATE TRIGGER recovery_code_spent BEFORE UPDATE ON recovery_code FOR EACH ROW
    WHEN (OLD.used_at IS NOT NULL) EXECUTE FUNCTION recovery_code_spent();

CREATE TABLE passkey (
    id uuid CONSTRAINT pk_passkey PRIMARY KEY,
    person_id uuid NOT NULL CONSTRAINT fk_passkey_person_id_login REFERENCES login (person_id),
    name varchar NOT NULL CONSTRAINT ck_passkey_name CHECK (length(name) BETWEEN 1 AND 60),
    credential_id bytea NOT NULL CONSTRAINT uq_passkey_credential_id UNIQUE,
    public_key bytea NOT NULL,
    sign_count bigint NOT NULL CONSTRAINT ck_passkey_sign_count CHECK (sign_count >= 0),
    created_at timestamptz NOT NULL,
    used_at timestamptz
);
CREATE INDEX ix_passkey_person_id ON passkey (person_id);

CREATE TABLE passkey_challenge (
    holder_id uuid NOT NULL,
    purpose varchar NOT NULL
        CONSTRAINT ck_passkey_challenge_purpose CHECK (purpose IN ('register', 'enter', 'confirm')),
    challenge bytea NOT NULL,
    expires_at timestamptz NOT NULL,
    CONSTRAINT pk_passkey_challenge PRIMARY KEY (holder_id, purpose)
);

CREATE TABLE half_sign_in (
    id uuid CONSTRAINT pk_half_sign_in PRIMARY KEY,
    person_id uuid NOT NULL CONSTRAINT fk_half_sign_in_person_id_login REFERENCES login (person_id),
    token_digest bytea NOT NULL CONSTRAINT uq_half_sign_in_token_digest UNIQUE,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL CONSTRAINT ck_half_sign_in_expires_at CHECK (expires_at > created_at),
    CONSTRAINT ck_half_sign_in_lasts CHECK (expires_at <= created_at + interval '10 minutes')
);
CREATE INDEX ix_half_sign_in_expires_at ON half_sign_in (expires_at);

CREATE TABLE factor_reset (
    id uuid CONSTRAINT pk_factor_reset PRIMARY KEY,
    person_id uuid NOT NULL CONSTRAINT fk_factor_reset_person_id_person REFERENCES person (id),
    reset_by uuid CONSTRAINT fk_factor_reset_reset_by_person REFERENCES person (id)
        CONSTRAINT ck_factor_reset_reset_by CHECK (reset_by IS DISTINCT FROM person_id),
    checked varchar NOT NULL,
    reason varchar NOT NULL CONSTRAINT ck_factor_reset_reason CHECK (length(btrim(reason)) > 0),
    created_at timestamptz NOT NULL
);
CREATE INDEX ix_factor_reset_person_id ON factor_reset (person_id);
CREATE TRIGGER factor_reset_only_added BEFORE UPDATE OR DELETE ON factor_reset FOR EACH ROW
    EXECUTE FUNCTION clinic_refuse_change();

ALTER TABLE login ADD COLUMN is_password_short boolean NOT NULL DEFAULT false;

GRANT SELECT, INSERT, UPDATE, DELETE ON totp, recovery_code, passkey, passkey_challenge TO clinic_web, clinic_worker;
GRANT SELECT, INSERT, DELETE ON totp_step, half_sign_in TO clinic_web, clinic_worker;
GRANT SELECT, INSERT ON factor_reset TO clinic_web, clinic_worker;
"""


def upgrade() -> None:
    """Make the tables, and keys for what a person's login keeps sealed."""
    op.execute(VAULT.format(kinds="'client', 'couple', 'import', 'therapist', 'psychotherapy', 'person'"))
    op.execute(TABLES)


def downgrade() -> None:
    """Take them away; a password alone opens everything again."""
    op.execute(
        "ALTER TABLE login DROP COLUMN is_password_short;"
        "DROP TABLE factor_reset; DROP TABLE half_sign_in; DROP TABLE passkey_challenge; DROP TABLE passkey;"
        "DROP TABLE recovery_code; DROP FUNCTION recovery_code_spent(); DROP TABLE totp_step; DROP TABLE totp"
    )
    op.execute("DELETE FROM vault_key WHERE owner_kind = 'person'")
    op.execute(VAULT.format(kinds="'client', 'couple', 'import', 'therapist', 'psychotherapy'"))

"""Releases of information: what may be said to whom, why and until when; signed, and taken back by who signed."""

from alembic import op

revision = "0043_releases"
down_revision = "0042_private_page"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE information_release (
    id uuid CONSTRAINT pk_information_release PRIMARY KEY,
    client_id uuid NOT NULL CONSTRAINT fk_information_release_client_id_client REFERENCES client (id),
    signer_id uuid NOT NULL CONSTRAINT fk_information_release_signer_id_person REFERENCES person (id),
    party bytea NOT NULL,
    words bytea NOT NULL,
    typed_name bytea NOT NULL,
    expires_on date NOT NULL,
    signed_at timestamptz NOT NULL,
    zone varchar NOT NULL,
    address varchar,
    user_agent varchar,
    sign_in_method varchar NOT NULL,
    revoked_at timestamptz,
    CONSTRAINT ck_information_release_revoked_at CHECK (revoked_at IS NULL OR revoked_at >= signed_at)
);
CREATE INDEX ix_information_release_client_id ON information_release (client_id);
"""

FROZEN = """
CREATE FUNCTION clinic_freeze_release() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND OLD.revoked_at IS NULL AND NEW.revoked_at IS NOT NULL
     AND to_jsonb(NEW) - 'revoked_at' = to_jsonb(OLD) - 'revoked_at' THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'a signed release is only taken back, once'
    USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'information_release_frozen';
END $$;

CREATE TRIGGER information_release_frozen BEFORE UPDATE OR DELETE ON information_release
    FOR EACH ROW EXECUTE FUNCTION clinic_freeze_release();
"""

WALLS = """
ALTER TABLE information_release ENABLE ROW LEVEL SECURITY;
ALTER TABLE information_release FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON information_release FOR SELECT TO clinic_web
    USING (client_id = (SELECT clinic_own_client()));
CREATE POLICY sign ON information_release FOR INSERT TO clinic_web
    WITH CHECK (client_id = (SELECT clinic_own_client()) AND signer_id = (SELECT clinic_person()));
CREATE POLICY take_back ON information_release FOR UPDATE TO clinic_web
    USING (client_id = (SELECT clinic_own_client()))
    WITH CHECK (client_id = (SELECT clinic_own_client()));
CREATE POLICY care ON information_release FOR SELECT TO clinic_web
    USING (clinic_cares_for(client_id));

GRANT SELECT, INSERT, UPDATE ON information_release TO clinic_web;
"""


def upgrade() -> None:
    """Make the table, what it refuses, its walls and grants."""
    op.execute(TABLES)
    op.execute(FROZEN)
    op.execute(WALLS)


def downgrade() -> None:
    """Drop it all."""
    op.execute("DROP TABLE information_release")
    op.execute("DROP FUNCTION clinic_freeze_release()")

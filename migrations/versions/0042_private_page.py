"""The page that is sent in private, and the therapist's review of it: nobody else reads a row of either."""

from alembic import op

revision = "0042_private_page"
down_revision = "0041_second_part"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE private_page (
    id uuid CONSTRAINT pk_private_page PRIMARY KEY,
    client_id uuid NOT NULL CONSTRAINT fk_private_page_client_id_client REFERENCES client (id),
    episode_id uuid NOT NULL CONSTRAINT fk_private_page_episode_id_episode REFERENCES episode (id),
    definition_id uuid NOT NULL
        CONSTRAINT fk_private_page_definition_id_questionnaire_definition REFERENCES questionnaire_definition (id),
    answers bytea NOT NULL,
    sent_at timestamptz NOT NULL,
    CONSTRAINT uq_private_page_client_id_episode_id UNIQUE (client_id, episode_id)
);

CREATE TABLE safety_review (
    id uuid CONSTRAINT pk_safety_review PRIMARY KEY,
    page_id uuid NOT NULL CONSTRAINT uq_safety_review_page_id UNIQUE
        CONSTRAINT fk_safety_review_page_id_private_page REFERENCES private_page (id),
    client_id uuid NOT NULL CONSTRAINT fk_safety_review_client_id_client REFERENCES client (id),
    state varchar NOT NULL CONSTRAINT ck_safety_review_state CHECK (state IN ('open', 'closed')),
    opened_at timestamptz NOT NULL,
    closed_at timestamptz,
    closed_by uuid CONSTRAINT fk_safety_review_closed_by_person REFERENCES person (id),
    asked bytea,
    decided bytea,
    CONSTRAINT ck_safety_review_closed CHECK ((state = 'closed') = (
        closed_at IS NOT NULL AND closed_by IS NOT NULL AND asked IS NOT NULL AND decided IS NOT NULL))
);
CREATE INDEX ix_safety_review_client_id ON safety_review (client_id);

ALTER TABLE intake_packet ADD COLUMN private_sent_at timestamptz;
"""

FROZEN = """
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON private_page
    FOR EACH STATEMENT EXECUTE FUNCTION clinic_refuse_change();

CREATE FUNCTION clinic_freeze_review() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND OLD.state = 'open' AND (NEW.id, NEW.page_id, NEW.client_id, NEW.opened_at)
     = (OLD.id, OLD.page_id, OLD.client_id, OLD.opened_at) THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'a review closes once, and stays'
    USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'safety_review_frozen';
END $$;

CREATE TRIGGER safety_review_frozen BEFORE UPDATE OR DELETE ON safety_review
    FOR EACH ROW EXECUTE FUNCTION clinic_freeze_review();
"""

# The writer adds a row and never reads it, so that no page of theirs, no export and no fault can show it again.
WALLS = """
ALTER TABLE private_page ENABLE ROW LEVEL SECURITY;
ALTER TABLE private_page FORCE ROW LEVEL SECURITY;
CREATE POLICY send ON private_page FOR INSERT TO clinic_web
    WITH CHECK (client_id = (SELECT clinic_own_client()));
CREATE POLICY care ON private_page FOR SELECT TO clinic_web
    USING (clinic_cares_for(client_id));

ALTER TABLE safety_review ENABLE ROW LEVEL SECURITY;
ALTER TABLE safety_review FORCE ROW LEVEL SECURITY;
CREATE POLICY open ON safety_review FOR INSERT TO clinic_web
    WITH CHECK (client_id = (SELECT clinic_own_client()) AND state = 'open');
CREATE POLICY care ON safety_review FOR SELECT TO clinic_web
    USING (clinic_cares_for(client_id));
CREATE POLICY close ON safety_review FOR UPDATE TO clinic_web
    USING (clinic_cares_for(client_id))
    WITH CHECK (clinic_cares_for(client_id) AND closed_by = (SELECT clinic_person()));

GRANT SELECT, INSERT ON private_page TO clinic_web;
GRANT SELECT, INSERT, UPDATE ON safety_review TO clinic_web;
"""


def upgrade() -> None:
    """Make the tables, what they refuse, the walls and the grants."""
    op.execute(TABLES)
    op.execute(FROZEN)
    op.execute(WALLS)


def downgrade() -> None:
    """Drop them all."""
    op.execute("ALTER TABLE intake_packet DROP COLUMN private_sent_at")
    op.execute("DROP TABLE safety_review, private_page")
    op.execute("DROP FUNCTION clinic_freeze_review()")

"""An intake that is cleared by its therapist, and pages that staff type from paper."""

from alembic import op

revision = "0044_from_paper"
down_revision = "0043_releases"
branch_labels = None
depends_on = None

COLUMNS = """
ALTER TABLE intake_packet
    ADD COLUMN cleared_at timestamptz,
    ADD COLUMN cleared_by uuid CONSTRAINT fk_intake_packet_cleared_by_person REFERENCES person (id),
    ADD CONSTRAINT ck_intake_packet_cleared CHECK ((cleared_at IS NULL) = (cleared_by IS NULL)),
    ADD CONSTRAINT ck_intake_packet_cleared_at CHECK (cleared_at IS NULL OR finished_at IS NOT NULL);
ALTER TABLE response
    ADD COLUMN typed_by uuid CONSTRAINT fk_response_typed_by_person REFERENCES person (id);
CREATE INDEX ix_response_typed_by ON response (typed_by) WHERE typed_by IS NOT NULL;
CREATE TRIGGER response_typed_by BEFORE UPDATE OF typed_by ON response
    FOR EACH STATEMENT EXECUTE FUNCTION clinic_refuse_change();
"""

# A therapist types forms of who is in their care; the front desk types how somebody may be reached, and nothing else.
WALLS = """
CREATE FUNCTION clinic_may_type(the_client uuid, the_definition uuid) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
RETURN EXISTS (
  SELECT FROM questionnaire_definition AS form
  WHERE form.id = the_definition AND form.kind = 'form' AND (
    clinic_cares_for(the_client)
    OR form.key = 'intake_safe_contact' AND EXISTS (
      SELECT FROM person WHERE person.id = clinic_person() AND 'front_desk' = ANY (person.roles)
    )
  )
);
CREATE POLICY paper ON response TO clinic_web
    USING (typed_by = (SELECT clinic_person()) AND clinic_may_type(client_id, definition_id))
    WITH CHECK (typed_by = (SELECT clinic_person()) AND clinic_may_type(client_id, definition_id));
CREATE POLICY paper ON answer TO clinic_web
    USING (EXISTS (SELECT FROM response
                   WHERE response.id = response_id AND response.typed_by = (SELECT clinic_person())))
    WITH CHECK (visibility = 'T' AND EXISTS (SELECT FROM response
                   WHERE response.id = response_id AND response.typed_by = (SELECT clinic_person())));
"""


def upgrade() -> None:
    """Nothing that is there was typed by staff or cleared."""
    op.execute(COLUMNS)
    op.execute(WALLS)


def downgrade() -> None:
    """Drop what was added."""
    op.execute("DROP POLICY paper ON answer")
    op.execute("DROP POLICY paper ON response")
    op.execute("DROP FUNCTION clinic_may_type(uuid, uuid)")
    op.execute("DROP TRIGGER response_typed_by ON response")
    op.execute("ALTER TABLE response DROP COLUMN typed_by")
    op.execute("ALTER TABLE intake_packet DROP COLUMN cleared_at, DROP COLUMN cleared_by")

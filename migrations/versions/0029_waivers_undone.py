"""A waiver of a late fee can be taken back: rows that follow each other, as those of payments do."""

from alembic import op

revision = "0029_waivers_undone"
down_revision = "0028_couple_fees"
branch_labels = None
depends_on = None

# A waiver that stands already keeps its appointment's id as its own, under which its reason is sealed.
CHANGES = """
DROP POLICY care ON waiver_reason;
ALTER TABLE waiver_reason DROP CONSTRAINT fk_waiver_reason_appointment_id_fee_waiver;
ALTER TABLE waiver_reason RENAME COLUMN appointment_id TO waiver_id;
ALTER TABLE fee_waiver RENAME COLUMN waived_at TO noted_at;
ALTER TABLE fee_waiver RENAME COLUMN waived_by TO noted_by;
ALTER TABLE fee_waiver RENAME CONSTRAINT fk_fee_waiver_waived_by_person TO fk_fee_waiver_noted_by_person;
ALTER TABLE fee_waiver
    DROP CONSTRAINT pk_fee_waiver,
    ADD COLUMN id uuid,
    ADD COLUMN number integer NOT NULL DEFAULT 1 CONSTRAINT ck_fee_waiver_number CHECK (number > 0),
    ADD COLUMN follows integer
        CONSTRAINT ck_fee_waiver_follows CHECK (follows IS NOT DISTINCT FROM NULLIF(number - 1, 0)),
    ADD COLUMN kind varchar NOT NULL DEFAULT 'waived'
        CONSTRAINT ck_fee_waiver_kind CHECK (kind = CASE number % 2 WHEN 1 THEN 'waived' ELSE 'undone' END);
UPDATE fee_waiver SET id = appointment_id;
ALTER TABLE fee_waiver
    ALTER COLUMN number DROP DEFAULT,
    ALTER COLUMN kind DROP DEFAULT,
    ADD CONSTRAINT pk_fee_waiver PRIMARY KEY (id),
    ADD CONSTRAINT uq_fee_waiver_appointment_id_number UNIQUE (appointment_id, number),
    ADD CONSTRAINT fk_fee_waiver_appointment_id_follows_fee_waiver FOREIGN KEY (appointment_id, follows)
        REFERENCES fee_waiver (appointment_id, number);
ALTER TABLE waiver_reason ADD CONSTRAINT fk_waiver_reason_waiver_id_fee_waiver
    FOREIGN KEY (waiver_id) REFERENCES fee_waiver (id);
CREATE POLICY care ON waiver_reason TO clinic_web USING (EXISTS (
    SELECT FROM fee_waiver JOIN attendee ON attendee.appointment_id = fee_waiver.appointment_id
    WHERE fee_waiver.id = waiver_reason.waiver_id AND clinic_cares_for(client_id)
));
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON fee_waiver
    FOR EACH STATEMENT EXECUTE FUNCTION clinic_refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON waiver_reason
    FOR EACH STATEMENT EXECUTE FUNCTION clinic_refuse_change();
"""

BACK = """
DROP TRIGGER append_only ON fee_waiver;
DROP TRIGGER append_only ON waiver_reason;
DROP POLICY care ON waiver_reason;
ALTER TABLE waiver_reason DROP CONSTRAINT fk_waiver_reason_waiver_id_fee_waiver;
DELETE FROM waiver_reason WHERE waiver_id NOT IN (SELECT appointment_id FROM fee_waiver);
DELETE FROM fee_waiver WHERE id <> appointment_id;
ALTER TABLE fee_waiver
    DROP CONSTRAINT fk_fee_waiver_appointment_id_follows_fee_waiver,
    DROP COLUMN id, DROP COLUMN number, DROP COLUMN follows, DROP COLUMN kind,
    ADD CONSTRAINT pk_fee_waiver PRIMARY KEY (appointment_id);
ALTER TABLE fee_waiver RENAME COLUMN noted_at TO waived_at;
ALTER TABLE fee_waiver RENAME COLUMN noted_by TO waived_by;
ALTER TABLE fee_waiver RENAME CONSTRAINT fk_fee_waiver_noted_by_person TO fk_fee_waiver_waived_by_person;
ALTER TABLE waiver_reason RENAME COLUMN waiver_id TO appointment_id;
ALTER TABLE waiver_reason ADD CONSTRAINT fk_waiver_reason_appointment_id_fee_waiver
    FOREIGN KEY (appointment_id) REFERENCES fee_waiver (appointment_id);
CREATE POLICY care ON waiver_reason TO clinic_web USING (EXISTS (
    SELECT FROM attendee WHERE attendee.appointment_id = waiver_reason.appointment_id AND clinic_cares_for(client_id)
));
"""


def upgrade() -> None:
    """Number what is there, and never change it again."""
    op.execute(CHANGES)


def downgrade() -> None:
    """Only waivers from before are kept."""
    op.execute(BACK)

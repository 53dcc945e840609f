"""Measures: who is asked for which and how often, and each time that one was answered."""

from alembic import op

revision = "0040_measures"
down_revision = "0039_alerts"
branch_labels = None
depends_on = None

# A client reads their own rows, to be asked and to see that it was answered; who cares for them decides what is asked.
# Nobody else has any: not the partner, not the front desk, not the owner. The exclusion is what keeps a measure from
# coming more often than every fourteen days, whoever asks for it and however often it is sent.
TABLES = """
CREATE TABLE measure_schedule (
    id uuid CONSTRAINT pk_measure_schedule PRIMARY KEY,
    client_id uuid NOT NULL CONSTRAINT fk_measure_schedule_client_id_client REFERENCES client (id),
    measure varchar NOT NULL,
    every_days integer NOT NULL CONSTRAINT ck_measure_schedule_every_days CHECK (every_days BETWEEN 14 AND 366),
    starts_on date NOT NULL,
    scheduled_by uuid NOT NULL CONSTRAINT fk_measure_schedule_scheduled_by_person REFERENCES person (id),
    scheduled_at timestamptz NOT NULL,
    ended_at timestamptz,
    ended_by uuid CONSTRAINT fk_measure_schedule_ended_by_person REFERENCES person (id),
    CONSTRAINT ck_measure_schedule_ended CHECK ((ended_at IS NULL) = (ended_by IS NULL))
);
CREATE UNIQUE INDEX uq_measure_schedule_live ON measure_schedule (client_id, measure) WHERE ended_at IS NULL;
CREATE TABLE measure_administration (
    id uuid CONSTRAINT pk_measure_administration PRIMARY KEY,
    client_id uuid NOT NULL CONSTRAINT fk_measure_administration_client_id_client REFERENCES client (id),
    measure varchar NOT NULL,
    definition_id uuid NOT NULL
        CONSTRAINT fk_measure_administration_definition_id
        REFERENCES questionnaire_definition (id),
    response_id uuid NOT NULL CONSTRAINT uq_measure_administration_response_id UNIQUE
        CONSTRAINT fk_measure_administration_response_id_response REFERENCES response (id),
    taken_on date NOT NULL,
    taken_at timestamptz NOT NULL,
    CONSTRAINT measure_not_too_often EXCLUDE USING gist
        (client_id WITH =, measure WITH =, daterange(taken_on, taken_on + 14) WITH &&)
);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON measure_administration
    FOR EACH STATEMENT EXECUTE FUNCTION clinic_refuse_change();
"""

# What is homework can be taken back for ten seconds; a measure is final, since what it says may have alerted somebody.
FINAL = """
CREATE FUNCTION clinic_measure_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM measure_administration WHERE response_id = OLD.id) THEN
    RAISE EXCEPTION 'a measure that was sent no longer changes'
      USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'measure_is_final';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER measure_is_final BEFORE UPDATE ON response
    FOR EACH ROW WHEN (OLD.state = 'submitted') EXECUTE FUNCTION clinic_measure_is_final();
"""

WALLS = """
ALTER TABLE measure_schedule ENABLE ROW LEVEL SECURITY;
ALTER TABLE measure_schedule FORCE ROW LEVEL SECURITY;
ALTER TABLE measure_administration ENABLE ROW LEVEL SECURITY;
ALTER TABLE measure_administration FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON measure_schedule FOR SELECT TO clinic_web
    USING (client_id = (SELECT clinic_own_client()));
CREATE POLICY care ON measure_schedule TO clinic_web USING (clinic_cares_for(client_id));
CREATE POLICY job ON measure_schedule FOR SELECT TO clinic_worker USING (true);
CREATE POLICY own ON measure_administration TO clinic_web
    USING (client_id = (SELECT clinic_own_client())) WITH CHECK (client_id = (SELECT clinic_own_client()));
CREATE POLICY care ON measure_administration FOR SELECT TO clinic_web USING (clinic_cares_for(client_id));
CREATE POLICY job ON measure_administration FOR SELECT TO clinic_worker USING (true);
GRANT SELECT, INSERT ON measure_schedule, measure_administration TO clinic_web;
GRANT UPDATE (ended_at, ended_by) ON measure_schedule TO clinic_web;
GRANT SELECT ON measure_schedule, measure_administration TO clinic_worker;
"""


def upgrade() -> None:
    """Make both tables, and make what was answered final."""
    for statements in (TABLES, FINAL, WALLS):
        op.execute(statements)


def downgrade() -> None:
    """Who was asked for what is forgotten; the answers stay with their responses."""
    op.execute("DROP TRIGGER measure_is_final ON response")
    op.execute("DROP FUNCTION clinic_measure_is_final()")
    op.execute("DROP TABLE measure_administration, measure_schedule")

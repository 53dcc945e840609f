"""Alerts, whom they were passed to and what was done about them, behind row-level security; office hours and duties."""

from alembic import op

revision = "0039_alerts"
down_revision = "0038_factors"
branch_labels = None
depends_on = None

OFFICE = """
CREATE TABLE office_hours (
    weekday integer NOT NULL CONSTRAINT ck_office_hours_weekday CHECK (weekday BETWEEN 0 AND 6),
    starts time NOT NULL,
    ends time NOT NULL,
    CONSTRAINT pk_office_hours PRIMARY KEY (weekday, starts),
    CONSTRAINT ck_office_hours_ends CHECK (starts < ends),
    CONSTRAINT office_hours_never_overlap EXCLUDE USING gist (
        weekday WITH =, numrange(extract(epoch from starts), extract(epoch from ends)) WITH &&
    )
);
CREATE TABLE duty (
    role varchar NOT NULL CONSTRAINT ck_duty_role CHECK (role IN ('lead', 'on_call')),
    place integer NOT NULL,
    therapist_id uuid NOT NULL CONSTRAINT fk_duty_therapist_id_therapist REFERENCES therapist (person_id),
    CONSTRAINT pk_duty PRIMARY KEY (role, place),
    CONSTRAINT uq_duty_role_therapist_id UNIQUE (role, therapist_id),
    CONSTRAINT ck_duty_place CHECK (place >= 0 AND (role = 'lead') = (place = 0))
);
CREATE TABLE desk_call (
    id uuid CONSTRAINT pk_desk_call PRIMARY KEY,
    therapist_id uuid NOT NULL CONSTRAINT fk_desk_call_therapist_id_person REFERENCES person (id),
    due_at timestamptz NOT NULL,
    ended_at timestamptz
);
"""
ALERTS = """
CREATE TABLE alert (
    id uuid CONSTRAINT pk_alert PRIMARY KEY,
    client_id uuid NOT NULL CONSTRAINT fk_alert_client_id_client REFERENCES client (id),
    source varchar NOT NULL CONSTRAINT ck_alert_source CHECK (source IN ('phq9_item9', 'safety_form', 'call')),
    source_id uuid NOT NULL CONSTRAINT uq_alert_source_id UNIQUE,
    grade varchar NOT NULL CONSTRAINT ck_alert_grade CHECK (grade IN ('same_day', 'urgent')),
    state varchar NOT NULL CONSTRAINT ck_alert_state CHECK (state IN ('open', 'acknowledged', 'closed')),
    raised_at timestamptz NOT NULL,
    pass_on_at timestamptz,
    acknowledged_at timestamptz,
    acknowledged_by uuid CONSTRAINT fk_alert_acknowledged_by_person REFERENCES person (id),
    desk_call_id uuid CONSTRAINT fk_alert_desk_call_id_desk_call REFERENCES desk_call (id),
    closing_id uuid,
    CONSTRAINT uq_alert_id_client_id UNIQUE (id, client_id),
    CONSTRAINT ck_alert_acknowledged_at CHECK ((state = 'open') = (acknowledged_at IS NULL)),
    CONSTRAINT ck_alert_acknowledged_by CHECK ((acknowledged_at IS NULL) = (acknowledged_by IS NULL)),
    CONSTRAINT ck_alert_pass_on_at CHECK ((state = 'open') = (pass_on_at IS NOT NULL)),
    CONSTRAINT ck_alert_closed CHECK ((state = 'closed') = (closing_id IS NOT NULL)),
    CONSTRAINT ck_alert_closing_id CHECK (closing_id = id)
);
CREATE INDEX ix_alert_client_id ON alert (client_id);
CREATE INDEX ix_alert_open ON alert (raised_at) WHERE state = 'open';
CREATE TABLE alert_pass (
    alert_id uuid NOT NULL,
    place integer NOT NULL CONSTRAINT ck_alert_pass_place CHECK (place >= 1),
    client_id uuid NOT NULL,
    person_id uuid NOT NULL CONSTRAINT fk_alert_pass_person_id_person REFERENCES person (id),
    is_guest boolean NOT NULL,
    passed_at timestamptz NOT NULL,
    CONSTRAINT pk_alert_pass PRIMARY KEY (alert_id, place),
    CONSTRAINT fk_alert_pass_alert_id_client_id_alert FOREIGN KEY (alert_id, client_id) REFERENCES alert (id, client_id)
);
CREATE INDEX ix_alert_pass_person_id ON alert_pass (person_id, alert_id);
CREATE TABLE alert_word (
    alert_id uuid NOT NULL,
    kind varchar NOT NULL CONSTRAINT ck_alert_word_kind CHECK (kind IN ('call', 'safe')),
    client_id uuid NOT NULL,
    said_at timestamptz NOT NULL,
    CONSTRAINT pk_alert_word PRIMARY KEY (alert_id, kind),
    CONSTRAINT fk_alert_word_alert_id_client_id_alert FOREIGN KEY (alert_id, client_id) REFERENCES alert (id, client_id)
);
CREATE TABLE alert_closing (
    alert_id uuid CONSTRAINT pk_alert_closing PRIMARY KEY,
    client_id uuid NOT NULL,
    body bytea NOT NULL,
    closed_by uuid NOT NULL CONSTRAINT fk_alert_closing_closed_by_person REFERENCES person (id),
    closed_at timestamptz NOT NULL,
    CONSTRAINT fk_alert_closing_alert_id_client_id_alert FOREIGN KEY (alert_id, client_id)
        REFERENCES alert (id, client_id)
);
ALTER TABLE alert ADD CONSTRAINT fk_alert_closing_id_alert_closing FOREIGN KEY (closing_id)
    REFERENCES alert_closing (alert_id);
"""
FORWARD_ONLY = """
CREATE FUNCTION clinic_alert_forward() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (NEW.id, NEW.client_id, NEW.source, NEW.source_id, NEW.grade, NEW.raised_at)
     IS DISTINCT FROM (OLD.id, OLD.client_id, OLD.source, OLD.source_id, OLD.grade, OLD.raised_at)
     OR NEW.desk_call_id IS DISTINCT FROM OLD.desk_call_id
     OR (OLD.state, NEW.state) NOT IN (('open', 'open'), ('open', 'acknowledged'), ('acknowledged', 'closed'))
     OR (OLD.state = 'acknowledged' AND (NEW.acknowledged_at, NEW.acknowledged_by)
         IS DISTINCT FROM (OLD.acknowledged_at, OLD.acknowledged_by)) THEN
    RAISE EXCEPTION 'an alert goes forward only, and stays what it is'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'alert_forward_only';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER forward_only BEFORE UPDATE ON alert FOR EACH ROW EXECUTE FUNCTION clinic_alert_forward();
CREATE TRIGGER never_deleted BEFORE DELETE OR TRUNCATE ON alert
FOR EACH STATEMENT EXECUTE FUNCTION clinic_refuse_change();
"""
ADDED_ONLY = ("alert_pass", "alert_word", "alert_closing")
# A guest is somebody who does not care for the client: they see the alert while nobody has it, or once they have it.
GUEST = """EXISTS (
    SELECT FROM alert_pass
    WHERE alert_pass.alert_id = alert.id AND alert_pass.person_id = clinic_person() AND alert_pass.is_guest
) AND (state = 'open' OR acknowledged_by = clinic_person())"""
OWN = "client_id = (SELECT clinic_own_client())"
WALLS = f"""
CREATE POLICY own ON alert FOR SELECT TO clinic_web USING ({OWN});
CREATE POLICY raise ON alert FOR INSERT TO clinic_web WITH CHECK ({OWN} OR clinic_cares_for(client_id));
CREATE POLICY care ON alert FOR SELECT TO clinic_web USING (clinic_cares_for(client_id));
CREATE POLICY act ON alert FOR UPDATE TO clinic_web USING (clinic_cares_for(client_id));
CREATE POLICY guest ON alert FOR SELECT TO clinic_web USING ({GUEST});
CREATE POLICY guest_act ON alert FOR UPDATE TO clinic_web USING ({GUEST});
CREATE POLICY mine ON alert_pass FOR SELECT TO clinic_web USING (person_id = clinic_person());
CREATE POLICY care ON alert_pass FOR SELECT TO clinic_web USING (clinic_cares_for(client_id));
CREATE POLICY raise ON alert_pass FOR INSERT TO clinic_web WITH CHECK ({OWN} OR clinic_cares_for(client_id));
CREATE POLICY shown ON alert_word FOR SELECT TO clinic_web USING (EXISTS (
    SELECT FROM alert WHERE alert.id = alert_word.alert_id
));
CREATE POLICY say ON alert_word FOR INSERT TO clinic_web WITH CHECK ({OWN});
CREATE POLICY care ON alert_closing FOR SELECT TO clinic_web USING (clinic_cares_for(client_id));
CREATE POLICY close ON alert_closing FOR INSERT TO clinic_web WITH CHECK (
    closed_by = clinic_person() AND client_id IS DISTINCT FROM (SELECT clinic_own_client())
    AND EXISTS (SELECT FROM alert WHERE alert.id = alert_closing.alert_id AND alert.state = 'acknowledged')
);
-- The desk reads whom to call; whoever sees the alert ends the call. Nobody else sees that there is one.
CREATE POLICY desk ON desk_call FOR SELECT TO clinic_web USING (EXISTS (
    SELECT FROM person WHERE person.id = clinic_person() AND 'front_desk' = ANY (person.roles)
));
CREATE POLICY raise ON desk_call FOR INSERT TO clinic_web WITH CHECK (true);
CREATE POLICY act ON desk_call FOR SELECT TO clinic_web USING (EXISTS (
    SELECT FROM alert WHERE alert.desk_call_id = desk_call.id
));
CREATE POLICY finish ON desk_call FOR UPDATE TO clinic_web USING (EXISTS (
    SELECT FROM alert WHERE alert.desk_call_id = desk_call.id
));
"""  # noqa: S608 -- names that we wrote ourselves
SECURED = ("alert", *ADDED_ONLY, "desk_call")
GRANTS = """
GRANT SELECT ON office_hours, duty TO clinic_web, clinic_worker;
GRANT INSERT, DELETE ON office_hours, duty TO clinic_web;
GRANT SELECT, INSERT ON alert, alert_pass, alert_word, alert_closing, desk_call TO clinic_web;
GRANT UPDATE (state, pass_on_at, acknowledged_at, acknowledged_by, closing_id) ON alert TO clinic_web;
GRANT UPDATE (ended_at) ON desk_call TO clinic_web;
GRANT SELECT, UPDATE (pass_on_at) ON alert TO clinic_worker;
GRANT SELECT, INSERT ON alert_pass TO clinic_worker;
"""


def upgrade() -> None:
    """Make the tables, freeze what must stay, and let each row be read by those it is meant for."""
    op.execute(OFFICE)
    op.execute(ALERTS)
    op.execute(FORWARD_ONLY)
    for table in ADDED_ONLY:
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION clinic_refuse_change()"
        )
    for table in SECURED:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    for table in ("alert", "alert_pass"):
        op.execute(f"CREATE POLICY job ON {table} TO clinic_worker USING (true)")
    op.execute(WALLS)
    op.execute(GRANTS)


def downgrade() -> None:
    """Nobody is told of anything any more."""
    op.execute("ALTER TABLE alert DROP CONSTRAINT fk_alert_closing_id_alert_closing")
    op.execute("DROP POLICY close ON alert_closing")
    for policy in ("act", "finish"):
        op.execute(f"DROP POLICY {policy} ON desk_call")
    for policy in ("guest", "guest_act"):
        op.execute(f"DROP POLICY {policy} ON alert")
    op.execute("DROP TABLE alert_closing, alert_word, alert_pass, alert, desk_call, duty, office_hours")
    op.execute("DROP FUNCTION clinic_alert_forward()")

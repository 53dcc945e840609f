"""Questionnaires: installed definitions, responses, entries, answers and scores, with row-level security."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0005_questionnaires"
down_revision = "0004_booking"
branch_labels = None
depends_on = None

TABLES = ("score", "answer", "entry", "response", "questionnaire_definition")
SECURED = ("response", "entry", "answer", "score")
FUNCTIONS = (
    "clinic_freeze_response()",
    "clinic_freeze_entry()",
    "clinic_freeze_answer()",
    "clinic_partner_of(uuid)",
)


def upgrade() -> None:
    """Make the tables, freeze what has been sent, and let each row be read by those it is meant for."""
    _definitions()
    _responses()
    _answers()
    _freeze_responses()
    _freeze_answers()
    _partner()
    for table in SECURED:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    _own_rows()
    _rows_of_the_therapist()
    _rows_of_the_partner()
    _rows_of_the_worker()
    _grants()


def downgrade() -> None:
    """Take them away."""
    for policy in ("care", "job"):
        op.execute(f"DROP POLICY {policy} ON entry")
    for table in TABLES:
        op.drop_table(table)
    for function in FUNCTIONS:
        op.execute(f"DROP FUNCTION {function}")


def _definitions() -> None:
    op.create_table(
        "questionnaire_definition",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("body", JSONB(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("installed_at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("key", "version"),
        sa.CheckConstraint("version >= 1", name="version"),
        sa.CheckConstraint("kind IN ('exercise', 'measure', 'form')", name="kind"),
        sa.CheckConstraint("length(sha256) = 64", name="sha256"),
    )
    op.execute(
        """
        CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON questionnaire_definition
        FOR EACH STATEMENT EXECUTE FUNCTION clinic_refuse_change()
        """
    )


def _responses() -> None:
    op.create_table(
        "response",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("definition_id", sa.Uuid(), sa.ForeignKey("questionnaire_definition.id"), nullable=False),
        sa.Column("client_id", sa.Uuid(), sa.ForeignKey("client.id"), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True)),
        sa.Column("taken_back_at", sa.DateTime(timezone=True)),
        sa.UniqueConstraint("subject_id", "definition_id", "revision"),
        sa.CheckConstraint("state IN ('draft', 'submitted')", name="state"),
        sa.CheckConstraint("(state = 'submitted') = (submitted_at IS NOT NULL)", name="submitted_at"),
        sa.CheckConstraint("revision >= 1", name="revision"),
    )
    op.create_index(
        "uq_response_draft",
        "response",
        ["subject_id", "definition_id"],
        unique=True,
        postgresql_where=sa.text("state = 'draft'"),
    )
    op.create_index("ix_response_client_id", "response", ["client_id", "definition_id", "submitted_at"])


def _answers() -> None:
    op.create_table(
        "entry",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("response_id", sa.Uuid(), sa.ForeignKey("response.id"), nullable=False),
        sa.Column("client_id", sa.Uuid(), sa.ForeignKey("client.id"), nullable=False),
        sa.Column("group_key", sa.String(), nullable=False),
        sa.Column("held_on", sa.Date()),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_entry_response_id", "entry", ["response_id", "group_key"])
    op.create_table(
        "answer",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("response_id", sa.Uuid(), sa.ForeignKey("response.id"), nullable=False),
        sa.Column("entry_id", sa.Uuid(), sa.ForeignKey("entry.id")),
        sa.Column("client_id", sa.Uuid(), sa.ForeignKey("client.id"), nullable=False),
        sa.Column("field", sa.String(), nullable=False),
        sa.Column("visibility", sa.String(), nullable=False),
        sa.Column("encrypted", sa.LargeBinary(), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True)),
        sa.Column("opened_at", sa.DateTime(timezone=True)),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("response_id", "entry_id", "field", postgresql_nulls_not_distinct=True),
        sa.CheckConstraint("visibility IN ('C', 'T', 'P', 'S')", name="visibility"),
        sa.CheckConstraint("released_at IS NULL OR visibility = 'P'", name="released_at"),
        sa.CheckConstraint("opened_at IS NULL OR visibility = 'S'", name="opened_at"),
    )
    op.create_index("ix_answer_entry_id", "answer", ["entry_id"], postgresql_where=sa.text("entry_id IS NOT NULL"))
    op.create_index("ix_answer_released", "answer", ["client_id"], postgresql_where=sa.text("released_at IS NOT NULL"))
    op.create_table(
        "score",
        sa.Column("response_id", sa.Uuid(), sa.ForeignKey("response.id"), primary_key=True),
        sa.Column("name", sa.String(), primary_key=True),
        sa.Column("client_id", sa.Uuid(), sa.ForeignKey("client.id"), nullable=False),
        sa.Column("value", sa.Float(), nullable=False),
    )
    op.create_index("ix_score_client_id", "score", ["client_id"])


def _freeze_responses() -> None:
    """What has been sent can be taken back for ten seconds, and is final after that."""
    op.execute(
        """
        CREATE FUNCTION clinic_freeze_response() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF TG_OP = 'UPDATE'
             AND (NEW.id, NEW.definition_id, NEW.client_id, NEW.subject_id, NEW.revision)
               = (OLD.id, OLD.definition_id, OLD.client_id, OLD.subject_id, OLD.revision)
             AND (OLD.state = 'draft' OR (NEW.state = 'draft' AND NEW.taken_back_at
               BETWEEN OLD.submitted_at AND OLD.submitted_at + interval '10 seconds')) THEN
            RETURN NEW;
          END IF;
          RAISE EXCEPTION 'a response that was sent no longer changes'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'response_frozen';
        END $$
        """
    )
    op.execute(
        """
        CREATE TRIGGER response_frozen BEFORE UPDATE OR DELETE ON response
        FOR EACH ROW EXECUTE FUNCTION clinic_freeze_response()
        """
    )


def _freeze_answers() -> None:
    """Sent answers change only in who may read them; what its writer kept can always be deleted."""
    op.execute(
        """
        CREATE FUNCTION clinic_freeze_answer() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE
          the_response uuid := CASE TG_OP WHEN 'DELETE' THEN OLD.response_id ELSE NEW.response_id END;
          is_draft boolean := (SELECT state = 'draft' FROM response WHERE id = the_response FOR SHARE);
        BEGIN
          IF TG_OP = 'UPDATE' AND (NEW.id, NEW.response_id, NEW.client_id, NEW.entry_id, NEW.field)
             IS DISTINCT FROM (OLD.id, OLD.response_id, OLD.client_id, OLD.entry_id, OLD.field) THEN
            RAISE EXCEPTION 'an answer stays with its field'
              USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'response_frozen';
          END IF;
          IF TG_OP = 'DELETE' AND (is_draft OR OLD.visibility = 'C') THEN
            RETURN OLD;
          END IF;
          IF is_draft THEN
            -- Nobody else reads a draft, whatever was shared before it was taken back.
            NEW.released_at := NULL;
            NEW.opened_at := NULL;
            RETURN NEW;
          END IF;
          IF TG_OP = 'UPDATE' AND (NEW.visibility, NEW.encrypted, NEW.updated_at)
             = (OLD.visibility, OLD.encrypted, OLD.updated_at) THEN
            RETURN NEW;
          END IF;
          RAISE EXCEPTION 'answers that were sent no longer change'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'response_frozen';
        END $$
        """
    )
    op.execute(
        """
        CREATE TRIGGER response_frozen BEFORE INSERT OR UPDATE OR DELETE ON answer
        FOR EACH ROW EXECUTE FUNCTION clinic_freeze_answer()
        """
    )
    op.execute(
        """
        CREATE FUNCTION clinic_freeze_entry() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE
          the_response uuid := CASE TG_OP WHEN 'DELETE' THEN OLD.response_id ELSE NEW.response_id END;
          is_draft boolean := (SELECT state = 'draft' FROM response WHERE id = the_response FOR SHARE);
        BEGIN
          IF TG_OP = 'DELETE' AND NOT EXISTS (
              SELECT FROM answer WHERE entry_id = OLD.id AND visibility <> 'C') THEN
            RETURN OLD;
          END IF;
          IF is_draft THEN
            RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
          END IF;
          RAISE EXCEPTION 'entries that were sent no longer change'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'response_frozen';
        END $$
        """
    )
    op.execute(
        """
        CREATE TRIGGER response_frozen BEFORE INSERT OR UPDATE OR DELETE ON entry
        FOR EACH ROW EXECUTE FUNCTION clinic_freeze_entry()
        """
    )


def _partner() -> None:
    op.execute(
        """
        CREATE FUNCTION clinic_partner_of(the_client uuid) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
        RETURN EXISTS (
          SELECT FROM couple_member mine
            JOIN couple_member theirs ON theirs.couple_id = mine.couple_id AND theirs.client_id <> mine.client_id
            JOIN couple ON couple.id = mine.couple_id
          WHERE mine.client_id = (SELECT clinic_own_client()) AND theirs.client_id = the_client
            AND mine.left_at IS NULL AND theirs.left_at IS NULL AND couple.state = 'active'
        )
        """
    )


def _own_rows() -> None:
    for table in SECURED:
        op.execute(
            f"""
            CREATE POLICY own ON {table} TO clinic_web
            USING (client_id = (SELECT clinic_own_client())) WITH CHECK (client_id = (SELECT clinic_own_client()))
            """
        )


def _rows_of_the_therapist() -> None:
    """Submitted work of those they care for now; never what was kept, sealed answers once they are open."""
    op.execute(
        """
        CREATE POLICY care ON response FOR SELECT TO clinic_web
        USING (state = 'submitted' AND clinic_cares_for(client_id))
        """
    )
    op.execute(
        """
        CREATE POLICY care ON answer FOR SELECT TO clinic_web
        USING (
          (visibility IN ('T', 'P') OR (visibility = 'S' AND opened_at IS NOT NULL))
          AND clinic_cares_for(client_id)
          AND EXISTS (SELECT FROM response WHERE response.id = response_id AND response.state = 'submitted')
        )
        """
    )
    # The inner select is held by the policies of `answer`: an entry shows when something in it does.
    op.execute(
        """
        CREATE POLICY care ON entry FOR SELECT TO clinic_web
        USING (clinic_cares_for(client_id) AND EXISTS (SELECT FROM answer WHERE answer.entry_id = entry.id))
        """
    )
    op.execute("CREATE POLICY care ON score FOR SELECT TO clinic_web USING (clinic_cares_for(client_id))")


def _rows_of_the_partner() -> None:
    """One answer at a time, and nothing around it that would tell when it was written."""
    op.execute(
        """
        CREATE POLICY released ON answer FOR SELECT TO clinic_web
        USING (visibility = 'P' AND released_at IS NOT NULL AND clinic_partner_of(client_id))
        """
    )


def _rows_of_the_worker() -> None:
    """Reports and briefs are made of what was sent; what was kept reaches no job."""
    op.execute("CREATE POLICY job ON response FOR SELECT TO clinic_worker USING (state = 'submitted')")
    op.execute(
        """
        CREATE POLICY job ON answer FOR SELECT TO clinic_worker
        USING (
          (visibility IN ('T', 'P') OR (visibility = 'S' AND opened_at IS NOT NULL))
          AND EXISTS (SELECT FROM response WHERE response.id = response_id AND response.state = 'submitted')
        )
        """
    )
    op.execute(
        """
        CREATE POLICY job ON entry FOR SELECT TO clinic_worker
        USING (EXISTS (SELECT FROM answer WHERE answer.entry_id = entry.id))
        """
    )
    op.execute("CREATE POLICY job ON score FOR SELECT TO clinic_worker USING (true)")


def _grants() -> None:
    op.execute("GRANT SELECT, INSERT ON questionnaire_definition TO clinic_web, clinic_worker")
    op.execute("GRANT SELECT, INSERT, UPDATE ON response TO clinic_web")
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON entry, answer TO clinic_web")
    op.execute("GRANT SELECT, INSERT, DELETE ON score TO clinic_web")
    op.execute("GRANT SELECT ON response, entry, answer, score TO clinic_worker")

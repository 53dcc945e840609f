"""The bones: database roles, people and their sign-ins, the audit trail, the vault, the outbox."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0001_bones"
down_revision = None
branch_labels = None
depends_on = None

TABLES = (
    "outbox_message",
    "vault_key",
    "audit_link",
    "audit_event",
    "account_link",
    "sign_in_attempt",
    "sign_in",
    "login",
    "person",
    "idempotency_key",
    "heartbeat",
)


def upgrade() -> None:
    """Make the roles that pages and jobs connect as, then the tables that everything else hangs on."""
    _roles()
    _functions()
    _shell()
    _accounts()
    _audit()
    _vault()
    _outbox()
    _grants()


def downgrade() -> None:
    """Take the tables away. The roles stay: they belong to the whole server."""
    for table in TABLES:
        op.drop_table(table)
    for function in ("clinic_refuse_change()", "clinic_now()", "clinic_person()"):
        op.execute(f"DROP FUNCTION {function}")


def _roles() -> None:
    for role in ("clinic_web", "clinic_worker"):
        op.execute(
            f"""
            DO $$ BEGIN
              IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}') THEN CREATE ROLE {role} LOGIN; END IF;
            EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
            END $$
            """
        )
    op.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
    op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")


def _functions() -> None:
    """Who acts and when, as the transaction said it; row-level security asks these."""
    op.execute(
        """
        CREATE FUNCTION clinic_person() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
        RETURN nullif(current_setting('clinic.person', true), '')::uuid
        """
    )
    op.execute(
        """
        CREATE FUNCTION clinic_now() RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE
        RETURN coalesce(nullif(current_setting('clinic.now', true), '')::timestamptz, now())
        """
    )
    op.execute(
        """
        CREATE FUNCTION clinic_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation'; END $$
        """
    )


def _shell() -> None:
    op.create_table(
        "heartbeat",
        sa.Column("job", sa.String(), primary_key=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "idempotency_key",
        sa.Column("key", sa.Uuid(), primary_key=True),
        sa.Column("body_digest", sa.LargeBinary(), nullable=False),
        sa.Column("location", sa.String()),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    )


def _accounts() -> None:
    op.create_table(
        "person",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("given_name", sa.String(), nullable=False),
        sa.Column("family_name", sa.String(), nullable=False),
        sa.Column("email", sa.String()),
        sa.Column("phone", sa.String()),
        sa.Column("zone", sa.String(), nullable=False),
        sa.Column("locale", sa.String(), nullable=False, server_default="en"),
        sa.Column("roles", ARRAY(sa.Text()), nullable=False),
        sa.Column("messages_stopped_at", sa.DateTime(timezone=True)),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("roles <@ ARRAY['client', 'therapist', 'front_desk', 'owner']", name="roles"),
        sa.CheckConstraint("email = lower(email)", name="email"),
        sa.CheckConstraint("length(given_name) > 0", name="given_name"),
    )
    op.create_index("ix_person_family_name", "person", ["family_name", "given_name"])
    op.create_index("ix_person_email", "person", ["email"])
    op.create_table(
        "login",
        sa.Column("person_id", sa.Uuid(), sa.ForeignKey("person.id"), primary_key=True),
        sa.Column("email", sa.String(), nullable=False, unique=True),
        sa.Column("password_hash", sa.String(), nullable=False),
        sa.Column("password_changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True)),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("email = lower(email)", name="email"),
    )
    _sign_ins()
    op.create_table(
        "account_link",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("person_id", sa.Uuid(), sa.ForeignKey("person.id"), nullable=False),
        sa.Column("subject_id", sa.Uuid()),
        sa.Column("token_digest", sa.LargeBinary(), nullable=False, unique=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("purpose IN ('join', 'reset', 'appointment')", name="purpose"),
        sa.CheckConstraint("expires_at > created_at", name="expires_at"),
    )
    op.create_index("ix_account_link_person_id", "account_link", ["person_id"])
    op.create_index("ix_account_link_subject_id", "account_link", ["subject_id"])


def _sign_ins() -> None:
    op.create_table(
        "sign_in",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("person_id", sa.Uuid(), sa.ForeignKey("login.person_id"), nullable=False),
        sa.Column("token_digest", sa.LargeBinary(), nullable=False, unique=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("fresh_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("address", sa.String()),
        sa.Column("user_agent", sa.String()),
        sa.CheckConstraint("expires_at > created_at", name="expires_at"),
    )
    op.create_index("ix_sign_in_person_id", "sign_in", ["person_id"], postgresql_where=sa.text("ended_at IS NULL"))
    op.create_table(
        "sign_in_attempt",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_sign_in_attempt_digest_at", "sign_in_attempt", ["digest", "at"])


def _audit() -> None:
    op.create_table(
        "audit_event",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("person_id", sa.Uuid()),
        sa.Column("roles", sa.String(), nullable=False),
        sa.Column("job", sa.String()),
        sa.Column("record_kind", sa.String()),
        sa.Column("record_id", sa.Uuid()),
        sa.Column("client_id", sa.Uuid()),
        sa.Column("detail", sa.String()),
        sa.Column("address", sa.String()),
        sa.Column("request_id", sa.String()),
        sa.CheckConstraint("outcome IN ('done', 'refused')", name="outcome"),
    )
    op.create_index("ix_audit_event_client_id_at", "audit_event", ["client_id", "at"])
    op.create_index("ix_audit_event_person_id_at", "audit_event", ["person_id", "at"])
    op.create_table(
        "audit_link",
        sa.Column("position", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("event_id", sa.Uuid(), nullable=False, unique=True),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
    )
    for table in ("audit_event", "audit_link"):
        op.execute(
            f"""
            CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION clinic_refuse_change()
            """
        )


def _vault() -> None:
    op.create_table(
        "vault_key",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("owner_kind", sa.String(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("owner_kind", "owner_id", "version"),
        sa.CheckConstraint("owner_kind IN ('client', 'couple')", name="owner_kind"),
        sa.CheckConstraint("version BETWEEN 1 AND 65535", name="version"),
    )


def _outbox() -> None:
    op.create_table(
        "outbox_message",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("moment", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recipient_id", sa.Uuid(), sa.ForeignKey("person.id"), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("not_before_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True)),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.String(), nullable=False, unique=True),
        sa.Column("handed_over_at", sa.DateTime(timezone=True)),
        sa.Column("finished_at", sa.DateTime(timezone=True)),
        sa.Column("reason", sa.String()),
        sa.Column("queued_at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint(
            "subject_id", "moment", "recipient_id", "kind", "channel", name="uq_outbox_message_said_once"
        ),
        sa.CheckConstraint("state IN ('queued', 'handing_over', 'sent', 'skipped', 'failed', 'unknown')", name="state"),
        sa.CheckConstraint("channel IN ('email', 'text')", name="channel"),
        sa.CheckConstraint("(state = 'queued') = (finished_at IS NULL AND handed_over_at IS NULL)", name="finished"),
    )
    for name, column, states in (
        ("due", "moment", "state = 'queued'"),
        ("in_hand", "lease_until", "state = 'handing_over'"),
        ("undelivered", "finished_at", "state IN ('failed', 'unknown')"),
    ):
        op.create_index(f"ix_outbox_message_{name}", "outbox_message", [column], postgresql_where=sa.text(states))
    op.create_index("ix_outbox_message_subject_id", "outbox_message", ["subject_id"])
    op.create_index("ix_outbox_message_recipient_id", "outbox_message", ["recipient_id", "finished_at"])


def _grants() -> None:
    op.execute("GRANT USAGE ON SCHEMA public TO clinic_web, clinic_worker")
    op.execute("GRANT SELECT ON alembic_version TO clinic_web, clinic_worker")
    op.execute("GRANT SELECT, INSERT ON audit_event TO clinic_web, clinic_worker")
    op.execute("GRANT SELECT ON audit_link TO clinic_web")
    op.execute("GRANT SELECT, INSERT ON audit_link TO clinic_worker")
    for table in ("heartbeat", "idempotency_key", "sign_in_attempt", "outbox_message"):
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO clinic_web, clinic_worker")
    for table in ("person", "login", "sign_in", "account_link", "vault_key"):
        op.execute(f"GRANT SELECT, INSERT, UPDATE ON {table} TO clinic_web, clinic_worker")

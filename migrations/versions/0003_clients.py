"""Clients, episodes of care, care relationships and couples."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ExcludeConstraint

revision = "0003_clients"
down_revision = "0002_practice"
branch_labels = None
depends_on = None

TABLES = ("couple_member", "couple", "care_relationship", "episode", "client")


def upgrade() -> None:
    """Make the tables of the clients, and the functions that say whose record the acting person may open."""
    _clients()
    _care()
    _couples()
    _visibility()
    for table in TABLES:
        op.execute(f"GRANT SELECT, INSERT, UPDATE ON {table} TO clinic_web, clinic_worker")


def downgrade() -> None:
    """Take them away."""
    op.execute("DROP FUNCTION clinic_cares_for(uuid)")
    op.execute("DROP FUNCTION clinic_own_client()")
    for table in TABLES:
        op.drop_table(table)
    op.execute("DROP FUNCTION clinic_couple_of_two()")


def _clients() -> None:
    op.create_table(
        "client",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("person_id", sa.Uuid(), sa.ForeignKey("person.id"), nullable=False, unique=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("is_mailbox_shared", sa.Boolean(), nullable=False),
        sa.Column("fee_cents", sa.Integer()),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("state IN ('enquiry', 'active', 'closed')", name="state"),
        sa.CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name="closed_at"),
        sa.CheckConstraint("fee_cents IS NULL OR fee_cents >= 0", name="fee_cents"),
    )
    op.create_table(
        "episode",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("client_id", sa.Uuid(), sa.ForeignKey("client.id"), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("closed_at IS NULL OR closed_at >= opened_at", name="closed_at"),
    )
    op.create_index(
        "uq_episode_open", "episode", ["client_id"], unique=True, postgresql_where=sa.text("closed_at IS NULL")
    )


def _care() -> None:
    op.create_table(
        "care_relationship",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("client_id", sa.Uuid(), sa.ForeignKey("client.id"), nullable=False),
        sa.Column("therapist_id", sa.Uuid(), sa.ForeignKey("person.id"), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("kind IN ('primary', 'cover', 'supervisor')", name="kind"),
        sa.CheckConstraint("ends_at IS NULL OR ends_at > starts_at", name="ends_at"),
        sa.CheckConstraint("kind <> 'cover' OR ends_at IS NOT NULL", name="cover_ends"),
        ExcludeConstraint(
            (sa.column("client_id"), "="),
            (sa.func.tstzrange(sa.literal_column("starts_at"), sa.literal_column("ends_at")), "&&"),
            name="care_relationship_one_primary",
            where=sa.text("kind = 'primary'"),
            using="gist",
        ),
    )
    op.create_index("ix_care_relationship_client_id", "care_relationship", ["client_id"])
    op.create_index("ix_care_relationship_therapist_id", "care_relationship", ["therapist_id", "client_id"])


def _couples() -> None:
    op.create_table(
        "couple",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("therapist_id", sa.Uuid(), sa.ForeignKey("person.id"), nullable=False),
        sa.Column("linked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("activated_at", sa.DateTime(timezone=True)),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("state IN ('pending', 'active', 'ended')", name="state"),
        sa.CheckConstraint("(state = 'ended') = (ended_at IS NOT NULL)", name="ended_at"),
        sa.CheckConstraint("state <> 'active' OR activated_at IS NOT NULL", name="activated_at"),
    )
    op.create_table(
        "couple_member",
        sa.Column("couple_id", sa.Uuid(), sa.ForeignKey("couple.id"), primary_key=True),
        sa.Column("client_id", sa.Uuid(), sa.ForeignKey("client.id"), primary_key=True),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True)),
        sa.UniqueConstraint("couple_id", "place"),
        sa.CheckConstraint("place IN (1, 2)", name="place"),
    )
    op.create_index(
        "uq_couple_member_open",
        "couple_member",
        ["client_id"],
        unique=True,
        postgresql_where=sa.text("left_at IS NULL"),
    )
    op.execute(
        """
        CREATE FUNCTION clinic_couple_of_two() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE
          named text := CASE TG_TABLE_NAME WHEN 'couple' THEN 'id' ELSE 'couple_id' END;
          the_couple uuid := (to_jsonb(NEW) ->> named)::uuid;
          members integer;
          open_members integer;
          is_over boolean;
        BEGIN
          SELECT count(*), count(*) FILTER (WHERE left_at IS NULL) INTO members, open_members
            FROM couple_member WHERE couple_id = the_couple;
          SELECT state = 'ended' INTO is_over FROM couple WHERE id = the_couple;
          IF members <> 2 OR open_members <> (CASE WHEN is_over THEN 0 ELSE 2 END) THEN
            RAISE EXCEPTION 'a couple has two members, who stay and leave it together'
              USING ERRCODE = 'check_violation', CONSTRAINT = 'couple_of_two';
          END IF;
          RETURN NULL;
        END $$
        """
    )
    for table in ("couple", "couple_member"):
        op.execute(
            f"""
            CREATE CONSTRAINT TRIGGER couple_of_two AFTER INSERT OR UPDATE ON {table}
            DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION clinic_couple_of_two()
            """
        )


def _visibility() -> None:
    """For row-level security: is it my own record, do I care for this client at this moment."""
    op.execute(
        """
        CREATE FUNCTION clinic_own_client() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
        RETURN (SELECT id FROM client WHERE person_id = clinic_person())
        """
    )
    op.execute(
        """
        CREATE FUNCTION clinic_cares_for(the_client uuid) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
        RETURN EXISTS (
          SELECT FROM care_relationship
          WHERE client_id = the_client AND therapist_id = clinic_person()
            AND starts_at <= clinic_now() AND (ends_at IS NULL OR ends_at > clinic_now())
        )
        """
    )

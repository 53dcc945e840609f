"""Progress reports and briefs, behind row-level security."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0008_progress"
down_revision = "0007_homework"
branch_labels = None
depends_on = None

TABLES = ("brief_part", "brief", "progress_report")


def upgrade() -> None:
    """Make the tables, and say who may see their rows: the client what was released, the therapist while they care."""
    _reports()
    _briefs()
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY job ON {table} TO clinic_worker USING (true)")
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO clinic_worker")
    _policies()
    decided = "state, note, held_back, released_at, released_by, opened_at"
    op.execute(f"GRANT SELECT, UPDATE ({decided}) ON progress_report TO clinic_web")
    op.execute("GRANT SELECT ON brief, brief_part TO clinic_web")


def downgrade() -> None:
    """Take them away, policies included."""
    for table in TABLES:
        op.drop_table(table)


def _reports() -> None:
    op.create_table(
        "progress_report",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("client_id", sa.Uuid(), sa.ForeignKey("client.id"), nullable=False),
        sa.Column("period_start_on", sa.Date(), nullable=False),
        sa.Column("period_end_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("body", sa.LargeBinary()),
        sa.Column("note", sa.LargeBinary()),
        sa.Column("held_back", ARRAY(sa.Text()), nullable=False),
        sa.Column("pdf", sa.LargeBinary()),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("paper_attempts", sa.Integer(), nullable=False),
        sa.Column("tried_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("prepared_at", sa.DateTime(timezone=True)),
        sa.Column("released_at", sa.DateTime(timezone=True)),
        sa.Column("released_by", sa.Uuid(), sa.ForeignKey("person.id")),
        sa.Column("opened_at", sa.DateTime(timezone=True)),
        sa.UniqueConstraint("client_id", "period_start_on"),
        sa.CheckConstraint("state IN ('preparing', 'prepared', 'released', 'failed')", name="state"),
        sa.CheckConstraint("period_start_on <= period_end_on", name="period"),
        sa.CheckConstraint("(state IN ('prepared', 'released')) = (body IS NOT NULL)", name="body"),
        sa.CheckConstraint("(body IS NULL) = (prepared_at IS NULL)", name="prepared_at"),
        sa.CheckConstraint("(state = 'released') = (released_at IS NOT NULL)", name="released_at"),
        sa.CheckConstraint("(released_at IS NULL) = (released_by IS NULL)", name="released_by"),
        sa.CheckConstraint("pdf IS NULL OR state = 'released'", name="pdf"),
    )
    op.create_index(
        "ix_progress_report_paper",
        "progress_report",
        ["released_at"],
        postgresql_where=sa.text("state = 'released' AND pdf IS NULL"),
    )


def _briefs() -> None:
    op.create_table(
        "brief",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column(
            "appointment_id",
            sa.Uuid(),
            sa.ForeignKey("appointment.id", ondelete="CASCADE"),
            nullable=False,
            unique=True,
        ),
        sa.Column("joint_page", sa.LargeBinary(), nullable=False),
        sa.Column("prepared_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "brief_part",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("brief_id", sa.Uuid(), sa.ForeignKey("brief.id", ondelete="CASCADE"), nullable=False),
        sa.Column("client_id", sa.Uuid(), sa.ForeignKey("client.id"), nullable=False),
        sa.Column("private_page", sa.LargeBinary(), nullable=False),
        sa.UniqueConstraint("brief_id", "client_id"),
    )


def _policies() -> None:
    released = "state = 'released' AND client_id = (SELECT clinic_own_client())"
    op.execute(f"CREATE POLICY own ON progress_report TO clinic_web USING ({released}) WITH CHECK ({released})")
    op.execute("CREATE POLICY care ON progress_report TO clinic_web USING (clinic_cares_for(client_id))")
    op.execute(
        """
        CREATE POLICY care ON brief FOR SELECT TO clinic_web USING (EXISTS (
          SELECT FROM attendee WHERE attendee.appointment_id = brief.appointment_id AND clinic_cares_for(client_id)
        ))
        """
    )
    op.execute("CREATE POLICY care ON brief_part FOR SELECT TO clinic_web USING (clinic_cares_for(client_id))")

"""The practice: what it offers, where, by whom and when."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0002_practice"
down_revision = "0001_bones"
branch_labels = None
depends_on = None

TABLES = ("holiday", "time_off", "weekly_hours", "therapist_service", "therapist", "room", "service", "practice")


def upgrade() -> None:
    """Make the tables of the practice."""
    op.create_table(
        "practice",
        sa.Column("singleton", sa.Boolean(), primary_key=True),
        *(
            sa.Column(name, sa.String(), nullable=False)
            for name in ("name", "zone", "currency", "country", "phone", "email", "address", "licensed_in")
        ),
        sa.CheckConstraint("singleton", name="singleton"),
    )
    _services()
    op.create_table(
        "room",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("name", sa.String(), nullable=False, unique=True),
        sa.Column("is_active", sa.Boolean(), nullable=False),
    )
    _therapists()
    _times()
    for table in TABLES:
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO clinic_web")
        op.execute(f"GRANT SELECT ON {table} TO clinic_worker")


def downgrade() -> None:
    """Take them away."""
    for table in TABLES:
        op.drop_table(table)


def _services() -> None:
    op.create_table(
        "service",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("slug", sa.String(), nullable=False, unique=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("buffer_before_minutes", sa.Integer(), nullable=False),
        sa.Column("buffer_after_minutes", sa.Integer(), nullable=False),
        sa.Column("price_cents", sa.Integer(), nullable=False),
        sa.Column("attends", sa.String(), nullable=False),
        sa.Column("approval", sa.String(), nullable=False),
        sa.Column("booked_by", sa.String(), nullable=False),
        sa.Column("modalities", ARRAY(sa.Text()), nullable=False),
        sa.Column("notice_minutes", sa.Integer(), nullable=False),
        sa.Column("horizon_days", sa.Integer(), nullable=False),
        sa.Column("daily_cap", sa.Integer()),
        sa.Column("late_change_minutes", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.CheckConstraint("minutes BETWEEN 5 AND 480", name="minutes"),
        sa.CheckConstraint("buffer_before_minutes >= 0 AND buffer_after_minutes >= 0", name="buffers"),
        sa.CheckConstraint("price_cents >= 0", name="price_cents"),
        sa.CheckConstraint("attends IN ('one', 'couple')", name="attends"),
        sa.CheckConstraint("approval IN ('instant', 'on_request')", name="approval"),
        sa.CheckConstraint("booked_by IN ('visitor', 'client', 'staff')", name="booked_by"),
        sa.CheckConstraint(
            "modalities <@ ARRAY['office', 'video', 'phone'] AND cardinality(modalities) > 0", name="modalities"
        ),
        sa.CheckConstraint("notice_minutes >= 0 AND horizon_days BETWEEN 1 AND 730", name="booking_window"),
        sa.CheckConstraint("daily_cap IS NULL OR daily_cap > 0", name="daily_cap"),
    )


def _therapists() -> None:
    op.create_table(
        "therapist",
        sa.Column("person_id", sa.Uuid(), sa.ForeignKey("person.id"), primary_key=True),
        sa.Column("slug", sa.String(), nullable=False, unique=True),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("summary", sa.String(), nullable=False),
        sa.Column("about", sa.String(), nullable=False),
        sa.Column("focus", ARRAY(sa.Text()), nullable=False),
        sa.Column("languages", ARRAY(sa.Text()), nullable=False),
        sa.Column("portrait", sa.String()),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("is_listed", sa.Boolean(), nullable=False),
    )
    op.create_table(
        "therapist_service",
        sa.Column("therapist_id", sa.Uuid(), sa.ForeignKey("therapist.person_id"), primary_key=True),
        sa.Column("service_id", sa.Uuid(), sa.ForeignKey("service.id"), primary_key=True),
    )


def _times() -> None:
    op.create_table(
        "weekly_hours",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("therapist_id", sa.Uuid(), sa.ForeignKey("therapist.person_id"), nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.Column("starts", sa.Time(), nullable=False),
        sa.Column("ends", sa.Time(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date()),
        sa.CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday"),
        sa.CheckConstraint("starts < ends", name="starts_before_ends"),
        sa.CheckConstraint("valid_until IS NULL OR valid_from <= valid_until", name="valid"),
    )
    op.create_index("ix_weekly_hours_therapist_id", "weekly_hours", ["therapist_id"])
    op.create_table(
        "time_off",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("therapist_id", sa.Uuid(), sa.ForeignKey("therapist.person_id"), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cover_id", sa.Uuid(), sa.ForeignKey("therapist.person_id"), nullable=False),
        sa.CheckConstraint("starts_at < ends_at", name="starts_before_ends"),
        sa.CheckConstraint("cover_id <> therapist_id", name="cover"),
    )
    op.create_index("ix_time_off_therapist_id", "time_off", ["therapist_id", "ends_at"])
    op.create_table(
        "holiday",
        sa.Column("on", sa.Date(), primary_key=True),
        sa.Column("name", sa.String(), nullable=False),
    )

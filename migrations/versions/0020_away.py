"""A stretch of a therapist's that was cancelled at once, and who was told of it in which way."""

from alembic import op

revision = "0020_away"
down_revision = "0019_feeds"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE day_away (
    id uuid CONSTRAINT pk_day_away PRIMARY KEY,
    therapist_id uuid NOT NULL CONSTRAINT fk_day_away_therapist_id_therapist REFERENCES therapist (person_id),
    cover_id uuid NOT NULL CONSTRAINT fk_day_away_cover_id_therapist REFERENCES therapist (person_id),
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    announced_at timestamptz NOT NULL,
    announced_by uuid NOT NULL CONSTRAINT fk_day_away_announced_by_person REFERENCES person (id),
    CONSTRAINT ck_day_away_cover CHECK (cover_id <> therapist_id),
    CONSTRAINT ck_day_away_ends_at CHECK (starts_at < ends_at)
);
CREATE INDEX ix_day_away_therapist_id ON day_away (therapist_id, announced_at);
CREATE TABLE told_away (
    day_away_id uuid NOT NULL CONSTRAINT fk_told_away_day_away_id_day_away REFERENCES day_away (id),
    person_id uuid NOT NULL CONSTRAINT fk_told_away_person_id_person REFERENCES person (id),
    how varchar NOT NULL CONSTRAINT ck_told_away_how CHECK (how IN ('mail', 'call')),
    first_starts_at timestamptz NOT NULL,
    called_at timestamptz,
    called_by uuid CONSTRAINT fk_told_away_called_by_person REFERENCES person (id),
    CONSTRAINT pk_told_away PRIMARY KEY (day_away_id, person_id),
    CONSTRAINT ck_told_away_called CHECK ((called_at IS NULL) = (called_by IS NULL))
);
GRANT SELECT, INSERT ON day_away, told_away TO clinic_web;
GRANT UPDATE (called_at, called_by) ON told_away TO clinic_web;
GRANT SELECT ON day_away, told_away TO clinic_worker;
"""


def upgrade() -> None:
    """Make both tables; what was announced is never changed, only who has been called is noted."""
    op.execute(TABLES)


def downgrade() -> None:
    """Who was told is forgotten."""
    op.execute("DROP TABLE told_away, day_away")

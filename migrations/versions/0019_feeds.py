"""The secret addresses at which calendar programs read a person's appointments."""

from alembic import op

revision = "0019_feeds"
down_revision = "0018_hours"
branch_labels = None
depends_on = None

TABLE = """
CREATE TABLE calendar_feed (
    id uuid CONSTRAINT pk_calendar_feed PRIMARY KEY,
    person_id uuid NOT NULL CONSTRAINT fk_calendar_feed_person_id_person REFERENCES person (id),
    token_digest bytea NOT NULL CONSTRAINT uq_calendar_feed_token_digest UNIQUE,
    created_at timestamptz NOT NULL,
    read_at timestamptz,
    ended_at timestamptz
);
CREATE UNIQUE INDEX uq_calendar_feed_person_id ON calendar_feed (person_id) WHERE ended_at IS NULL;
GRANT SELECT, INSERT, UPDATE ON calendar_feed TO clinic_web;
"""


def upgrade() -> None:
    """Make the table; the workers have nothing to do with it."""
    op.execute(TABLE)


def downgrade() -> None:
    """Every address stops working."""
    op.execute("DROP TABLE calendar_feed")

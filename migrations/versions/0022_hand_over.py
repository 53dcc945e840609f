"""A therapist's sessions that another has taken over, all at once."""

from alembic import op

revision = "0022_hand_over"
down_revision = "0021_wordings"
branch_labels = None
depends_on = None

TABLE = """
CREATE TABLE hand_over (
    id uuid CONSTRAINT pk_hand_over PRIMARY KEY,
    therapist_id uuid NOT NULL CONSTRAINT fk_hand_over_therapist_id_therapist REFERENCES therapist (person_id),
    successor_id uuid NOT NULL CONSTRAINT fk_hand_over_successor_id_therapist REFERENCES therapist (person_id),
    since timestamptz NOT NULL,
    done_at timestamptz NOT NULL,
    done_by uuid NOT NULL CONSTRAINT fk_hand_over_done_by_person REFERENCES person (id),
    CONSTRAINT ck_hand_over_successor CHECK (successor_id <> therapist_id)
);
GRANT SELECT, INSERT ON hand_over TO clinic_web;
GRANT SELECT ON hand_over TO clinic_worker;
"""


def upgrade() -> None:
    """Make the table; nobody changes what has been done."""
    op.execute(TABLE)


def downgrade() -> None:
    """The sessions stay with whoever has them."""
    op.execute("DROP TABLE hand_over")

"""The practice's own words for its messages, each version kept."""

from alembic import op

revision = "0021_wordings"
down_revision = "0020_away"
branch_labels = None
depends_on = None

# Nobody may change or delete a version: the highest one stands, and the unique key lets one of two editors have it.
WORDS = r"""
CREATE TABLE message_words (
    id uuid CONSTRAINT pk_message_words PRIMARY KEY,
    key varchar NOT NULL,
    version integer NOT NULL,
    subject varchar,
    body varchar,
    set_at timestamptz NOT NULL,
    set_by uuid NOT NULL CONSTRAINT fk_message_words_set_by_person REFERENCES person (id),
    CONSTRAINT uq_message_words_version UNIQUE (key, version),
    CONSTRAINT ck_message_words_version CHECK (version > 0),
    CONSTRAINT ck_message_words_both_or_none CHECK ((subject IS NULL) = (body IS NULL)),
    CONSTRAINT ck_message_words_subject CHECK (subject !~ '[\r\n]' AND char_length(subject) BETWEEN 1 AND 80),
    CONSTRAINT ck_message_words_body CHECK (char_length(body) BETWEEN 1 AND 3000)
);
GRANT SELECT, INSERT ON message_words TO clinic_web;
GRANT SELECT ON message_words TO clinic_worker;
"""


def upgrade() -> None:
    """Add the table."""
    op.execute(WORDS)


def downgrade() -> None:
    """Take it away."""
    op.execute("DROP TABLE message_words")

"""The second part of an intake: how far it is, and when its reader last looked."""

from alembic import op

revision = "0041_second_part"
down_revision = "0040_measures"
branch_labels = None
depends_on = None

COLUMNS = """
ALTER TABLE intake_packet
    ADD COLUMN is_partnered boolean,
    ADD COLUMN second_done_at timestamptz,
    ADD COLUMN news_at timestamptz,
    ADD CONSTRAINT ck_intake_packet_second_done_at CHECK (second_done_at IS NULL OR finished_at IS NOT NULL)
"""


def upgrade() -> None:
    """Who has it all behind them has no second part that was begun."""
    op.execute(COLUMNS)


def downgrade() -> None:
    """Drop them."""
    op.execute("ALTER TABLE intake_packet DROP COLUMN is_partnered, DROP COLUMN second_done_at, DROP COLUMN news_at")

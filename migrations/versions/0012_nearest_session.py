"""An index in which a client's last and next session are one step each, however long the record."""

from alembic import op

revision = "0012_nearest_session"
down_revision = "0011_audit_queue"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Clients only: therapists and rooms are asked for by overlap, which the exclusion constraint's index answers."""
    op.execute("CREATE INDEX ix_claim_client_begins ON claim (resource, lower(during)) WHERE kind = 'client'")


def downgrade() -> None:
    """The index goes."""
    op.execute("DROP INDEX ix_claim_client_begins")

"""Tighter walls: what was released ends with the couple, and no running process rewrites the vault's keys."""

from alembic import op

revision = "0009_walls"
down_revision = "0008_progress"
branch_labels = None
depends_on = None

SHARED_SINCE = """
CREATE FUNCTION clinic_shared_since(the_client uuid) RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE
RETURN (
  SELECT couple.activated_at FROM couple_member mine
    JOIN couple_member theirs ON theirs.couple_id = mine.couple_id AND theirs.client_id <> mine.client_id
    JOIN couple ON couple.id = mine.couple_id
  WHERE mine.client_id = (SELECT clinic_own_client()) AND theirs.client_id = the_client
    AND mine.left_at IS NULL AND theirs.left_at IS NULL AND couple.state = 'active'
)
"""


def upgrade() -> None:
    """A line released to one partner is never read by the next one, nor by the same one linked anew."""
    op.execute(SHARED_SINCE)
    op.execute(
        "ALTER POLICY released ON answer USING (visibility = 'P' AND released_at >= clinic_shared_since(client_id))"
    )
    op.execute("REVOKE UPDATE ON vault_key FROM clinic_web, clinic_worker")


def downgrade() -> None:
    """The walls as they stood before."""
    op.execute("GRANT UPDATE ON vault_key TO clinic_web, clinic_worker")
    op.execute(
        "ALTER POLICY released ON answer"
        " USING (visibility = 'P' AND released_at IS NOT NULL AND clinic_partner_of(client_id))"
    )
    op.execute("DROP FUNCTION clinic_shared_since(uuid)")

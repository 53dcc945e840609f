"""How many reports have no PDF for good: a number for the owner, who sees no report."""

from alembic import op

revision = "0013_unprinted"
down_revision = "0012_nearest_session"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The function counts in the name of its maker, who is kept out by row-level security but for this."""
    op.execute(
        "CREATE POLICY unprinted ON progress_report FOR SELECT TO CURRENT_USER"
        " USING (state = 'released' AND pdf IS NULL)"
    )
    op.execute(
        """
        CREATE FUNCTION clinic_unprinted(most_attempts integer, tried_before timestamptz) RETURNS bigint
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog
        RETURN (
          SELECT count(*) FROM public.progress_report
          WHERE state = 'released' AND pdf IS NULL AND paper_attempts >= most_attempts AND tried_at <= tried_before
        )
        """
    )


def downgrade() -> None:
    """Nobody counts them."""
    op.execute("DROP FUNCTION clinic_unprinted(integer, timestamptz)")
    op.execute("DROP POLICY unprinted ON progress_report")

"""A queue of audit events that wait for their link, and an index for the page that shows the trail."""

import sqlalchemy as sa
from alembic import op

revision = "0011_audit_queue"
down_revision = "0010_undelivered"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The trigger writes the waiting row in the event's own transaction: whatever commits late waits all the same."""
    op.create_table("audit_pending", sa.Column("event_id", sa.Uuid(), primary_key=True))
    op.execute(
        """
        CREATE FUNCTION clinic_await_link() RETURNS trigger LANGUAGE plpgsql
        SECURITY DEFINER SET search_path = pg_catalog AS $$
        BEGIN INSERT INTO public.audit_pending (event_id) VALUES (NEW.id); RETURN NULL; END $$
        """
    )
    op.execute(
        "CREATE TRIGGER await_link AFTER INSERT ON audit_event FOR EACH ROW EXECUTE FUNCTION clinic_await_link()"
    )
    op.execute(
        "INSERT INTO audit_pending SELECT id FROM audit_event"
        " WHERE NOT EXISTS (SELECT FROM audit_link WHERE event_id = audit_event.id)"
    )
    op.execute("GRANT SELECT ON audit_pending TO clinic_web")
    op.execute("GRANT SELECT, DELETE ON audit_pending TO clinic_worker")
    op.create_index("ix_audit_event_at_id", "audit_event", ["at", "id"])


def downgrade() -> None:
    """No queue: what waits is what has no link."""
    op.drop_index("ix_audit_event_at_id", "audit_event")
    op.execute("DROP TRIGGER await_link ON audit_event")
    op.execute("DROP FUNCTION clinic_await_link()")
    op.drop_table("audit_pending")

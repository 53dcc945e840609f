"""The fee that a client and the practice agreed on. What is booked keeps its price; what is for two has none of it."""

from uuid import UUID

from sqlalchemy import select

from clinic.audit import service as audit
from clinic.clients.models import Client
from clinic.core.errors import NotVisibleError
from clinic.database.session import db
from clinic.fees.errors import FeeChangedError


def agree(client_id: UUID, fee_cents: int | None, *, seen: int | None) -> None:
    """From now on their own sessions cost this; None is what the service says. `seen` is what the page has shown.

    The trail keeps that it was changed, not the amount, which the owner has no business with. Raises FeeChangedError.
    """
    client = db.session.scalar(select(Client).where(Client.id == client_id).with_for_update())
    if client is None:
        raise NotVisibleError
    db.session.refresh(client)
    if client.fee_cents != seen:
        raise FeeChangedError
    if client.fee_cents != fee_cents:
        client.fee_cents = fee_cents
        db.session.flush()
        audit.record("fee.update", "client", client.id, client_id=client.id)

"""The fee that a client, or a couple for what is joint, agreed on with the practice. What is booked keeps its price.

The two are independent: what one partner pays alone says nothing of what both pay, nor the other way round.
"""

from clinic.audit import service as audit
from clinic.clients.models import Client, Couple
from clinic.core.errors import NotVisibleError
from clinic.database.session import db
from clinic.fees.errors import FeeChangedError


def agree(whose: Client | Couple, fee_cents: int | None, *, seen: int | None) -> None:
    """From now on their sessions cost this; None is what the service says. `seen` is what the page has shown.

    The trail keeps that it was changed, not the amount, which the owner has no business with. Raises FeeChangedError,
    and NotVisibleError for a couple that has ended.
    """
    db.session.refresh(whose, ["fee_cents", "state"], with_for_update=True)
    if isinstance(whose, Couple) and whose.state != "active":
        raise NotVisibleError
    if whose.fee_cents != seen:
        raise FeeChangedError
    if whose.fee_cents != fee_cents:
        whose.fee_cents = fee_cents
        db.session.flush()
        trace("fee.update", whose)


def trace(action: str, whose: Client | Couple) -> None:
    """Keep the step in the trail of everyone whose fee it is."""
    if isinstance(whose, Client):
        audit.record(action, "client", whose.id, client_id=whose.id)
        return
    for member in whose.members:
        audit.record(action, "couple", whose.id, client_id=member.client_id)

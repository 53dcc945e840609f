"""Two clients who work together: linked, activated by their therapist, ended by either of them at any time.

Each keeps a record of their own. Nothing is shared before a couple is active, and nothing from the next request on
after it has ended.
"""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import joinedload, selectinload

from clinic.audit import service as audit
from clinic.clients import queries, rules
from clinic.clients.errors import InCoupleError, NotActiveError
from clinic.clients.models import Client, Couple, CoupleMember
from clinic.core.errors import NotVisibleError
from clinic.core.ids import new_id
from clinic.database import locks
from clinic.database.session import db


def _nothing(_couple_id: UUID, _now: datetime) -> None:
    """Nobody above has anything to end with a couple."""


_end_with_it: Callable[[UUID, datetime], None] = _nothing


def when_ending(call: Callable[[UUID, datetime], None]) -> None:
    """`call(couple_id, now)` ends what stands or falls with a couple, in the transaction that ends it."""
    global _end_with_it  # noqa: PLW0603 -- set once, where the features are registered
    _end_with_it = call


def link(first_id: UUID, second_id: UUID, therapist_id: UUID, now: datetime) -> Couple:
    """Link two clients; the couple waits for its therapist's review.

    Raises SamePersonError, InCoupleError, RecordClosedError, NotInYourCareError; NotVisibleError for a missing client.
    """
    locks.take({first_id, second_id})
    rules.check_linking(_standing(first_id, now), _standing(second_id, now), therapist_id)
    couple = Couple(id=new_id(), state="pending", therapist_id=therapist_id, linked_at=now)
    members = [
        CoupleMember(couple_id=couple.id, client_id=client_id, place=place)
        for place, client_id in enumerate((first_id, second_id), start=1)
    ]
    try:
        with db.session.begin_nested():
            db.session.add(couple)
            db.session.flush()
            db.session.add_all(members)
    except IntegrityError as error:
        raise InCoupleError from error
    _trace("couple.link", couple.id, (first_id, second_id))
    return couple


def activate(couple_id: UUID, therapist_id: UUID, now: datetime) -> None:
    """Begin the sharing; raises NotYourCoupleError for anybody but the couple's therapist, or NotPendingError."""
    couple = _locked(couple_id)
    rules.check_activating(_bond(couple), therapist_id)
    couple.state, couple.activated_at = "active", now
    db.session.flush()
    _trace("couple.activate", couple_id, [each.client_id for each in couple.members])


def require_active(couple_id: UUID) -> None:
    """Keep an active couple from ending until the transaction does; raises NotActiveError for any other."""
    query = select(Couple.state).where(Couple.id == couple_id).with_for_update(read=True)
    if db.session.scalar(query) != "active":
        raise NotActiveError


def end(couple_id: UUID, person_id: UUID, now: datetime) -> None:
    """End the sharing, by either partner alone or by their therapist; once ended, ending it again changes nothing.

    Raises NotYourCoupleError for anybody else.
    """
    rules.check_ending(_bond(_locked(couple_id)), person_id)
    dissolve(couple_id, now)


def dissolve(couple_id: UUID, now: datetime) -> None:
    """End the couple without asking by whom, as closing a record does. Both accounts and both records go on."""
    couple = _locked(couple_id)
    if couple.state == "ended":
        return
    couple.state, couple.ended_at = "ended", now
    db.session.execute(
        update(CoupleMember)
        .where(CoupleMember.couple_id == couple_id, CoupleMember.left_at.is_(None))
        .values(left_at=now)
    )
    db.session.flush()
    _end_with_it(couple_id, now)
    _trace("couple.end", couple_id, [each.client_id for each in couple.members])


def _standing(client_id: UUID, now: datetime) -> rules.Standing:
    client = db.session.get(Client, client_id, populate_existing=True)
    if client is None:
        raise NotVisibleError
    return rules.Standing(
        client_id=client_id,
        state=client.state,
        carers=frozenset(each.therapist_id for each in queries.carers_of(client_id, now) if each.kind != "supervisor"),
        is_in_couple=queries.open_couple_of(client_id) is not None,
    )


def _locked(couple_id: UUID) -> Couple:
    """Its key stays free for the database to look at: who moves a session of theirs may hold what we want next."""
    couple = db.session.scalar(
        select(Couple)
        .where(Couple.id == couple_id)
        .with_for_update(of=Couple, key_share=True)
        .options(selectinload(Couple.members).options(joinedload(CoupleMember.client)))
        .execution_options(populate_existing=True)
    )
    if couple is None:
        raise NotVisibleError
    return couple


def _bond(couple: Couple) -> rules.Bond:
    return rules.Bond(
        state=couple.state,
        therapist_id=couple.therapist_id,
        people=frozenset(each.client.person_id for each in couple.members),
    )


def _trace(action: str, couple_id: UUID, client_ids: tuple[UUID, ...] | list[UUID]) -> None:
    for client_id in client_ids:
        audit.record(action, "couple", couple_id, client_id=client_id)

"""Reading private pages and their reviews. Row-level security gives them to who cares for the client alone."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from clinic.core.errors import NotVisibleError
from clinic.database.session import db
from clinic.safety.models import PrivatePage, SafetyReview


@dataclass(frozen=True, slots=True)
class Told:
    """A client's page, with its review where it holds a sign."""

    page: PrivatePage
    review: SafetyReview | None


def told_by(client_id: UUID) -> list[Told]:
    """What this client sent, once in each episode, as far as the acting person may see it; newest first."""
    rows = db.session.execute(
        select(PrivatePage, SafetyReview)
        .outerjoin(SafetyReview, SafetyReview.page_id == PrivatePage.id)
        .where(PrivatePage.client_id == client_id)
        .order_by(PrivatePage.sent_at.desc())
    )
    return [Told(page, review) for page, review in rows]


def open_reviews(client_ids: Iterable[UUID]) -> set[UUID]:
    """Those of these clients with an open review that the acting therapist may see; for everybody else, none."""
    query = select(SafetyReview.client_id).where(
        SafetyReview.client_id.in_(list(client_ids)), SafetyReview.state == "open"
    )
    return set(db.session.scalars(query))


def reviews_waiting(limit: int) -> list[UUID]:
    """The clients with an open review that the acting therapist may see, longest waiting first."""
    query = select(SafetyReview.client_id).where(SafetyReview.state == "open").order_by(SafetyReview.opened_at)
    return list(db.session.scalars(query.limit(limit)))


def review_of(client_id: UUID, review_id: UUID, *, locked: bool = False) -> SafetyReview:
    """One review of this client; `locked` holds it until the transaction ends. Raises NotVisibleError."""
    query = select(SafetyReview).where(SafetyReview.id == review_id, SafetyReview.client_id == client_id)
    if locked:
        query = query.with_for_update().execution_options(populate_existing=True)
    found = db.session.scalar(query)
    if found is None:
        raise NotVisibleError
    return found

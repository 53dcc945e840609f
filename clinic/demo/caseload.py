"""The demo practice's clients: sixty people, twelve couples among them, fifteen with each therapist."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.clients.models import CareRelationship, Client, Couple, CoupleMember, Episode
from clinic.core.ids import new_id
from clinic.demo import cast
from clinic.demo.practice import Ground, person

IN_CARE_FOR = timedelta(weeks=13)
PENDING, ENDED = 10, 11  # which of the couples are not active: one waits for review, one has ended the sharing


@dataclass(frozen=True, slots=True)
class ClientSketch:
    """One client as the rest of the demo needs them. `place` is their place in the cast."""

    place: int
    id: UUID
    person_id: UUID
    therapist: int
    couple_id: UUID | None


@dataclass(frozen=True, slots=True)
class Caseload:
    """Everyone in care, in the order of the cast, and the couples in theirs."""

    clients: list[ClientSketch]
    couples: list[UUID]

    def members(self, couple: int) -> tuple[ClientSketch, ClientSketch]:
        """The two partners of the couple with that number."""
        return self.clients[2 * couple], self.clients[2 * couple + 1]

    @property
    def singles(self) -> list[ClientSketch]:
        """Everyone who is here alone."""
        return self.clients[2 * cast.COUPLES :]


def take_in(session: Session, ground: Ground, now: datetime, password_hash: str) -> Caseload:
    """Make everyone's record, episode and care relationship; link the couples."""
    since = now - IN_CARE_FOR
    couples = [new_id() for _ in range(cast.COUPLES)]
    clients = [_client(session, ground, place, couples, since, password_hash) for place in range(len(cast.CLIENTS))]
    caseload = Caseload(clients, couples)
    for number, couple_id in enumerate(couples):
        _link(session, ground, caseload, number, couple_id, since)
    return caseload


def therapist_of(place: int) -> int:
    """Couples go round the four therapists, and so do those who come alone; Carol is Erik's."""
    if place < 2 * cast.COUPLES:
        return place // 2 % len(cast.THERAPISTS)
    return (place + 1) % len(cast.THERAPISTS)


def _client(
    session: Session, ground: Ground, place: int, couples: list[UUID], since: datetime, password_hash: str
) -> ClientSketch:
    given, family = cast.CLIENTS[place]
    person_id = person(session, given, family, ["client"], since, password_hash)
    therapist = therapist_of(place)
    client = Client(
        id=new_id(), person_id=person_id, state="active", is_mailbox_shared=place % 7 == 3, created_at=since
    )
    session.add(client)
    session.flush()
    session.add_all(
        (
            Episode(client_id=client.id, opened_at=since),
            CareRelationship(
                client_id=client.id, therapist_id=ground.therapists[therapist], kind="primary", starts_at=since
            ),
        )
    )
    couple_id = couples[place // 2] if place < 2 * cast.COUPLES else None
    return ClientSketch(place, client.id, person_id, therapist, couple_id)


def _link(session: Session, ground: Ground, caseload: Caseload, number: int, couple_id: UUID, since: datetime) -> None:
    state = {PENDING: "pending", ENDED: "ended"}.get(number, "active")
    ended_at = since + timedelta(weeks=10) if state == "ended" else None
    first, second = caseload.members(number)
    session.add(
        Couple(
            id=couple_id,
            state=state,
            therapist_id=ground.therapists[first.therapist],
            linked_at=since,
            activated_at=None if state == "pending" else since + timedelta(weeks=1),
            ended_at=ended_at,
        )
    )
    session.flush()
    session.add_all(
        CoupleMember(couple_id=couple_id, client_id=member.id, place=place, left_at=ended_at)
        for place, member in enumerate((first, second), start=1)
    )

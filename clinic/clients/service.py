"""Take people into care and out of it: enquiry, active, closed, and back again with a new episode."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import update

from clinic.accounts import links, people
from clinic.audit import service as audit
from clinic.clients import couples, queries
from clinic.clients.errors import EpisodeOpenError, RecordClosedError
from clinic.clients.models import CareRelationship, Client, Episode
from clinic.core.errors import NotVisibleError
from clinic.core.ids import new_id
from clinic.database import locks
from clinic.database.session import db


def enquire(person_id: UUID, now: datetime) -> Client:
    """The person's record, made in the state "enquiry" where there is none; a closed one is taken up again as that.

    Twins that ask at the same time get the same record.
    """
    locks.take([person_id])
    person, client = people.person(person_id), queries.client_of(person_id)
    if client is None:
        client = Client(id=new_id(), person_id=person_id, state="enquiry", created_at=now)
        db.session.add(client)
        person.roles = sorted({*person.roles, "client"})
    elif client.state == "closed":
        client.state, client.closed_at = "enquiry", None
    else:
        return client
    person.messages_stopped_at = None
    db.session.flush()
    audit.record("client.enquire", "client", client.id, client_id=client.id)
    return client


def admit(client_id: UUID, now: datetime) -> Client:
    """Take the client into care: the record is active and an episode is open. Doing it twice changes nothing."""
    client = locked(client_id)
    if client.state != "active":
        client.state, client.closed_at = "active", None
        people.person(client.person_id).messages_stopped_at = None
        audit.record("client.admit", "client", client_id, client_id=client_id)
    if queries.open_episode_of(client_id) is None:
        open_episode(client_id, now)
    db.session.flush()
    return client


def open_episode(client_id: UUID, now: datetime) -> Episode:
    """Begin a stretch of care with its own consents and baselines; raises EpisodeOpenError or RecordClosedError."""
    client = locked(client_id)
    if client.state == "closed":
        raise RecordClosedError
    if queries.open_episode_of(client_id) is not None:
        raise EpisodeOpenError
    episode = Episode(id=new_id(), client_id=client_id, opened_at=now)
    db.session.add(episode)
    db.session.flush()
    audit.record("episode.open", "episode", episode.id, client_id=client_id)
    return episode


def close_episode(client_id: UUID, now: datetime) -> None:
    """End the open episode, where there is one."""
    locked(client_id)
    episode = queries.open_episode_of(client_id)
    if episode is not None:
        episode.closed_at = now
        db.session.flush()
        audit.record("episode.close", "episode", episode.id, client_id=client_id)


def close(client_id: UUID, now: datetime) -> None:
    """Close the record (ended, moved away, died): episode and couple end, and no message goes out from now on.

    The care relationships stay, so that the therapist can still read and finish the record. What is booked is the
    caller's to cancel.
    """
    couple = queries.open_couple_of(client_id)
    if couple is not None:
        couples.dissolve(couple.id, now)
    client = locked(client_id)
    close_episode(client_id, now)
    if client.state != "closed":
        client.state, client.closed_at = "closed", now
        people.person(client.person_id).messages_stopped_at = now
        db.session.flush()
        audit.record("client.close", "client", client_id, client_id=client_id)


def end_all_care(client_id: UUID, now: datetime) -> None:
    """End every care relationship of the client that is in force; from the next request on nobody opens the record."""
    locked(client_id)
    db.session.execute(
        update(CareRelationship)
        .where(CareRelationship.client_id == client_id, queries.in_force(now), CareRelationship.starts_at < now)
        .values(ends_at=now)
    )
    audit.record("care.end", "client", client_id, client_id=client_id)


def change_contact(
    client_id: UUID,
    now: datetime,
    *,
    phone: str | None = None,
    zone: str | None = None,
    is_mailbox_shared: bool | None = None,
) -> None:
    """Change how the client is reached; None leaves as it is. Raises ValueError for a zone that does not exist.

    When others can open the mailbox, the links that lie in it already stop working: to appointments, and to a new
    password.
    """
    client = locked(client_id)
    people.change_contact(client.person_id, phone=phone, zone=zone)
    if is_mailbox_shared is not None:
        client.is_mailbox_shared = is_mailbox_shared
    if is_mailbox_shared:
        links.revoke_all(client.person_id, now)
        links.revoke_all(client.person_id, now, links.RESET)
    db.session.flush()


def locked(client_id: UUID) -> Client:
    """The client, held against change by anybody else until the transaction ends; raises NotVisibleError.

    The key stays free for the database to look at, since who changes a session of theirs may hold what we want next.
    """
    client = db.session.get(Client, client_id, with_for_update={"key_share": True}, populate_existing=True)
    if client is None:
        raise NotVisibleError
    return client

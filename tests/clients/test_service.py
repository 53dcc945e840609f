"""Into care, out of it, and back."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select

from clinic.accounts import links, people
from clinic.accounts.models import Person
from clinic.audit.models import AuditEvent
from clinic.clients import queries, service
from clinic.clients.errors import EpisodeOpenError, RecordClosedError
from clinic.clients.models import Client, Couple, Episode
from clinic.core import clock
from clinic.core.errors import NotVisibleError
from clinic.core.ids import new_id
from tests.conftest import Acting
from tests.factories import ZONE, Practice, make_person

HOUR = timedelta(hours=1)


def test_person_who_asks_becomes_an_enquiry_and_then_a_client(practice: Practice, acting: Acting) -> None:
    with acting() as session:
        now = clock.now()
        eve = people.find_or_make_person("eve@example.org", "Eve", "Adler", now, zone=ZONE, roles=())
        client = service.enquire(eve.id, now)
        assert (client.state, client.closed_at, client.is_mailbox_shared) == ("enquiry", None, True)
        assert eve.roles == ["client"]
        assert queries.open_episode_of(client.id) is None
        assert service.enquire(eve.id, now).id == client.id
        service.admit(client.id, now)
        assert client.state == "active"
        episode = queries.open_episode_of(client.id)
        assert episode is not None
        service.admit(client.id, now + HOUR)
        assert session.scalars(select(Episode.id).where(Episode.client_id == client.id)).all() == [episode.id]


def test_twenty_enquiries_at_once_make_one_record(practice: Practice, acting: Acting) -> None:
    with acting() as session:
        eve = make_person(session, "Eve", "Adler", ["client"], clock.now())

    def enquire(_: int) -> object:
        with acting():
            return service.enquire(eve, clock.now()).id

    with ThreadPoolExecutor(10) as pool:
        assert len(set(pool.map(enquire, range(20)))) == 1


def test_closing_stops_messages_and_ends_episode_and_couple(practice: Practice, acting: Acting) -> None:
    with acting():
        service.close(practice.alice_client, clock.now())
    with acting() as session:
        alice = session.get_one(Client, practice.alice_client)
        assert (alice.state, alice.closed_at is not None) == ("closed", True)
        assert session.get_one(Person, practice.alice).messages_stopped_at == alice.closed_at
        assert session.get_one(Person, practice.bob).messages_stopped_at is None
        assert queries.open_episode_of(practice.alice_client) is None
        assert session.get_one(Couple, practice.couple).state == "ended"
        assert queries.primary_of(practice.alice_client, clock.now()) is not None, "the record can still be finished"
        assert session.get_one(Client, practice.bob_client).state == "active"


def test_closing_twice_keeps_the_first_moment(practice: Practice, acting: Acting) -> None:
    with acting() as session:
        now = clock.now()
        service.close(practice.carol_client, now)
        service.close(practice.carol_client, now + HOUR)
        assert session.get_one(Client, practice.carol_client).closed_at == now


def test_who_comes_back_keeps_the_record_and_starts_a_new_episode(practice: Practice, acting: Acting) -> None:
    with acting():
        service.close(practice.carol_client, clock.now())
    with acting() as session:
        later = clock.now() + timedelta(days=730)
        with pytest.raises(RecordClosedError):
            service.open_episode(practice.carol_client, later)
        again = service.enquire(practice.carol, later)
        assert (again.id, again.state, again.closed_at) == (practice.carol_client, "enquiry", None)
        assert session.get_one(Person, practice.carol).messages_stopped_at is None
        service.admit(again.id, later)
        episodes = select(Episode.closed_at).where(Episode.client_id == again.id).order_by(Episode.opened_at.desc())
        assert [closed_at is None for closed_at in session.scalars(episodes)] == [True, False]


def test_second_open_episode_is_refused(practice: Practice, acting: Acting) -> None:
    with acting():
        with pytest.raises(EpisodeOpenError):
            service.open_episode(practice.alice_client, clock.now())
        service.close_episode(practice.alice_client, clock.now())
        service.close_episode(practice.alice_client, clock.now())
        assert queries.open_episode_of(practice.alice_client) is None
        service.open_episode(practice.alice_client, clock.now())


def test_contact_changes_reach_person_and_record(practice: Practice, acting: Acting) -> None:
    with acting() as session:
        service.change_contact(practice.alice_client, clock.now(), phone="(212) 555-0101", is_mailbox_shared=True)
        assert session.get_one(Person, practice.alice).phone == "(212) 555-0101"
        assert session.get_one(Client, practice.alice_client).is_mailbox_shared
        service.change_contact(practice.alice_client, clock.now(), zone="Europe/Berlin")
        assert session.get_one(Client, practice.alice_client).is_mailbox_shared
        with pytest.raises(ValueError, match="no such time zone"):
            service.change_contact(practice.alice_client, clock.now(), zone="Mars/Olympus")


def test_missing_client_is_not_visible(practice: Practice, acting: Acting) -> None:
    with acting():
        for act in (service.admit, service.close, service.open_episode, service.close_episode):
            with pytest.raises(NotVisibleError):
                act(new_id(), clock.now())


def test_steps_leave_their_trace_under_the_client(practice: Practice, acting: Acting) -> None:
    with acting():
        service.close(practice.carol_client, clock.now())
        service.admit(practice.carol_client, clock.now())
    with acting() as session:
        actions = session.scalars(
            select(AuditEvent.action).where(AuditEvent.client_id == practice.carol_client).order_by(AuditEvent.id)
        ).all()
        assert actions == ["episode.close", "client.close", "client.admit", "episode.open"]


def test_links_in_a_mailbox_end_when_others_can_open_it(acting: Acting, practice: Practice) -> None:
    now = clock.now()
    with acting():
        link = links.make(links.APPOINTMENT, practice.alice, practice.room, now + timedelta(days=1), now)
        token = links.token_for(link)
        service.change_contact(practice.alice_client, now, is_mailbox_shared=True)
    with acting():
        assert links.open(token, links.APPOINTMENT, now) is None

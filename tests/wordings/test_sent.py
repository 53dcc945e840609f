"""Every message goes out in the practice's own words, with everything filled in, and with nothing of anybody else."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select, text

from clinic.accounts import links
from clinic.booking import expiry, notices, requests, service
from clinic.booking.models import Appointment, AppointmentEvent
from clinic.core.ids import new_id
from clinic.core.interval import Interval
from clinic.database.session import db
from clinic.desk import away, hand_over
from clinic.desk import words as shown
from clinic.intake import notices as intake_notices
from clinic.intake import service as intake
from clinic.outbox import service as outbox
from clinic.outbox.deliver import deliver_due
from clinic.outbox.registry import Letter, registry
from clinic.outbox.smtp import MailChannel
from clinic.reminders.service import HOMEWORK, MEASURE
from clinic.series import service as series
from clinic.wordings import rules
from clinic.wordings.catalogue import wordings
from clinic.wordings.rules import Words
from tests.booking.asking import ask_bob, on_request, request
from tests.booking.conftest import NOW, THURSDAY, at
from tests.conftest import Acting
from tests.factories import ZONE, Practice
from tests.outbox.mail_server import MailServer
from tests.series.conftest import TUESDAY, ahead, begin
from tests.series.conftest import move as move_series
from tests.wordings.conftest import Choosing, Planning, Wishing, every_placeholder, keys_of, rendered, store, told

DAY = timedelta(days=1)


@pytest.fixture
def server() -> Iterator[MailServer]:
    with MailServer().running() as running:
        yield running


def remind(booked: Appointment, person_id: UUID) -> None:
    """Queue the reminder of the session as it stands, as the reminders do."""
    query = select(AppointmentEvent.id).where(AppointmentEvent.appointment_id == booked.id)
    event_id = db.session.scalars(query.order_by(AppointmentEvent.id.desc()).limit(1)).one()
    outbox.queue(notices.REMINDER, event_id, booked.starts_at, person_id, now=NOW)


def sessions(practice: Practice, wishing: Wishing) -> None:
    """Alice's own sessions and requests, and what becomes of them."""
    booked = service.book(wishing(at(10)), [practice.alice_client], by=practice.dana, now=NOW)
    remind(booked, practice.alice)
    service.move(booked, wishing(at(10), modality="phone"), by=practice.dana, now=NOW, is_staff=True)
    service.cancel(service.move(booked, wishing(at(14)), by=practice.alice, now=NOW), by=practice.alice, now=NOW)
    requests.decline(request(practice, wishing(at(10)), NOW).id, by=practice.dana, now=NOW)
    service.cancel(request(practice, wishing(at(10)), NOW), by=practice.alice, now=NOW)
    request(practice, wishing(at(10)), NOW)
    expiry.expire_due(at(10))


def joint_sessions(practice: Practice, wishing: Wishing) -> None:
    """One that is booked, reminded of and moved, and those that come to nothing: declined, run out, taken back."""
    both, again = [practice.alice_client, practice.bob_client], wishing(at(18), service=practice.couple_session)
    wish = wishing(at(16), service=practice.couple_session)
    booked = service.book(wish, both, by=practice.dana, now=NOW, couple_id=practice.couple)
    remind(booked, practice.alice)
    service.move(booked, again, by=practice.dana, now=NOW, is_staff=True)
    on_request(practice.couple_session)
    declined = ask_bob(practice, wishing(at(10), service=practice.couple_session), NOW)
    requests.agree(declined.id, practice.bob_client, by=practice.bob, now=NOW)
    requests.decline(declined.id, by=practice.dana, now=NOW)
    ask_bob(practice, wishing(at(10), service=practice.couple_session), NOW)
    expiry.expire_due(at(10))
    back = ask_bob(practice, wishing(at(14), service=practice.couple_session), NOW)
    db.session.execute(text("UPDATE outbox_message SET state = 'sent', finished_at = now() WHERE kind = :asked"), ASKED)
    service.cancel(back, by=practice.alice, now=NOW)


ASKED = {"asked": notices.ASKED}


def away_today(practice: Practice, wishing: Wishing) -> None:
    """Erik is away on a day that Alice and Bob have booked with him."""
    joint = wishing(at(11), service=practice.couple_session, therapist=practice.erik)
    service.book(joint, [practice.alice_client, practice.bob_client], by=practice.erik, now=NOW)
    day = Interval(at(8), at(20))
    away.go_away(practice.erik, day, practice.dana, by=practice.erik, day_began_at=at(0), now=NOW)


def handed_over(practice: Practice, wishing: Wishing) -> None:
    """Erik leaves, and Dana takes over what Alice has with him twice, and Bob once."""
    next_day = THURSDAY + DAY
    times = ((at(16, 4), practice.alice_client), (at(10, 0, next_day), practice.alice_client))
    for when, client in (*times, (at(14, 0, next_day), practice.bob_client)):
        service.book(wishing(when, therapist=practice.erik), [client], by=practice.erik, now=NOW)
    hand_over.hand_over(practice.erik, practice.dana, at(15, 4), by=practice.owner, zone=ZONE, now=NOW)


def standing(planning: Planning) -> None:
    """A standing session that is booked, one that is moved, one that is cancelled."""
    begin(planning(is_joint=True))
    moved = begin(planning(TUESDAY + DAY, is_joint=True))
    later = planning(TUESDAY + 2 * DAY, is_joint=True)
    move_series(ahead(moved, planning(TUESDAY + DAY).recurrence.starts()[0]), later)
    ended = begin(planning(TUESDAY + 3 * DAY, is_joint=True))
    series.cancel_following(ended, planning(TUESDAY + 3 * DAY).recurrence.starts()[0], by=None, now=NOW)


def others(practice: Practice) -> list[Letter | None]:
    """What is about no session: invitation, intake, homework, a measure, a report."""
    invitation = links.make(links.JOIN, practice.alice, None, NOW + 14 * DAY, NOW)
    kinds = (intake_notices.INVITATION, intake_notices.REMINDER, intake_notices.SECOND)
    packet = intake.open_packet(practice.bob_client, NOW)
    to_join = intake.open_packet(practice.alice_client, NOW)
    several = [
        told("account.join", invitation.id, practice.alice, invitation.expires_at),
        *(told(kind, packet.id, practice.bob, NOW) for kind in kinds),
        told(intake_notices.REMINDER, to_join.id, practice.alice, NOW),
        *(told(kind, new_id(), practice.alice, NOW) for kind in (HOMEWORK, MEASURE)),
        told("progress.released", new_id(), practice.alice, NOW),
    ]
    return [registry[each.kind].render(each, NOW) for each in several]


def test_every_message_is_rendered_in_own_words_with_every_placeholder(
    app: Flask, acting: Acting, practice: Practice, wishing: Wishing, planning: Planning, choosing: Choosing
) -> None:
    with app.test_request_context(), acting():
        intake.install(NOW - DAY)
        choosing()
        sessions(practice, wishing)
        joint_sessions(practice, wishing)
        standing(planning)
        away_today(practice, wishing)
        handed_over(practice, wishing)
        letters = rendered(NOW)
        letters[("others", practice.alice)] = [each for each in others(practice) if each is not None]
        assert keys_of(letters) == set(wordings)
        for (kind, _reader), several in letters.items():
            for letter in several:
                assert not {"{", "}"}.intersection(letter.text)
                assert letter.subject.startswith("Note ") or kind in shown.FIXED


def test_our_own_words_pass_our_own_rules() -> None:
    for wording in wordings.values():
        rules.check(wording, wording.ours)
        rules.check_discretion(wording.ours, "Elm Street Practice")
        assert rules.hinting(wording.ours.body) == []
        assert rules.tidy(wording.ours) == wording.ours


def test_every_kind_of_message_has_words_to_choose_or_a_reason_why_not(app: Flask) -> None:
    chosen = {wording.kind for wording in wordings.values()} | {notices.EXPIRED}
    ours = {name for name in registry.kinds if not name.startswith("test.")}
    assert ours == chosen | set(shown.FIXED)
    assert not chosen & set(shown.FIXED)


def test_no_placeholder_is_about_anybody_but_the_reader() -> None:
    """Who adds one decides here that it tells nothing of a partner; each is about the reader, the time or us."""
    assert set(shown.MEANINGS) == {
        *("first_name", "practice", "phone", "when", "times", "link", "account", "until", "site"),
        *("rhythm", "count", "exceptions", "how_to_see"),
    }
    assert {name for wording in wordings.values() for name in wording.places} == set(shown.MEANINGS)


def test_a_partner_reads_nothing_of_the_others_in_any_words(
    acting: Acting, practice: Practice, wishing: Wishing, planning: Planning, choosing: Choosing
) -> None:
    with acting():
        choosing()
        sessions(practice, wishing)
        joint_sessions(practice, wishing)
        standing(planning)
        away_today(practice, wishing)
        handed_over(practice, wishing)
        for (_, reader), several in rendered(NOW).items():
            partner = {practice.alice: "Bob", practice.bob: "Alice", practice.dana: "Erik"}[reader]
            for letter in several:
                assert partner not in f"{letter.subject}\n{letter.text}"


def test_a_joint_session_that_came_to_nothing_reads_alike_in_own_words_too(
    acting: Acting, practice: Practice, wishing: Wishing, choosing: Choosing
) -> None:
    with acting():
        choosing()
        joint_sessions(practice, wishing)
        letters = rendered(NOW)
        (declined,) = letters[notices.DECLINED, practice.alice]
        (expired,) = letters[notices.EXPIRED, practice.alice]
        assert declined == expired
        assert "These words are for booking.not_together." in declined.text


def test_a_mailbox_that_others_read_gets_none_of_the_own_words(
    app: Flask, acting: Acting, practice: Practice, wishing: Wishing, planning: Planning, choosing: Choosing
) -> None:
    with app.test_request_context(), acting() as session:
        intake.install(NOW - DAY)
        choosing()
        session.execute(text("UPDATE client SET is_mailbox_shared = true"))
        sessions(practice, wishing)
        joint_sessions(practice, wishing)
        standing(planning)
        away_today(practice, wishing)
        handed_over(practice, wishing)
        letters = rendered(NOW)
        letters[("others", practice.alice)] = [each for each in others(practice) if each is not None]
        assert keys_of(letters) == set()


def test_a_reminder_arrives_in_the_owners_words(
    app: Flask, acting: Acting, practice: Practice, wishing: Wishing, server: MailServer
) -> None:
    own = Words("See you soon — Elm Street", "Dear {first_name},\n\nwe look forward to it:\n{when}\n\n{link}\n\nOlga")
    with acting():
        store(notices.REMINDER, own, practice.owner)
        booked = service.book(wishing(at(10)), [practice.alice_client], by=practice.dana, now=NOW)
        remind(booked, practice.alice)
    with app.app_context():
        channel = MailChannel(server.url, "no-reply@elm-street.example", lambda: NOW)
        deliver_due({"email": lambda: channel}, lambda: NOW, lanes=1)
    (mail,) = [each for each in server.mails if each["Subject"] == own.subject]
    said = mail.get_content().replace("\r\n", "\n")
    assert said.startswith("Dear Alice,\n\nwe look forward to it:\nThursday, November 26, 10:00")
    assert "/appointment/" in said


BROKEN = (
    Words("Soon", "no link and no time"),
    Words("Soon", "{when} {link} {nothing}"),
    Words("Soon", "{when} {link} {first_name.__class__}"),
    Words("Soon {when}", "{when} {link}"),
    Words("Soon", "{when} {link} }{"),
    Words("Soon\x07", "{when} {link}"),
)


@pytest.mark.parametrize("broken", BROKEN, ids=range(len(BROKEN)))
def test_words_that_stopped_working_are_replaced_by_ours(
    acting: Acting, practice: Practice, wishing: Wishing, broken: Words
) -> None:
    with acting():
        booked = service.book(wishing(at(10)), [practice.alice_client], by=practice.dana, now=NOW)
        remind(booked, practice.alice)
        ours = rendered(NOW)
        store(notices.REMINDER, broken, practice.owner)
        assert rendered(NOW) == ours


def test_words_of_one_message_are_not_those_of_another(acting: Acting, practice: Practice, wishing: Wishing) -> None:
    with acting():
        store(notices.MOVED, every_placeholder(notices.MOVED), practice.owner)
        service.book(wishing(at(10)), [practice.alice_client], by=practice.dana, now=NOW)
        assert keys_of(rendered(NOW)) == set()

"""From the therapist on: who is told when nobody acknowledges, by the worker with its own database role."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from uuid import UUID

from flask import Flask
from sqlalchemy import select

from clinic.accounts.models import Login
from clinic.core.ids import new_id
from clinic.database.actor import Actor
from clinic.database.session import transaction
from clinic.outbox import decisions
from clinic.outbox.claims import Claimed
from clinic.outbox.models import OutboxMessage
from clinic.outbox.registry import registry
from clinic.practice.models import Holiday
from clinic.risk import passing, service
from clinic.risk.models import Alert
from tests.conftest import Acting
from tests.factories import Practice
from tests.risk.conftest import DONE, EVENING, MONDAY, TUESDAY, OnCall, Owner, Run, at, be_away, therapist

Raised = Callable[..., UUID]
Told = Callable[[], list[tuple[UUID, datetime]]]


def test_the_therapist_is_told_at_once_and_nobody_else_all_weekend(
    practice: Practice, on_call: OnCall, raised: Raised, run: Run, told: Told
) -> None:
    raised()
    for hours in (1, 24, 48):
        run(EVENING + timedelta(hours=hours))
    run(at(MONDAY, 9, 59))
    assert told() == [(practice.dana, EVENING)]


def test_from_monday_on_it_goes_to_lead_and_list_and_round_again(
    practice: Practice, on_call: OnCall, raised: Raised, run: Run, told: Told
) -> None:
    raised()
    for hour in range(10, 17):
        run(at(MONDAY, hour))
        run(at(MONDAY, hour, 1))
    dana, erik, gina, hal = practice.dana, practice.erik, on_call.gina, on_call.hal
    assert [who for who, _ in told()] == [dana, erik, gina, hal, dana, erik, gina, hal]
    assert [when for _, when in told()[1:]] == [at(MONDAY, hour) for hour in range(10, 17)]


def test_the_cover_is_told_at_once_when_the_therapist_is_away(
    practice: Practice, on_call: OnCall, acting: Acting, raised: Raised, run: Run, told: Told
) -> None:
    be_away(acting, practice, on_call.hal, EVENING - timedelta(days=1), EVENING + timedelta(days=14))
    raised()
    assert told() == [(practice.dana, EVENING), (on_call.hal, EVENING)]
    for hour in (10, 11, 12, 13):
        run(at(MONDAY, hour))
    assert [who for who, _ in told()[2:]] == [practice.erik, on_call.gina, on_call.hal, practice.erik]


def test_who_goes_away_with_an_open_alert_leaves_it_to_the_cover_within_a_minute(
    practice: Practice, on_call: OnCall, acting: Acting, raised: Raised, run: Run, told: Told
) -> None:
    raised()
    be_away(acting, practice, on_call.hal, EVENING + timedelta(hours=1), EVENING + timedelta(days=14))
    run(EVENING + timedelta(minutes=30))
    run(EVENING + timedelta(hours=2))
    assert told() == [(practice.dana, EVENING), (on_call.hal, EVENING + timedelta(hours=2))]


def test_a_holiday_does_not_count_although_it_was_added_later(
    practice: Practice, on_call: OnCall, acting: Acting, raised: Raised, run: Run, told: Told
) -> None:
    raised()
    with acting() as session:
        session.add(Holiday(on=MONDAY, name="A day off"))
    run(at(MONDAY, 16))
    assert len(told()) == 1
    run(at(TUESDAY, 10))
    assert told()[1:] == [(practice.erik, at(TUESDAY, 10))]


def test_acknowledging_stops_it(
    practice: Practice, on_call: OnCall, acting: Acting, raised: Raised, run: Run, told: Told
) -> None:
    alert_id = raised()
    run(at(MONDAY, 10))
    with acting(therapist(practice.erik)) as session:
        service.acknowledge(session.get_one(Alert, alert_id), practice.erik, at(MONDAY, 10, 30))
    run(at(MONDAY, 16))
    assert len(told()) == 2


def test_a_worker_that_was_down_leaves_nobody_out_and_floods_nobody(
    practice: Practice, on_call: OnCall, raised: Raised, run: Run, told: Told, owner: Owner
) -> None:
    raised()
    late = at(TUESDAY, 15)
    run(late)
    run(late + timedelta(minutes=1))
    everyone = [practice.erik, on_call.gina, on_call.hal, practice.dana]
    assert told() == [(practice.dana, EVENING), *((who, late) for who in everyone)]
    mails = owner.execute("SELECT recipient_id FROM outbox_message WHERE moment = %s", (late,)).fetchall()
    assert sorted(who for (who,) in mails) == sorted(everyone)  # type: ignore[type-var]
    run(at(TUESDAY, 16))
    assert told()[5:] == [(practice.dana, at(TUESDAY, 16))]


def test_two_workers_at_once_tell_each_person_once(
    practice: Practice, on_call: OnCall, raised: Raised, worker_app: Flask, told: Told
) -> None:
    raised()

    def work(_: int) -> None:
        with worker_app.app_context():
            passing.pass_on_due(at(MONDAY, 10))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(8)))
    assert told() == [(practice.dana, EVENING), (practice.erik, at(MONDAY, 10))]


def test_what_another_worker_has_in_hand_is_left_alone(
    practice: Practice, on_call: OnCall, raised: Raised, run: Run, owner: Owner, told: Told
) -> None:
    alert_id = raised()
    with owner.transaction():
        owner.execute("SELECT FROM alert WHERE id = %s FOR UPDATE", (alert_id,))
        run(at(MONDAY, 10))
    assert len(told()) == 1
    run(at(MONDAY, 10))
    assert len(told()) == 2


def test_who_has_been_shut_out_is_passed_over(
    practice: Practice, on_call: OnCall, acting: Acting, raised: Raised, run: Run, told: Told
) -> None:
    raised()
    with acting() as session:
        session.get_one(Login, practice.erik).disabled_at = EVENING
    run(at(MONDAY, 10))
    assert told()[1:] == [(on_call.gina, at(MONDAY, 10))]


def test_the_same_answer_twice_is_one_alert(practice: Practice, raised: Raised, told: Told, owner: Owner) -> None:
    answer = new_id()
    first = raised(answer)
    assert raised(answer, now=EVENING + timedelta(seconds=3)) == first
    assert told() == [(practice.dana, EVENING)]
    assert owner.execute("SELECT count(*) FROM alert").fetchone() == (1,)
    assert owner.execute("SELECT count(*) FROM desk_call").fetchone() == (1,)


def test_twenty_at_once_are_one_alert(practice: Practice, raised: Raised, told: Told) -> None:
    answer = new_id()
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(raised, [answer] * 20))) == 1
    assert told() == [(practice.dana, EVENING)]


def test_only_therapists_are_written_to_and_no_mail_says_what_it_is(
    practice: Practice, on_call: OnCall, acting: Acting, raised: Raised, run: Run, worker_app: Flask
) -> None:
    raised()
    for hour in (10, 11, 12):
        run(at(MONDAY, hour))
    with worker_app.app_context(), transaction(Actor.worker("test")) as session:
        messages = session.scalars(select(OutboxMessage).order_by(OutboxMessage.id)).all()
        letters = [registry[each.kind].render(each, EVENING) for each in messages]
        assert [each.recipient_id for each in messages] == [practice.dana, practice.erik, on_call.gina, on_call.hal]
        assert [letter.subject for letter in letters if letter] == ["An urgent item"] * 4
        for letter in letters:
            assert letter is not None
            for word in ("Alice", "Hart", "A. H.", "suicid", "PHQ", "safety", "questionnaire", "/alerts"):
                assert word not in letter.text + letter.subject


def test_it_goes_at_night_and_beside_the_one_message_of_the_day(
    practice: Practice, raised: Raised, worker_app: Flask
) -> None:
    raised()
    midnight = EVENING + timedelta(hours=6)
    with worker_app.app_context(), transaction(Actor.worker("test")) as session:
        row = session.scalars(select(OutboxMessage)).one()
        same = ("id", "kind", "subject_id", "moment", "recipient_id", "channel", "attempts", "message_id")
        message = Claimed(**{name: getattr(row, name) for name in same}, due_at=midnight, lease=midnight)
        assert decisions.decide([message], midnight)[message.id].is_send
    assert service.ITEM not in registry.daily_kinds()


def test_a_message_that_waits_is_not_sent_once_somebody_has_it(
    practice: Practice, acting: Acting, raised: Raised, owner: Owner
) -> None:
    alert_id = raised()
    with acting(therapist(practice.dana)) as session:
        service.acknowledge(session.get_one(Alert, alert_id), practice.dana, EVENING)
    assert owner.execute("SELECT state, reason FROM outbox_message").fetchall() == [("skipped", "acknowledged")]


def test_a_message_in_hand_is_not_wanted_once_somebody_has_it(
    practice: Practice, acting: Acting, raised: Raised, worker_app: Flask
) -> None:
    alert_id = raised()

    def wanted(kind: str) -> str | None:
        with worker_app.app_context(), transaction(Actor.worker("test")) as session:
            return registry[kind].still_wanted(session.scalars(select(OutboxMessage)).one(), EVENING)

    assert (wanted(service.ITEM), wanted(service.CALL)) == (None, None)
    with acting(therapist(practice.dana)) as session:
        service.acknowledge(session.get_one(Alert, alert_id), practice.dana, EVENING)
    assert (wanted(service.ITEM), wanted(service.CALL)) == ("acknowledged", None)
    with acting(therapist(practice.dana)) as session:
        service.close(session.get_one(Alert, alert_id), DONE, practice.dana, EVENING)
    assert wanted(service.CALL) == "closed"

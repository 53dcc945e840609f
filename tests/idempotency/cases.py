"""Every form that creates something: who posts it, what is in it, and what it must have made once."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg

from clinic.core import clock, zones
from clinic.risk.rules import Closing
from clinic.waitlist import offering
from tests.browser import Browser
from tests.factories import ZONE, Practice
from tests.intake.conftest import ELIGIBLE, SAFE
from tests.measures.conftest import sent as answered

SAMPLE = Path(__file__).parents[2] / "docs" / "samples" / "clients.csv"
Owner = psycopg.Connection[tuple[object, ...]]
_SLOT = re.compile(r'name="slot"\s+id="[^"]+"\s+value="([^"]+)"')
_MARK = re.compile(r'name="mark"[^>]*value="([^"]+)"')


@dataclass(frozen=True, slots=True)
class Stage:
    """The practice, and how one becomes somebody's browser."""

    practice: Practice
    open: Callable[..., Browser]
    owner: Owner

    def one(self, statement: str) -> UUID:
        """The one id that a statement finds."""
        row = self.owner.execute(statement.encode()).fetchone()
        assert row is not None, statement
        return UUID(str(row[0]))


@dataclass(frozen=True, slots=True)
class Post:
    """A form about to be sent, and a change that makes it another one."""

    browser: Browser
    path: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    other: Mapping[str, Any] = field(default_factory=lambda: {"more": "1"})


@dataclass(frozen=True, slots=True)
class Case:
    """A route, how to come to its form, and the statements whose counts go up by one."""

    route: str
    prepare: Callable[[Stage], Post]
    counts: tuple[str, ...]


def _slots(page: str) -> list[str]:
    found = _SLOT.findall(page)
    assert len(found) > 1, page
    return [str(each) for each in found]


def _hold(stage: Stage) -> Post:
    visitor, path = stage.open(), "/book/first-call/dana"
    first, second, *_ = _slots(visitor.get(path).text)
    return Post(visitor, path, {"slot": first}, {"slot": second})


def _sent(post: Post) -> str:
    answer = post.browser.submit(post.path, **post.fields)
    assert answer.status_code == 303, answer.text
    return str(answer.location)


NORA = {"given_name": "Nora", "family_name": "Weiss", "email": "nora@example.org", "phone": "(212) 555-0199"}


def _details(stage: Stage) -> Post:
    held = _hold(stage)
    return Post(held.browser, _sent(held), NORA | {"mailbox": "no"}, {"given_name": "Norah"})


def _first_call(stage: Stage) -> Post:
    details = _details(stage)
    return Post(details.browser, _sent(details))


def _own_session(stage: Stage) -> Post:
    alice, path = stage.open(stage.practice.alice), "/book/individual-session/dana"
    slot, *_ = _slots(alice.get(path).text)
    return Post(alice, _sent(Post(alice, path, {"slot": slot})))


def _for_client(stage: Stage) -> Post:
    dana, path = stage.open(stage.practice.dana), f"/clients/{stage.practice.alice_client}/book"
    first, second, *_ = _slots(dana.get(path).text)
    return Post(dana, path, {"slot": first}, {"slot": second})


def _pressed(stage: Stage) -> Post:
    """A free place in the therapist's calendar."""
    day = zones.wall(clock.now() + timedelta(days=8), ZONE).date()
    when = {"on": f"{day - timedelta(days=day.weekday()) + timedelta(days=7)}", "at": "11:00"}
    what = {"who": str(stage.practice.alice_client), "service": "individual-session", "modality": "video", "go": "book"}
    return Post(stage.open(stage.practice.dana), "/calendar/book", when | what, {"at": "14:00"})


def _caller(stage: Stage) -> Post:
    desk, path = stage.open(stage.practice.desk), "/callers/book"
    first, second, *_ = _slots(desk.get(path).text)
    return Post(
        desk, path, NORA | {"who": "new", "service": "first-call", "go": "book", "slot": first}, {"slot": second}
    )


def _booked(stage: Stage) -> str:
    return _sent(_for_client(stage))


def _standing(stage: Stage, by: str = "dana") -> Post:
    first = zones.wall(clock.now() + timedelta(days=7), ZONE).date()
    query = f"service=individual-session&modality=video&day={first}&at=18:00&weeks=1&count=3"
    path = f"/clients/{stage.practice.alice_client}/standing?{query}"
    fields = {f"choice-{number}": "book" for number in range(3)}
    return Post(stage.open(getattr(stage.practice, by)), path, fields, {"choice-1": "skip"})


def _standing_at_desk(stage: Stage) -> Post:
    return _standing(stage, by="desk")


def _following(stage: Stage) -> str:
    _sent(_standing(stage))
    first = stage.one("SELECT id FROM appointment ORDER BY starts_at LIMIT 1")
    return f"/sessions/{first}/following"


def _move_following(stage: Stage) -> Post:
    first = zones.wall(clock.now() + timedelta(days=8), ZONE).date()
    path = f"{_following(stage)}?day={first}&at=18:00"
    fields = {f"choice-{number}": "book" for number in range(3)}
    return Post(stage.open(stage.practice.dana), path, fields, {"choice-1": "skip"})


def _cancel_following(stage: Stage) -> Post:
    return Post(stage.open(stage.practice.dana), f"{_following(stage)}/cancel")


def _move(stage: Stage) -> Post:
    path, alice = f"{_booked(stage)}/move", stage.open(stage.practice.alice)
    first, second, *_ = _slots(alice.get(path).text)
    return Post(alice, path, {"slot": first}, {"slot": second})


def _swap(stage: Stage) -> Post:
    first, second = (UUID(_booked(stage).rpartition("/")[2]) for _ in range(2))
    return Post(stage.open(stage.practice.dana), f"/sessions/{first}/swap/{second}")


def _cancel(stage: Stage) -> Post:
    return Post(stage.open(stage.practice.alice), f"{_booked(stage)}/cancel")


def _payment(stage: Stage) -> Post:
    path, client = f"{_booked(stage)}/payment", str(stage.practice.alice_client)
    fields = {"seen": "0", "payer": client, "means": "card", "paid_on": f"{zones.wall(clock.now(), ZONE):%Y-%m-%d}"}
    return Post(stage.open(stage.practice.desk), path, fields, {"means": "cash"})


def _payment_undone(stage: Stage) -> Post:
    noted = _payment(stage)
    _sent(noted)
    return Post(noted.browser, f"{noted.path}/undo", {"seen": "1"}, {"seen": "2"})


def _waiver(stage: Stage) -> Post:
    stage.owner.execute("UPDATE service SET late_fee_cents = 5000, late_change_minutes = 40000")
    _sent(_cancel(stage))
    session = stage.one("SELECT id FROM appointment WHERE is_late")
    return Post(
        stage.open(stage.practice.dana),
        f"/sessions/{session}/waiver",
        {"seen": "0", "reason": "Ill"},
        {"reason": "Well"},
    )


def _waiver_undone(stage: Stage) -> Post:
    waived = _waiver(stage)
    _sent(waived)
    return Post(waived.browser, f"{waived.path}/undo", {"seen": "1"}, {"seen": "2"})


VIDEO = "https://video.example.org/room"


def _video_room(stage: Stage) -> Post:
    dana = stage.practice.dana
    return Post(stage.open(dana), f"/hours/{dana}/video", {"address": VIDEO}, {"address": f"{VIDEO}s"})


def _by_video(stage: Stage) -> str:
    """Alice's session, by its page."""
    dana, path = stage.open(stage.practice.dana), f"/clients/{stage.practice.alice_client}/book?modality=video"
    slot, *_ = _slots(dana.get(path).text)
    return _sent(Post(dana, path, {"slot": slot}))


def _session_video(stage: Stage) -> Post:
    path = f"{_by_video(stage)}/video"
    return Post(stage.open(stage.practice.dana), path, {"address": VIDEO}, {"address": f"{VIDEO}s"})


def _where(stage: Stage) -> Post:
    """Five minutes before the start."""
    path = f"{_by_video(stage)}/where"
    row = stage.owner.execute("SELECT starts_at FROM appointment").fetchone()
    assert row is not None
    assert isinstance(row[0], datetime)
    clock.move(row[0] - clock.now() - timedelta(minutes=5))
    fields = {"place": "Here", "phone": "(212) 555-0199"}
    return Post(stage.open(stage.practice.alice), path, fields, {"place": "There"})


def _feed(stage: Stage) -> Post:
    return Post(stage.open(stage.practice.alice), "/account/calendar")


OUTSIDE = {"name": "One", "address": "https://calendar.example.org/one.ics"}


def _outside(stage: Stage) -> Post:
    return Post(stage.open(stage.practice.dana), "/calendar/outside", OUTSIDE, {"name": "Two"})


def _asked(stage: Stage, path: str) -> str:
    """Alice asks for the first time that is offered; its session's page."""
    alice = stage.open(stage.practice.alice)
    slot, *_ = _slots(alice.get(path).text)
    review = _sent(Post(alice, path, {"slot": slot}))
    return _sent(Post(alice, review))


def _requested(stage: Stage) -> str:
    stage.owner.execute("UPDATE service SET approval = 'on_request'")
    return _asked(stage, "/book/individual-session/dana").replace("/sessions/", "/requests/")


def _accept(stage: Stage) -> Post:
    return Post(stage.open(stage.practice.dana), f"{_requested(stage)}/accept")


def _decline(stage: Stage) -> Post:
    return Post(stage.open(stage.practice.desk), f"{_requested(stage)}/decline")


def _keep(stage: Stage) -> Post:
    path = _asked(stage, "/book/couple-session/dana")
    bob = stage.open(stage.practice.bob)
    _sent(Post(bob, path.replace("/sessions/", "/questions/"), {"answer": "yes"}))
    _sent(Post(bob, "/record/sharing/end"))
    return Post(stage.open(stage.practice.desk), f"{path.replace('/sessions/', '/requests/')}/keep")


def _agree(stage: Stage) -> Post:
    path = _asked(stage, "/book/couple-session/dana").replace("/sessions/", "/questions/")
    return Post(stage.open(stage.practice.bob), path, {"answer": "yes"}, {"answer": "no"})


def _assign(stage: Stage) -> Post:
    due = zones.wall(clock.now() + timedelta(days=5), ZONE)
    definition = stage.one("SELECT id FROM questionnaire_definition WHERE key = 'own_circle'")
    fields = {"definition_id": str(definition), "due": f"{due:%Y-%m-%dT%H:%M}", "anyway": "yes", "reason": "One"}
    path = f"/clients/{stage.practice.alice_client}/homework/new"
    return Post(stage.open(stage.practice.dana), path, fields, {"reason": "Another"})


def _ask(stage: Stage) -> Post:
    today = zones.wall(clock.now(), ZONE).date()
    path = f"/clients/{stage.practice.alice_client}/measures"
    fields = {"measure": "gad7", "every_days": "28", "starts_on": f"{today}"}
    return Post(stage.open(stage.practice.dana), path, fields, {"every_days": "30"})


def _measure(stage: Stage) -> Post:
    _sent(_ask(stage))
    path = f"/measures/{stage.one('SELECT id FROM measure_schedule')}"
    return Post(stage.open(stage.practice.alice), path, answered([1] * 7), answered([2] * 7))


def _wording(stage: Stage) -> Post:
    fields = {"has_read": "y", "seen": "0", "title": "One", "stem": "Two", "answers_1": "a\nb\nc\nd\ne"}
    fields |= {f"item_{at}": "A question" for at in range(1, 8)}
    return Post(stage.open(stage.practice.owner), "/practice/measures/ras", fields, {"title": "Another"})


def _given(stage: Stage) -> str:
    _sent(_assign(stage))
    return f"{stage.one('SELECT id FROM assignment')}"


def _entry(stage: Stage) -> Post:
    fields = {"asked": "initials", "a_initials": "MK"}
    path = f"/homework/{_given(stage)}/entries/new/people"
    return Post(stage.open(stage.practice.alice), path, fields, {"a_initials": "KM"})


def _work(stage: Stage) -> Post:
    fields = {"go": "send", "asked": "share note", "a_share": "One line", "a_note": "For me"}
    return Post(stage.open(stage.practice.alice), f"/homework/{_given(stage)}", fields, {"a_share": "Two lines"})


def _help(stage: Stage) -> Post:
    path = f"/homework/{_given(stage)}/stuck"
    return Post(stage.open(stage.practice.alice), path, {"words": "Too much"}, {"words": "Far too much"})


def _work_sent(stage: Stage) -> str:
    """The therapist's page of it, once it can no longer be taken back."""
    path = _sent(_work(stage)).replace("/homework/", "/review/")
    clock.move(timedelta(minutes=1))
    return path


def _review(stage: Stage) -> Post:
    path = _work_sent(stage)
    return Post(stage.open(stage.practice.dana), path, {"feedback": "Good", "quality": "3"}, {"feedback": "Very good"})


def _return(stage: Stage) -> Post:
    path = f"{_work_sent(stage)}/return"
    return Post(stage.open(stage.practice.dana), path, {"reason": "Once more"}, {"reason": "Twice more"})


def _share(stage: Stage) -> Post:
    work = _sent(_work(stage))
    answer = stage.one("SELECT id FROM answer WHERE field = 'share'")
    return Post(stage.open(stage.practice.alice), f"{work}/answers/{answer}/share")


def _safe_contact(stage: Stage) -> Post:
    path = "/intake/form/safe-contact"
    return Post(stage.open(stage.practice.alice), path, SAFE, {"a_best_time": "never"})


def _eligibility(stage: Stage) -> Post:
    alice = _safe_contact(stage)
    _sent(alice)
    return Post(alice.browser, "/intake/form/eligibility", ELIGIBLE, {"a_located_in": "Buffalo"})


def _sign(stage: Stage) -> Post:
    eligible = _eligibility(stage)
    _sent(eligible)
    path = "/intake/text/electronic-records"
    found = _MARK.search(eligible.browser.get(path).text)
    assert found is not None
    return Post(eligible.browser, path, {"mark": found[1], "agreed": "y", "name": "Alice Hart"}, {"name": "A. Hart"})


def _finish(stage: Stage) -> Post:
    signing = _sign(stage)
    for slug in ("electronic-records", "privacy", "therapy", "distance", "fees"):
        path = f"/intake/text/{slug}"
        found = _MARK.search(signing.browser.get(path).text)
        assert found is not None
        _sent(Post(signing.browser, path, dict(signing.fields) | {"mark": found[1]}))
    return Post(signing.browser, "/intake/finish")


def _private(stage: Stage) -> Post:
    finishing = _finish(stage)
    _sent(finishing)
    path = "/intake/private/questions"
    return Post(finishing.browser, path, {"a_afraid_year": "more"}, {"a_afraid_year": "never"})


def _skip(stage: Stage) -> Post:
    finishing = _finish(stage)
    _sent(finishing)
    return Post(finishing.browser, "/intake/private/skip")


def _allow(stage: Stage) -> Post:
    alice, until = stage.open(stage.practice.alice), f"{clock.now() + timedelta(days=90):%Y-%m-%d}"
    wish: dict[str, Any] = {
        "way": "to",
        "party": "Dr. Low",
        "what": "that I come",
        "purpose": "a note",
        "expires_on": until,
    }
    path = "/intake/releases"
    found = _MARK.search(alice.submit(path, **wish).text)
    assert found is not None
    return Post(alice, path, wish | {"mark": found[1], "agreed": "y", "name": "Alice Hart"}, {"name": "A. Hart"})


def _paper(stage: Stage) -> Post:
    path = f"/clients/{stage.practice.alice_client}/intake/paper/safe-contact"
    return Post(stage.open(stage.practice.desk), path, SAFE, {"a_best_time": "never"})


def _couple(stage: Stage) -> Post:
    _sent(Post(stage.open(stage.practice.alice), "/record/sharing/end"))
    path = f"/clients/{stage.practice.alice_client}/couple"
    partner = {"partner": str(stage.practice.bob_client)}
    return Post(stage.open(stage.practice.dana), path, partner, {"partner": str(stage.practice.alice_client)})


def _activate(stage: Stage) -> Post:
    linking = _couple(stage)
    _sent(linking)
    couple = stage.one("SELECT id FROM couple WHERE state = 'pending'")
    return Post(linking.browser, f"/couples/{couple}/activate")


def _lost(stage: Stage) -> Post:
    carol, dana = ({"email": f"{name}@example.org"} for name in ("carol.stone", "dana.whitfield"))
    return Post(stage.open(), "/lost-password", carol, dana)


def _release(stage: Stage) -> Post:
    report = stage.one("SELECT id FROM progress_report WHERE state = 'prepared'")
    fields = {"note": "Well done", "act": "release"}
    return Post(stage.open(stage.practice.dana), f"/reports/{report}", fields, {"note": "Very well done"})


SERVICE: dict[str, Any] = {
    "name": "Long session",
    "description": "Ninety minutes.",
    "minutes": "90",
    "buffer_before_minutes": "0",
    "buffer_after_minutes": "10",
    "price": "200",
    "modalities": ["office"],
    "attends": "one",
    "booked_by": "client",
    "approval": "instant",
    "notice": "24",
    "horizon_days": "60",
    "daily_cap": "",
    "late_change": "24",
    "late_fee": "50",
    "position": "7",
}
_SEEN = re.compile(r'name="seen"[^>]*value="([^"]*)"')


def _new_service(stage: Stage) -> Post:
    return Post(stage.open(stage.practice.owner), "/practice/services/new", SERVICE, {"price": "210"})


def _seen(browser: Browser, path: str) -> dict[str, str]:
    found = _SEEN.search(browser.get(path).text)
    assert found is not None
    return {"seen": found[1]}


def _service(stage: Stage) -> Post:
    owner, path = stage.open(stage.practice.owner), f"/practice/services/{stage.practice.individual}"
    return Post(owner, path, SERVICE | _seen(owner, path), {"price": "210"})


def _own_terms(stage: Stage) -> Post:
    owner = stage.open(stage.practice.owner)
    path = f"/practice/services/{stage.practice.individual}/therapists/{stage.practice.dana}"
    return Post(owner, path, {"minutes": "60"} | _seen(owner, path), {"minutes": "65"})


def _room(stage: Stage) -> Post:
    return Post(stage.open(stage.practice.owner), "/practice/rooms", {"name": "Room 9"}, {"name": "Room 10"})


def _holiday(stage: Stage) -> Post:
    on = f"{clock.now() + timedelta(days=300):%Y-%m-%d}"
    return Post(stage.open(stage.practice.owner), "/practice/holidays", {"on": on, "name": "A day"}, {"name": "Two"})


COLLEAGUE: dict[str, Any] = {
    "given_name": "Gil",
    "family_name": "Moss",
    "email": "gil.moss@example.org",
    "role": "front_desk",
}


def _colleague(stage: Stage) -> Post:
    return Post(stage.open(stage.practice.owner), "/practice/staff", COLLEAGUE, {"given_name": "Jo"})


def _invited_again(stage: Stage) -> Post:
    olga = stage.open(stage.practice.owner)
    olga.submit("/practice/staff", **COLLEAGUE)
    gil = stage.one("SELECT id FROM person WHERE given_name = 'Gil'")
    return Post(olga, f"/practice/staff/{gil}/invite")


def _recognised(stage: Stage) -> Post:
    path = f"/people/{stage.practice.carol_client}/way-in"
    return Post(
        stage.open(stage.practice.desk), path, {"checked": "document", "lost": "password"}, {"checked": "known"}
    )


def _message(stage: Stage) -> Post:
    body = "Hello {first_name},\n\nsee you soon: {when}\n\n{link}"
    fields = {"subject": "See you soon", "body": body, "seen": "0"}
    path = "/practice/messages/session.reminder.24h"
    return Post(stage.open(stage.practice.owner), path, fields, {"subject": "See you"})


def _test_of_message(stage: Stage) -> Post:
    return Post(stage.open(stage.practice.owner), "/practice/messages/session.reminder.24h/test")


def _weekly(stage: Stage) -> Post:
    dana, path = stage.open(stage.practice.dana), f"/hours/{stage.practice.dana}/weekly"
    first = f"{clock.now() + timedelta(days=300):%Y-%m-%d}"
    return Post(dana, path, {"day0": "9-5pm", "first": first} | _seen(dana, path), {"day0": "10-5pm"})


def _extra(stage: Stage) -> Post:
    on = f"{clock.now() + timedelta(days=300):%Y-%m-%d}"
    fields = {"on": on, "starts": "18:00", "ends": "20:00"}
    return Post(stage.open(stage.practice.dana), f"/hours/{stage.practice.dana}/extra", fields, {"ends": "21:00"})


def _leave(stage: Stage) -> Post:
    first, last = (f"{clock.now() + timedelta(days=days):%Y-%m-%d}" for days in (300, 306))
    fields = {"first": first, "last": last, "cover": str(stage.practice.erik)}
    return Post(stage.open(stage.practice.dana), f"/hours/{stage.practice.dana}/off", fields, {"starts": "10:00"})


def _away(stage: Stage) -> Post:
    path, cover = f"/away/{stage.practice.dana}", {"cover": str(stage.practice.erik)}
    return Post(stage.open(stage.practice.desk), path, cover)


def _away_for_longer(stage: Stage) -> Post:
    dana, erik, now = stage.practice.dana, stage.practice.erik, clock.now()
    first, last = (f"{now + timedelta(days=days):%Y-%m-%d}" for days in (300, 306))
    stage.open(dana).submit(f"/hours/{dana}/off", first=first, last=last, cover=str(erik))
    path = f"/away/{dana}/leave/{stage.one('SELECT id FROM time_off')}"
    return Post(stage.open(dana), path, {"cover": str(erik)})


def _hand_over(stage: Stage) -> Post:
    _booked(stage)
    return Post(stage.open(stage.practice.desk), f"/hand-over/{stage.practice.dana}", {"to": str(stage.practice.erik)})


def _other_therapist(stage: Stage) -> Post:
    path = _booked(stage).replace("/sessions/", "/schedule/")
    return Post(stage.open(stage.practice.desk), f"{path}/colleague", {"to": str(stage.practice.erik)})


ANY_TIME = {"weekdays": ["0", "1", "2", "3", "4"], "dayparts": ["morning", "afternoon"]}


def _wait(stage: Stage) -> Post:
    path = "/sessions/waiting/individual-session"
    return Post(stage.open(stage.practice.alice), path, ANY_TIME, {"weekdays": ["0"]})


def _put_on_list(stage: Stage) -> Post:
    path = f"/clients/{stage.practice.alice_client}/waiting"
    fields = ANY_TIME | {"service": "individual-session"}
    return Post(stage.open(stage.practice.desk), path, fields, {"service": "first-call"})


def _offered(stage: Stage) -> str:
    """Alice waits, and the first time that suits her is kept for her; the offer's path."""
    _sent(_wait(stage))
    with stage.open().app.app_context():
        offering.offer_free_times(clock.now())
    return f"/offers/{stage.one('SELECT id FROM offer')}"


def _take(stage: Stage) -> Post:
    return Post(stage.open(stage.practice.alice), f"{_offered(stage)}/take")


def _pass_on(stage: Stage) -> Post:
    return Post(stage.open(stage.practice.alice), f"{_offered(stage)}/pass")


def _with_past_session(stage: Stage) -> UUID:
    """Alice had a session with Dana yesterday."""
    session = UUID(_booked(stage).rpartition("/")[2])
    with stage.owner.transaction():
        stage.owner.execute("SET LOCAL session_replication_role = replica")  # or its claims would have to move along
        stage.owner.execute(
            "UPDATE appointment SET starts_at = %(then)s, ends_at = %(then)s + interval '50 minutes' WHERE id = %(id)s",
            {"id": session, "then": clock.now() - timedelta(days=1)},
        )
    return session


def _note_of_session(stage: Stage) -> Post:
    return Post(stage.open(stage.practice.dana), f"/sessions/{_with_past_session(stage)}/notes")


def _note_of_day(stage: Stage) -> Post:
    alice = str(stage.practice.alice_client)
    fields = {"record": alice, "held_on": "2026-01-05", "format": "free"}
    return Post(stage.open(stage.practice.dana), f"/clients/{alice}/notes/new", fields, {"format": "dap"})


def _note_signed(stage: Stage) -> Post:
    begun = _note_of_day(stage)
    fields = {"go": "sign", "s_text": "It rained.", "name": "Dana Whitfield"}
    return Post(begun.browser, _sent(begun), fields, {"s_text": "It snowed."})


def _note_amended(stage: Stage) -> Post:
    signed = _note_signed(stage)
    fields = {"text": "Hail as well.", "reason": "Forgotten.", "name": "Dana Whitfield"}
    return Post(signed.browser, f"{_sent(signed)}/amendments", fields, {"text": "And sleet."})


def _note_waiting(stage: Stage) -> Post:
    """Dana is Erik's intern, and has signed."""
    stage.owner.execute(
        "UPDATE therapist SET supervisor_id = %s WHERE person_id = %s", (stage.practice.erik, stage.practice.dana)
    )
    return Post(stage.open(stage.practice.erik), _sent(_note_signed(stage)))


def _note_cosigned(stage: Stage) -> Post:
    waiting = _note_waiting(stage)
    return Post(waiting.browser, f"{waiting.path}/cosign", {"name": "Erik Lindqvist"}, {"name": "Erik L. Lindqvist"})


def _note_given_back(stage: Stage) -> Post:
    waiting = _note_waiting(stage)
    return Post(waiting.browser, f"{waiting.path}/return", {"word": "Add the plan."}, {"word": "Add the data."})


def _kept_apart(stage: Stage) -> Post:
    path = f"/clients/{stage.practice.alice_client}/psychotherapy-notes"
    return Post(stage.open(stage.practice.dana), path, {"text": "A hunch."}, {"text": "Another."})


def _audited(action: str) -> str:
    return f"SELECT count(*) FROM audit_event WHERE action = '{action}'"


def _told(kind: str) -> str:
    return f"SELECT count(*) FROM outbox_message WHERE kind = '{kind}'"


SERIES = "SELECT count(*) FROM series"
APPOINTMENTS = "SELECT count(*) FROM appointment"
CONFIRMED = "SELECT count(*) FROM appointment WHERE state = 'confirmed'"
WAITING = "SELECT count(*) FROM waiting"
PLACE = "/book/<service>/<therapist>"


def _file(stage: Stage) -> Post:
    return Post(stage.open(stage.practice.desk), "/imports/clients", {"file": (str(SAMPLE),)})


def _alert(stage: Stage, state: str) -> UUID:
    """One of Alice's, which Dana has where it is acknowledged."""
    has = "NULL, now(), %(dana)s" if state == "acknowledged" else "now(), NULL, NULL"
    found = stage.owner.execute(
        f"""
        INSERT INTO alert (id, client_id, source, source_id, grade, state, raised_at, pass_on_at, acknowledged_at,
            acknowledged_by)
        VALUES (gen_random_uuid(), %(alice)s, 'phq9_item9', gen_random_uuid(), 'urgent', '{state}', now(), {has})
        RETURNING id
        """.encode(),
        {"alice": stage.practice.alice_client, "dana": stage.practice.dana},
    ).fetchone()
    assert found is not None
    return UUID(str(found[0]))


def _close_alert(stage: Stage) -> Post:
    written = {each.name: "as it was" for each in fields(Closing)}
    written |= {"contacted_at": "2026-11-30T09:10", "disposition": "sooner"}
    path = f"/alerts/{_alert(stage, 'acknowledged')}/close"
    return Post(stage.open(stage.practice.dana), path, written, {"plan": "another"})


def _ask_for_call(stage: Stage) -> Post:
    return Post(stage.open(stage.practice.alice), f"/help/{_alert(stage, 'open')}/call")


def _say_safe(stage: Stage) -> Post:
    return Post(stage.open(stage.practice.alice), f"/help/{_alert(stage, 'open')}/safe")


CASES = (
    Case("/alerts/<uuid:alert_id>/close", _close_alert, ("SELECT count(*) FROM alert_closing",)),
    Case("/help/<uuid:alert_id>/call", _ask_for_call, ("SELECT count(*) FROM alert_word",)),
    Case("/help/<uuid:alert_id>/safe", _say_safe, ("SELECT count(*) FROM alert_word",)),
    Case("/imports/<what>", _file, ("SELECT count(*) FROM import",)),
    Case(PLACE, _hold, (APPOINTMENTS,)),
    Case(f"{PLACE}/<start>/details", _details, ("SELECT count(*) FROM visitor_details",)),
    Case(f"{PLACE}/<start>/review", _first_call, (CONFIRMED, "SELECT count(*) FROM client")),
    Case(f"{PLACE}/<start>/review", _own_session, (CONFIRMED,)),
    Case("/clients/<uuid:client_id>/book", _for_client, (APPOINTMENTS, CONFIRMED)),
    Case("/clients/<uuid:client_id>/standing", _standing, (SERIES,)),
    Case("/clients/<uuid:client_id>/standing", _standing_at_desk, (SERIES, _told("series.booked"))),
    Case("/sessions/<uuid:appointment_id>/following", _move_following, (SERIES, _told("series.changed"))),
    Case("/sessions/<uuid:appointment_id>/following/cancel", _cancel_following, (_told("series.cancelled"),)),
    Case("/calendar/book", _pressed, (APPOINTMENTS, CONFIRMED)),
    Case("/callers/book", _caller, (APPOINTMENTS, CONFIRMED, "SELECT count(*) FROM client")),
    Case("/sessions/<uuid:appointment_id>/move", _move, (_audited("appointment.moved"),)),
    Case(
        "/sessions/<uuid:appointment_id>/swap/<uuid:other_id>",
        _swap,
        ("SELECT count(*) / 2 FROM audit_event WHERE action = 'appointment.moved'",),
    ),
    Case("/sessions/<uuid:appointment_id>/cancel", _cancel, (_audited("appointment.cancelled"),)),
    Case(
        "/sessions/<uuid:appointment_id>/payment",
        _payment,
        ("SELECT count(*) FROM payment", "SELECT count(*) FROM receipt", _audited("payment.note")),
    ),
    Case(
        "/sessions/<uuid:appointment_id>/waiver",
        _waiver,
        ("SELECT count(*) FROM fee_waiver", _audited("late_fee.waive")),
    ),
    Case("/sessions/<uuid:appointment_id>/waiver/undo", _waiver_undone, (_audited("late_fee.undo_waiver"),)),
    Case("/hours/<uuid:therapist_id>/video", _video_room, ("SELECT count(*) FROM video_room", _audited("video.set"))),
    Case(
        "/sessions/<uuid:appointment_id>/video",
        _session_video,
        ("SELECT count(*) FROM session_video", _audited("video.set")),
    ),
    Case(
        "/sessions/<uuid:appointment_id>/where",
        _where,
        ("SELECT count(*) FROM whereabouts", _audited("whereabouts.update")),
    ),
    Case("/sessions/<uuid:appointment_id>/payment/undo", _payment_undone, (_audited("payment.undo"),)),
    Case("/requests/<uuid:request_id>/accept", _accept, (CONFIRMED, _audited("appointment.accepted"))),
    Case("/requests/<uuid:request_id>/keep", _keep, ("SELECT count(*) FROM appointment_event WHERE kind = 'kept'",)),
    Case("/requests/<uuid:request_id>/decline", _decline, (_audited("appointment.declined"),)),
    Case("/questions/<uuid:question_id>", _agree, (CONFIRMED, _audited("appointment.answered"))),
    Case("/sessions/waiting/<service>", _wait, (WAITING, _audited("waiting.join"))),
    Case("/clients/<uuid:client_id>/waiting", _put_on_list, (WAITING, _audited("waiting.join"))),
    Case("/offers/<uuid:offer_id>/take", _take, (CONFIRMED, _audited("offer.take"))),
    Case("/offers/<uuid:offer_id>/pass", _pass_on, (_audited("offer.pass"),)),
    Case("/clients/<uuid:client_id>/homework/new", _assign, ("SELECT count(*) FROM assignment",)),
    Case("/homework/<uuid:assignment_id>/entries/new/<group_key>", _entry, ("SELECT count(*) FROM entry",)),
    Case("/homework/<uuid:assignment_id>", _work, ("SELECT count(*) FROM response WHERE state = 'submitted'",)),
    Case(
        "/homework/<uuid:assignment_id>/<any(smaller, stuck):kind>",
        _help,
        ("SELECT count(*) FROM assignment WHERE help_asked_at IS NOT NULL",),
    ),
    Case(
        "/homework/<uuid:assignment_id>/answers/<uuid:answer_id>/share",
        _share,
        ("SELECT count(*) FROM answer WHERE released_at IS NOT NULL", _audited("answer.release")),
    ),
    Case("/review/<uuid:assignment_id>", _review, ("SELECT count(*) FROM assignment WHERE state = 'reviewed'",)),
    Case("/review/<uuid:assignment_id>/return", _return, ("SELECT count(*) FROM assignment WHERE state = 'returned'",)),
    Case("/intake/form/<slug>", _safe_contact, ("SELECT count(*) FROM response WHERE state = 'submitted'",)),
    Case("/intake/form/<slug>", _eligibility, ("SELECT count(*) FROM response WHERE state = 'submitted'",)),
    Case(
        "/intake/private/questions",
        _private,
        ("SELECT count(*) FROM private_page", "SELECT count(*) FROM safety_review"),
    ),
    Case(
        "/clients/<uuid:client_id>/intake/paper/<slug>",
        _paper,
        ("SELECT count(*) FROM response WHERE typed_by IS NOT NULL",),
    ),
    Case("/intake/releases", _allow, ("SELECT count(*) FROM information_release",)),
    Case("/intake/private/skip", _skip, ("SELECT count(*) FROM private_page",)),
    Case("/intake/text/<slug>", _sign, ("SELECT count(*) FROM signature",)),
    Case("/intake/finish", _finish, (_audited("intake.finish"),)),
    Case("/clients/<uuid:client_id>/couple", _couple, ("SELECT count(*) FROM couple",)),
    Case("/couples/<uuid:couple_id>/activate", _activate, ("SELECT count(*) FROM couple WHERE state = 'active'",)),
    Case("/calendar/outside", _outside, ("SELECT count(*) FROM outside_calendar",)),
    Case("/account/calendar", _feed, ("SELECT count(*) FROM calendar_feed",)),
    Case("/lost-password", _lost, ("SELECT count(*) FROM account_link",)),
    Case("/practice/services/new", _new_service, ("SELECT count(*) FROM service", _audited("service.add"))),
    Case("/practice/services/<uuid:service_id>", _service, (_audited("service.update"),)),
    Case(
        "/practice/services/<uuid:service_id>/therapists/<uuid:therapist_id>",
        _own_terms,
        (_audited("service.own_terms"),),
    ),
    Case("/practice/rooms", _room, ("SELECT count(*) FROM room",)),
    Case("/practice/holidays", _holiday, ("SELECT count(*) FROM holiday",)),
    Case(
        "/practice/staff",
        _colleague,
        ("SELECT count(*) FROM person", "SELECT count(*) FROM outbox_message WHERE kind = 'account.join'"),
    ),
    Case(
        "/practice/staff/<uuid:staff_id>/invite",
        _invited_again,
        ("SELECT count(*) FROM outbox_message WHERE kind = 'account.join'",),
    ),
    Case(
        "/people/<uuid:client_id>/way-in",
        _recognised,
        ("SELECT count(*) FROM account_link", "SELECT count(*) FROM factor_reset"),
    ),
    Case("/practice/messages/<wording>", _message, ("SELECT count(*) FROM message_words", _audited("wording.choose"))),
    Case(
        "/practice/messages/<wording>/test",
        _test_of_message,
        ("SELECT count(*) FROM outbox_message WHERE kind = 'words.test'",),
    ),
    Case("/hours/<uuid:therapist_id>/weekly", _weekly, (_audited("hours.update"),)),
    Case("/hours/<uuid:therapist_id>/extra", _extra, ("SELECT count(*) FROM extra_hours",)),
    Case("/hours/<uuid:therapist_id>/off", _leave, ("SELECT count(*) FROM time_off", _audited("time_off.add"))),
    Case("/away/<uuid:therapist_id>", _away, ("SELECT count(*) FROM day_away", "SELECT count(*) FROM time_off")),
    Case("/away/<uuid:therapist_id>/leave/<uuid:time_off_id>", _away_for_longer, ("SELECT count(*) FROM day_away",)),
    Case("/schedule/<uuid:appointment_id>/colleague", _other_therapist, ("SELECT count(*) FROM hand_over",)),
    Case("/hand-over/<uuid:therapist_id>", _hand_over, ("SELECT count(*) FROM hand_over",)),
    Case("/sessions/<uuid:appointment_id>/notes", _note_of_session, ("SELECT count(*) FROM session_note",)),
    Case("/clients/<uuid:client_id>/notes/new", _note_of_day, ("SELECT count(*) FROM session_note",)),
    Case("/notes/<uuid:note_id>/write", _note_signed, ("SELECT count(*) FROM session_note WHERE state = 'final'",)),
    Case("/notes/<uuid:note_id>/amendments", _note_amended, ("SELECT count(*) FROM note_amendment",)),
    Case("/notes/<uuid:note_id>/cosign", _note_cosigned, ("SELECT count(*) FROM session_note WHERE state = 'final'",)),
    Case(
        "/notes/<uuid:note_id>/return",
        _note_given_back,
        ("SELECT count(*) FROM session_note WHERE state = 'returned'", _audited("note.return")),
    ),
    Case("/clients/<uuid:client_id>/psychotherapy-notes", _kept_apart, ("SELECT count(*) FROM psychotherapy_note",)),
    Case("/clients/<uuid:client_id>/measures", _ask, ("SELECT count(*) FROM measure_schedule",)),
    Case(
        "/measures/<uuid:schedule_id>",
        _measure,
        ("SELECT count(*) FROM measure_administration", "SELECT count(*) FROM response WHERE state = 'submitted'"),
    ),
    Case(
        "/practice/measures/<measure>",
        _wording,
        ("SELECT count(*) FROM questionnaire_definition WHERE key = 'ras'", _audited("measure.word")),
    ),
    Case("/reports/<uuid:report_id>", _release, ("SELECT count(*) FROM progress_report WHERE state = 'released'",)),
)
MAKES_NOTHING = {
    "/alerts/<uuid:alert_id>/take": "moves a state, and only from the one before it",
    "/practice/urgent": "sets what is there to what was sent, once for each state that was seen",
    "/imports/files/<uuid:import_id>/confirm": "moves a state, and only from the one before it",
    "/imports/files/<uuid:import_id>/invite": "moves a state, and only from the one before it",
    "/imports/files/<uuid:import_id>/take-away": "taking away what is gone changes nothing",
    "/sign-in": "its answer is a cookie, so it carries no key",
    "/sign-in/second": "its answer is a cookie, so it carries no key; each code is spent once",
    "/sign-in/second/passkey": "keeps one challenge, the newest",
    "/account/confirm": "a proof that is given again changes nothing",
    "/account/confirm/passkey": "keeps one challenge, the newest",
    "/account/factors/app": "leaves one secret that waits, the newest",
    "/account/factors/app/confirm": "the second finds nothing that waits",
    "/account/factors/app/remove": "the second finds nothing to remove",
    "/account/factors/codes": "leaves ten codes, the newest",
    "/account/factors/passkeys": "the database keeps a passkey once, and its challenge is taken once",
    "/account/factors/passkeys/question": "keeps one challenge, the newest",
    "/account/factors/passkeys/<uuid:passkey_id>/name": "sets what is there to what was sent",
    "/account/factors/passkeys/<uuid:passkey_id>/remove": "the second finds nothing to remove",
    "/practice/staff/<uuid:staff_id>/second-step": "the second finds nothing to take away",
    "/sessions/waiting/<uuid:waiting_id>/leave": "leaving again changes nothing",
    "/waiting/<uuid:waiting_id>/remove": "removing again changes nothing",
    "/sign-out": "ends one sign-in; ending it again changes nothing",
    "/join/<token>": "the link is used once, which has a test of its own with the accounts",
    "/join/<token>/again": "queues one message, which the outbox holds unique",
    "/reset/<token>": "the link is used once, which has a test of its own with the accounts",
    "/account": "sets what is there to what was sent",
    "/account/calendar/end": "ending it again changes nothing",
    "/calendar/outside/<uuid:calendar_id>/use": "sets a state",
    "/calendar/outside/<uuid:calendar_id>/pause": "sets a state",
    "/calendar/outside/<uuid:calendar_id>/read": "sets when it is read next",
    "/calendar/outside/<uuid:calendar_id>/remove": "the second finds nothing to remove",
    "/account/password": "sets what is there to what was sent",
    "/account/sign-ins/<uuid:sign_in_id>/end": "ending it again changes nothing",
    "/undelivered/<uuid:message_id>/dealt-with": "saying it again changes nothing",
    "/practice/services/<uuid:service_id>/switch": "sets a state",
    "/practice/rooms/<uuid:room_id>": "sets what is there to what was sent",
    "/practice/rooms/<uuid:room_id>/switch": "sets a state",
    "/practice/details": "sets what is there to what was sent, once for each state that was seen",
    "/practice/therapists/<uuid:therapist_id>": "sets what is there to what was sent, once for each state seen",
    "/practice/staff/<uuid:staff_id>/close": "closing it again changes nothing",
    "/practice/staff/<uuid:staff_id>/open": "opening it again changes nothing",
    "/practice/messages/<wording>/preview": "shows what was typed, and saves nothing",
    "/practice/messages/<wording>/ours": "the second finds our words in place",
    "/practice/holidays/<on>/remove": "the second finds nothing to remove",
    "/hours/<uuid:therapist_id>/extra/<uuid:extra_id>/remove": "the second finds nothing to remove",
    "/hours/<uuid:therapist_id>/off/<uuid:time_off_id>/end": "ending it again changes nothing",
    "/hours/<uuid:therapist_id>/video/remove": "the second finds nothing to remove",
    "/sessions/<uuid:appointment_id>/video/remove": "the second finds nothing to remove",
    "/away/told/<uuid:away_id>/people/<uuid:person_id>/called": "saying it again changes nothing",
    "/hand-over/<uuid:therapist_id>/stay": "sets a state",
    "/clients/<uuid:client_id>/fee": "sets what is there to what was sent",
    "/couples/<uuid:couple_id>/fee": "sets what is there to what was sent",
    "/people": "finds people, and changes nothing",
    "/clients/<uuid:client_id>/admit": "sets a state",
    "/couples/<uuid:couple_id>/end": "ending it again changes nothing",
    "/record/sharing/end": "ending it again changes nothing",
    "/sessions/<uuid:appointment_id>/room": "sets what is there to what was sent",
    "/sessions/<uuid:appointment_id>/attendance/<uuid:client_id>": "sets what is there to what was sent",
    "/schedule/<uuid:appointment_id>/move": "the same service as a client's own session",
    "/schedule/<uuid:appointment_id>/swap/<uuid:other_id>": "the same service as a therapist's own pair",
    "/schedule/<uuid:appointment_id>/cancel": "the same service as a client's own session",
    "/schedule/<uuid:appointment_id>/room": "sets what is there to what was sent",
    "/schedule/<uuid:appointment_id>/arrived/<uuid:client_id>": "sets what is there to what was sent",
    "/sessions/<uuid:appointment_id>/coming": "sets a state",
    "/appointment/<token>/coming": "sets a state",
    "/appointment/<token>/cancel": "the same service as a client's own session",
    "/appointment/<token>/move": "the same service as a client's own session",
    "/intake/again": "sets a state",
    "/clients/<uuid:client_id>/intake/clear": "sets a state",
    "/intake/releases/<uuid:release_id>/take-back": "sets a state",
    "/clients/<uuid:client_id>/private/<uuid:review_id>/close": "sets a state",
    "/intake/form/<slug>/draft": "saves what was typed, and saves it again",
    "/clients/<uuid:client_id>/intake/open-again": "sets a state",
    "/homework/<uuid:assignment_id>/draft": "saves what was typed, and saves it again",
    "/homework/<uuid:assignment_id>/undo": "sets a state",
    "/homework/<uuid:assignment_id>/entries/<uuid:entry_id>": "sets what is there to what was sent",
    "/homework/<uuid:assignment_id>/entries/<uuid:entry_id>/delete": "the second finds nothing to delete",
    "/homework/<uuid:assignment_id>/answers/<uuid:answer_id>/withdraw": "sets a state",
    "/homework/<uuid:assignment_id>/answers/<uuid:answer_id>/delete": "the second finds nothing to delete",
    "/notes/<uuid:note_id>/draft": "saves what was typed, and saves it again",
    "/notes/<uuid:note_id>/withdraw": "the second finds nothing to withdraw",
    "/psychotherapy-notes/<uuid:psychotherapy_note_id>": "sets what is there to what was sent",
    "/psychotherapy-notes/<uuid:psychotherapy_note_id>/delete": "the second finds nothing to delete",
    "/clients/<uuid:client_id>/measures/<uuid:schedule_id>/stop": "the second finds nothing to stop",
    "/review/<uuid:assignment_id>/<any(excuse, cancel, answered):act>": "sets a state",
}

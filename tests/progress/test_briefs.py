"""The brief before a session: made a day ahead, of what each client sent, and shown to their therapist alone."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import select

from clinic.audit.models import AuditEvent
from clinic.clients import couples
from clinic.database.session import db
from clinic.progress import briefs, queries, vaulting
from clinic.progress.models import Brief, BriefPart
from clinic.progress.sealed_brief import Attendance
from clinic.questionnaires import queries as answers
from clinic.questionnaires import service as answers_service
from clinic.questionnaires.models import Answer
from tests.browser import Browser
from tests.conftest import Acting
from tests.factories import Practice
from tests.progress.conftest import CANARY, NOW, Desk, Working, appointment, client, november, therapist

pytestmark = pytest.mark.usefixtures("busy_november")
Open = Callable[..., Browser]
Owner = psycopg.Connection[tuple[object, ...]]
QUOTED = re.compile(r'<p class="asked">([^<]*)</p>\s*<p class="said">([^<]*)</p>')
TOMORROW = NOW + timedelta(hours=23)


@pytest.fixture
def alone(acting: Acting, practice: Practice) -> UUID:
    """Alice's session tomorrow, after one on the fifteenth that she came to late."""
    with acting() as session:
        appointment(session, practice, november(15), [practice.alice_client], attendance="late")
        return appointment(session, practice, TOMORROW, [practice.alice_client])


@pytest.fixture
def together(acting: Acting, practice: Practice) -> UUID:
    """The couple's session tomorrow."""
    with acting() as session:
        both = [practice.alice_client, practice.bob_client]
        appointment(session, practice, november(15), both, couple=practice.couple)
        return appointment(session, practice, TOMORROW + timedelta(hours=1), both, couple=practice.couple)


def release_line(acting: Acting, practice: Practice) -> None:
    with acting(client(practice.alice)):
        answer = db.session.scalars(select(Answer).where(Answer.field == "share")).one()
        answers_service.release(answer, NOW)


def test_brief_is_made_a_day_ahead_and_once(working: Working, alone: UUID) -> None:
    with working():
        assert briefs.prepare_due(NOW - timedelta(hours=2)) == 0
        assert briefs.prepare_due(NOW) == 1
        assert briefs.prepare_due(NOW) == 0
        assert db.session.scalars(select(Brief.appointment_id)).all() == [alone]


def test_brief_that_fails_stops_no_other(
    working: Working, acting: Acting, owner: Owner, practice: Practice, alone: UUID
) -> None:
    with acting() as session:
        later = appointment(session, practice, TOMORROW + timedelta(minutes=50), [practice.bob_client])
    spoil = "UPDATE vault_key SET wrapped = substr(wrapped, 2) || '\\x00' WHERE owner_id = %s"
    owner.execute(spoil, [practice.alice_client])
    with working():
        assert briefs.prepare_due(NOW, limit=1) == 1
    with working():
        assert db.session.scalars(select(Brief.appointment_id)).all() == [later]
        assert briefs.prepare_due(NOW) == 0


def test_brief_is_made_anew_when_the_session_has_moved(
    working: Working, owner: Owner, practice: Practice, alone: UUID
) -> None:
    with working():
        briefs.prepare_due(NOW)
    later = "SET during = tstzrange(lower(during) + '4 days'::interval, upper(during) + '4 days'::interval)"
    move = "SET starts_at = starts_at + '4 days'::interval, ends_at = ends_at + '4 days'::interval"
    with owner.transaction():
        owner.execute(f"UPDATE claim {later} WHERE appointment_id = %s", [alone])
        owner.execute(f"UPDATE appointment {move} WHERE id = %s", [alone])
    with working():
        assert briefs.prepare_due(NOW) == 0
        assert briefs.prepare_due(NOW + timedelta(days=4)) == 1
        brief = queries.brief_of(alone)
        assert brief is not None
        assert brief.prepared_at == NOW + timedelta(days=4)
        assert len(brief.parts) == 1
        trail = select(AuditEvent.action, AuditEvent.client_id).where(AuditEvent.action.startswith("brief."))
        rows = db.session.execute(trail.order_by(AuditEvent.id)).all()
    actions = ("brief.prepare", "brief.discard", "brief.prepare")
    assert rows == [(action, practice.alice_client) for action in actions]


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE appointment SET state = 'cancelled', cancelled_at = %(now)s",
        "UPDATE care_relationship SET ends_at = %(now)s",
        "UPDATE episode SET closed_at = %(now)s",
    ],
)
def test_no_brief_for_what_is_cancelled_or_out_of_care(
    working: Working, owner: Owner, alone: UUID, change: str
) -> None:
    owner.execute(change, {"now": NOW - timedelta(minutes=1)})
    with working():
        assert briefs.prepare_due(NOW) == 0
        assert not briefs.prepare_brief(alone, NOW)


@pytest.mark.parametrize("change", ["therapist_id = %(erik)s", "ends_at = %(before)s"])
def test_session_whose_therapist_no_longer_cares_is_not_due(
    working: Working, acting: Acting, owner: Owner, practice: Practice, alone: UUID, change: str
) -> None:
    """Else sessions that were left behind at a hand-over would stand at the head of every run."""
    with acting() as session:
        later = appointment(session, practice, TOMORROW + timedelta(minutes=50), [practice.bob_client])
    given = {"erik": practice.erik, "before": NOW - timedelta(minutes=1), "alice": practice.alice_client}
    owner.execute(f"UPDATE care_relationship SET {change} WHERE client_id = %(alice)s", given)
    with working():
        assert queries.appointments_without_brief(NOW) == [later]
        assert not briefs.prepare_brief(alone, NOW)


def test_session_of_a_closed_episode_is_not_due(working: Working, owner: Owner, alone: UUID) -> None:
    owner.execute("UPDATE episode SET closed_at = %s", [NOW - timedelta(minutes=1)])
    with working():
        assert queries.appointments_without_brief(NOW) == []
        assert not briefs.prepare_brief(alone, NOW)


def test_brief_tells_what_was_sent_since_the_last_session(
    working: Working, acting: Acting, practice: Practice, alone: UUID
) -> None:
    with working():
        briefs.prepare_due(NOW)
    with acting(therapist(practice.dana)):
        brief = queries.brief_of(alone)
        assert brief is not None
        (part,) = brief.parts
        page = vaulting.private_of(part)
    assert [one.text for one in page.sayings] == ["My sister makes me laugh", "A swim on Saturday morning"]
    assert [(work.title, work.entries, work.hardness) for work in page.work] == [
        ("Own circle", 1, 9),
        ("Whole-self wheel", 0, None),
    ]
    assert page.attendance == Attendance(late=1)
    assert [item.rule for item in page.agenda] == ["review", "too_hard", "rose", "no_work"]


def test_each_answer_stands_under_its_question(
    working: Working, desk: Desk, practice: Practice, alone: UUID, browser: Open
) -> None:
    trace = {
        "at": "2026-11-20T20:00",
        "trigger": "He went quiet at dinner",
        "fear": "That it is over",
        "need": "A word before he goes out",
        "readers": "therapist",
    }
    desk.send(practice.alice, "fear_trace", november(21), {}, {"traces": [trace]})
    with working():
        briefs.prepare_due(NOW)
    page = browser(practice.dana).get(f"/briefs/{alone}").text
    told = [
        ("One line about your own circle that you might like to share", "My sister makes me laugh"),
        ("What set it off?", "He went quiet at dinner"),
        ("What were you afraid of?", "That it is over"),
        ("What did you need?", "A word before he goes out"),
        ("One small action", "A swim on Saturday morning"),
    ]
    assert QUOTED.findall(page) == told * 2  # on the joint page of a session alone, and on the you-only page
    assert page.count("Fear trace, Nov 21") == 2


def test_joint_page_of_a_couple_holds_released_lines_and_nothing_else(
    working: Working, acting: Acting, practice: Practice, together: UUID
) -> None:
    release_line(acting, practice)
    with working():
        briefs.prepare_due(NOW)
    with acting(therapist(practice.dana)):
        brief = queries.brief_of(together)
        assert brief is not None
        appointment = queries.appointment_in_care(together, practice.dana, NOW)
        joint = vaulting.joint_of(brief, vaulting.owner_of(appointment, []))
        assert {part.client_id for part in brief.parts} == {practice.alice_client, practice.bob_client}
    (line,) = joint.shared
    assert (line.who, line.text) == ("Alice", "My sister makes me laugh")
    assert line.question == "One line about your own circle that you might like to share"
    assert joint.sessions == 1
    assert [item.rule for item in joint.agenda] == ["open", "shared", "next_date"]
    assert (joint.sayings, joint.moved) == ((), ())
    assert CANARY not in repr(joint)


def joint_half(page: str) -> str:
    """The part of a brief's page that may lie on the table."""
    return page.partition('id="joint"')[2].partition("</section>")[0]


@pytest.mark.parametrize("how", ["withdrawn", "ended"])
def test_line_leaves_the_joint_page_when_it_is_taken_back_or_the_couple_ends(
    working: Working, acting: Acting, practice: Practice, together: UUID, browser: Open, how: str
) -> None:
    release_line(acting, practice)
    with working():
        briefs.prepare_due(NOW)
    line = "My sister makes me laugh"
    assert joint_half(browser(practice.dana).get(f"/briefs/{together}").text).count(line) == 1
    with acting(client(practice.alice)):
        if how == "withdrawn":
            answers_service.withdraw(db.session.scalars(select(Answer).where(Answer.field == "share")).one())
        else:
            couples.end(practice.couple, practice.alice, NOW)
    joint = joint_half(browser(practice.dana).get(f"/briefs/{together}").text)
    assert line not in joint
    assert "Rule: shared" not in joint


def test_brief_opens_no_more_released_lines_than_it_shows(
    working: Working,
    acting: Acting,
    practice: Practice,
    desk: Desk,
    together: UUID,
    browser: Open,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    line = "The number {0} of what I like"
    meeting = {"held_on": "2026-11-10", "who": "M", "happened": "yes", "ease_before": "3", "ease_after": "7"}
    for at in range(5):
        sent = {"share": line.format(at), "how_hard": "3"}
        desk.send(practice.alice, "own_circle", november(20 + at), sent, {"meetings": [meeting, meeting]})

    def release_all(at: int, when: datetime) -> None:
        with acting(client(practice.alice)):
            shares = select(Answer).where(Answer.field == "share", Answer.visibility == "P").order_by(Answer.id.desc())
            answers_service.release(db.session.scalars(shares).all()[at], when)

    for at in (4, 3, 2, 1):
        release_all(at, NOW - timedelta(hours=at))
    with working():
        briefs.prepare_due(NOW)
    release_all(0, NOW + timedelta(minutes=1))
    opened: list[UUID] = []

    def opening(answer: Answer, really: Callable[[Answer], str] = answers.open_answer) -> str:
        opened.append(answer.id)
        return really(answer)

    monkeypatch.setattr(answers, "open_answer", opening)
    page = joint_half(browser(practice.dana).get(f"/briefs/{together}").text)
    assert [at for at in range(5) if line.format(at) in page] == [1, 2, 3]
    assert len(opened) == 3


def test_joint_page_holds_no_line_from_before_the_couple(
    working: Working, acting: Acting, practice: Practice, together: UUID, owner: Owner
) -> None:
    release_line(acting, practice)
    owner.execute("UPDATE couple SET activated_at = %s", [NOW + timedelta(minutes=1)])
    with working():
        briefs.prepare_due(NOW)
    with acting(therapist(practice.dana)):
        brief = queries.brief_of(together)
        assert brief is not None
        appointment = queries.appointment_in_care(together, practice.dana, NOW)
        assert vaulting.joint_of(brief, vaulting.owner_of(appointment, [])).shared == ()


def test_private_page_of_one_holds_nothing_of_the_other(
    working: Working, acting: Acting, practice: Practice, together: UUID
) -> None:
    with working():
        briefs.prepare_due(NOW)
    with acting(therapist(practice.dana)):
        part = db.session.scalars(select(BriefPart).where(BriefPart.client_id == practice.bob_client)).one()
        page = vaulting.private_of(part)
    assert (page.work, page.sayings) == ((), ())
    assert [pulse.values["pause"] for pulse in page.pulses] == [5]


def test_partner_outside_this_therapists_care_is_left_out(
    working: Working, owner: Owner, practice: Practice, together: UUID
) -> None:
    owner.execute(
        "UPDATE care_relationship SET therapist_id = %s WHERE client_id = %s", [practice.erik, practice.bob_client]
    )
    with working():
        assert briefs.prepare_brief(together, NOW)
        assert db.session.scalars(select(BriefPart.client_id)).all() == [practice.alice_client]


def test_web_role_sees_briefs_only_through_care(
    working: Working, acting: Acting, practice: Practice, alone: UUID
) -> None:
    with working():
        briefs.prepare_due(NOW)

    def seen(person: UUID) -> int:
        with acting(therapist(person)) as session:
            return len(session.scalars(select(Brief)).all()) + len(session.scalars(select(BriefPart)).all())

    people = (practice.erik, practice.alice, practice.bob, practice.carol, practice.desk, practice.owner)
    assert [seen(person) for person in people] == [0] * 6
    assert seen(practice.dana) == 2

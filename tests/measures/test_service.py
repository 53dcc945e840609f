"""Asked for, answered once, sealed, scored and final; and behind the wall for everybody but two."""

from collections.abc import Callable
from datetime import date, timedelta

import psycopg
import pytest
from sqlalchemy import func, insert, select, update
from sqlalchemy.exc import DBAPIError

from clinic.clients.models import Client
from clinic.core.errors import NotVisibleError
from clinic.core.ids import new_id
from clinic.database.actor import Actor
from clinic.database.session import db
from clinic.homework import service as homework
from clinic.homework.errors import AssignmentError
from clinic.measures import panel, queries, service
from clinic.measures.errors import (
    AlreadyScheduledError,
    LicenceUnreadError,
    NotDueError,
    NothingAnsweredError,
    NoWordingError,
    TooOftenError,
    WordingChangedError,
)
from clinic.measures.loading import shipped
from clinic.measures.models import MeasureAdministration, MeasureSchedule
from clinic.measures.rules import Category
from clinic.questionnaires import queries as questionnaires
from clinic.questionnaires.models import Answer, QuestionnaireDefinition, Response, ResponseScore
from tests.conftest import NOW, Acting
from tests.constraints import refusals
from tests.factories import Practice
from tests.measures.conftest import Asked, Taken, client, therapist, words_for

pytestmark = pytest.mark.usefixtures("installed")
Alerts = Callable[[], list[tuple[object, ...]]]
Owner = psycopg.Connection[tuple[object, ...]]
DAY = timedelta(days=1)


def seen(acting: Acting, actor: Actor) -> tuple[int, ...]:
    """How many rows of each clinical table this actor sees."""
    tables = (MeasureSchedule, MeasureAdministration, Response, Answer, ResponseScore)
    with acting(actor):
        return tuple(db.session.scalar(select(func.count()).select_from(table)) or 0 for table in tables)


def test_partner_stranger_desk_and_owner_have_no_row(
    acting: Acting, practice: Practice, asked: Asked, taken: Taken
) -> None:
    taken(asked("gad7"), [1, 2, 3, 0, 1, 2, 1])
    assert seen(acting, client(practice.alice)) == (1, 1, 1, 7, 1)
    assert seen(acting, therapist(practice.dana)) == (1, 1, 1, 7, 1)
    for person in (practice.bob, practice.carol):
        assert seen(acting, client(person)) == (0, 0, 0, 0, 0)
    for person in (practice.erik, practice.desk, practice.owner):
        assert seen(acting, Actor(person_id=person, roles=frozenset({"therapist", "front_desk", "owner"}))) == (0,) * 5


def test_nobody_but_the_client_answers_and_nobody_but_the_therapist_asks(
    acting: Acting, practice: Practice, asked: Asked, taken: Taken
) -> None:
    line = asked("gad7")
    taken(line, [0] * 7)
    row = {"id": new_id(), "client_id": practice.alice_client, "measure": "phq4", "every_days": 14}
    row |= {"starts_on": NOW.date(), "scheduled_by": practice.dana, "scheduled_at": NOW}
    for actor in (client(practice.alice), client(practice.bob), therapist(practice.erik), therapist(practice.owner)):
        with pytest.raises(DBAPIError, match="row-level security"), acting(actor):
            db.session.execute(insert(MeasureSchedule).values(row))
    with acting(client(practice.bob)):
        assert db.session.execute(update(MeasureSchedule).values(ended_at=NOW, ended_by=practice.bob)).rowcount == 0  # type: ignore[attr-defined]  # of a CursorResult
    with acting(client(practice.alice)):
        assert db.session.execute(update(MeasureSchedule).values(ended_at=NOW, ended_by=practice.bob)).rowcount == 0  # type: ignore[attr-defined]


def test_answers_lie_sealed_one_by_one_and_scores_plain(
    acting: Acting, practice: Practice, asked: Asked, taken: Taken, owner: Owner
) -> None:
    taken(asked("gad7"), [1, 2, 3, None, 1, 2, 1])
    rows = owner.execute("SELECT field, visibility, encrypted FROM answer ORDER BY field").fetchall()
    assert [(field, letter) for field, letter, _sealed in rows] == [(f"item_{at}", "T") for at in (1, 2, 3, 5, 6, 7)]
    assert not any(b"n1" in bytes(sealed) or b"n2" in bytes(sealed) for _field, _letter, sealed in rows)  # type: ignore[call-overload]
    assert owner.execute("SELECT name, value FROM score").fetchall() == [
        ("gad7.total", pytest.approx(10 * 7 / 6, abs=0.01))
    ]


def test_it_comes_again_after_its_days_and_not_before(
    acting: Acting, practice: Practice, asked: Asked, taken: Taken
) -> None:
    line = asked("gad7", every=28)
    taken(line, [1] * 7)
    for days in (0, 14, 27):
        with pytest.raises(NotDueError):
            taken(line, [1] * 7, days=days)
    taken(line, [1] * 7, days=28)
    assert seen(acting, client(practice.alice))[:3] == (1, 2, 2)


def test_stopping_and_asking_anew_does_not_make_it_come_sooner(
    acting: Acting, practice: Practice, asked: Asked, taken: Taken
) -> None:
    line = asked("gad7")
    taken(line, [1] * 7)
    with acting(therapist(practice.dana)):
        service.stop(queries.schedule_of(line, practice.alice_client), practice.dana, NOW)
    again = asked("gad7", at=NOW + DAY)
    with pytest.raises(NotDueError):
        taken(again, [1] * 7, days=1)
    taken(again, [1] * 7, days=14)


def test_what_was_sent_is_final(acting: Acting, practice: Practice, asked: Asked, taken: Taken, owner: Owner) -> None:
    taken(asked("gad7"), [1] * 7)
    again = (
        "INSERT INTO measure_administration SELECT gen_random_uuid(), client_id, measure, definition_id,"
        " gen_random_uuid(), taken_on + 13, taken_at FROM measure_administration"
    )
    draft = "UPDATE response SET state = 'draft', submitted_at = NULL, taken_back_at = submitted_at"
    changes = {
        "measure_not_too_often": again,
        "measure_is_final": draft,
        "response_frozen": "UPDATE answer SET encrypted = '\\x00'",
        "ck_measure_schedule_every_days": "UPDATE measure_schedule SET every_days = 13",
        "uq_measure_schedule_live": "INSERT INTO measure_schedule SELECT gen_random_uuid(), client_id, measure,"
        " every_days, starts_on, scheduled_by, scheduled_at FROM measure_schedule",
    }
    assert refusals(owner, changes) == {name: name for name in changes}
    for change in ("UPDATE measure_administration SET taken_on = taken_on - 20", "DELETE FROM measure_administration"):
        with pytest.raises(psycopg.errors.IntegrityError, match="append-only"), owner.transaction():
            owner.execute(change.encode())


def test_nothing_and_what_does_not_fit_are_refused_and_leave_nothing(
    acting: Acting, practice: Practice, asked: Asked, taken: Taken
) -> None:
    line = asked("gad7")
    with pytest.raises(NothingAnsweredError):
        taken(line, [None] * 7)
    assert seen(acting, client(practice.alice))[1:] == (0, 0, 0, 0)


def test_too_little_for_a_score_is_kept_without_one(
    acting: Acting, practice: Practice, asked: Asked, taken: Taken
) -> None:
    taken(asked("gad7"), [1, 1, None, None, 1, 1, None])
    with acting(therapist(practice.dana)):
        (line,) = panel.overview(practice.alice_client)
        assert (line.is_unscored, list(line.scales)) == (True, [])


def test_asking_too_often_twice_or_for_what_has_no_wording_is_refused(
    acting: Acting, practice: Practice, asked: Asked
) -> None:
    asked("gad7")
    for error, measure, every in (
        (AlreadyScheduledError, "gad7", 28),
        (TooOftenError, "phq4", 13),
        (TooOftenError, "phq4", 367),
        (NoWordingError, "ras", 28),
        (NoWordingError, "pulse", 28),
    ):
        with pytest.raises(error):
            asked(measure, every)


@pytest.mark.parametrize(("value", "grades"), [(0, []), (1, ["same_day"]), (2, ["urgent"]), (3, ["urgent"])])
def test_item_nine_alerts_once_with_the_answer(
    value: int, grades: list[str], asked: Asked, taken: Taken, alerts: Alerts, practice: Practice
) -> None:
    administration = taken(asked("phq9"), [0, 0, 0, 0, 0, 0, 0, 0, value])
    assert alerts() == [(practice.alice_client, "phq9_item9", administration, grade) for grade in grades]


def test_item_nine_alone_alerts_though_nothing_else_is_answered(asked: Asked, taken: Taken, alerts: Alerts) -> None:
    """Whoever answers only this one is not turned away for the other eight."""
    taken(asked("phq9"), [None] * 8 + [2])
    assert [grade for *_what, grade in alerts()] == ["urgent"]


def test_alert_that_fails_keeps_no_answer_either(
    acting: Acting, practice: Practice, asked: Asked, taken: Taken, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One transaction: nobody reads "your therapist will see this" while nobody was told."""

    def fail(**_told: object) -> None:
        raise RuntimeError("the alert cannot be opened")

    monkeypatch.setattr(ALERT, fail)
    line = asked("phq9")
    with pytest.raises(RuntimeError, match="cannot be opened"):
        taken(line, [0] * 8 + [1])
    assert seen(acting, client(practice.alice))[1:] == (0, 0, 0, 0)


def test_latest_is_read_against_the_first_of_the_same_version(
    acting: Acting, practice: Practice, asked: Asked, taken: Taken
) -> None:
    line = asked("gad7")
    for days, value in ((0, 2), (14, 2), (28, 0)):
        taken(line, [value] * 7, days=days)
    with acting(therapist(practice.dana)):
        (shown,) = panel.overview(practice.alice_client)
        (scale,) = shown.scales
        assert (scale.score, scale.band, scale.category) == ("0 / 21", "minimal", Category.RECOVERED)
        assert scale.reading.startswith("Down 14 since")
        assert scale.reading.endswith("more than chance.")
        assert scale.since_last.startswith("Down 14 since")
    with acting(client(practice.alice)):
        due, words = panel.of_client(practice.alice_client, (NOW + 28 * DAY).date())
        assert due == []
        assert len(words) == 1
        assert words[0].startswith("GAD-7: clearly lower since")


def test_other_version_is_not_compared(acting: Acting, practice: Practice, asked: Asked, taken: Taken) -> None:
    with acting():
        service.word(shipped()["ras"], words_for("ras"), 0, has_read_licence=True, now=NOW)
    line = asked("ras")
    taken(line, [1] * 7)
    with acting():
        service.word(shipped()["ras"], words_for("ras"), 1, has_read_licence=True, now=NOW + DAY)
    taken(line, [5] * 7, days=14)
    with acting(therapist(practice.dana)):
        history = queries.taken([practice.alice_client])[practice.alice_client]["ras"]
        assert [questionnaires.definition(each.definition_id).version for each in history] == [1, 2]
        (shown,) = panel.overview(practice.alice_client)
        assert shown.scales[0].category is None
        assert shown.scales[0].reading == "The first one: there is nothing to compare it with yet."


def test_wording_needs_the_licence_read_and_the_version_that_was_seen(
    acting: Acting, owner: Owner, practice: Practice
) -> None:
    known, words = shipped()["ras"], words_for("ras")
    with acting():
        with pytest.raises(LicenceUnreadError):
            service.word(known, words, 0, has_read_licence=False, now=NOW)
        assert service.word(known, words, 0, has_read_licence=True, now=NOW) == 1
        with pytest.raises(WordingChangedError):
            service.word(known, words, 0, has_read_licence=True, now=NOW)
        with pytest.raises(WordingChangedError):
            service.word(known, words, 5, has_read_licence=True, now=NOW)
        assert [row.version for row in queries.versions("ras")] == [1]


def test_measures_are_installed_once(acting: Acting) -> None:
    with acting():
        assert service.install_shipped(NOW) == 0
        kinds = set(db.session.scalars(select(QuestionnaireDefinition.kind)))
        assert kinds == {"measure"}
        assert {row.key for row in queries.askable()} == {"phq9", "gad7", "phq4"}


def test_measure_is_no_homework(acting: Acting, practice: Practice) -> None:
    with acting(therapist(practice.dana)):
        row = questionnaires.latest("phq9")
        with pytest.raises(AssignmentError):
            homework.assign(practice.alice_client, homework.Task(row.id, NOW + DAY), practice.dana, NOW)


def test_somebody_elses_line_is_not_there(acting: Acting, practice: Practice, asked: Asked) -> None:
    line = asked("gad7")
    for person in (practice.bob, practice.carol, practice.dana):
        with pytest.raises(NotVisibleError), acting(client(person)):
            queries.own(line, person)
    with pytest.raises(NotVisibleError), acting(therapist(practice.dana)):
        queries.schedule_of(line, practice.bob_client)


def test_due_day_is_so_many_days_after_the_last_answer_and_not_before_it_begins(
    acting: Acting, practice: Practice, asked: Asked, taken: Taken
) -> None:
    line, today = asked("gad7", every=20), NOW.date()

    def due_on() -> date:
        with acting(client(practice.alice)):
            return queries.own(line, practice.alice).due_on

    assert due_on() == today
    taken(line, [1] * 7, days=3)
    assert due_on() == today + 23 * DAY
    with acting(therapist(practice.dana)):
        service.stop(queries.schedule_of(line, practice.alice_client), practice.dana, NOW)
    line = asked("gad7", every=14, at=NOW + 90 * DAY)
    assert due_on() == today + 90 * DAY


def test_nothing_is_asked_of_a_closed_record(acting: Acting, practice: Practice, asked: Asked) -> None:
    asked("gad7")
    with acting() as session:
        record = session.get_one(Client, practice.alice_client)
        record.state, record.closed_at = "closed", NOW
    with acting(client(practice.alice)):
        assert queries.due_now(practice.alice_client, NOW.date()) == []


def test_workers_read_what_is_due_and_write_none_of_it(owner: Owner) -> None:
    rights = owner.execute(
        "SELECT table_name, privilege_type FROM information_schema.role_table_grants"
        " WHERE grantee = 'clinic_worker' AND table_name LIKE 'measure%' ORDER BY 1, 2"
    ).fetchall()
    assert rights == [("measure_administration", "SELECT"), ("measure_schedule", "SELECT")]


ALERT = "clinic.risk.service.raise_alert"

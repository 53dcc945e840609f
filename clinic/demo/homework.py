"""Twelve weeks of homework: wheels, circles, traces and pulses, with some late, stuck, returned and waiting."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from random import Random
from uuid import UUID

from clinic.core.zones import moment, wall
from clinic.demo import writings
from clinic.demo.caseload import Caseload, ClientSketch
from clinic.demo.practice import ZONE, Ground
from clinic.homework import service
from clinic.homework.models import Assignment
from clinic.homework.rules import State
from clinic.homework.service import Task
from clinic.questionnaires import drafts, queries
from clinic.questionnaires.models import Response
from clinic.questionnaires.values import Raw, Reading

AREAS = ("work", "friends", "family", "body", "meaning", "play", "home", "inner")
PULSE_LINES = ("whole_self", "own_circle", "talking", "get_real", "pause", "horizon")
DILIGENCE = (1.0, 0.9, 0.75, 0.55)  # how much of what is due the clients do, in turn


@dataclass(frozen=True, slots=True)
class Teller:
    """One client, their therapist, their own luck, and the exercises by key."""

    client: ClientSketch
    therapist_id: UUID
    chance: Random
    exercises: dict[str, UUID]
    now: datetime

    def at(self, weeks_ago: float, hour: int = 19) -> datetime:
        """An evening of the past, never later than five minutes ago."""
        day = wall(self.now - timedelta(weeks=weeks_ago), ZONE).date()
        return min(moment(day, time(hour, self.chance.randrange(60)), ZONE), self.now - timedelta(minutes=5))

    def one_of(self, texts: tuple[str, ...]) -> str:
        """One of several things they might write."""
        return texts[self.chance.randrange(len(texts))]

    def about(self, middle: float) -> str:
        """A number from 0 to 10 near `middle`, as a form sends it."""
        return str(max(0, min(10, round(self.chance.gauss(middle, 1.1)))))


def do_homework(ground: Ground, caseload: Caseload, now: datetime) -> None:
    """Give everyone in care their homework, and let them do it as people do."""
    exercises = {key: queries.latest(key).id for key in ("whole_self_wheel", "own_circle", "fear_trace", "pulse")}
    for client in caseload.clients:
        teller = Teller(
            client,
            ground.therapists[client.therapist],
            Random(7_000 + client.place),  # noqa: S311 -- the same practice every time is the point
            exercises,
            now,
        )
        _wheel(teller, weeks_ago=11, lift=0)
        _circle(teller)
        _wheel(teller, weeks_ago=5, lift=1.5)
        _trace(teller)
        if client.couple_id is not None or client.place % 6 == 0:
            _pulses(teller)
        _open_work(teller)


def _give(teller: Teller, key: str, given: datetime, due: datetime, target: int | None = None) -> Assignment:
    has_words = teller.chance.random() < 0.7
    task = Task(
        definition_id=teller.exercises[key],
        due_at=due,
        is_agreed=True,
        confidence=teller.chance.choice((6, 7, 8, 8, 9)),
        target=target,
        reason=teller.one_of(writings.REASONS) if has_words else "",
        when_and_where=teller.one_of(writings.WHEN_AND_WHERE) if has_words else "",
        obstacle=teller.one_of(writings.OBSTACLES) if has_words else "",
    )
    return service.assign(teller.client.id, task, teller.therapist_id, given)


def _is_done(teller: Teller) -> bool:
    return teller.chance.random() < DILIGENCE[teller.client.place % len(DILIGENCE)]


def _write(response: Response, answers: dict[str, Raw], now: datetime) -> None:
    drafts.save_answers(response, answers, Reading(now, ZONE))


def _finish(teller: Teller, assignment: Assignment, sent: datetime, *, is_reviewed: bool = True) -> None:
    service.send(assignment, Reading(sent, ZONE), client_quality=teller.chance.choice((2, 3, 3, 4)))
    if is_reviewed:
        reviewed = min(sent + timedelta(days=teller.chance.randrange(1, 5)), teller.now)
        service.review(assignment, teller.one_of(writings.FEEDBACK), teller.chance.choice((2, 3, 3, 4)), reviewed)


def _wheel(teller: Teller, weeks_ago: float, lift: float) -> None:
    assignment = _give(teller, "whole_self_wheel", teller.at(weeks_ago, 10), teller.at(weeks_ago - 1.5))
    if lift and not _is_done(teller):
        service.close(assignment, State.EXCUSED, teller.at(weeks_ago - 2))
        return
    written = teller.at(weeks_ago - 1)
    draft = service.draft_of(assignment, written)
    chosen = ("friends", "play") if teller.client.place % 2 else ("body", "inner")
    answers: dict[str, Raw] = {
        f"now_{area}": teller.about((3.5 if area in chosen else 5.5) + (lift if area in chosen else 0))
        for area in AREAS
    }
    answers |= {f"wanted_{area}": "7" for area in chosen}
    answers |= {
        "chosen": list(chosen),
        "value": teller.one_of(writings.WHEEL_VALUES),
        "action": teller.one_of(writings.WHEEL_ACTIONS),
        "how_hard": teller.about(4),
        "note": teller.one_of(writings.KEPT_NOTES),
    }
    _write(draft, answers, written)
    for line in range(teller.chance.randrange(2, 5)):
        day = written + timedelta(days=line)
        drafts.add_entry(
            draft,
            "log",
            {
                "held_on": wall(day, ZONE).date().isoformat(),
                "done": teller.chance.choice(("yes", "yes", "partly", "not_this_time")),
                "mastery": teller.about(5 + lift),
                "pleasure": teller.about(5 + lift),
                "own_choice": "yes",
            },
            Reading(day, ZONE),
        )
    _finish(teller, assignment, written + timedelta(days=4))


def _circle(teller: Teller) -> None:
    assignment = _give(teller, "own_circle", teller.at(9, 10), teller.at(5), target=4)
    if not _is_done(teller):
        return
    draft = service.draft_of(assignment, teller.at(9, 20))
    _people(teller, draft, teller.at(9, 20))
    for weeks_ago in (8.5, 7.5, 6.5, 5.7):
        _meeting(teller, draft, teller.at(weeks_ago))
    _write(draft, {"how_hard": teller.about(5), "share": teller.one_of(writings.SHARED_LINES)}, teller.at(5.5))
    _finish(teller, assignment, teller.at(5.3))


def _people(teller: Teller, draft: Response, now: datetime) -> None:
    for initials in teller.chance.sample(writings.INITIALS, 3):
        drafts.add_entry(
            draft,
            "people",
            {
                "initials": initials,
                "relation": teller.chance.choice(("friend", "sibling", "relative", "colleague")),
                "closeness": teller.about(6),
                "lean_on_for": teller.chance.sample(("laughing", "listening", "honesty", "company"), 2),
            },
            Reading(now, ZONE),
        )


def _meeting(teller: Teller, draft: Response, now: datetime) -> None:
    happened = teller.chance.random() < 0.8
    answers: dict[str, Raw] = {
        "held_on": wall(now, ZONE).date().isoformat(),
        "who": teller.one_of(writings.INITIALS),
        "kind": teller.chance.choice(("in_person", "call", "activity")),
        "planned": "yes",
        "ease_before": teller.about(4),
        "happened": "yes" if happened else "no",
        "in_the_way": ["nothing"]
        if happened
        else [teller.chance.choice(("time", "energy", "guilt", "partner_unhappy"))],
    }
    if happened:
        answers |= {"ease_after": teller.about(7), "urge": teller.about(4), "enjoyment": teller.about(7)}
    drafts.add_entry(draft, "meetings", answers, Reading(now, ZONE))


def _trace(teller: Teller) -> None:
    assignment = _give(teller, "fear_trace", teller.at(4, 10), teller.at(1), target=3)
    if not _is_done(teller):
        return
    draft = service.draft_of(assignment, teller.at(3.5))
    for number, weeks_ago in enumerate((3.5, 2.5, 1.8)):
        _one_trace(teller, draft, teller.at(weeks_ago), ("therapist", "partner", "only_me")[number])
    _write(draft, {"how_hard": teller.about(6), "note": teller.one_of(writings.KEPT_NOTES)}, teller.at(1.2))
    is_waiting = teller.client.place % 4 == 0
    _finish(teller, assignment, teller.at(0.3 if is_waiting else 1.1), is_reviewed=not is_waiting)
    if teller.client.place % 12 == 5:
        again = _give(teller, "fear_trace", teller.at(0.9, 10), teller.now + timedelta(days=3))
        _one_trace(teller, service.draft_of(again, teller.at(0.6)), teller.at(0.6), "therapist")
        service.send(again, Reading(teller.at(0.5), ZONE))
        service.give_back(again, teller.one_of(writings.RETURN_REASONS), teller.at(0.2))


def _one_trace(teller: Teller, draft: Response, now: datetime, readers: str) -> None:
    if readers == "partner" and teller.client.couple_id is None:
        readers = "therapist"
    happened = wall(now - timedelta(hours=5), ZONE)
    answers: dict[str, Raw] = {
        "at": happened.strftime("%Y-%m-%dT%H:%M"),
        "trigger": teller.one_of(writings.TRIGGERS),
        "intensity": teller.about(7.5),
        "reaction": teller.one_of(writings.REACTIONS),
        "intensity_now": teller.about(3.5),
        "feeling_under": teller.one_of(writings.FEELINGS),
        "fear": teller.one_of(writings.FEARS),
        "belief": teller.one_of(writings.BELIEFS),
        "origin": teller.chance.choice(("this_relationship", "family", "unsure")),
        "other_view": teller.one_of(writings.OTHER_VIEWS),
        "need": teller.one_of(writings.NEEDS),
        "readers": readers,
    }
    if readers == "partner":
        answers["sentence"] = teller.one_of(writings.SENTENCES)
    drafts.add_entry(draft, "traces", answers, Reading(now, ZONE))


def _pulses(teller: Teller) -> None:
    """Six lines that start apart and drift up, some of them with a dip in the middle."""
    starts = [teller.chance.uniform(3, 6) for _ in PULSE_LINES]
    slopes = [teller.chance.uniform(-0.05, 0.3) for _ in PULSE_LINES]
    for week in range(12, 0, -1):
        assignment = _give(teller, "pulse", teller.at(week, 9), teller.at(week - 0.9, 21))
        if not _is_done(teller):
            continue
        written = teller.at(week - 0.5)
        dip = -1.5 if week in {6, 7} else 0
        answers: dict[str, Raw] = {
            line: teller.about(start + slope * (12 - week) + dip)
            for line, start, slope in zip(PULSE_LINES, starts, slopes, strict=True)
        }
        _write(service.draft_of(assignment, written), answers, written)
        _finish(teller, assignment, written + timedelta(minutes=3))


def _open_work(teller: Teller) -> None:
    """What lies on the table today: untouched, begun, stuck, or past its time."""
    kind = teller.client.place % 5
    due = teller.now + timedelta(days=(2, 5, 3, -1, 6)[kind], hours=3)
    assignment = _give(teller, "own_circle", teller.at(1.5, 10), due, target=4)
    if kind in {1, 3}:
        draft = service.draft_of(assignment, teller.at(1.2))
        _people(teller, draft, teller.at(1.2))
        _meeting(teller, draft, teller.at(0.6))
    elif kind == 2:
        service.mark_opened(assignment, teller.at(1))
        service.ask_for_help(
            assignment, teller.chance.choice(("smaller", "stuck")), teller.one_of(writings.STUCK_WORDS), teller.at(0.4)
        )

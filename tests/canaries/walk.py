"""Alice and Dana type a word into every clinical field, through the pages, and do a few things wrong on the way."""

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

from clinic.core import zones
from clinic.core.ids import new_id
from clinic.intake.rules import SECOND, STEPS, StepKind
from clinic.notes.rules import ALL_SECTIONS, SECTIONS
from clinic.questionnaires.definition import HELD_ON, Definition
from faults.visitor import Page, Visitor
from tests.canaries.ground import Ground
from tests.canaries.words import BUG, EXERCISES, INTAKE, MEASURES, PRIVATE, STATEMENT, canary, definitions, filled_in
from tests.factories import ZONE

SIGN, ASSIGN = "clinic.intake.forms.SignForm.name", "clinic.homework.forms.AssignForm."
HELP, FEEDBACK = "clinic.homework.forms.HelpForm.words", "clinic.homework.forms.ReviewForm.feedback"
OUTSIDE = "clinic.outside.forms.OutsideForm."
RELEASE = "clinic.intake.forms.ReleaseForm."
CLOSE = "clinic.safety.forms.CloseForm."
VIDEO, WHERE = "clinic.distance.forms.VideoForm.address", "clinic.distance.forms.WhereForm.place"
WAIVER = "clinic.fees.forms.WaiverForm.reason"
REASON, NOTE = "clinic.homework.forms.ReturnForm.reason", "clinic.progress.forms.ReleaseForm.note"
NOTES, PSYCHOTHERAPY = "clinic.notes.forms.", "clinic.notes.forms.PsychotherapyForm.text"
ADDED = {name: NOTES + "AmendForm." + name for name in ("text", "reason")}
GIVEN_BACK = NOTES + "GiveBackForm.word"
CLOSING = "clinic.risk.forms.ClosingForm."
CLOSED = (
    "who",
    "attempts",
    "ideation",
    "plan",
    "intent",
    "means",
    "history",
    "protective",
    "action",
    "safety_plan",
)
TYPED_HERE = {
    *(f"{NOTES}NoteForm.s_{key}" for key in ALL_SECTIONS),
    *(*ADDED.values(), GIVEN_BACK, PSYCHOTHERAPY),
    *(CLOSING + name for name in CLOSED),
    *(ASSIGN + name for name in ("reason", "when_and_where", "obstacle")),
    *(RELEASE + name for name in ("party", "what", "purpose", "name")),
    *(CLOSE + name for name in ("asked", "decided")),
    *(OUTSIDE + name for name in ("name", "address")),
    *(SIGN, HELP, FEEDBACK, REASON, NOTE, WAIVER, VIDEO, WHERE),
}
_MARK = re.compile(r'name="mark"[^>]*value="([^"]+)"')


@dataclass
class Walk:
    """What came of it: the status of each mistake."""

    ground: Ground
    mistakes: dict[str, int]


def walk(ground: Ground) -> Walk:
    """All of it, from the intake to a released report."""
    made, alice, dana = Walk(ground, {}), ground.visitor("alice.hart"), ground.visitor("dana.whitfield")
    _do_intake(alice)
    _close_review(ground, dana)
    _allow(alice)
    given = {each.key: each for folder in (EXERCISES, MEASURES) for each in definitions(folder)}
    for definition in given.values():
        _give(made, dana, definition)
    at = {
        key: str(ground.owner.execute(_ASSIGNMENT, (key,)).fetchone()[0])  # type: ignore[index]  # it was just made
        for key in given
    }
    for key, definition in given.items():
        _do_homework(alice, definition, at[key])
    ground.pass_time(timedelta(minutes=1))  # what was sent can be taken back for some seconds
    _do_wrong(made, alice, dana, given, at)
    _look_at_work(ground, alice, dana, given, at)
    _add_calendar(made, dana)
    starts_at = _book(ground, dana)
    ground.job("deliver", lambda: ground.count("SELECT count(*) FROM outbox_message WHERE state = 'sent'") > 0)
    ground.pass_time(starts_at - timedelta(hours=20) - _now(ground))
    _report(made)
    _waive(ground)
    _meet_by_video(made)
    _write_notes(made)
    _look_after(made)
    return made


_ASSIGNMENT = """
    SELECT assignment.id FROM assignment JOIN questionnaire_definition ON definition_id = questionnaire_definition.id
    WHERE key = %s
"""


def _now(ground: Ground) -> datetime:
    path = Path(ground.environ["CLOCK_FILE"])
    seconds = float(path.read_text(encoding="ascii")) if path.exists() else 0.0
    return datetime.now(UTC) + timedelta(seconds=seconds)


def _must(page: Page, status: int = 303) -> Page:
    assert page.status == status, (page.status, page.location, page.text[:2000])
    return page


def _do_intake(alice: Visitor) -> None:
    forms = {each.key: each for each in definitions(INTAKE)}
    for step in STEPS:
        if step.kind is StepKind.FORM:
            fields = filled_in(forms[step.key])
            if step.slug == "safe-contact":  # so that messages say as much as they ever do
                fields["a_mailbox_shared"] = "no"
            alice.get(f"/intake/form/{step.slug}")
            _must(alice.submit(f"/intake/form/{step.slug}/draft", **fields), 200)
            _must(alice.submit(f"/intake/form/{step.slug}", **fields))
        else:
            found = _MARK.search(alice.get(f"/intake/text/{step.slug}").text)
            assert found is not None
            name = f"Alice {canary(SIGN)} Hart"
            _must(alice.submit(f"/intake/text/{step.slug}", mark=found[1], agreed="y", name=name))
    _must(alice.submit("/intake/finish"))
    for step in (each for each in SECOND if each.kind is StepKind.FORM):
        fields = filled_in(forms[step.key])
        _must(alice.submit(f"/intake/form/{step.slug}/draft", **fields), 200)
        _must(alice.submit(f"/intake/form/{step.slug}", **fields))
    alice.get("/intake/private/questions?alone=yes")
    (page,) = definitions(PRIVATE)
    _must(alice.submit("/intake/private/questions", **(filled_in(page) | {"a_afraid_year": "once"})))


def _allow(alice: Visitor) -> None:
    wish = {name: canary(RELEASE + name) for name in ("party", "what", "purpose")}
    wish |= {"way": "both", "expires_on": f"{datetime.now(UTC) + timedelta(days=200):%Y-%m-%d}"}
    alice.get("/intake/releases")
    found = _MARK.search(_must(alice.submit("/intake/releases", **wish), 200).text)
    assert found is not None
    name = f"Alice {canary(RELEASE + 'name')} Hart"
    _must(alice.submit("/intake/releases", **wish, mark=found[1], agreed="y", name=name))


def _close_review(ground: Ground, dana: Visitor) -> None:
    found = ground.owner.execute("SELECT client_id, id FROM safety_review").fetchone()
    assert found is not None
    path = f"/clients/{found[0]}/private"
    dana.get(path)
    _must(dana.submit(f"{path}/{found[1]}/close", asked=canary(CLOSE + "asked"), decided=canary(CLOSE + "decided")))


def _give(made: Walk, dana: Visitor, definition: Definition) -> None:
    ground = made.ground
    path = f"/clients/{ground.cast['alice_client']}/homework/new"
    dana.get(path)
    row = ground.owner.execute("SELECT id FROM questionnaire_definition WHERE key = %s", (definition.key,)).fetchone()
    assert row is not None
    words = {name: canary(ASSIGN + name) for name in ("reason", "when_and_where", "obstacle")}
    wrong = dana.submit(path, definition_id=str(row[0]), due="", **words)
    made.mistakes["homework without a day"] = wrong.status
    due = zones.wall(_now(ground) + timedelta(days=5), ZONE)
    _must(dana.submit(path, definition_id=str(row[0]), due=f"{due:%Y-%m-%dT%H:%M}", anyway="yes", **words))


def _do_homework(alice: Visitor, definition: Definition, assignment_id: str) -> None:
    path, fields = f"/homework/{assignment_id}", filled_in(definition)
    alice.get(path)
    if not definition.is_sensitive:
        for name, typed in fields.items():
            if name.startswith("a_") and isinstance(typed, str):
                body = json.dumps({"field": name.removeprefix("a_"), "value": typed})
                assert alice.send_json(f"{path}/draft", body).status in {200, 422}  # what is hidden so far is refused
    for group in definition.groups():
        entry = filled_in(definition, group)
        if group.dated:
            entry |= {
                "asked": f"{HELD_ON} {entry['asked']}",
                f"a_{HELD_ON}": f"{zones.wall(datetime.now(UTC), ZONE):%Y-%m-%d}",
            }
        _must(alice.submit(f"{path}/entries/new/{group.key}", **entry))
    alice.get(f"{path}/stuck")
    _must(alice.submit(f"{path}/stuck", words=canary(HELP)))
    _must(alice.submit(path, go="send", own_quality="3", **fields))


def _do_wrong(made: Walk, alice: Visitor, dana: Visitor, given: dict[str, Definition], at: dict[str, str]) -> None:
    """Everything that makes a program complain, with a word in hand that it must not repeat."""
    word, work = canary(FEEDBACK), f"/review/{at['own_circle']}"
    dana.get(work)
    made.mistakes["a bug in a view"] = dana.submit(work, feedback=f"{BUG} {word}").status
    made.mistakes["a statement that fails"] = dana.submit(work, feedback=f"{STATEMENT} {word}").status
    made.mistakes["too many words"] = dana.submit(work, feedback=f"{word} " * 500).status
    made.mistakes["no reason"] = dana.submit(f"{work}/return", reason="", feedback=word).status
    made.mistakes["a forged form"] = dana.submit(work, feedback=word, csrf_token=word).status
    made.mistakes["somebody else's"] = alice.submit(work, feedback=word).status
    made.mistakes["nobody's"] = dana.submit(f"/review/{new_id()}", feedback=word).status
    trace = filled_in(given["fear_trace"], given["fear_trace"].group("traces"))
    entries = f"/homework/{at['fear_trace']}/entries/new/traces"
    made.mistakes["an entry after sending"] = alice.submit(entries, **trace).status
    made.mistakes["a draft after sending"] = alice.send_json(
        f"/homework/{at['own_circle']}/draft", f'{{"field": "{word}'
    ).status


def _look_at_work(
    ground: Ground, alice: Visitor, dana: Visitor, given: dict[str, Definition], at: dict[str, str]
) -> None:
    trace = f"/review/{at['fear_trace']}"
    _must(dana.get(trace), 200)
    _must(dana.submit(f"{trace}/return", reason=canary(REASON)))
    _must(alice.get(f"/homework/{at['fear_trace']}"), 200)
    _must(alice.submit(f"/homework/{at['fear_trace']}", go="send", **filled_in(given["fear_trace"])))
    ground.pass_time(timedelta(minutes=1))
    for key in given:
        _must(dana.get(f"/review/{at[key]}"), 200)
        _must(dana.submit(f"/review/{at[key]}", feedback=canary(FEEDBACK), quality="3"))
        _must(alice.get(f"/homework/{at[key]}"), 200)


def _add_calendar(made: Walk, dana: Visitor) -> None:
    path, name, address = "/calendar/outside", canary(OUTSIDE + "name"), canary(OUTSIDE + "address")
    dana.get(path)
    made.mistakes["an address that is none"] = dana.submit(path, name=name, address=f"http://{address}").status
    added = _must(dana.submit(path, name=name, address=f"https://calendar.invalid/{address}/basic.ics"))
    _must(dana.get(added.location or ""), 200)
    read = "SELECT count(*) FROM outside_calendar WHERE failures > 0"
    made.ground.job("read-calendars", lambda: made.ground.count(read) > 0)


def _book(ground: Ground, dana: Visitor) -> datetime:
    """A session early next month; returns its start."""
    today = zones.wall(_now(ground), ZONE).date()
    day = (today.replace(day=1) + timedelta(days=32)).replace(day=4)
    day += timedelta(days={5: 2, 6: 1}.get(day.weekday(), 0))
    starts_at = zones.moment(day, time(10), ZONE)
    path = f"/clients/{ground.cast['alice_client']}/book"
    dana.get(path)
    _must(dana.submit(f"{path}?service=individual-session", slot=f"{starts_at.isoformat()}~{ground.cast['dana']}"))
    return starts_at


def _report(made: Walk) -> None:
    ground, word = made.ground, canary(NOTE)
    ground.job("prepare-reports", lambda: ground.count("SELECT count(*) FROM progress_report WHERE body <> ''") > 0)
    ground.job("prepare-briefs", lambda: ground.count("SELECT count(*) FROM brief") > 0)
    alice, dana = ground.visitor("alice.hart"), ground.visitor("dana.whitfield")
    report, brief = (
        str(ground.owner.execute(statement).fetchone()[0])  # type: ignore[index]  # it was just prepared
        for statement in ("SELECT id FROM progress_report WHERE body <> ''", "SELECT appointment_id FROM brief")
    )
    _must(dana.get(f"/briefs/{brief}"), 200)
    _must(dana.get(f"/reports/{report}"), 200)
    made.mistakes["a note that is too long"] = dana.submit(f"/reports/{report}", note=f"{word} " * 500).status
    _must(dana.submit(f"/reports/{report}", note=word, act="keep"))
    _must(dana.submit(f"/reports/{report}", note=word, act="release"))
    ground.job("print-reports", lambda: ground.count("SELECT count(*) FROM progress_report WHERE pdf <> ''") > 0)
    released = "SELECT count(*) FROM outbox_message WHERE kind = 'progress.released' AND state = 'sent'"
    ground.job("deliver", lambda: ground.count(released) > 0)
    _must(alice.get(f"/progress/reports/{report}"), 200)
    _must(alice.get(f"/progress/reports/{report}/pdf"), 200)


def _waive(ground: Ground) -> None:
    """Alice cancels a session hours before its start, and Dana lets her off the fee."""
    ground.owner.execute("UPDATE service SET late_fee_cents = 5000")
    alice, dana = ground.visitor("alice.hart"), ground.visitor("dana.whitfield")
    starts_at = (_now(ground) + timedelta(hours=3)).replace(minute=0, second=0, microsecond=0)
    path = f"/clients/{ground.cast['alice_client']}/book"
    dana.get(path)
    _must(dana.submit(f"{path}?service=individual-session", slot=f"{starts_at.isoformat()}~{ground.cast['dana']}"))
    row = ground.owner.execute("SELECT id FROM appointment WHERE starts_at = %s", (starts_at,)).fetchone()
    assert row is not None
    alice.get(f"/sessions/{row[0]}/cancel")
    _must(alice.submit(f"/sessions/{row[0]}/cancel"))
    dana.get(f"/sessions/{row[0]}")
    _must(dana.submit(f"/sessions/{row[0]}/waiver", seen="0", reason=canary(WAIVER)))
    assert canary(WAIVER) in _must(dana.get(f"/sessions/{row[0]}"), 200).text
    assert canary(WAIVER) not in _must(alice.get(f"/sessions/{row[0]}"), 200).text


_WORRY = """
    INSERT INTO alert (id, client_id, source, source_id, grade, state, raised_at, pass_on_at)
    VALUES (gen_random_uuid(), %s, 'phq9_item9', gen_random_uuid(), 'urgent', 'open', %s, %s) RETURNING id
"""


def _look_after(made: Walk) -> None:
    """An answer of Alice's worries us; Dana takes it and says what was done, the first time without a part of it."""
    ground, now = made.ground, _now(made.ground)
    alice, dana = ground.visitor("alice.hart"), ground.visitor("dana.whitfield")
    row = ground.owner.execute(_WORRY, (ground.cast["alice_client"], now, now + timedelta(hours=1))).fetchone()
    assert row is not None
    _must(alice.get(f"/help/{row[0]}"), 200)
    _must(alice.submit(f"/help/{row[0]}/safe"))
    path = f"/alerts/{row[0]}"
    dana.get(path)
    _must(dana.submit(f"{path}/take"))
    words = {name: canary(CLOSING + name) for name in CLOSED}
    made.mistakes["an incomplete closing"] = dana.submit(f"{path}/close", **words).status
    _must(dana.submit(f"{path}/close", **words, contacted_at="2026-11-30T09:10", disposition="sooner"))
    assert canary(CLOSING + "plan") in _must(dana.get(path), 200).text


def _meet_by_video(made: Walk) -> None:
    """Dana says where they meet, Alice where she is; a wrong number has to be typed again."""
    ground = made.ground
    alice, dana = ground.visitor("alice.hart"), ground.visitor("dana.whitfield")
    room, client = f"/hours/{ground.cast['dana']}/video", ground.cast["alice_client"]
    dana.get(room)
    made.mistakes["a room that is none"] = dana.submit(room, address=f"http://{canary(VIDEO)}").status
    _must(dana.submit(room, address=f"https://video.example.org/{canary(VIDEO)}"))
    starts_at = (_now(ground) + timedelta(hours=3)).replace(minute=0, second=0, microsecond=0)
    path = f"/clients/{client}/book?service=individual-session&modality=video"
    dana.get(path)
    page = _must(dana.submit(path, slot=f"{starts_at.isoformat()}~{ground.cast['dana']}")).location or ""
    ground.pass_time(starts_at - timedelta(minutes=5) - _now(ground))
    alice, dana = ground.visitor("alice.hart"), ground.visitor("dana.whitfield")
    alice.get(page)
    where = {"place": canary(WHERE), "phone": "212 555 0199"}
    made.mistakes["a number that is none"] = alice.submit(f"{page}/where", **where | {"phone": "1"}).status
    _must(alice.submit(f"{page}/where", **where))
    assert canary(WHERE) in _must(dana.get(page), 200).text
    assert canary(VIDEO) not in _must(alice.get(page), 200).text
    _must(alice.get(f"{page}/join"))
    assert canary(VIDEO) in alice.addresses.pop()  # the one answer that names the room


def _write_notes(made: Walk) -> None:
    """Dana, who is Erik's intern for that long, writes a note in each format; he gives the last one back."""
    ground, signed = made.ground, {"name": "Dana Whitfield"}
    dana, erik, alice = ground.visitor("dana.whitfield"), ground.visitor("erik.lindqvist"), ground.cast["alice_client"]
    supervised = "UPDATE therapist SET supervisor_id = {} WHERE person_id = '{}'"
    today = f"{zones.wall(_now(ground), ZONE):%Y-%m-%d}"
    for chosen, keys in SECTIONS.items():
        if chosen == "birp":
            ground.owner.execute(supervised.format(f"'{ground.cast['erik']}'", ground.cast["dana"]).encode())
        dana.get(f"/clients/{alice}/notes/new")
        about = {"record": alice, "held_on": today, "format": chosen}
        page = _must(dana.submit(f"/clients/{alice}/notes/new", **about)).location or ""
        texts = {f"s_{key}": canary(f"{NOTES}NoteForm.s_{key}") for key in keys}
        dana.get(page)
        _must(dana.submit(page.replace("/write", "/draft"), **texts, shape=chosen), 200)
        made.mistakes["a note that nobody signs"] = dana.submit(page, **texts, go="sign", name="", shape=chosen).status
        note = _must(dana.submit(page, **texts, go="sign", **signed, shape=chosen)).location or ""
        made.mistakes["a draft after signing"] = dana.submit(page, **texts, go="save", shape=chosen).status
    _must(erik.get(note), 200)
    _must(erik.submit(f"{note}/return", word=canary(GIVEN_BACK)))
    assert canary(GIVEN_BACK) in _must(dana.get(page), 200).text
    _must(dana.submit(page, **texts, go="sign", **signed, shape=chosen))
    _must(erik.get(note), 200)
    _must(erik.submit(f"{note}/cosign", name="Erik Lindqvist"))
    _must(dana.get(note), 200)
    _must(dana.submit(f"{note}/amendments", **{name: canary(place) for name, place in ADDED.items()}, **signed))
    assert canary(ADDED["reason"]) in _must(dana.get(note), 200).text
    kept = f"/clients/{alice}/psychotherapy-notes"
    dana.get(kept)
    _must(dana.submit(kept, text=canary(PSYCHOTHERAPY)))

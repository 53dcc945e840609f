"""A practice in which everything about Alice exists, and each clinical field holds a word that is nowhere else."""

from dataclasses import dataclass, fields
from datetime import datetime, time, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.accounts import links, lost_factor
from clinic.accounts.models import Passkey, SignIn
from clinic.booking import feeds, placing
from clinic.booking import service as booking
from clinic.booking.forms import write_start
from clinic.booking.models import Appointment, Attendee, Claim
from clinic.booking.wishes import Wish
from clinic.clients.models import Client, Couple, CoupleMember
from clinic.core import zones
from clinic.core.ids import new_id
from clinic.core.interval import Interval
from clinic.core.recurrence import Recurrence
from clinic.desk.models import DayAway, HandOver, ToldAway
from clinic.fees import service as fees
from clinic.fees.service import Paid
from clinic.homework import service as homework
from clinic.homework.models import Assignment
from clinic.homework.service import Task
from clinic.imports import service as imports
from clinic.imports.columns import Kind
from clinic.intake import private, releases, signing
from clinic.intake import service as intake
from clinic.intake.releases import Allowance
from clinic.intake.rules import ELIGIBILITY, SAFE_CONTACT, STEPS, StepKind
from clinic.intake.signing import Circumstances, Signing
from clinic.measures import service as measures
from clinic.measures.loading import shipped
from clinic.notes import psychotherapy
from clinic.notes import service as notes
from clinic.notes.models import SessionNote
from clinic.notes.queries import Record
from clinic.notes.rules import Written
from clinic.notes.service import About
from clinic.outbox.models import OutboxMessage
from clinic.outside import rounds
from clinic.outside import service as outside
from clinic.outside.fetching import Marks
from clinic.practice.models import ExtraHours, Service, Therapist, TimeOff
from clinic.progress import briefs
from clinic.progress import service as progress
from clinic.progress.models import ProgressReport
from clinic.questionnaires import drafts, queries
from clinic.questionnaires.installation import install_folders
from clinic.questionnaires.models import Answer, Entry, Response
from clinic.questionnaires.values import Reading
from clinic.risk import service as risk
from clinic.risk.rules import Closing
from clinic.safety.models import SafetyReview
from clinic.series import service as standing
from clinic.series.service import Plan
from clinic.waitlist import offering
from clinic.waitlist import service as waitlist
from clinic.waitlist.service import Preferences
from tests.factories import ZONE, Practice, make_client, make_person, make_practice
from tests.measures.conftest import raws, words_for
from tests.questionnaires.conftest import FOLDERS

FOR_ALICE_ALONE = ("heron", "magpie")
FOR_ALICE_AND_DANA = (
    "kestrel",
    "Whinchat",
    "plover",
    "curlew",
    "avocet",
    "bittern",
    "dunlin",
    "fulmar",
    "gannet",
    "godwit",
    "grebe",
    "knot-bird",
    "merlin",
    "osprey",
    "petrel",
    "pipit",
    "siskin",
    "razorbill",
)
FOR_DANA_ALONE = ("whimbrel", "sanderling", "turnstone", "phalarope", "redshank", "dunnock")
CANARIES = FOR_ALICE_ALONE + FOR_ALICE_AND_DANA + FOR_DANA_ALONE


@dataclass(frozen=True, slots=True)
class World:
    """Who is in it, and what the places in addresses stand for."""

    people: dict[str, UUID]
    places: dict[str, str]


def build(session: Session, now: datetime) -> World:
    """Make it, in the open transaction of the role that owns the tables."""
    began = now - timedelta(days=60)
    cast = make_practice(session, began)
    install_folders(FOLDERS, began)
    intake.install(began)
    ex = _former_partner(session, cast, began)
    places = {"client_id": cast.alice_client, "couple_id": cast.couple}
    places |= _appointment(session, cast, now) | _homework(session, cast, now) | _intake(session, cast, began)
    places |= _waiting(session, cast, now)
    places |= _measured(cast, now)
    places |= _offered(cast, now)
    places |= _report(session, cast, now)
    briefs.prepare_brief(places["appointment_id"], now)
    places["standing_appointment_id"] = places["other_id"] = _standing(session, cast, now)
    places |= _hours(session, cast, now)
    places |= _away(session, cast, now)
    file = b"Given name,Family name,E-mail,Therapist\nNora,Weiss,nora@example.org,Dana Whitfield\n"
    places["import_id"] = imports.take_in("clients.csv", file, Kind.CLIENTS, by=cast.desk, now=now).id
    places["calendar_id"] = _outside(cast, now)
    places["alert_id"] = _alert(session, cast, now)
    places |= _paid(session, cast, places["appointment_id"], now)
    places |= _notes(session, cast, now)
    places |= _way_in(session, cast, now)
    places["sign_in_id"] = _another_browser(session, cast.alice, now)
    places["message_id"] = _lost_message(session, cast.alice, now)
    tomorrow = now + timedelta(days=1)
    tokens = {
        "token": links.make(links.JOIN, ex, None, tomorrow, now),
        "reset_token": links.make(links.RESET, ex, None, tomorrow, now),
        "appointment_token": links.make(links.APPOINTMENT, cast.alice, places["appointment_id"], tomorrow, now),
    }
    feed = feeds.token_of(feeds.open_feed(cast.alice, now))
    written = {name: str(value) for name, value in places.items()}
    written |= {
        **{name: links.token_for(link) for name, link in tokens.items()},
        "feed_token": feed,
        "service": "individual-session",
        "therapist": "dana",
        "start": write_start(_next_morning(now)),
        "slug": "dana",
        "filename": "clinic.css",
        "kind": "stuck",
        "act": "answered",
        "group_key": "traces",
        "key": "missing",
        "on": "2027-01-01",
        "number": "0",
        "what": "clients",
        "wording": "session.reminder.24h",
        "measure": "ras",
    }
    people = {"alice": cast.alice, "bob": cast.bob, "ex": ex, "carol": cast.carol, "dana": cast.dana}
    return World(people | {"erik": cast.erik, "desk": cast.desk, "owner": cast.owner}, written)


def _hours(session: Session, cast: Practice, now: datetime) -> dict[str, UUID]:
    """Dana has an extra evening, and a week off in which Erik stands in."""
    later = now + timedelta(days=40)
    extra = ExtraHours(id=new_id(), therapist_id=cast.dana, on=later.date(), starts=time(18), ends=time(20))
    off = TimeOff(
        id=new_id(),
        therapist_id=cast.dana,
        starts_at=later + timedelta(days=7),
        ends_at=later + timedelta(days=14),
        cover_id=cast.erik,
    )
    session.add_all((extra, off))
    session.flush()
    ids = {"staff_id": cast.dana, "therapist_id": cast.dana, "service_id": cast.individual, "room_id": cast.room}
    return ids | {"extra_id": extra.id, "time_off_id": off.id}


def _away(session: Session, cast: Practice, now: datetime) -> dict[str, UUID]:
    """Dana was away last week, and Alice is to be called."""
    then = now - timedelta(days=7)
    away = DayAway(
        id=new_id(),
        therapist_id=cast.dana,
        cover_id=cast.erik,
        starts_at=then,
        ends_at=then + timedelta(hours=5),
        announced_at=then,
        announced_by=cast.dana,
    )
    session.add(away)
    session.flush()
    session.add(ToldAway(day_away_id=away.id, person_id=cast.alice, how="call", first_starts_at=then))
    session.flush()
    done = HandOver(
        id=new_id(), therapist_id=cast.dana, successor_id=cast.erik, since=then, done_at=then, done_by=cast.owner
    )
    session.add(done)
    session.flush()
    return {"away_id": away.id, "person_id": cast.alice, "hand_over_id": done.id}


def _outside(cast: Practice, now: datetime) -> UUID:
    """A calendar outside of Dana's, read and in use."""
    calendar = outside.add(cast.dana, "One", "https://calendar.example.org/one.ics", "127.0.0.1", now)
    busy = Interval(now + timedelta(days=30), now + timedelta(days=30, hours=1))
    rounds.keep(calendar.id, rounds.Found([busy], Marks()), now)
    outside.use(calendar, now)
    return calendar.id


def _paid(session: Session, cast: Practice, appointment_id: UUID, now: datetime) -> dict[str, UUID]:
    """Alice has paid for her session ahead."""
    paid = Paid(cast.alice_client, "card", zones.wall(now, ZONE).date())
    appointment = session.get_one(Appointment, appointment_id)
    return {"payment_id": fees.note_payment(appointment, paid, seen=0, by=cast.desk, now=now).id}


def _way_in(session: Session, cast: Practice, now: datetime) -> dict[str, UUID]:
    """Alice has a passkey, and the front desk has just made her a link to a new password."""
    key = Passkey(
        person_id=cast.alice, name="Mine", credential_id=b"alices", public_key=b"", sign_count=0, created_at=now
    )
    session.add(key)
    session.flush()
    link = lost_factor.recognise(
        cast.alice, by=cast.desk, checked="document", wants_factor_gone=False, wants_link=True, now=now
    )
    assert link is not None
    return {"passkey_id": key.id, "link_id": link.id}


def _alert(session: Session, cast: Practice, now: datetime) -> UUID:
    """An answer of Alice's worries us; Dana has taken an earlier one, and written down what was done."""
    then = now - timedelta(days=9)
    earlier, newer = (
        risk.raise_alert(client_id=cast.alice_client, source=source, grade="urgent", source_id=new_id(), now=at)
        for source, at in (("safety_form", then), ("phq9_item9", now))
    )
    risk.acknowledge(earlier, cast.dana, then)
    risk.close(earlier, Closing(**{each.name: "razorbill" for each in fields(Closing)}), cast.dana, then)
    session.flush()
    return newer.id


def _lost_message(session: Session, recipient: UUID, now: datetime) -> UUID:
    """A message to Alice that the mail server refused."""
    message = OutboxMessage(
        id=new_id(),
        kind="account.already",
        subject_id=recipient,
        moment=now,
        recipient_id=recipient,
        state="failed",
        not_before_at=now,
        next_try_at=now,
        attempts=1,
        message_id=f"<{new_id()}@clinic>",
        handed_over_at=now,
        finished_at=now,
        reason="550",
        queued_at=now,
    )
    session.add(message)
    session.flush()
    return message.id


def _former_partner(session: Session, cast: Practice, began: datetime) -> UUID:
    """Gus was in a couple with Alice once; it has ended, and Dana still cares for him."""
    gus = make_person(session, "Gus", "Grey", ["client"], began)
    gus_client = make_client(session, gus, cast.dana, began)
    ended = Couple(
        id=new_id(),
        state="ended",
        therapist_id=cast.dana,
        linked_at=began,
        activated_at=began,
        ended_at=began + timedelta(days=1),
    )
    session.add(ended)
    session.flush()
    session.add_all(
        CoupleMember(couple_id=ended.id, client_id=client, place=place, left_at=ended.ended_at)
        for place, client in enumerate((gus_client, cast.alice_client), start=1)
    )
    return gus


def _next_morning(now: datetime) -> datetime:
    """Ten o'clock in New York on the second working day from now; the tests' day is a Tuesday."""
    return (now + timedelta(days=2)).replace(hour=15, minute=0, second=0, microsecond=0)


def _appointment(session: Session, cast: Practice, now: datetime) -> dict[str, UUID]:
    service = session.get_one(Service, cast.individual)
    starts_at = now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=23)
    wish = Wish(
        service=service, therapist_id=cast.dana, starts_at=starts_at, modality="video", zone=ZONE, currency="USD"
    )
    return {"appointment_id": booking.book(wish, [cast.alice_client], by=cast.dana, now=now - timedelta(days=2)).id}


def _standing(session: Session, cast: Practice, now: datetime) -> UUID:
    """The first of Alice's standing sessions with Dana, which begin in five weeks."""
    first = zones.wall(now, ZONE).date() + timedelta(weeks=5)
    plan = Plan(
        service=session.get_one(Service, cast.individual),
        modality="video",
        therapist_id=cast.dana,
        client_ids=[cast.alice_client],
        couple_id=None,
        recurrence=Recurrence.weekly(first, time(18), ZONE, weeks=1, count=3),
        currency="USD",
    )
    began = standing.begin(plan, dict(enumerate(plan.recurrence.starts())), by=cast.dana, now=now)
    query = select(Appointment.id).where(Appointment.series_id == began.id).order_by(Appointment.starts_at).limit(1)
    return session.scalars(query).one()


def _waiting(session: Session, cast: Practice, now: datetime) -> dict[str, UUID]:
    """Alice asks the practice for a time of her own, and Bob asks Alice to come to a joint session."""
    at = now.replace(minute=0, second=0, microsecond=0) + timedelta(days=3)
    wishes = {"request_id": cast.individual, "question_id": cast.couple_session}
    attending = {"request_id": [cast.alice_client], "question_id": [cast.bob_client, cast.alice_client]}
    found = {}
    for hours, (place, service_id) in enumerate(wishes.items()):
        wish = Wish(
            service=session.get_one(Service, service_id),
            therapist_id=cast.dana,
            starts_at=at + timedelta(hours=2 * hours),
            modality="video",
            zone=ZONE,
            currency="USD",
        )
        couple_id = cast.couple if place == "question_id" else None
        made = booking.book(wish, attending[place], by=cast.bob, now=now, couple_id=couple_id, is_told=False)
        made.state, made.held_until = "requested", now + timedelta(hours=20)
        placing.note(made, "requested", attending[place], cast.bob, now)
        found[place] = made.id
    attendee = session.get_one(Attendee, (found["question_id"], cast.alice_client))
    attendee.answer = "waiting"
    session.delete(session.get_one(Claim, (found["question_id"], cast.alice_client)))
    session.flush()
    return found


def _offered(cast: Practice, now: datetime) -> dict[str, UUID]:
    """Alice waits for an afternoon, and a time is kept for her."""
    wanted = Preferences((0, 1, 2, 3, 4), ("afternoon",))
    waiting = waitlist.join(cast.alice_client, cast.first_call, wanted, by=cast.alice, now=now)
    offer = offering.offer_to(waiting.id, now)
    assert offer is not None
    return {"waiting_id": waiting.id, "offer_id": offer.id}


def _homework(session: Session, cast: Practice, now: datetime) -> dict[str, UUID]:
    sent = _give(cast, "own_circle", now - timedelta(days=20), now - timedelta(days=10))
    _fill_circle(homework.draft_of(sent, now - timedelta(days=19)), now - timedelta(days=19))
    homework.send(sent, Reading(now - timedelta(days=18), ZONE))
    homework.review(sent, "feedback bittern", 3, now - timedelta(days=17))
    back = _give(cast, "fear_trace", now - timedelta(days=9), now + timedelta(days=3))
    _fill_trace(homework.draft_of(back, now - timedelta(days=8)), now - timedelta(days=8))
    homework.send(back, Reading(now - timedelta(days=7), ZONE))
    homework.give_back(back, "reason dunlin", now - timedelta(days=6))
    homework.ask_for_help(back, "stuck", "words fulmar", now - timedelta(days=5))
    draft = homework.draft_of(back, now - timedelta(days=4))
    session.flush()
    circle = homework.response_of(sent)
    assert circle is not None
    return {
        "shared_assignment_id": sent.id,
        "shared_answer_id": session.scalars(
            select(Answer.id).where(Answer.response_id == circle.id, Answer.field == "share")
        ).one(),
        "assignment_id": back.id,
        "entry_id": session.scalars(select(Entry.id).where(Entry.response_id == draft.id).limit(1)).one(),
        "answer_id": session.scalars(
            select(Answer.id).where(Answer.response_id == draft.id, Answer.field == "note")
        ).one(),
    }


def _measured(cast: Practice, now: datetime) -> dict[str, UUID]:
    """Alice has answered one measure, in words of the practice's own, and is asked for another."""
    measures.install_shipped(now)
    measures.word(shipped()["ras"], words_for("ras"), 0, has_read_licence=True, now=now)
    then = now - timedelta(days=3)
    day = zones.wall(then, ZONE).date()
    own = measures.schedule(cast.alice_client, "ras", 28, day, cast.dana, then)
    row = queries.latest("ras")
    reading = Reading(then, ZONE)
    answers = measures.read_answers(queries.definition(row.id), raws([4] * 7), reading)
    taken = measures.take(own, row.id, answers, reading, ZONE)
    waiting = measures.schedule(cast.alice_client, "gad7", 14, day, cast.dana, then)
    return {"administration_id": taken, "schedule_id": waiting.id, "definition_id": row.id}


def _give(cast: Practice, key: str, given: datetime, due: datetime) -> Assignment:
    task = Task(
        definition_id=queries.latest(key).id,
        due_at=due,
        target=4,
        reason="because kestrel",
        when_and_where="at plover",
        obstacle="maybe curlew",
    )
    return homework.assign(cast.alice_client, task, cast.dana, given)


def _fill_circle(draft: Response, at: datetime) -> None:
    reading = Reading(at, ZONE)
    drafts.save_answers(draft, {"share": "one line avocet", "note": "for me heron", "how_hard": "4"}, reading)
    drafts.add_entry(draft, "people", {"initials": "grebe"}, reading)
    drafts.add_entry(draft, "meetings", {"who": "godwit", "happened": "yes", "enjoyment": "8"}, reading)


def _fill_trace(draft: Response, at: datetime) -> None:
    words = {
        "trigger": "it was gannet",
        "reaction": "I did knot-bird",
        "feeling_under": "felt merlin",
        "fear": "feared osprey",
        "belief": "believed petrel",
        "other_view": "saw pipit",
        "need": "needed siskin",
        "origin_note": "private magpie",
        "readers": "therapist",
        "intensity": "7",
        "intensity_now": "3",
        "at": f"{at - timedelta(hours=9):%Y-%m-%dT%H:%M}",
    }
    reading = Reading(at, ZONE)
    drafts.add_entry(draft, "traces", words, reading)
    drafts.save_answers(draft, {"note": "for me heron", "how_hard": "6"}, reading)


def _intake(session: Session, cast: Practice, began: datetime) -> dict[str, UUID]:
    contact = {"mailbox_shared": "no", "text_ok": "no", "voicemail_ok": "yes", "introduce_as": "first_name"}
    intake.send_form(cast.alice_client, SAFE_CONTACT, contact | {"best_time": "after grebe"}, Reading(began, ZONE))
    here = {"in_danger": "no", "birth_date": "1985-05-05", "located_in": "near plover", "where_licensed": "yes"}
    intake.send_form(cast.alice_client, ELIGIBILITY, here | {"private_space": "yes"}, Reading(began, ZONE))
    client = session.get_one(Client, cast.alice_client)
    session.refresh(client, ["person"])
    packet = intake.open_packet(client.id, began)
    for step in (each for each in STEPS if each.kind is StepKind.TEXT):
        mark = signing.offer(client.id, step.key, began).mark
        signed = signing.sign(
            packet, client, step, Signing(mark, "Alice Hart", is_ticked=True), Circumstances(ZONE, None, None), began
        )
    intake.finish(client.id, began)
    private.send(client.id, {"afraid_year": "more", "safe_way": "by the dunnock"}, Reading(began, ZONE))
    review = session.scalars(select(SafetyReview).where(SafetyReview.client_id == client.id)).one()
    allowed = Allowance("to", "Dr. Whinchat", "that I come here", "a sick note", began.date() + timedelta(days=300))
    paragraphs = releases.words(allowed, "Alice Hart", "the practice")
    around = Circumstances(ZONE, None, None)
    release = releases.sign(client, paragraphs, releases.mark(paragraphs), allowed, "Alice Hart", around, began)
    return {"signature_id": signed.id, "review_id": review.id, "release_id": release.id}


def _notes(session: Session, cast: Practice, now: datetime) -> dict[str, UUID]:
    """Dana has signed a note about Alice, added to it and begun another, and keeps one apart; Erik's waits for her."""
    session.get_one(Therapist, cast.erik).supervisor_id = cast.dana
    session.flush()
    signed, draft, waiting = (
        _note(session, author, client, now)
        for author, client in (
            (cast.dana, cast.alice_client),
            (cast.dana, cast.alice_client),
            (cast.erik, cast.carol_client),
        )
    )
    notes.sign(signed, Written("free", {"text": "it was whimbrel"}), "Dana Whitfield", now)
    notes.amend(signed, cast.dana, "and sanderling", "since turnstone", "Dana Whitfield", now)
    notes.save(draft, Written("free", {"text": "begun phalarope"}), now)
    notes.sign(waiting, Written("free", {"text": "of somebody else"}), "Erik Lindqvist", now)
    kept = psychotherapy.add(cast.alice_client, cast.dana, "apart redshank", now)
    return {
        "note_id": signed.id,
        "draft_note_id": draft.id,
        "waiting_note_id": waiting.id,
        "psychotherapy_note_id": kept.id,
    }


def _note(session: Session, author: UUID, client_id: UUID, now: datetime) -> SessionNote:
    about = About(Record(session.get_one(Client, client_id), None), None, now.date())
    return session.get_one(SessionNote, notes.start(about, "free", author, now))


def _report(session: Session, cast: Practice, now: datetime) -> dict[str, UUID]:
    progress.prepare_due(now + timedelta(days=20))
    report = session.scalars(select(ProgressReport).where(ProgressReport.client_id == cast.alice_client)).one()
    progress.release(report, cast.dana, "a note bittern", (), now)
    return {"report_id": report.id}


def _another_browser(session: Session, person_id: UUID, now: datetime) -> UUID:
    sign_in = SignIn(
        person_id=person_id,
        token_digest=b"another browser",
        created_at=now,
        fresh_at=now,
        last_seen_at=now,
        expires_at=now + timedelta(hours=1),
    )
    session.add(sign_in)
    session.flush()
    return sign_in.id

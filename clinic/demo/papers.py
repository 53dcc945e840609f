"""The demo practice's intakes and reports: almost everyone has signed, one has just finished, one is halfway."""

from datetime import datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from clinic.clients.models import Client
from clinic.core.zones import moment
from clinic.demo import cast
from clinic.demo.caseload import IN_CARE_FOR, Caseload, ClientSketch
from clinic.demo.practice import ZONE, Ground
from clinic.intake import private, signing
from clinic.intake import service as intake
from clinic.intake.rules import ABOUT_ME, ELIGIBILITY, SAFE_CONTACT, SECOND, STEPS, StepKind
from clinic.intake.signing import Circumstances, Signing
from clinic.progress import service as progress
from clinic.progress.models import ProgressReport
from clinic.progress.rules import period_due
from clinic.questionnaires.values import Reading

JUST_FINISHED, HALFWAY, AFRAID = (
    24,
    28,
    2 * len(cast.THERAPISTS),
)  # places in the cast; the last is of Dana's second couple
MORNING = time(9)
EVERYONE = 100
BRINGS = "The same quarrel every week, and the quiet after it."
HOPE = "That we can disagree at dinner and still wash the dishes together."
NOTE = "You went, although it was a full month."
_PREPARED = select(ProgressReport).where(ProgressReport.state == "prepared").order_by(ProgressReport.client_id)


def take_in(session: Session, caseload: Caseload, now: datetime) -> None:
    """Fill in and sign everyone's papers, as they stood at the start of their care."""
    since, marks = now - IN_CARE_FOR, dict[tuple[int, str], str]()
    for client in caseload.clients:
        if client.place == HALFWAY:
            _forms(client, now - timedelta(hours=20))
            continue
        began = now - timedelta(hours=3) if client.place == JUST_FINISHED else since + timedelta(hours=client.place)
        _forms(client, began)
        _sign(session, client, began + timedelta(minutes=4), marks)
        packet = intake.finish(client.id, began + timedelta(minutes=11))
        if client.place != JUST_FINISHED:
            _second_part(client, began + timedelta(days=1))
            intake.mark_read(packet, began + timedelta(days=2))


def report(session: Session, ground: Ground, caseload: Caseload, now: datetime) -> None:
    """The reports of the last two months: the older ones released and read back then, every third newer one waiting."""
    therapist_of = {client.id: ground.therapists[client.therapist] for client in caseload.clients}
    back_then = moment(period_due(now, ZONE).start_on, MORNING, ZONE)
    for at in (back_then, now):
        progress.prepare_due(at, limit=EVERYONE)
        is_past = at < now
        for number, each in enumerate(session.scalars(_PREPARED).all()):
            if is_past or number % 3:
                progress.release(each, therapist_of[each.client_id], NOTE if number % 5 == 1 else "", (), at)
                each.opened_at = at + timedelta(days=2) if is_past else None
    session.flush()


def _forms(client: ClientSketch, began: datetime) -> None:
    reading = Reading(began, ZONE)
    shared = "yes" if client.place % 7 == 3 else "no"
    contact = {"mailbox_shared": shared, "text_ok": "no", "voicemail_ok": "yes", "introduce_as": "first_name"}
    intake.send_form(client.id, SAFE_CONTACT, contact, reading)
    here = {
        "in_danger": "no",
        "birth_date": f"{1970 + client.place % 28}-0{1 + client.place % 9}-1{client.place % 9}",
        "located_in": "New York, NY",
        "where_licensed": "yes",
        "private_space": "yes",
    }
    intake.send_form(client.id, ELIGIBILITY, here, Reading(began + timedelta(minutes=2), ZONE))


def _second_part(client: ClientSketch, began: datetime) -> None:
    """Everyone has done it but the first of the cast, who has the rest before them; one has written of fear."""
    about = {"has_partner": "no" if client.couple_id is None else "yes", "has_contact": "no"}
    intake.send_form(client.id, ABOUT_ME, about, Reading(began, ZONE))
    if client.place == 0:
        return
    reading = Reading(began + timedelta(minutes=8), ZONE)
    intake.send_form(client.id, SECOND[1], {"what_brings": BRINGS, "hope": HOPE, "since": "years"}, reading)
    if client.couple_id is not None:
        answers = None if client.place % 5 == 4 else {"afraid_year": "more" if client.place == AFRAID else "never"}
        private.send(client.id, answers, Reading(began + timedelta(minutes=12), ZONE))


def _sign(session: Session, sketch: ClientSketch, began: datetime, marks: dict[tuple[int, str], str]) -> None:
    client = session.scalars(select(Client).where(Client.id == sketch.id).options(joinedload(Client.person))).one()
    packet = intake.open_packet(client.id, began)
    for minute, step in enumerate(each for each in STEPS if each.kind is StepKind.TEXT):
        at = began + timedelta(minutes=minute)
        seen = (sketch.therapist, step.key)  # clients of one therapist are shown the same bytes
        if seen not in marks:
            marks[seen] = signing.offer(client.id, step.key, at).mark
        signed = Signing(marks[seen], client.person.name, is_ticked=True)
        signing.sign(packet, client, step, signed, Circumstances(ZONE, None, None), at)

"""Open packets, take answers step by step, end kindly or finish. Signing is in `signing`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert

from clinic.audit import service as audit
from clinic.clients import queries as client_queries
from clinic.clients import service as client_service
from clinic.clients.models import Client
from clinic.core.errors import NotVisibleError, StaleError
from clinic.core.ids import new_id
from clinic.database.session import db
from clinic.intake import notices, queries, rules, second
from clinic.intake.errors import IntakeEndedError, NotFinishedError, OnlyByPracticeError, OtherStepFirstError
from clinic.intake.models import IntakePacket, SafeContact
from clinic.intake.rules import Eligibility, Progress, Reason, State, Step
from clinic.intake.signing import install_documents
from clinic.questionnaires import queries as questionnaires
from clinic.questionnaires import service as responses
from clinic.questionnaires.definition import Definition
from clinic.questionnaires.drafts import save_answers
from clinic.questionnaires.errors import AnswersError, Message
from clinic.questionnaires.installation import install_folders
from clinic.questionnaires.models import Response
from clinic.questionnaires.rules import Checked, check, missing
from clinic.questionnaires.values import Raw, Reading, Value
from clinic.safety import service as safety
from clinic.vault.service import Owner, decrypt, encrypt

FORMS = Path(__file__).with_name("forms")
BATCH = 200


@dataclass(frozen=True, slots=True)
class NextStep:
    """What a client does next: the slug of the step (empty: send it all), and how much is left."""

    slug: str
    count_done: int
    count: int
    minutes_left: int


def install(now: datetime) -> int:
    """Install the forms and texts that ship; returns how many were new. Raises when one was edited in place."""
    return install_folders([FORMS, safety.QUESTIONS], now) + install_documents(now)


def open_packet(client_id: UUID, now: datetime) -> IntakePacket:
    """The packet of the client's open episode, held, and made where there is none.

    The papers come before the first session, so they may open the episode. Raises NotVisibleError for a closed record.
    """
    packet = queries.packet_of(client_id, locked=True)
    if packet is not None:
        return packet
    if client_service.locked(client_id).state == "closed":
        raise NotVisibleError
    episode = client_queries.open_episode_of(client_id) or client_service.open_episode(client_id, now)
    made = db.session.scalar(
        insert(IntakePacket)
        .values(
            id=new_id(),
            client_id=client_id,
            episode_id=episode.id,
            state=State.INVITED,
            is_eligible=False,
            invited_at=now,
        )
        .on_conflict_do_nothing(index_elements=["client_id", "episode_id"])
        .returning(IntakePacket.id)
    )
    packet = queries.packet_of(client_id, locked=True)
    assert packet is not None  # noqa: S101 -- this transaction or its twin has just made it
    if made is not None:
        audit.record("intake.open", "intake_packet", packet.id, client_id=client_id)
    return packet


def invite_new_clients(now: datetime) -> int:
    """Open a packet for each client who has a session ahead and none yet, and tell those who can sign in."""
    client_ids = queries.clients_without_packet(now, BATCH)
    for client_id in client_ids:
        packet = open_packet(client_id, now)
        notices.invite(packet, db.session.get_one(Client, client_id).person_id, now=now)
    return len(client_ids)


def remind_unfinished(now: datetime) -> int:
    """Queue the one reminder for each packet that is open when the next session is two days off; returns how many."""
    due = queries.packets_to_remind(now, now + notices.REMINDED_BEFORE, now - notices.LEFT_ALONE, BATCH)
    return sum(notices.remind(packet, person_id, starts_at, now=now) for packet, person_id, starts_at in due)


def next_step_for(client_id: UUID) -> NextStep | None:
    """Where the client's intake goes on; None when nothing is asked of them."""
    packet = queries.packet_of(client_id)
    if packet is not None and packet.state == State.ENDED:
        return None
    progress = queries.progress_of(packet)
    if progress.is_complete and packet is not None and packet.state == State.FINISHED:
        return None
    step = progress.next_step
    return NextStep(step.slug if step else "", progress.count_done, len(rules.STEPS), progress.minutes_left)


def save_draft(client_id: UUID, step: Step, raws: Mapping[str, Raw], reading: Reading) -> Checked:
    """Keep what was typed into a form so far; what does not fit is named and left. Eligibility keeps no draft."""
    packet, form = _open_form(client_id, step, reading.now)
    if not form.drafts:
        return Checked({}, {})
    response = responses.open_draft(_definition_id(step), client_id, packet.id, reading.now)
    return save_answers(response, raws, reading)


def send_form(
    client_id: UUID,
    step: Step,
    raws: Mapping[str, Raw],
    reading: Reading,
    *,
    is_sure: bool = False,
    typed_by: UUID | None = None,
) -> IntakePacket:
    """Send a form whole; raises AnswersError, and then keeps only the draft. The packet may end with it.

    Raises PartnerContactError once where whom to call reads like the partner, unless the client `is_sure`. `typed_by`
    is who of the staff types it from paper; raises BegunError where the client has begun the page themselves.
    """
    packet, form = _open_form(client_id, step, reading.now)
    answers = _read_whole(form, raws, reading) if step is rules.ELIGIBILITY else None
    if answers is not None:
        reason = _reason(answers, reading.today)
        if reason is not None:
            _end(packet, reason, reading.now)
            return packet
    if step is rules.ABOUT_ME and not is_sure:
        second.require_someone_else(client_id, check(tuple(form.fields()), raws, reading).answers)
    _submit(packet, step, raws, reading, typed_by)
    if step is rules.SAFE_CONTACT:
        _heed_contact(packet, reading.now)
    elif step is rules.ELIGIBILITY:
        packet.is_eligible = True
    elif step in rules.SECOND:
        second.note_sent(packet, step, sent_answers(packet, step) or {}, reading.now)
    db.session.flush()
    return packet


def finish(client_id: UUID, now: datetime) -> IntakePacket:
    """Hand the packet to the therapist; raises NotFinishedError while a step is open, IntakeEndedError when over."""
    packet = open_packet(client_id, now)
    if packet.state == State.FINISHED:
        return packet
    _require_open(packet)
    if not queries.progress_of(packet).is_complete:
        raise NotFinishedError
    packet.state, packet.finished_at, packet.read_at = State.FINISHED, now, None
    notices.take_back(packet, now=now, reason="finished")
    audit.record("intake.finish", "intake_packet", packet.id, client_id=client_id)
    db.session.flush()
    return packet


def reason_of(packet: IntakePacket) -> Reason | None:
    """Why the packet ended; None where it did not."""
    if packet.ended_reason is None:
        return None
    owner = Owner("client", packet.client_id)
    return Reason(decrypt(owner, "intake_packet", "ended_reason", packet.id, packet.ended_reason))


def open_again(client_id: UUID, *, by_practice: bool = False) -> IntakePacket:
    """Open an ended packet once more; raises OnlyByPracticeError where the client cannot do it alone."""
    packet = queries.packet_of(client_id, locked=True)
    if packet is None:
        raise NotVisibleError
    reason = reason_of(packet)
    if reason is None:
        return packet
    if not by_practice and not rules.may_answer_again(reason):
        raise OnlyByPracticeError
    packet.state, packet.ended_at, packet.ended_reason, packet.read_at = State.STARTED, None, None, None
    audit.record("intake.open_again", "intake_packet", packet.id, client_id=client_id)
    db.session.flush()
    return packet


def sent_answers(packet: IntakePacket, step: Step) -> Mapping[str, Value] | None:
    """What was last sent for a step with a form, as far as the acting person may read it; None before that."""
    response = questionnaires.current_response(packet.id, _definition_id(step))
    return questionnaires.filled(response).answers if response is not None and response.is_submitted else None


def clear(packet: IntakePacket, by: UUID, now: datetime) -> None:
    """The therapist has gone through it and sees nothing in the way; raises NotFinishedError before it is finished."""
    if packet.state != State.FINISHED:
        raise NotFinishedError
    if packet.cleared_at is None:
        packet.cleared_at, packet.cleared_by = now, by
        audit.record("intake.clear", "intake_packet", packet.id, client_id=packet.client_id)
        db.session.flush()


def mark_read(packet: IntakePacket, now: datetime) -> None:
    """The therapist has opened what was sent; the first time counts."""
    if packet.state in {State.FINISHED, State.ENDED} and packet.read_at is None:
        packet.read_at = now
    packet.news_at = None
    db.session.flush()


def progress_for(client_id: UUID) -> tuple[IntakePacket | None, Progress]:
    """The packet and how far it is, without making one."""
    packet = queries.packet_of(client_id)
    return packet, queries.progress_of(packet)


def start(packet: IntakePacket, now: datetime) -> None:
    """The first act on a packet starts it; raises IntakeEndedError when it is over."""
    _require_open(packet)
    if packet.state == State.INVITED:
        packet.state, packet.started_at = State.STARTED, now


def _require_open(packet: IntakePacket) -> None:
    if packet.state == State.ENDED:
        raise IntakeEndedError


def _open_form(client_id: UUID, step: Step, now: datetime) -> tuple[IntakePacket, Definition]:
    packet = open_packet(client_id, now)
    start(packet, now)
    if step in rules.SECOND:
        if packet.state != State.FINISHED:
            raise OtherStepFirstError
        return packet, questionnaires.definition(_definition_id(step))
    queries.progress_of(packet).require_reachable(step)
    if step is rules.ELIGIBILITY and packet.is_eligible:
        raise StaleError("You have answered this already. If something has changed, please tell us.")
    return packet, questionnaires.definition(_definition_id(step))


def _definition_id(step: Step) -> UUID:
    return questionnaires.latest(step.key).id


def _read_whole(form: Definition, raws: Mapping[str, Raw], reading: Reading) -> dict[str, Value]:
    """Every answer, before any of it is stored. Who is in danger is not asked for more."""
    fields = tuple(form.fields())
    checked = check(fields, raws, reading)
    if checked.answers.get("in_danger") is True:
        return checked.answers
    errors = missing(fields, checked.answers) | checked.errors
    born_on = checked.answers.get("birth_date")
    if isinstance(born_on, date) and rules.age_on(born_on, reading.today) > rules.OLDEST_YEARS:
        errors["birth_date"] = Message("Please look at the year once more.")
    if errors:
        raise AnswersError(errors)
    return checked.answers


def _reason(answers: Mapping[str, Value], today: date) -> Reason | None:
    if answers["in_danger"] is True:
        return Reason.DANGER
    born_on = answers["birth_date"]
    assert isinstance(born_on, date)  # noqa: S101 -- the form's field is a date
    return rules.reason_to_end(
        Eligibility(
            is_in_danger=False,
            born_on=born_on,
            is_where_licensed=answers["where_licensed"] is True,
            has_private_space=answers["private_space"] is True,
        ),
        today,
    )


def _end(packet: IntakePacket, reason: Reason, now: datetime) -> None:
    """Close the packet with the reason and nothing else of what was answered."""
    owner = Owner("client", packet.client_id)
    sealed = encrypt(owner, "intake_packet", "ended_reason", packet.id, reason)
    packet.state, packet.ended_at, packet.ended_reason, packet.read_at = State.ENDED, now, sealed, None
    notices.take_back(packet, now=now, reason="ended")
    notices.tell_carers(packet, now, now=now)
    audit.record("intake.update", "intake_packet", packet.id, client_id=packet.client_id)
    db.session.flush()


def _submit(packet: IntakePacket, step: Step, raws: Mapping[str, Raw], reading: Reading, typed_by: UUID | None) -> None:
    definition_id = _definition_id(step)
    last = questionnaires.current_response(packet.id, definition_id, locked=typed_by is None)
    if last is not None and last.is_submitted and _says_the_same(last, raws, reading):
        return
    if typed_by is None:
        response = responses.open_draft(definition_id, packet.client_id, packet.id, reading.now)
    else:
        _require_whole(questionnaires.definition(definition_id), raws, reading)
        response = responses.open_paper(definition_id, packet.client_id, packet.id, typed_by, reading.now)
    checked = save_answers(response, raws, reading)
    if checked.errors:
        raise AnswersError(checked.errors)
    responses.submit(response, reading)
    action = "intake.send" if typed_by is None else "intake.type"
    audit.record(action, "response", response.id, client_id=packet.client_id, detail=step.key)


def _require_whole(form: Definition, raws: Mapping[str, Raw], reading: Reading) -> None:
    checked = check(tuple(form.fields()), raws, reading)
    errors = checked.errors | missing(tuple(form.fields()), checked.answers)
    if errors:
        raise AnswersError(errors)


def _says_the_same(last: Response, raws: Mapping[str, Raw], reading: Reading) -> bool:
    checked = check(tuple(questionnaires.definition(last.definition_id).fields()), raws, reading)
    return not checked.errors and checked.answers == questionnaires.filled(last).answers


def _heed_contact(packet: IntakePacket, now: datetime) -> None:
    """Turn what was said into the flags that every message and every call obeys from now on."""
    answers = sent_answers(packet, rules.SAFE_CONTACT)
    assert answers is not None  # noqa: S101 -- they have just been sent
    is_shared = rules.is_mailbox_shared(str(answers["mailbox_shared"]))
    client_service.change_contact(packet.client_id, now, is_mailbox_shared=is_shared)
    db.session.merge(
        SafeContact(
            client_id=packet.client_id,
            is_voicemail_ok=answers["voicemail_ok"] is True,
            is_text_ok=answers["text_ok"] is True,
            introduce_as=str(answers["introduce_as"]),
            updated_at=now,
        )
    )

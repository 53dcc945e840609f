"""Reading packets, texts and signatures, and whose intake somebody may see."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import joinedload

from clinic.accounts.models import Person
from clinic.booking.models import Appointment, Attendee
from clinic.clients import queries as client_queries
from clinic.clients.models import Client, Episode
from clinic.core.errors import NotVisibleError
from clinic.database.session import db
from clinic.intake import consents, rules
from clinic.intake.consents import Consent
from clinic.intake.models import ConsentDocument, IntakePacket, SafeContact, Signature
from clinic.practice.models import Service
from clinic.questionnaires.models import QuestionnaireDefinition, Response

FORM_KEYS = tuple(step.key for step in (*rules.STEPS, *rules.SECOND) if step.kind is rules.StepKind.FORM)
TEXT_KEYS = tuple(step.key for step in rules.STEPS if step.kind is rules.StepKind.TEXT)


def own_client(person_id: UUID) -> Client:
    """The open record of this person, with the person; raises NotVisibleError."""
    client = client_queries.client_of(person_id)
    if client is None or client.state == "closed":
        raise NotVisibleError
    return client


def packet_of(client_id: UUID, *, locked: bool = False) -> IntakePacket | None:
    """The packet of the client's open episode; `locked` holds it until the transaction ends."""
    query = (
        select(IntakePacket)
        .join(Episode, Episode.id == IntakePacket.episode_id)
        .where(IntakePacket.client_id == client_id, Episode.closed_at.is_(None))
    )
    if locked:
        query = query.with_for_update(of=IntakePacket).execution_options(populate_existing=True)
    return db.session.scalar(query)


def newest_texts() -> dict[UUID, str]:
    """The version of each text that has to be signed at present: its id with its key, without the text itself."""
    newest = (
        select(ConsentDocument.id, ConsentDocument.key)
        .where(ConsentDocument.key.in_(TEXT_KEYS))
        .ext(distinct_on(ConsentDocument.key))
        .order_by(ConsentDocument.key, ConsentDocument.version.desc())
    )
    return dict(db.session.execute(newest).all())


def newest_document(key: str) -> ConsentDocument:
    """That version of one text; raises NotVisibleError while none is installed."""
    document = db.session.scalar(
        select(ConsentDocument)
        .where(ConsentDocument.key == key, ConsentDocument.key.in_(TEXT_KEYS))
        .order_by(ConsentDocument.version.desc())
        .limit(1)
    )
    if document is None:
        raise NotVisibleError
    return document


def consent(document: ConsentDocument) -> Consent:
    """The text in a document's row."""
    return consents.parse(document.content, f"{document.key} {document.version}")


def progress_of(packet: IntakePacket | None) -> rules.Progress:
    """Which steps are done: forms that were sent, newest texts that are signed."""
    if packet is None:
        return rules.progress(())
    done = sent_forms(packet)
    if not packet.is_eligible:
        done.discard(rules.ELIGIBILITY.key)
    newest = newest_texts()
    signed = db.session.scalars(select(Signature.document_id).where(Signature.packet_id == packet.id))
    return rules.progress(done | {newest[each] for each in signed if each in newest})


def sent_forms(packet: IntakePacket) -> set[str]:
    """The keys of the forms that were sent for the packet."""
    return set(
        db.session.scalars(
            select(QuestionnaireDefinition.key)
            .join(Response, Response.definition_id == QuestionnaireDefinition.id)
            .where(Response.subject_id == packet.id, Response.submitted_at.is_not(None))
        )
    )


def typed_from_paper(packet: IntakePacket) -> Sequence[tuple[str, str, datetime]]:
    """What staff typed of the packet: the form's title, who, and when; newest first."""
    rows = db.session.execute(
        select(QuestionnaireDefinition.title, Person, Response.submitted_at)
        .join(QuestionnaireDefinition, QuestionnaireDefinition.id == Response.definition_id)
        .join(Person, Person.id == Response.typed_by)
        .where(Response.subject_id == packet.id, Response.submitted_at.is_not(None))
        .order_by(Response.submitted_at.desc())
        .limit(20)
    )
    return [(title, person.name, at) for title, person, at in rows if at is not None]


def cleared_by(packet: IntakePacket) -> str:
    """The name of who cleared the packet; empty while nobody has."""
    person = db.session.get(Person, packet.cleared_by) if packet.cleared_by else None
    return person.name if person else ""


def signatures_of(packet: IntakePacket) -> Sequence[Signature]:
    """Every signature of the packet that the acting person may see, oldest first, with title and version."""
    return db.session.scalars(
        select(Signature)
        .options(joinedload(Signature.document).defer(ConsentDocument.content))
        .where(Signature.packet_id == packet.id)
        .order_by(Signature.signed_at, Signature.id)
    ).all()


def signature(signature_id: UUID, client_id: UUID) -> Signature:
    """One signature of this client, with the bytes that were signed; raises NotVisibleError."""
    found = db.session.scalar(
        select(Signature)
        .options(joinedload(Signature.document).defer(ConsentDocument.content), joinedload(Signature.text))
        .where(Signature.id == signature_id, Signature.client_id == client_id)
    )
    if found is None:
        raise NotVisibleError
    return found


def signature_under(packet_id: UUID, document_id: UUID) -> Signature | None:
    """The signature under this version, once it stands."""
    return db.session.scalar(
        select(Signature).where(Signature.packet_id == packet_id, Signature.document_id == document_id)
    )


def safe_contact(client_id: UUID) -> SafeContact | None:
    """How this client may be reached; None while they have not said, and then only by a neutral mail."""
    return db.session.get(SafeContact, client_id)


def next_appointment(client_id: UUID, now: datetime) -> Appointment | None:
    """The client's next live session of their own or as a couple, from now on."""
    return db.session.scalar(
        select(Appointment)
        .join(Attendee, Attendee.appointment_id == Appointment.id)
        .where(
            Attendee.client_id == client_id,
            Attendee.answer == "yes",
            Appointment.state.in_(("requested", "confirmed")),
            Appointment.starts_at > now,
        )
        .order_by(Appointment.starts_at)
        .limit(1)
    )


def clients_without_packet(now: datetime, limit: int) -> Sequence[UUID]:
    """Clients with a session ahead for whose present stretch of care, begun or not, nobody has opened a packet."""
    has_packet = (
        exists()
        .where(IntakePacket.episode_id == Episode.id)
        .where(Episode.client_id == Client.id, Episode.closed_at.is_(None))
    )
    return db.session.scalars(
        select(Client.id)
        .where(
            Client.state != "closed",
            exists()
            .where(Attendee.client_id == Client.id, Attendee.appointment_id == Appointment.id)
            .where(Appointment.state.in_(("requested", "confirmed")), Appointment.starts_at > now)
            .where(Attendee.answer == "yes"),
            ~has_packet,
        )
        .order_by(Client.id)
        .limit(limit)
    ).all()


def packets_to_read(therapist_id: UUID, now: datetime) -> Sequence[IntakePacket]:
    """What this therapist's clients finished, ended or added and nobody has opened, longest waiting first."""
    is_unread = and_(IntakePacket.state.in_(("finished", "ended")), IntakePacket.read_at.is_(None))
    return db.session.scalars(
        select(IntakePacket)
        .where(
            or_(is_unread, IntakePacket.news_at.is_not(None)),
            IntakePacket.client_id.in_(client_queries.cared_for(therapist_id, now)),
        )
        .order_by(func.coalesce(IntakePacket.news_at, IntakePacket.finished_at, IntakePacket.ended_at))
    ).all()


def packets_to_remind(
    now: datetime, until: datetime, invited_before: datetime, limit: int
) -> Sequence[tuple[IntakePacket, UUID, datetime]]:
    """Open packets, with person and start, of clients whose next session begins between `now` and `until`."""
    return _to_remind(
        now, until, limit, IntakePacket.state.in_(("invited", "started")), IntakePacket.invited_at <= invited_before
    )


def second_to_remind(
    now: datetime, until: datetime, finished_before: datetime, limit: int
) -> Sequence[tuple[IntakePacket, UUID, datetime]]:
    """Second parts that are not done, with person and start, of clients whose second session begins until `until`.

    A first call is no session here, so the session ahead is the second one where just one was held before.
    """
    held = (
        select(func.count())
        .select_from(Appointment)
        .join(Attendee, Attendee.appointment_id == Appointment.id)
        .join(Service, Service.id == Appointment.service_id)
        .where(
            Attendee.client_id == IntakePacket.client_id,
            Attendee.answer == "yes",
            Attendee.attendance.is_distinct_from("absent"),
            Appointment.state == "confirmed",
            Appointment.starts_at <= now,
            Service.booked_by != "visitor",
        )
        .scalar_subquery()
    )
    return _to_remind(
        now,
        until,
        limit,
        IntakePacket.state == "finished",
        IntakePacket.second_done_at.is_(None),
        IntakePacket.finished_at <= finished_before,
        held == 1,
    )


def _to_remind(
    now: datetime, until: datetime, limit: int, *which: ColumnElement[bool]
) -> Sequence[tuple[IntakePacket, UUID, datetime]]:
    starts_at = (
        select(func.min(Appointment.starts_at))
        .join(Attendee, Attendee.appointment_id == Appointment.id)
        .where(
            Attendee.client_id == IntakePacket.client_id,
            Attendee.answer == "yes",
            Appointment.state.in_(("requested", "confirmed")),
            Appointment.starts_at > now,
        )
        .scalar_subquery()
    )
    rows = db.session.execute(
        select(IntakePacket, Client.person_id, starts_at)
        .join(Client, Client.id == IntakePacket.client_id)
        .where(*which, Client.state != "closed", starts_at <= until)
        .order_by(starts_at)
        .limit(limit)
    )
    return [(packet, person_id, at) for packet, person_id, at in rows]

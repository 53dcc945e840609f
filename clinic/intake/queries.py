"""Reading packets, texts and signatures, and whose intake somebody may see."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import exists, func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import joinedload

from clinic.booking.models import Appointment, Attendee
from clinic.clients import queries as client_queries
from clinic.clients.models import Client, Episode
from clinic.core.errors import NotVisibleError
from clinic.database.session import db
from clinic.intake import consents, rules
from clinic.intake.consents import Consent
from clinic.intake.models import ConsentDocument, IntakePacket, SafeContact, Signature
from clinic.questionnaires.models import QuestionnaireDefinition, Response

FORM_KEYS = tuple(step.key for step in rules.STEPS if step.kind is rules.StepKind.FORM)
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
    sent = db.session.scalars(
        select(QuestionnaireDefinition.key)
        .join(Response, Response.definition_id == QuestionnaireDefinition.id)
        .where(Response.subject_id == packet.id, Response.submitted_at.is_not(None))
    )
    done = set(sent)
    if not packet.is_eligible:
        done.discard(rules.ELIGIBILITY.key)
    newest = newest_texts()
    signed = db.session.scalars(select(Signature.document_id).where(Signature.packet_id == packet.id))
    return rules.progress(done | {newest[each] for each in signed if each in newest})


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
    """What was finished or ended among this therapist's clients and has not been opened, longest waiting first."""
    return db.session.scalars(
        select(IntakePacket)
        .where(
            IntakePacket.state.in_(("finished", "ended")),
            IntakePacket.read_at.is_(None),
            IntakePacket.client_id.in_(client_queries.cared_for(therapist_id, now)),
        )
        .order_by(func.coalesce(IntakePacket.finished_at, IntakePacket.ended_at))
    ).all()


def packets_to_remind(
    now: datetime, until: datetime, invited_before: datetime, limit: int
) -> Sequence[tuple[IntakePacket, UUID, datetime]]:
    """Open packets, with person and start, of clients whose next session begins between `now` and `until`."""
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
        .where(
            IntakePacket.state.in_(("invited", "started")),
            IntakePacket.invited_at <= invited_before,
            Client.state != "closed",
            starts_at <= until,
        )
        .order_by(starts_at)
        .limit(limit)
    )
    return [(packet, person_id, at) for packet, person_id, at in rows]

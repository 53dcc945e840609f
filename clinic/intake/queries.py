"""Reading packets, texts and signatures, and whose intake somebody may see."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, exists, func, or_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import InstrumentedAttribute, contains_eager, joinedload

from clinic.booking.models import Appointment, Attendee
from clinic.clients.models import CareRelationship, Client, Episode
from clinic.core.errors import NotVisibleError
from clinic.database.session import db
from clinic.intake import consents, rules
from clinic.intake.consents import Consent
from clinic.intake.models import ConsentDocument, IntakePacket, SafeContact, Signature
from clinic.questionnaires.models import QuestionnaireDefinition, Response

FORM_KEYS = tuple(step.key for step in rules.STEPS if step.kind is rules.StepKind.FORM)
TEXT_KEYS = tuple(step.key for step in rules.STEPS if step.kind is rules.StepKind.TEXT)


def own_client(person_id: UUID | None) -> Client:
    """The open record of this person, with the person; raises NotVisibleError."""
    client = db.session.scalar(
        select(Client)
        .join(Client.person)
        .options(contains_eager(Client.person))
        .where(Client.person_id == person_id, Client.state != "closed")
    )
    if client is None:
        raise NotVisibleError
    return client


def client_in_care(client_id: UUID, therapist_id: UUID | None, now: datetime) -> Client:
    """The client, if this therapist cares for them at this moment; raises NotVisibleError."""
    client = db.session.scalar(
        select(Client)
        .join(Client.person)
        .options(contains_eager(Client.person))
        .where(Client.id == client_id, _cares_now(Client.id, therapist_id, now))
    )
    if client is None:
        raise NotVisibleError
    return client


def open_episode(client_id: UUID) -> Episode | None:
    """The client's present stretch of care."""
    return db.session.scalar(select(Episode).where(Episode.client_id == client_id, Episode.closed_at.is_(None)))


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


def newest_documents() -> dict[str, ConsentDocument]:
    """The version of each text that has to be signed at present."""
    newest = (
        select(ConsentDocument)
        .where(ConsentDocument.key.in_(TEXT_KEYS))
        .ext(distinct_on(ConsentDocument.key))
        .order_by(ConsentDocument.key, ConsentDocument.version.desc())
    )
    return {document.key: document for document in db.session.scalars(newest)}


def newest_document(key: str) -> ConsentDocument:
    """That version of one text; raises NotVisibleError while none is installed."""
    document = newest_documents().get(key)
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
    newest = {document.id: key for key, document in newest_documents().items()}
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
            Appointment.state.in_(("requested", "confirmed")),
            Appointment.starts_at > now,
        )
        .order_by(Appointment.starts_at)
        .limit(1)
    )


def clients_without_packet(now: datetime, limit: int) -> Sequence[UUID]:
    """Clients with a session ahead and an open episode for which nobody has opened a packet."""
    return db.session.scalars(
        select(Client.id)
        .join(Episode, (Episode.client_id == Client.id) & Episode.closed_at.is_(None))
        .where(
            Client.state != "closed",
            exists()
            .where(Attendee.client_id == Client.id, Attendee.appointment_id == Appointment.id)
            .where(Appointment.state.in_(("requested", "confirmed")), Appointment.starts_at > now),
            ~exists().where(IntakePacket.episode_id == Episode.id),
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
            _cares_now(IntakePacket.client_id, therapist_id, now),
        )
        .order_by(func.coalesce(IntakePacket.finished_at, IntakePacket.ended_at))
    ).all()


def states_of(client_ids: Collection[UUID]) -> dict[UUID, str]:
    """The state of each client's packet in the open episode, for lists; who has none is left out."""
    rows = db.session.execute(
        select(IntakePacket.client_id, IntakePacket.state)
        .join(Episode, Episode.id == IntakePacket.episode_id)
        .where(IntakePacket.client_id.in_(client_ids), Episode.closed_at.is_(None))
    )
    return {row.client_id: row.state for row in rows}


def holds(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """A care relationship that opens the record at this moment."""
    return (
        CareRelationship.starts_at <= now,
        or_(CareRelationship.ends_at.is_(None), CareRelationship.ends_at > now),
    )


def _cares_now(client_id: InstrumentedAttribute[UUID], therapist_id: UUID | None, now: datetime) -> ColumnElement[bool]:
    return exists().where(
        CareRelationship.client_id == client_id, CareRelationship.therapist_id == therapist_id, *holds(now)
    )


def packets_to_remind(
    now: datetime, until: datetime, invited_before: datetime, limit: int
) -> Sequence[tuple[IntakePacket, UUID, datetime]]:
    """Open packets, with person and start, of clients whose next session begins between `now` and `until`."""
    starts_at = (
        select(func.min(Appointment.starts_at))
        .join(Attendee, Attendee.appointment_id == Appointment.id)
        .where(
            Attendee.client_id == IntakePacket.client_id,
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

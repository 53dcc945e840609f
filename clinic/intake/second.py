"""The second part, before the second session: how far it is, what follows from each page, its one reminder."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from clinic.clients import queries as client_queries
from clinic.clients.models import Client, Couple
from clinic.core.errors import NotVisibleError
from clinic.database.actor import Actor
from clinic.intake import notices, queries, rules
from clinic.intake.errors import PartnerContactError
from clinic.intake.models import IntakePacket
from clinic.intake.rules import Contact, Progress, State, Step
from clinic.questionnaires.values import Value

BATCH = 200


def progress_of(packet: IntakePacket) -> Progress:
    """How far the second part is."""
    done = queries.sent_forms(packet)
    if packet.private_sent_at is not None:
        done.add(rules.PRIVATE.key)
    is_for_them = bool(packet.is_partnered) or client_queries.open_couple_of(packet.client_id) is not None
    return rules.second_progress(done, with_private=is_for_them)


def open_for(client_id: UUID) -> Progress | None:
    """How far the client is, from the day on which the first part is finished and until the second is done."""
    packet = queries.packet_of(client_id)
    if packet is None or packet.state != State.FINISHED:
        return None
    progress = progress_of(packet)
    return None if progress.is_complete else progress


def note_sent(packet: IntakePacket, step: Step, answers: Mapping[str, Value], now: datetime) -> None:
    """What follows from a page of the second part that was sent: it waits to be read, and may be the last."""
    if step is rules.ABOUT_ME:
        packet.is_partnered = answers.get("has_partner") is True
    packet.news_at = packet.news_at or now
    settle(packet, now)


def settle(packet: IntakePacket, now: datetime) -> None:
    """Note since when the whole part is done, and that no reminder is wanted any more."""
    if not progress_of(packet).is_complete:
        packet.second_done_at = None
    elif packet.second_done_at is None:
        packet.second_done_at = now
        notices.take_back(packet, now=now, reason="finished")


def contact_in(answers: Mapping[str, Value]) -> Contact | None:
    """Whom the answers of the first page name for an emergency; None where they name nobody."""
    if answers.get("has_contact") is not True:
        return None
    name, relation, phone = (str(answers.get(f"contact_{key}", "")) for key in ("name", "is", "phone"))
    return Contact(name, relation, phone)


def require_someone_else(client_id: UUID, answers: Mapping[str, Value]) -> None:
    """Raise PartnerContactError where the contact reads like the client's partner.

    Of the partner it uses nothing but the name that the couple shares already. A number is not compared here: to hear
    yes to a number would tell which one the partner has given us.
    """
    contact = contact_in(answers)
    if contact is None:
        return
    partner = _partner(client_queries.active_couple_of(client_id), client_id)
    if rules.names_partner(contact, partner.person.name if partner else ""):
        raise PartnerContactError


def is_partners(client_id: UUID, contact: Contact, actor: Actor, now: datetime) -> bool:
    """True where it reads so to a therapist. Where they care for the partner too, the number on file counts as well."""
    couple = client_queries.open_couple_of(client_id)
    try:
        seen = client_queries.visible_couple(couple.id, actor, now) if couple else None
    except NotVisibleError:
        seen = None
    partner = _partner(seen, client_id)
    if partner is None:
        return rules.names_partner(contact, "")
    is_number = rules.is_same_number(contact.phone, partner.person.phone or "")
    return is_number or rules.names_partner(contact, partner.person.name)


def remind_unfinished(now: datetime) -> int:
    """Queue the one reminder for who has not done the second part when the second session is two days off."""
    due = queries.second_to_remind(now, now + notices.REMINDED_BEFORE, now - notices.LEFT_ALONE, BATCH)
    return sum(notices.remind_second(packet, person_id, starts_at, now=now) for packet, person_id, starts_at in due)


def _partner(couple: Couple | None, client_id: UUID) -> Client | None:
    members = couple.members if couple else ()
    return next((each.client for each in members if each.client_id != client_id), None)

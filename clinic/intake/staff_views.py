"""The therapist's side: what a client sent and signed."""

from uuid import UUID

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from clinic.accounts.models import Person
from clinic.audit import service as audit
from clinic.clients import queries as client_queries
from clinic.clients.models import Client
from clinic.core import clock
from clinic.core.errors import NotVisibleError
from clinic.database.session import current_actor
from clinic.intake import queries, reach, releases, rules, second, service, signing, wording
from clinic.intake.copies import copy_of
from clinic.intake.models import IntakePacket, Signature
from clinic.questionnaires import queries as questionnaires
from clinic.questionnaires.pages import ReadBlock, read_blocks
from clinic.web.forms import ActionForm
from clinic.web.policy import policy

blueprint = Blueprint("intake_record", __name__)


def load_client(client_id: UUID) -> Client:
    """A client whom the signed-in therapist cares for now, never themself; raises NotVisibleError."""
    client = client_queries.visible_client(client_id, current_actor(), clock.now())
    if client.person_id == current_user.person_id:
        raise NotVisibleError
    return client


def load_signature(client_id: UUID, signature_id: UUID) -> tuple[Signature, Person]:
    """A signature of such a client, with them; raises NotVisibleError."""
    client = load_client(client_id)
    return queries.signature(signature_id, client.id), client.person


@blueprint.get("/clients/<uuid:client_id>/intake")
@policy("intake_record.read", load_client)
def record(client: Client) -> ResponseReturnValue:
    """Answers and signatures; opening it counts as read, and leaves an audit row."""
    packet, progress = service.progress_for(client.id)
    audit.record("intake_record.read", "client", client.id, client_id=client.id)
    signatures = queries.signatures_of(packet) if packet else ()
    if packet is not None:
        service.mark_read(packet, clock.now())
    reason = service.reason_of(packet) if packet else None
    state = packet.state if packet else rules.State.INVITED
    sent, contact = _sent_forms(packet), queries.safe_contact(client.id)
    part = second.progress_of(packet) if packet and packet.state == rules.State.FINISHED else None
    return render_template(
        "intake/record.html",
        client=client,
        packet=packet,
        state=wording.STATES[state],
        reason=wording.REASONS[reason] if reason else "",
        open_steps=_titles(progress),
        open_second=_titles(part) if part else (),
        is_partner_to_call=_is_partner_to_call(client, packet),
        forms=[block for key, blocks in sent.items() if key != rules.SAFE_CONTACT.key for block in blocks],
        reach=reach.lines(client, contact, _words(sent.get(rules.SAFE_CONTACT.key, []), "best_time")),
        signatures=[(each, signing.typed_name(each)) for each in signatures],
        unchanged=signing.unchanged(signatures),
        newest=queries.newest_texts().keys(),
        contact=contact,
        typed=queries.typed_from_paper(packet) if packet else (),
        cleared_by=queries.cleared_by(packet) if packet else "",
        to_type=[(slug, wording.TITLES[slug]) for slug, step in rules.BY_SLUG.items() if _is_to_type(step, packet)],
        releases=releases.of_client(client.id, clock.now()),
        form=ActionForm(formdata=None),
    )


@blueprint.get("/clients/<uuid:client_id>/intake/signed/<uuid:signature_id>")
@policy("intake_record.read", load_signature)
def signed_copy(found: tuple[Signature, Person]) -> ResponseReturnValue:
    """The same file that the client can take."""
    return copy_of(*found)


@blueprint.post("/clients/<uuid:client_id>/intake/open-again")
@policy("intake_record.update", load_client)
def open_again(client: Client) -> ResponseReturnValue:
    """Open an ended packet once more, after a word with the client."""
    service.open_again(client.id, by_practice=True)
    return redirect(url_for("intake_record.record", client_id=client.id), code=303)


@blueprint.post("/clients/<uuid:client_id>/intake/clear")
@policy("intake_record.update", load_client)
def clear(client: Client) -> ResponseReturnValue:
    """Note that the therapist has gone through it."""
    packet = queries.packet_of(client.id, locked=True)
    if packet is None:
        raise NotVisibleError
    service.clear(packet, current_user.person_id, clock.now())
    return redirect(url_for("intake_record.record", client_id=client.id), code=303)


def _sent_forms(packet: IntakePacket | None) -> dict[str, list[ReadBlock]]:
    """The newest answers that were sent, by the key of the form, in the order of the steps."""
    if packet is None:
        return {}
    newest = {each.definition_id: each for each in questionnaires.responses_of(packet.id) if each.is_submitted}
    forms = questionnaires.definitions(newest)
    in_order = sorted(newest, key=lambda each: queries.FORM_KEYS.index(forms[each].key))
    return {
        forms[each].key: read_blocks(forms[each], questionnaires.filled(newest[each]), current_user.zone)
        for each in in_order
    }


def _is_to_type(step: rules.Step, packet: IntakePacket | None) -> bool:
    if step.kind is not rules.StepKind.FORM:
        return False
    if step is rules.ELIGIBILITY:
        return packet is None or not packet.is_eligible
    return step not in rules.SECOND or (packet is not None and packet.state == rules.State.FINISHED)


def _titles(part: rules.Progress) -> list[str]:
    return [wording.TITLES[step.slug] for step in part.open_steps]


def _is_partner_to_call(client: Client, packet: IntakePacket | None) -> bool:
    answers = service.sent_answers(packet, rules.ABOUT_ME) if packet else None
    contact = second.contact_in(answers or {})
    return contact is not None and second.is_partners(client.id, contact, current_actor(), clock.now())


def _words(blocks: list[ReadBlock], key: str) -> str:
    """What was answered to one question; empty where nothing was."""
    return next((line.words for block in blocks for line in block.lines if line.key == key), "")

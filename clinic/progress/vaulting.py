"""Sealing and opening reports and briefs: each column with the key of the client or couple that it tells of."""

from uuid import UUID

from clinic.booking.models import Appointment
from clinic.progress import body as bodies
from clinic.progress import sealed_brief
from clinic.progress.body import Body
from clinic.progress.models import Brief, BriefPart, ProgressReport
from clinic.progress.sealed_brief import Joint, Private
from clinic.vault.service import Owner, decrypt, decrypt_bytes, encrypt, encrypt_bytes

REPORT, BRIEF, PART = "progress_report", "brief", "brief_part"


def seal_body(report_id: UUID, client_id: UUID, body: Body) -> bytes:
    """The body of a report, sealed for its client."""
    return encrypt(Owner("client", client_id), REPORT, "body", report_id, bodies.to_json(body))


def body_of(report: ProgressReport) -> Body:
    """What the report holds; raises VaultError when its row was tampered with, ValueError before it is prepared."""
    if report.body is None:
        raise ValueError("the report is not prepared")
    return bodies.from_json(decrypt(_owner(report), REPORT, "body", report.id, report.body))


def seal_note(report: ProgressReport, note: str) -> bytes | None:
    """The therapist's note, sealed for the client; None for no note."""
    return encrypt(_owner(report), REPORT, "note", report.id, note) if note else None


def note_of(report: ProgressReport) -> str:
    """The therapist's note, empty where there is none."""
    return decrypt(_owner(report), REPORT, "note", report.id, report.note) if report.note else ""


def seal_pdf(report: ProgressReport, content: bytes) -> bytes:
    """The finished PDF, sealed for the client."""
    return encrypt_bytes(_owner(report), REPORT, "pdf", report.id, content)


def pdf_of(report: ProgressReport) -> bytes | None:
    """The finished PDF, or None before the worker has made it."""
    return decrypt_bytes(_owner(report), REPORT, "pdf", report.id, report.pdf) if report.pdf else None


def seal_joint(brief_id: UUID, owner: Owner, page: Joint) -> bytes:
    """The joint page, sealed for the couple, or for the one client of the appointment."""
    return encrypt(owner, BRIEF, "joint_page", brief_id, sealed_brief.to_json(page))


def joint_of(brief: Brief, owner: Owner) -> Joint:
    """The joint page."""
    return sealed_brief.joint_from_json(decrypt(owner, BRIEF, "joint_page", brief.id, brief.joint_page))


def seal_private(part_id: UUID, client_id: UUID, page: Private) -> bytes:
    """The you-only page about one client, sealed with that client's own key."""
    return encrypt(Owner("client", client_id), PART, "private_page", part_id, sealed_brief.to_json(page))


def private_of(part: BriefPart) -> Private:
    """The you-only page about one client."""
    sealed = decrypt(Owner("client", part.client_id), PART, "private_page", part.id, part.private_page)
    return sealed_brief.private_from_json(sealed)


def owner_of(appointment: Appointment, client_ids: list[UUID]) -> Owner:
    """Whose key the joint page of an appointment has; raises ValueError for one without a client."""
    if appointment.couple_id is not None:
        return Owner("couple", appointment.couple_id)
    if not client_ids:
        raise ValueError("an appointment without a client has no brief")
    return Owner("client", min(client_ids))


def _owner(report: ProgressReport) -> Owner:
    return Owner("client", report.client_id)

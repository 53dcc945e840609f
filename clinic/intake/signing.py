"""Show a text, take a signature under exactly those bytes, and hold it against the audit trail later."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from clinic.audit import service as audit
from clinic.audit.models import AuditEvent
from clinic.clients.models import Client
from clinic.core.ids import new_id
from clinic.database.session import db
from clinic.intake import consents, queries, rules
from clinic.intake.consents import FOLDER, Consent, Shown
from clinic.intake.errors import EditedDocumentError, IntakeEndedError, TextChangedError
from clinic.intake.facts import facts_for
from clinic.intake.models import ConsentDocument, ConsentText, IntakePacket, Signature
from clinic.intake.rules import State, Step
from clinic.vault.service import Owner, decrypt, encrypt

LONGEST_AGENT = 300


@dataclass(frozen=True, slots=True)
class Offered:
    """A text as one client sees it now. `mark` names its version and bytes; signing sends it back."""

    document: ConsentDocument
    consent: Consent
    shown: Shown

    @property
    def mark(self) -> str:
        """Such as "2-" and 64 hex digits."""
        return f"{self.document.version}-{self.shown.sha256}"


@dataclass(frozen=True, slots=True)
class Signing:
    """What a signer sends: the mark of what they saw, the name that they typed, whether the sentence is ticked."""

    mark: str
    typed: str
    is_ticked: bool


@dataclass(frozen=True, slots=True)
class Circumstances:
    """Where and how somebody signs."""

    zone: str
    address: str | None
    user_agent: str | None
    sign_in_method: str = "password"


def install_documents(now: datetime, folder: Path = FOLDER) -> int:
    """Install every text of a folder and return how many were new.

    Raises DocumentError for an unsound one and EditedDocumentError for one that was edited under its old version.
    """
    return sum(_install(each, now) for each in consents.load_files(folder))


def offer(client_id: UUID, key: str, now: datetime) -> Offered:
    """The newest version of a text as this client sees it; raises NotVisibleError where none is installed."""
    document = queries.newest_document(key)
    consent = queries.consent(document)
    return Offered(document, consent, consents.show(consent, facts_for(client_id, now)))


def sign(
    packet: IntakePacket, client: Client, step: Step, signing: Signing, around: Circumstances, now: datetime
) -> Signature:
    """Sign the text of `step`, once; the same again gives the signature that stands.

    Raises OtherStepFirstError, TextChangedError when other bytes were shown, NotSignedError without tick or own name,
    and IntakeEndedError for a packet that is over.
    """
    if packet.state == State.ENDED:
        raise IntakeEndedError
    queries.progress_of(packet).require_reachable(step)
    offered = offer(client.id, step.key, now)
    standing = queries.signature_under(packet.id, offered.document.id)
    if standing is not None:
        return standing
    if signing.mark != offered.mark:
        raise TextChangedError
    who = client.person
    name = rules.require_intent(
        is_ticked=signing.is_ticked, typed=signing.typed, given_name=who.given_name, family_name=who.family_name
    )
    return _write(packet, client, offered, name, around, now)


def typed_name(signature: Signature) -> str:
    """The name as it was typed; raises VaultError when the row was tampered with."""
    owner = Owner("client", signature.client_id)
    return decrypt(owner, "signature", "typed_name", signature.id, signature.typed_name)


def unchanged(signatures: Sequence[Signature]) -> set[UUID]:
    """Those that are, column by column, what the audit trail recorded when they were made."""
    rows = db.session.execute(
        select(AuditEvent.record_id, AuditEvent.detail).where(
            AuditEvent.action == "intake.sign", AuditEvent.record_id.in_([each.id for each in signatures])
        )
    )
    recorded = {row.record_id: row.detail for row in rows}
    return {each.id for each in signatures if recorded.get(each.id) == _detail(each)}


def _install(consent: Consent, now: datetime) -> bool:
    values = {
        "id": new_id(),
        "key": consent.key,
        "version": consent.version,
        "title": consent.title,
        "content": consent.content,
        "sha256": consent.sha256,
        "installed_at": now,
    }
    statement = insert(ConsentDocument).values(values).on_conflict_do_nothing(index_elements=["key", "version"])
    if db.session.scalar(statement.returning(ConsentDocument.id)) is not None:
        return True
    installed = db.session.scalar(
        select(ConsentDocument.sha256).where(
            ConsentDocument.key == consent.key, ConsentDocument.version == consent.version
        )
    )
    if installed != consent.sha256:
        raise EditedDocumentError(key=consent.key, version=consent.version)
    return False


def _write(
    packet: IntakePacket, client: Client, offered: Offered, name: str, around: Circumstances, now: datetime
) -> Signature:
    identity = new_id()
    signature = Signature(
        id=identity,
        packet_id=packet.id,
        client_id=client.id,
        signer_id=client.person_id,
        typed_name=encrypt(Owner("client", client.id), "signature", "typed_name", identity, name),
        intent=offered.shown.statement,
        document_id=offered.document.id,
        document_key=offered.document.key,
        document_version=offered.document.version,
        text_id=_keep(offered, now),
        sha256=offered.shown.sha256,
        signed_at=now,
        zone=around.zone,
        address=around.address,
        user_agent=(around.user_agent or "")[:LONGEST_AGENT] or None,
        sign_in_method=around.sign_in_method,
    )
    db.session.add(signature)
    db.session.flush()
    audit.record("intake.sign", "signature", identity, client_id=client.id, detail=_detail(signature))
    return signature


def _keep(offered: Offered, now: datetime) -> UUID:
    """The row that holds the exact bytes; signers who saw the same share one."""
    text = {"document_id": offered.document.id, "sha256": offered.shown.sha256}
    db.session.execute(
        insert(ConsentText)
        .values(id=new_id(), content=offered.shown.content, made_at=now, **text)
        .on_conflict_do_nothing(index_elements=["document_id", "sha256"])
    )
    return db.session.scalars(select(ConsentText.id).filter_by(**text)).one()


def _detail(signature: Signature) -> str:
    columns = {column.key: getattr(signature, column.key) for column in Signature.__table__.columns}
    return f"{signature.document_key} {signature.document_version} {rules.fingerprint(columns)}"

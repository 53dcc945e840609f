"""Record what happens, link it into the chain, and verify the whole trail."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from uuid import UUID

from sqlalchemy import Select, delete, exists, func, select, text

from clinic.audit.chain import GENESIS, Verdict, digest, walk
from clinic.audit.models import AuditEvent, AuditLink, AuditPending
from clinic.core import clock
from clinic.database.actor import Actor
from clinic.database.adding import add_only
from clinic.database.session import after_commit, current_actor, db, separate_transaction

BATCH = 1000
_ONE_LINKER = text("SELECT pg_advisory_xact_lock(hashtextextended('clinic.audit.link', 0))")
WAITING = select(AuditPending.event_id).order_by(AuditPending.event_id).limit(BATCH)
_HAS_LINK = exists().where(AuditLink.event_id == AuditEvent.id)
_WAITS = exists().where(AuditPending.event_id == AuditEvent.id)
_COLUMNS = tuple(column.key for column in AuditEvent.__table__.columns)


def record(
    action: str,
    record_kind: str | None = None,
    record_id: UUID | None = None,
    *,
    client_id: UUID | None = None,
    detail: str | None = None,
) -> None:
    """Write down, in the open transaction, that its actor did this. `detail` holds codes, never what a person wrote."""
    add_only(_event(current_actor(), action, "done", record_kind, record_id, client_id, detail))


def record_for_each(client_ids: Collection[UUID], action: str, record_kind: str, record_id: UUID) -> None:
    """The same in the trail of each of these clients, in one statement."""
    actor = current_actor()
    add_only(*(_event(actor, action, "done", record_kind, record_id, each, None) for each in client_ids))


def record_refusal(actor: Actor, action: str, record_kind: str | None = None, record_id: UUID | None = None) -> None:
    """Write down, in a transaction of its own, that the actor was refused; it outlives the request's rollback."""
    with separate_transaction(actor) as session:
        session.add(_event(actor, action, "refused", record_kind, record_id, None, None))


def link(anchor: Path | None = None) -> int:
    """Link up to a thousand committed events into the chain and return how many; the head is appended to `anchor`."""
    db.session.execute(_ONE_LINKER)
    last = db.session.execute(
        select(AuditLink.position, AuditLink.digest).order_by(AuditLink.position.desc()).limit(1)
    ).one_or_none()
    position, previous = (last.position, last.digest) if last else (0, GENESIS)
    waiting = db.session.scalars(waiting_events(db.session.scalars(WAITING).all())).all()
    for event in waiting:
        position, previous = position + 1, digest(previous, _values(event))
        db.session.add(AuditLink(position=position, event_id=event.id, digest=previous))
    db.session.execute(delete(AuditPending).where(AuditPending.event_id.in_([event.id for event in waiting])))
    db.session.flush()
    if waiting and anchor is not None:
        # Only what has been committed is anchored, or a commit that fails would look like a trail cut short.
        after_commit(partial(_anchor, anchor, f"{position} {previous.hex()}\n"))
    return len(waiting)


def waiting_events(ids: Sequence[UUID]) -> Select[AuditEvent]:
    """These events in the order of their making; asked for by id, so that the linked part costs nothing."""
    return select(AuditEvent).where(AuditEvent.id.in_(ids)).order_by(AuditEvent.id)


def verify(anchor: Path | None = None) -> Verdict:
    """Follow the whole chain and hold it against the anchored heads; finds edit, delete, reorder and truncation.

    It also finds events that nobody would ever link, since they were taken out of the queue.
    """
    heads = dict(_anchored(anchor))
    differing: list[str] = []
    length, head, problems = walk(_links(heads, differing))
    problems.extend(differing)
    if anchor is not None and length and not heads:
        problems.append("no head is anchored: the file of heads is missing or empty")
    problems.extend(f"the chain ends before link {at}, which was anchored" for at in sorted(heads) if at > length)
    lost = db.session.scalar(select(func.count()).select_from(AuditEvent).where(~_HAS_LINK, ~_WAITS))
    if lost:
        problems.append(f"{lost} events are neither linked nor waiting for it")
    total = db.session.scalar(select(func.count()).select_from(AuditEvent)) or 0
    return Verdict(linked=length, tail=max(total - length, 0), head=head, problems=tuple(problems))


def _anchor(path: Path, line: str) -> None:
    with path.open("a", encoding="ascii") as file:
        file.write(line)


def _links(heads: Mapping[int, bytes], problems: list[str]) -> Iterator[tuple[int, bytes, Mapping[str, object] | None]]:
    rows = db.session.execute(
        select(AuditLink, AuditEvent)
        .outerjoin(AuditEvent, AuditEvent.id == AuditLink.event_id)
        .order_by(AuditLink.position)
        .execution_options(yield_per=BATCH)
    )
    for one, event in rows:
        if heads.get(one.position, one.digest) != one.digest:
            problems.append(f"link {one.position} differs from its anchor")
        yield one.position, one.digest, _values(event) if event is not None else None


def _anchored(anchor: Path | None) -> Iterator[tuple[int, bytes]]:
    if anchor is not None and anchor.exists():
        for line in anchor.read_text(encoding="ascii").splitlines():
            position, _, head = line.partition(" ")
            yield int(position), bytes.fromhex(head)


def _values(event: AuditEvent) -> dict[str, object]:
    return {name: getattr(event, name) for name in _COLUMNS}


def _event(
    actor: Actor,
    action: str,
    outcome: str,
    record_kind: str | None,
    record_id: UUID | None,
    client_id: UUID | None,
    detail: str | None,
) -> AuditEvent:
    at: datetime = clock.now()
    return AuditEvent(
        at=at,
        action=action,
        outcome=outcome,
        person_id=actor.person_id,
        roles=",".join(sorted(actor.roles)),
        job=actor.job,
        record_kind=record_kind,
        record_id=record_id,
        client_id=client_id,
        detail=detail,
        address=actor.address,
        request_id=actor.request_id,
    )

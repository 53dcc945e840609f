"""Who may see which alert, who is named for what, and whom the desk has to call."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, and_, any_, case, exists, false, literal, or_, select
from sqlalchemy.orm import joinedload

from clinic.accounts.models import Login, Person
from clinic.clients import queries as client_queries
from clinic.clients.models import Client, CoupleMember
from clinic.core.errors import NotVisibleError
from clinic.database.actor import Actor
from clinic.database.session import db
from clinic.practice.models import Therapist, TimeOff
from clinic.risk.models import Alert, AlertClosing, AlertPass, AlertWord, DeskCall, Duty
from clinic.risk.rules import Duties


def visible_to(actor: Actor, now: datetime) -> Select[Alert]:
    """The alerts that a therapist may open: of whom they care for, and those passed to them until another has it.

    Never one about themself. Each with its client and who has it.
    """
    if actor.person_id is None or "therapist" not in actor.roles:
        return select(Alert).where(false())
    me = actor.person_id
    is_passed = exists().where(AlertPass.alert_id == Alert.id, AlertPass.person_id == me, AlertPass.is_guest)
    is_free = or_(Alert.state == "open", and_(Alert.state == "acknowledged", Alert.acknowledged_by == me))
    return (
        select(Alert)
        .join(Client, Client.id == Alert.client_id)
        .where(
            or_(Alert.client_id.in_(client_queries.cared_for(me, now)), and_(is_passed, is_free)),
            Client.person_id != me,
        )
        .options(joinedload(Alert.client).joinedload(Client.person), joinedload(Alert.taken_by))
    )


def visible_alert(alert_id: UUID, actor: Actor, now: datetime) -> Alert:
    """That alert. Raises NotVisibleError where the actor may not open it."""
    alert = db.session.scalar(visible_to(actor, now).where(Alert.id == alert_id))
    if alert is None:
        raise NotVisibleError
    return alert


def in_order(query: Select[Alert]) -> Select[Alert]:
    """What nobody has first, the urgent before the rest and the longest waiting before both; then the latest."""
    return query.order_by(
        case((Alert.state == "open", 0), (Alert.state == "acknowledged", 1), else_=2),
        case((and_(Alert.state == "open", Alert.grade == "urgent"), 0), else_=1),
        case((Alert.state == "open", Alert.raised_at)),
        Alert.raised_at.desc(),
        Alert.id,
    )


def not_closed(actor: Actor, now: datetime, limit: int) -> Sequence[Alert]:
    """The first of those that still need something."""
    return db.session.scalars(in_order(visible_to(actor, now).where(Alert.state != "closed")).limit(limit)).all()


def of_client(client_id: UUID, actor: Actor, now: datetime, limit: int) -> Sequence[Alert]:
    """The first of one client's, closed ones at the end, for their therapist."""
    query = visible_to(actor, now).where(Alert.client_id == client_id)
    return db.session.scalars(in_order(query).limit(limit)).all()


def with_alerts(client_ids: Collection[UUID], actor: Actor, now: datetime) -> set[UUID]:
    """Those of them about whom something is not closed yet."""
    query = visible_to(actor, now).where(Alert.client_id.in_(client_ids), Alert.state != "closed")
    return set(db.session.scalars(query.with_only_columns(Alert.client_id)))


def own_alert(alert_id: UUID, person_id: UUID) -> Alert:
    """An alert of the client who this person is. Raises NotVisibleError."""
    alert = db.session.scalar(
        select(Alert)
        .join(Client, Client.id == Alert.client_id)
        .where(Alert.id == alert_id, Client.person_id == person_id)
    )
    if alert is None:
        raise NotVisibleError
    return alert


def newest_of(client_id: UUID) -> Alert | None:
    """The newest alert of the client, as the acting person may see it; what was answered in private shows nowhere."""
    query = select(Alert).where(Alert.client_id == client_id, Alert.source != "safety_form")
    return db.session.scalar(query.order_by(Alert.raised_at.desc(), Alert.id.desc()).limit(1))


def words_of(alert_id: UUID) -> dict[str, datetime]:
    """What the client said on the page of help: "call" or "safe", and when."""
    rows = db.session.execute(select(AlertWord.kind, AlertWord.said_at).where(AlertWord.alert_id == alert_id))
    return dict(iter(rows))


def passes_of(alert_id: UUID) -> Sequence[AlertPass]:
    """Who was told, in order; a guest sees only that they were."""
    query = select(AlertPass).where(AlertPass.alert_id == alert_id).options(joinedload(AlertPass.person))
    return db.session.scalars(query.order_by(AlertPass.place)).all()


def closing_of(alert_id: UUID) -> AlertClosing | None:
    """What was done about it, for who cares for the client."""
    query = select(AlertClosing).where(AlertClosing.alert_id == alert_id).options(joinedload(AlertClosing.closer))
    return db.session.scalar(query)


def to_call(now: datetime) -> Sequence[Person]:
    """The therapists whom the front desk has to call now, each once however many reasons there are."""
    late = select(DeskCall.therapist_id).where(DeskCall.due_at <= now, DeskCall.ended_at.is_(None))
    return db.session.scalars(select(Person).where(Person.id.in_(late)).order_by(Person.family_name, Person.id)).all()


def duties() -> tuple[UUID | None, list[UUID]]:
    """The clinical lead, and the on-call list in order."""
    rows = db.session.scalars(select(Duty).order_by(Duty.role, Duty.place)).all()
    lead = next((each.therapist_id for each in rows if each.role == "lead"), None)
    return lead, [each.therapist_id for each in rows if each.role == "on_call"]


def able(now: datetime) -> Sequence[UUID]:
    """The therapists who can sign in and have not left, in the practice's order."""
    return db.session.scalars(
        select(Therapist.person_id)
        .join(Therapist.person)
        .join(Login, Login.person_id == Therapist.person_id)
        .where(
            Login.disabled_at.is_(None),
            or_(Therapist.leaves_at.is_(None), Therapist.leaves_at > now),
            literal("therapist") == any_(Person.roles),
        )
        .order_by(Therapist.position, Person.family_name, Therapist.person_id)
    ).all()


def duties_for(client_id: UUID, now: datetime) -> Duties:
    """Who can be told of an alert of this client, as things stand."""
    care = client_queries.carers_of(client_id, now)
    away = db.session.execute(
        select(TimeOff.therapist_id, TimeOff.cover_id).where(TimeOff.starts_at <= now, TimeOff.ends_at > now)
    )
    lead, on_call = duties()
    return Duties(
        primary=next((each.therapist_id for each in care if each.kind == "primary"), None),
        covers=[each.therapist_id for each in care if each.kind == "cover"],
        lead=lead,
        on_call=on_call,
        stand_ins=dict(iter(away)),
        able=able(now),
        never=_never(client_id),
    )


def _never(client_id: UUID) -> set[UUID]:
    """The client, and everybody who is or was in a couple with them."""
    couples = select(CoupleMember.couple_id).where(CoupleMember.client_id == client_id)
    partners = select(CoupleMember.client_id).where(CoupleMember.couple_id.in_(couples))
    return set(db.session.scalars(select(Client.person_id).where(or_(Client.id == client_id, Client.id.in_(partners)))))

"""What a therapist is told of an urgent item: that there is one, and to sign in. No name, and nothing of what it is."""

from datetime import datetime
from typing import Final

from flask import current_app
from flask_babel import force_locale, gettext
from sqlalchemy import select

from clinic.accounts.models import Person
from clinic.database.session import db
from clinic.outbox.registry import Letter, MessageKind, Subject
from clinic.practice.queries import the_practice
from clinic.risk.models import Alert
from clinic.risk.service import CALL, ITEM


def still_wanted(message: Subject, now: datetime) -> str | None:  # noqa: ARG001 -- every kind is asked at a moment
    """None while nobody has it; it stays locked against who takes it meanwhile."""
    state = _state(message)
    return None if state == "open" else state


def call_still_wanted(message: Subject, now: datetime) -> str | None:  # noqa: ARG001 -- every kind is asked at a moment
    """None until it is closed."""
    state = _state(message)
    return state if state == "closed" else None


def render(message: Subject, now: datetime) -> Letter | None:  # noqa: ARG001 -- every kind is rendered at a moment
    """The letter; None where the therapist has no address."""
    person, practice = db.session.get_one(Person, message.recipient_id), the_practice()
    if not person.email or practice is None:
        return None
    with force_locale(person.locale):
        lines = (
            gettext("Hello %(name)s,", name=person.given_name),
            gettext("Something needs you today. Please sign in to see it:"),
            f"{current_app.config['CLINIC'].base_url}/today",
            practice.name,
        )
        return Letter(person.email, str(gettext("An urgent item")), "\n\n".join(lines))


def _state(message: Subject) -> str:
    query = select(Alert.state).where(Alert.id == message.subject_id).with_for_update(read=True)
    return db.session.scalars(query).one()


KINDS: Final = (MessageKind(ITEM, still_wanted, render), MessageKind(CALL, call_still_wanted, render))
"""They go at once, whatever else somebody was sent that day and whatever the hour."""

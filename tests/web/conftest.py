"""Scratch routes, so that the shell is tested apart from every feature that hangs on it."""

from collections.abc import Callable, Iterator
from uuid import UUID

import pytest
from flask import Blueprint, Flask, redirect, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from clinic.accounts.models import Person, SignInAttempt
from clinic.app import create_app
from clinic.core import clock
from clinic.core.errors import DomainError, NotAllowedError, NotVisibleError, StaleError
from clinic.database.session import db
from clinic.settings import Settings
from clinic.web.policy import policy

Effects = Callable[[], list[bytes]]


def load_person(person_id: UUID) -> Person:
    """Only Alice's record is there for anybody."""
    person = db.session.scalar(select(Person).where(Person.id == person_id, Person.given_name == "Alice"))
    if person is None:
        raise NotVisibleError
    return person


def scratch_routes() -> Blueprint:
    """Routes of which each does one thing."""
    blueprint = Blueprint("scratch", __name__, url_prefix="/scratch")

    @blueprint.post("/effects")
    @policy("site.read")
    def effect() -> ResponseReturnValue:
        note = request.form.get("note", "")
        db.session.add(SignInAttempt(digest=note.encode(), at=clock.now()))
        if note == "refused":
            return "please look at it again", 422
        return redirect(f"/scratch/effects/{note}", code=303)

    @blueprint.get("/records/<uuid:person_id>")
    @policy("caseload.read", load_person)
    def record(person: Person) -> ResponseReturnValue:
        return person.given_name

    @blueprint.get("/desk")
    @policy("people.read")
    def desk() -> ResponseReturnValue:
        return "the desk"

    @blueprint.post("/desk")
    @policy("people.read")
    def change_desk() -> ResponseReturnValue:
        return "changed"

    @blueprint.get("/errors/<kind>")
    @policy("site.read")
    def fail(kind: str) -> ResponseReturnValue:
        db.session.add(SignInAttempt(digest=b"half done", at=clock.now()))
        db.session.flush()
        raise {
            "rule": DomainError("You asked for %(what)s.", what="too much"),
            "missing": NotVisibleError(),
            "forbidden": NotAllowedError(),
            "stale": StaleError(),
            "bug": RuntimeError("a canary in a traceback"),
        }[kind]

    return blueprint


@pytest.fixture(scope="session")
def app(settings: Settings) -> Iterator[Flask]:
    """The application with the scratch routes beside its own."""
    application = create_app(settings)
    application.register_blueprint(scratch_routes())
    yield application
    with application.app_context():
        db.engine.dispose()


@pytest.fixture
def effects(app: Flask, database: None) -> Effects:
    """`effects()` lists what posts to the scratch route have left in the database."""

    def listed() -> list[bytes]:
        with app.app_context():
            return list(db.session.scalars(select(SignInAttempt.digest).order_by(SignInAttempt.id)))

    return listed

"""F14: with a policy opened or closed, or a loader blind, the matrix would differ; so it proves that they are there."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from types import ModuleType
from typing import Any

import pytest
from flask import Flask

from clinic.booking import queries as booking_queries
from clinic.booking import waiting as booking_waiting
from clinic.clients import queries as client_queries
from clinic.database.actor import Actor
from clinic.database.session import db
from clinic.homework import queries as homework_queries
from clinic.intake import queries as intake_queries
from clinic.notes import psychotherapy
from clinic.notes import queries as note_queries
from clinic.progress import queries as progress_queries
from clinic.web import policy
from clinic.web.policies import ALLOWED, EVERYONE
from tests.access.matrix import COLUMNS, MATRIX
from tests.access.test_matrix import (
    REFUSED,
    Standing,
    address,
    ask,
    nothing_lasts,
    owner_app,
    routes,
    standing,
    verdict,
)

__all__ = ["nothing_lasts", "owner_app", "standing"]

# They answer while the database cannot, so they are marked as everyone's and decide nothing; inbox pages are a demo's.
DECIDE_NOTHING = {"asset.read", "health.read", "inbox.read"}
OPENED, CLOSED = EVERYONE, frozenset[str]()


@pytest.fixture(autouse=True, scope="module")
def _connections(app: Flask) -> Iterator[None]:
    """Close those of the application at the end."""
    yield
    with app.app_context():
        db.engine.dispose()


def action_of(app: Flask, route: str) -> str:
    """The action that guards a route."""
    return str(getattr(app.view_functions[routes(app)[route]], policy.MARK))


def differs(app: Flask, standing: Standing, route: str) -> bool:
    """True at the first cell of the row that is not as written."""
    path = address(route, standing.world.places)
    for who, expected in zip(COLUMNS, MATRIX[route].split(), strict=True):
        try:
            seen = verdict(answer := ask(standing.browser(app, who), route, path))
            answer.close()
        except AssertionError:
            return True
        if seen != (expected if expected in REFUSED else "yes"):
            return True
    return False


def test_actions_that_guard_nothing_are_known(app: Flask) -> None:
    assert set(ALLOWED) - {action_of(app, route) for route in MATRIX} == {"inbox.read"}


@pytest.mark.parametrize(
    ("action", "roles"),
    [(action, OPENED) for action, roles in ALLOWED.items() if roles != EVERYONE]
    + [(action, CLOSED) for action in ALLOWED if action not in DECIDE_NOTHING],
    ids=lambda value: value if isinstance(value, str) else "opened" if value else "closed",
)
def test_matrix_notices_each_policy_that_is_taken_away(
    action: str,
    roles: frozenset[str],
    app: Flask,
    standing: Standing,
    nothing_lasts: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(ALLOWED, action, roles)
    guarded = [route for route in MATRIX if action_of(app, route) == action]
    assert any(differs(app, standing, route) for route in guarded)


@dataclass(frozen=True, slots=True)
class Loader:
    """A query that loaders rely on, whom it must refuse at which route, and how it is blinded.

    Blind, it answers as it would to whoever may see the record. `has_second_wall` says that the database refuses as
    well, by row-level security or because the page shows sealed rows only.
    """

    module: ModuleType
    name: str
    route: str
    refused: str
    entitled: Callable[[Standing, tuple[Any, ...]], tuple[Any, ...]]
    has_second_wall: bool = False


def _as_person(who: str) -> Callable[[Standing, tuple[Any, ...]], tuple[Any, ...]]:
    return lambda standing, given: (given[0], standing.world.people[who], *given[2:])


def _as_actor(standing: Standing, given: tuple[Any, ...]) -> tuple[Any, ...]:
    actor: Actor = given[1]
    return given[0], replace(actor, person_id=standing.world.people["dana"]), *given[2:]


def _as_party(standing: Standing, given: tuple[Any, ...]) -> tuple[Any, ...]:
    return standing.world.people["alice"], *given[1:]


def _as_signer(standing: Standing, given: tuple[Any, ...]) -> tuple[Any, ...]:
    return given[0], _client_id(standing)


def _client_id(standing: Standing) -> str:
    return standing.world.places["client_id"]


LOADERS = (
    Loader(client_queries, "visible_client", "GET /clients/<uuid:client_id>", "erik", _as_actor),
    Loader(booking_queries, "appointment_for", "GET /sessions/<uuid:appointment_id>", "bob", _as_party),
    Loader(booking_waiting, "question_for", "GET /questions/<uuid:question_id>", "bob", _as_party),
    Loader(homework_queries, "own", "GET /homework/<uuid:assignment_id>", "bob", _as_person("alice")),
    Loader(homework_queries, "cared_for", "GET /review/<uuid:assignment_id>", "erik", _as_person("dana")),
    Loader(
        progress_queries,
        "report_of_reader",
        "GET /progress/reports/<uuid:report_id>",
        "bob",
        _as_person("alice"),
        has_second_wall=True,
    ),
    Loader(
        progress_queries,
        "report_in_care",
        "GET /reports/<uuid:report_id>",
        "erik",
        _as_person("dana"),
        has_second_wall=True,
    ),
    Loader(progress_queries, "appointment_in_care", "GET /briefs/<uuid:appointment_id>", "erik", _as_person("dana")),
    Loader(note_queries, "readable", "GET /notes/<uuid:note_id>", "erik", _as_person("dana"), has_second_wall=True),
    Loader(
        psychotherapy,
        "note_of",
        "GET /psychotherapy-notes/<uuid:psychotherapy_note_id>",
        "erik",
        _as_person("dana"),
        has_second_wall=True,
    ),
    Loader(
        intake_queries,
        "signature",
        "GET /intake/signed/<uuid:signature_id>",
        "bob",
        _as_signer,
        has_second_wall=True,
    ),
)


@pytest.fixture
def blinded(standing: Standing, monkeypatch: pytest.MonkeyPatch) -> Callable[[Loader], None]:
    """`blinded(loader)` lets it load for everyone from now on."""

    def blind(loader: Loader) -> None:
        sees = getattr(loader.module, loader.name)
        monkeypatch.setattr(loader.module, loader.name, lambda *given: sees(*loader.entitled(standing, given)))

    return blind


def let_in(app: Flask, standing: Standing, loader: Loader) -> bool:
    """Whether the one whom the matrix refuses gets the page."""
    path = address(loader.route, standing.world.places)
    answer = ask(standing.browser(app, loader.refused), loader.route, path)
    answer.close()
    assert answer.status_code in {200, 404}, answer.status_code
    return bool(answer.status_code == 200)


@pytest.mark.parametrize("loader", LOADERS, ids=lambda loader: loader.name)
def test_loader_refuses_by_itself_and_blinded_it_does_not(
    loader: Loader, owner_app: Flask, standing: Standing, nothing_lasts: None, blinded: Callable[[Loader], None]
) -> None:
    """As the role that owns the tables, whom no row-level security holds back: the first wall stands alone."""
    assert not let_in(owner_app, standing, loader)
    blinded(loader)
    assert let_in(owner_app, standing, loader)


@pytest.mark.parametrize("loader", LOADERS, ids=lambda loader: loader.name)
def test_behind_a_blinded_loader_stands_the_database_where_it_should(
    loader: Loader, app: Flask, standing: Standing, nothing_lasts: None, blinded: Callable[[Loader], None]
) -> None:
    assert not let_in(app, standing, loader)
    blinded(loader)
    assert let_in(app, standing, loader) is not loader.has_second_wall

"""Every route, every method, every kind of person: exactly what the reviewed matrix says."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

import psycopg
import pytest
from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from clinic.app import create_app
from clinic.core import clock
from clinic.core.ids import new_id
from clinic.database.actor import Actor
from clinic.database.session import db, transaction
from clinic.questionnaires import queries
from clinic.settings import Settings
from clinic.standalone.postgres import PostgresCluster
from tests.access import world as making
from tests.access.matrix import COLUMNS, MATRIX
from tests.access.world import CANARIES, FOR_ALICE_ALONE, FOR_DANA_ALONE, World
from tests.browser import Browser
from tests.conftest import empty
from tests.factories import Practice

Owner = psycopg.Connection[tuple[object, ...]]
PLACE = re.compile(r"<(?:[^<>:]*:)?(\w+)>")
SLUGS = {"/intake/form": "safe-contact", "/intake/text": "privacy", "/clients": "safe-contact"}
TOKENS = {"/appointment": "appointment", "/feeds": "feed", "/reset": "reset"}
NOTES = {"draft_note_id": ("/write", "/draft", "/withdraw"), "waiting_note_id": ("/cosign", "/return")}
REFUSED = {"sign", "401", "404"}


@pytest.fixture(scope="module")
def owner_app(settings: Settings, cluster: PostgresCluster, migrated: str) -> Iterator[Flask]:
    """The application under the role that owns the tables, to build the world with."""
    app = create_app(replace(settings, database_url=cluster.url(migrated, "clinic_owner")))
    yield app
    with app.app_context():
        db.engine.dispose()


@dataclass(frozen=True, slots=True)
class Standing:
    """The world, and everyone's sign-in in it."""

    world: World
    tokens: dict[str, str]

    def browser(self, app: Flask, who: str) -> Browser:
        """A browser in which this person is signed in; a visitor's is empty."""
        fresh = Browser(app)
        if who in self.tokens:
            fresh.carry(self.tokens[who])
        return fresh


@pytest.fixture(scope="module")
def standing(owner_app: Flask, app: Flask, owner: Owner) -> Iterator[Standing]:
    """Alice's whole record, and all who might look at it, signed in. No test here changes it."""
    empty(owner)
    queries.forget_definitions()
    with owner_app.app_context(), transaction(Actor.worker("test")) as session:
        made = making.build(session, clock.now())
    yield Standing(made, {who: Browser(app).sign_in_as(person_id) for who, person_id in made.people.items()})
    queries.forget_definitions()


@pytest.fixture
def nothing_lasts(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a request writes is checked by the database and then taken back; the trail of refusals stays."""

    def take_back(session: Session) -> None:
        session.flush()
        session.rollback()

    monkeypatch.setattr(Session, "commit", take_back)


def routes(app: Flask) -> dict[str, str]:
    """Every route x method of the application, as the matrix spells them."""
    return {
        f"{method} {rule.rule}": rule.endpoint
        for rule in app.url_map.iter_rules()
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
    }


def address(route: str, places: dict[str, str]) -> str:
    """The path of a route, with something real in each of its places."""
    path = route.partition(" ")[2]
    here = dict(places)
    for start, slug in SLUGS.items():
        if path.startswith(start):
            here["slug"] = slug
    for start, purpose in TOKENS.items():
        if path.startswith(start):
            here["token"] = places[f"{purpose}_token"]
    if path.endswith(("/share", "/withdraw")):
        here |= {"assignment_id": places["shared_assignment_id"], "answer_id": places["shared_answer_id"]}
    for place, ends in NOTES.items():
        if path.startswith("/notes/") and path.endswith(ends):
            here["note_id"] = places[place]
    if "/following" in path:
        here["appointment_id"] = places["standing_appointment_id"]
    return PLACE.sub(lambda match: here[match[1]], path)


def verdict(answer: TestResponse) -> str:
    """What the answer comes to, in the words of the matrix."""
    if answer.status_code == 302 and answer.location.startswith("/sign-in"):
        return "sign"
    if answer.status_code in {401, 404}:
        return str(answer.status_code)
    assert answer.status_code < 500, answer.status_code
    assert answer.status_code not in {400, 403, 405}, answer.status_code
    return "yes"


def ask(browser: Browser, route: str, path: str) -> TestResponse:
    """The route's request, a post with its tokens and nothing else."""
    return browser.get(path) if route.startswith("GET ") else browser.submit(path)


def test_matrix_names_every_route_and_no_other(app: Flask) -> None:
    assert sorted(routes(app)) == sorted(MATRIX)


def test_matrix_has_a_cell_for_everyone() -> None:
    assert {route: len(cells.split()) for route, cells in MATRIX.items()} == dict.fromkeys(MATRIX, len(COLUMNS))


@pytest.mark.parametrize("route", MATRIX)
def test_route_answers_everyone_as_written(
    route: str, standing: Standing, app: Flask, nothing_lasts: None, owner: Owner
) -> None:
    world = standing.world
    path, elsewhere = address(route, world.places), address(route, missing(world))
    for who, expected in zip(COLUMNS, MATRIX[route].split(), strict=True):
        before = refusals(owner, world, who)
        browser = standing.browser(app, who)
        answer = ask(browser, route, path)
        wanted = expected if expected in REFUSED else "yes"
        assert verdict(answer) == wanted, f"{who} at {route}: {answer.status_code} {answer.location}"
        if wanted == "404" and who != "visitor":
            assert refusals(owner, world, who) > before, f"the trail does not say that {who} was refused"
            assert answer.data == ask(browser, route, elsewhere).data
        _shows_no_canary(who, answer)
        answer.close()


def missing(world: World) -> dict[str, str]:
    """The same places with ids that nobody has."""
    return {name: str(new_id()) if name.endswith("_id") else value for name, value in world.places.items()}


def refusals(owner: Owner, world: World, who: str) -> int:
    """How often the trail says that this person was refused something."""
    row = owner.execute(
        "SELECT count(*) FROM audit_event WHERE outcome = 'refused' AND person_id = %s", (world.people.get(who),)
    ).fetchone()
    assert row is not None
    return int(str(row[0]))


def _shows_no_canary(who: str, answer: TestResponse) -> None:
    """Alice may read all but the notes and what she sent in private, Dana what is for her, nobody else a word."""
    hidden = {"alice": FOR_DANA_ALONE, "dana": FOR_ALICE_ALONE}.get(who, CANARIES)
    text = answer.get_data(as_text=True)
    assert [word for word in hidden if word in text] == []


def test_care_that_ended_closes_the_record_at_the_next_request(
    practice: Practice, browser: Callable[..., Browser], owner: Owner
) -> None:
    dana = browser(practice.dana)
    path = f"/clients/{practice.alice_client}"
    assert dana.get(path).status_code == 200
    owner.execute(
        "UPDATE care_relationship SET starts_at = %s, ends_at = %s WHERE client_id = %s",
        (clock.now() - timedelta(days=1), clock.now() - timedelta(seconds=1), practice.alice_client),
    )
    assert dana.get(path).status_code == 404


def test_therapist_who_is_a_client_too_opens_their_own_record_as_a_client_alone(
    practice: Practice, browser: Callable[..., Browser], owner: Owner
) -> None:
    """What staff see of a record, and do with it, is for somebody else to see and do."""
    owner.execute("UPDATE person SET roles = ARRAY['client', 'therapist'] WHERE id = %s", [practice.alice])
    alice = browser(practice.alice)
    for path in ("", "/intake"):
        assert alice.get(f"/clients/{practice.alice_client}{path}").status_code == 404
    for path in (f"/clients/{practice.alice_client}/admit", f"/couples/{practice.couple}/end"):
        assert alice.submit(path).status_code == 404
    assert alice.get("/record").status_code == 200

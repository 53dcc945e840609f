"""How many statements a page sends to the database, with a thousand appointments and with a hundred thousand."""

from collections.abc import Mapping
from typing import Final

from flask.testing import FlaskClient
from sqlalchemy import event

from bench import seed
from bench.environment import Environment
from bench.figures import Figure, Goal
from clinic.database.session import db

SMALL: Final = 1_000
LARGE: Final = 100_000
PAGES: Final = {
    "home page": "/",
    "page of times": "/book/first-call/therapist-3",
    "page of times, any therapist": "/book/first-call/anyone",
    "therapist's day": "/calendar",
    "caseload": "/caseload",
}
COOKIE: Final = "__Host-clinic"


def figures(environment: Environment, rounds: int) -> list[Figure]:
    """A count does not vary: one look is enough."""
    del rounds
    small, large = _counts(environment, SMALL), _counts(environment, LARGE)
    return [
        Figure(
            f"{page}: statements with {LARGE:,} appointments / {SMALL:,}",
            [large[page] / count] if page in large else [],
            Goal.exactly(1),
            {"statements": [float(count)]},
        )
        for page, count in small.items()
    ] + [
        Figure(f"{page}: statements", goal=Goal.exactly(1), note="there is no such page yet")
        for page in PAGES
        if page not in small
    ]


def _counts(environment: Environment, appointments: int) -> Mapping[str, int]:
    """Statements of each page that is there, when it is asked for the second time."""
    practice = environment.practice(appointments)
    name, _, value = environment.sign_in(practice, seed.therapist_id(3)).partition("=")
    counts: dict[str, int] = {}
    with environment.acting(practice) as app:
        client = app.test_client()
        client.set_cookie(name, value, domain="127.0.0.1", secure=True)
        for page, path in PAGES.items():
            if _get(client, path) == 200:
                counts[page] = _statements(client, path)
    return counts


def _get(client: FlaskClient, path: str) -> int:
    return client.get(path, base_url="https://127.0.0.1").status_code


def _statements(client: FlaskClient, path: str) -> int:
    seen: list[object] = []

    def note(*arguments: object) -> None:
        seen.append(arguments)

    engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        _get(client, path)
    finally:
        event.remove(engine, "before_cursor_execute", note)
    return len(seen)

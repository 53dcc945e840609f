"""A press on an import counts once, and only while it makes sense; else it is refused and changes nothing."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

from clinic.core import clock
from clinic.imports import service
from clinic.imports.errors import NotWaitingError
from clinic.imports.models import Import
from tests.conftest import Acting
from tests.imports.conftest import Desk

FILES = {
    "clients": "Given name,Family name,Therapist\nRosa,Delgado,dana\n",
    "appointments": "E-mail,Service,Date,Time\nalice.hart@example.org,individual-session,2030-01-16,10:00\n",
}
GONE = "state = 'gone', header = NULL"
DONE = "confirmed_at = created_at"


@pytest.fixture
def pressed(desk: Desk, acting: Acting) -> Callable[..., bool]:
    """`pressed(kind, as it stands, what, later)`: whether the press counts; a refused one leaves all as it was."""

    def press(kind: str, stands: str, what: str, later: timedelta = timedelta()) -> bool:
        desk.bring(FILES[kind], kind)
        desk.work()
        desk.owner.execute(f"UPDATE import SET {stands}".encode())
        before = desk.owner.execute("SELECT import::text FROM import").fetchall()
        try:
            with acting() as session:
                getattr(service, what)(session.scalars(select(Import)).one(), clock.now() + later)
        except NotWaitingError:
            assert desk.owner.execute("SELECT import::text FROM import").fetchall() == before
            return False
        assert desk.owner.execute("SELECT import::text FROM import").fetchall() != before
        return True

    return press


@pytest.mark.parametrize(
    ("stands", "later", "counts"),
    [
        ("state = 'checked'", timedelta(), True),
        ("state = 'checked'", timedelta(days=1, minutes=1), False),
        (f"state = 'importing', {DONE}", timedelta(), False),
        (f"state = 'done', {DONE}", timedelta(), False),
        (GONE, timedelta(), False),
    ],
)
def test_what_was_said_is_confirmed_once_and_within_its_day(
    pressed: Callable[..., bool], stands: str, later: timedelta, counts: bool
) -> None:
    assert pressed("clients", stands, "confirm", later) is counts


@pytest.mark.parametrize(
    ("kind", "stands", "counts"),
    [
        ("clients", f"state = 'done', {DONE}", True),
        ("clients", f"{GONE}, {DONE}", True),
        ("clients", f"state = 'done', {DONE}, invited_at = created_at", False),
        ("clients", f"state = 'importing', {DONE}", False),
        ("clients", GONE, False),
        ("appointments", f"state = 'done', {DONE}", False),
    ],
)
def test_clients_whom_it_made_are_invited_once(
    pressed: Callable[..., bool], kind: str, stands: str, counts: bool
) -> None:
    assert pressed(kind, stands, "invite") is counts


@pytest.mark.parametrize(
    ("stands", "counts"),
    [
        ("state = 'checked'", True),
        (f"state = 'done', {DONE}", True),
        (f"state = 'importing', {DONE}", False),
        (GONE, False),
    ],
)
def test_a_file_is_taken_away_unless_it_is_being_imported(
    pressed: Callable[..., bool], stands: str, counts: bool
) -> None:
    assert pressed("clients", stands, "take_away") is counts

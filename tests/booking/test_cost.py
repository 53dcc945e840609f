"""What one booking asks of the database. A statement more is a decision, not an accident."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

from clinic.booking import service
from clinic.booking.wishes import Wish
from clinic.core import clock
from tests.booking.conftest import NOW, Wishing, at
from tests.browser import Browser
from tests.conftest import Acting
from tests.factories import Practice

Open = Callable[..., Browser]


def sent_for(statements: list[str], acting: Acting, wish: Callable[[], Wish], clients: list[UUID]) -> list[str]:
    """What a booking sends up to the commit, once it is known what the practice offers."""
    with acting():
        wanted = wish()
        assert wanted.terms
        statements.clear()
        service.book(wanted, clients, by=None, now=NOW)
    return [*statements]


def test_a_booking_takes_thirteen_statements(
    statements: list[str], acting: Acting, practice: Practice, wishing: Wishing
) -> None:
    sent = sent_for(statements, acting, lambda: wishing(at(10)), [practice.alice_client])

    assert len(sent) == 13
    assert sum("INSERT INTO" in each for each in sent) == 7
    assert not [each for each in sent if each.startswith("UPDATE")]


def test_a_second_client_is_written_in_the_same_statements(
    statements: list[str], acting: Acting, practice: Practice, wishing: Wishing
) -> None:
    one = sent_for(statements, acting, lambda: wishing(at(10)), [practice.alice_client])
    two = sent_for(statements, acting, lambda: wishing(at(12)), [practice.alice_client, practice.bob_client])

    assert sum("INSERT INTO" in each for each in two) == sum("INSERT INTO" in each for each in one)


def test_a_therapists_form_takes_nineteen_statements(statements: list[str], browser: Open, practice: Practice) -> None:
    dana = browser(practice.dana)
    start = (clock.now() + timedelta(days=30)).replace(minute=0, second=0, microsecond=0)
    path = f"/clients/{practice.alice_client}/book?service=individual-session&modality=video"
    assert dana.get(path).status_code == 200
    statements.clear()

    assert dana.submit(path, slot=f"{start.isoformat()}~{practice.dana}").status_code == 303
    assert len(statements) == 19

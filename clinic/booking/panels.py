"""What other features show on a session's page. They register themselves, since booking knows none of them."""

from collections.abc import Callable

from clinic.booking.models import Appointment
from clinic.booking.moving import Door

Panel = Callable[[Appointment, Door], dict[str, object]]
_panels: list[Panel] = []


def show(*panels: Panel) -> None:
    """From now on these words are told to the page of every session that a signed-in person opens."""
    _panels.extend(each for each in panels if each not in _panels)


def words_for(appointment: Appointment, door: Door) -> dict[str, object]:
    """All of them for one session and whoever looks at it."""
    return {name: value for panel in _panels for name, value in panel(appointment, door).items()}

"""`python -m indico_rooms.fill TOKEN`, run by the peer's own Python: rooms, people, and bookings that stdin tells of.

Prints the keys of sessions in which its people are signed in, with TOKEN against forged requests, as JSON on the last
line.
"""

import json
import pickle
import sys
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import uuid4

from indico.core.cache import make_scoped_cache
from indico.core.db import db
from indico.modules.rb.models.locations import Location
from indico.modules.rb.models.reservation_occurrences import ReservationOccurrence, ReservationOccurrenceState
from indico.modules.rb.models.reservations import RepeatFrequency, Reservation, ReservationState
from indico.modules.rb.models.rooms import Room
from indico.modules.users import User
from indico.web.flask.app import make_app

ROOMS: Final = 20
PEOPLE: Final = 20
MINUTES: Final = 50
BATCH: Final = 5_000
DAY: Final = timedelta(days=1)


def main(sessions: list[tuple[int, int, str]], token: str) -> list[str]:
    """Fill the prepared database; the keys of the sessions."""
    owner, *people = [
        User(first_name="Dana", last_name="Whitfield", email=f"{n}@example.org") for n in range(PEOPLE + 1)
    ]
    location = Location(name="Elm Street")
    rooms = [Room(location=location, building="1", floor="1", number=str(n + 1), owner=owner) for n in range(ROOMS)]
    db.session.add_all([owner, *people, location, *rooms])
    db.session.flush()
    for first in range(0, len(sessions), BATCH):
        _book(first, sessions[first : first + BATCH], [room.id for room in rooms], [each.id for each in people])
    db.session.execute("SELECT setval('roombooking.reservations_id_seq', max(id)) FROM roombooking.reservations")
    db.session.commit()
    return [_signed_in(each.id, token) for each in people]


def _book(first: int, sessions: list[tuple[int, int, str]], rooms: list[int], people: list[int]) -> None:
    """Rows as its models write them, in one go and without their checks, which refuse the past."""
    bookings: list[dict[str, Any]] = []
    for number, (room, person, wall) in enumerate(sessions, first + 1):
        starts, who = datetime.fromisoformat(wall), people[person % PEOPLE]
        bookings.append(
            {
                "id": number,
                "room_id": rooms[room],
                "start_dt": starts,
                "end_dt": starts + timedelta(minutes=MINUTES),
                "repeat_frequency": RepeatFrequency.NEVER,
                "booked_for_id": who,
                "created_by_id": who,
                "booked_for_name": "Dana Whitfield",
                "booking_reason": "A session",
                "state": ReservationState.accepted,
            }
        )
    db.session.bulk_insert_mappings(Reservation, bookings)
    db.session.bulk_insert_mappings(
        ReservationOccurrence,
        [
            {
                "reservation_id": each["id"],
                "start_dt": each["start_dt"],
                "end_dt": each["end_dt"],
                "state": ReservationOccurrenceState.valid,
            }
            for each in bookings
        ],
    )


def _signed_in(person: int, token: str) -> str:
    """The key of a session in which that person has signed in."""
    key = str(uuid4())
    make_scoped_cache("flask-session").set(key, pickle.dumps({"_user_id": person, "_csrf_token": token}), DAY)
    return key


if __name__ == "__main__":
    with make_app().app_context():
        keys = main(json.load(sys.stdin), sys.argv[1])
    print("\n" + json.dumps(keys))

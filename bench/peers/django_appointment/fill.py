"""`python -m django_appointment.fill APPOINTMENTS TODAY`, run by the peer's own Python: tables, and what lies in them.

The times are those of bench/seed.sql: twenty staff members, four sessions a day each. Prints the keys of sessions in
which its clients are signed in, as JSON on the last line.
"""

import json
import sys
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from importlib import import_module
from itertools import islice
from typing import Any, Final

import django

django.setup()  # before anything of it can be imported

from appointment.models import Appointment, AppointmentRequest, Config, Service, StaffMember, WorkingHours
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, get_user_model
from django.core.management import call_command

STAFF: Final = 20
A_DAY: Final = 4
CLIENTS: Final = STAFF * 7 * A_DAY
FUTURE_DAYS: Final = 182
BATCH: Final = 5_000


def main(appointments: int, today: date) -> list[str]:
    """Fill the empty database; the keys of the clients' sessions."""
    call_command("migrate", verbosity=0)
    call_command("migrate", run_syncdb=True, verbosity=0)  # its own tables, for which it brings no migrations
    services = _services()
    staff = [_staff_member(number, services) for number in range(STAFF)]
    clients = _users([f"client{number}" for number in range(CLIENTS)])
    _appointments(islice(_sessions(today, appointments), appointments), staff, clients, services[1])
    return [_signed_in(each) for each in clients]


def _services() -> list[Any]:
    """A call of 15 minutes and a session of 50, offered on a grid of 15 minutes, from nine to five."""
    Config.objects.create(
        slot_duration=15,
        lead_time=time(9),
        finish_time=time(17),
        appointment_buffer_time=0,
        website_name="Elm Street Practice",
        slot_gap_time=10,
    )
    call = Service.objects.create(name="Call", duration=timedelta(minutes=15), price=0)
    session = Service.objects.create(name="Individual session", duration=timedelta(minutes=50), price=140)
    return [call, session]


def _staff_member(number: int, services: list[Any]) -> Any:
    """One who works every day of the week."""
    (user,) = _users([f"therapist{number}"])
    member = StaffMember.objects.create(user=user, work_on_saturday=True, work_on_sunday=True)
    member.services_offered.set(services)
    for weekday in range(7):
        WorkingHours.objects.create(staff_member=member, day_of_week=weekday, start_time=time(9), end_time=time(17))
    return member


def _users(names: list[str]) -> list[Any]:
    model = get_user_model()
    users = [
        model(username=name, email=f"{name}@example.org", first_name="Alice", last_name="Hart", password="!no one")
        for name in names
    ]
    return list(model.objects.bulk_create(users))


def _sessions(today: date, appointments: int) -> Iterator[tuple[int, int, datetime]]:
    """Staff member, client and wall time of each appointment, without end: as bench/seed.sql has them."""
    future = min(FUTURE_DAYS, max(1, (appointments // (STAFF * A_DAY) + 1) * 6 // 7))
    for number in range(appointments):
        member, place, nth = number % STAFF, number // STAFF % A_DAY, number // (STAFF * A_DAY)
        day = nth if nth < future else future - 1 - nth
        wall = time(9 + 2 * place + (day + member) % 2)
        yield member, member * 7 * A_DAY + A_DAY * (day % 7) + place, datetime.combine(today + timedelta(day), wall)


def _appointments(
    sessions: Iterator[tuple[int, int, datetime]], staff: list[Any], clients: list[Any], service: Any
) -> None:
    """Rows as its models write them, in batches and without their checks, which refuse the past."""
    while batch := list(islice(sessions, BATCH)):
        requests = [
            AppointmentRequest(
                date=starts.date(),
                start_time=starts.time(),
                end_time=(starts + service.duration).time(),
                service=service,
                staff_member=staff[member],
                id_request=f"{starts:%Y%m%d%H%M}{service.id}{member}",
            )
            for member, _, starts in batch
        ]
        AppointmentRequest.objects.bulk_create(requests)
        Appointment.objects.bulk_create(
            Appointment(
                client=clients[client],
                appointment_request=request,
                phone="+12125550148",
                amount_to_pay=service.price,
                id_request=request.id_request,
            )
            for (_, client, _), request in zip(batch, requests, strict=True)
        )


def _signed_in(user: Any) -> str:
    """The key of a session in which that person has signed in."""
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return str(session.session_key)


if __name__ == "__main__":
    json.dump(main(int(sys.argv[1]), date.fromisoformat(sys.argv[2])), sys.stdout)

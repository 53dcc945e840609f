"""`python -m django_appointment.fill`, run by the peer's own Python: tables, and the appointments that stdin tells of.

Prints the keys of sessions in which its clients are signed in, as JSON on the last line.
"""

import json
import sys
from datetime import datetime, time, timedelta
from importlib import import_module
from typing import Any, Final

import django

django.setup()  # before anything of it can be imported

from appointment.models import Appointment, AppointmentRequest, Config, Service, StaffMember, WorkingHours
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, get_user_model
from django.core.management import call_command

STAFF: Final = 20
BATCH: Final = 5_000


def main(sessions: list[tuple[int, int, str]]) -> list[str]:
    """Fill the empty database with (staff member, client, wall time); the keys of the clients' sessions."""
    call_command("migrate", verbosity=0)
    call_command("migrate", run_syncdb=True, verbosity=0)  # its own tables, for which it brings no migrations
    services = _services()
    staff = [_staff_member(number, services) for number in range(STAFF)]
    clients = _users([f"client{number}" for number in range(1 + max(client for _, client, _ in sessions))])
    for first in range(0, len(sessions), BATCH):
        _book(sessions[first : first + BATCH], staff, clients, services[1])
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


def _book(sessions: list[tuple[int, int, str]], staff: list[Any], clients: list[Any], service: Any) -> None:
    """Rows as its models write them, in one go and without their checks, which refuse the past."""
    requests = []
    for member, _, wall in sessions:
        starts = datetime.fromisoformat(wall)
        requests.append(
            AppointmentRequest(
                date=starts.date(),
                start_time=starts.time(),
                end_time=(starts + service.duration).time(),
                service=service,
                staff_member=staff[member],
                id_request=f"{wall}-{member}",
            )
        )
    AppointmentRequest.objects.bulk_create(requests)
    Appointment.objects.bulk_create(
        Appointment(
            client=clients[client],
            appointment_request=request,
            phone="+12125550148",
            amount_to_pay=service.price,
            id_request=request.id_request,
        )
        for (_, client, _), request in zip(sessions, requests, strict=True)
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
    print("\n" + json.dumps(main(json.load(sys.stdin))))

"""Times that the seed left free, and the form in which a therapist books one."""

import itertools
import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode

from itsdangerous import URLSafeTimedSerializer

from bench import seed
from bench.environment import SECRET_KEY, Environment, Practice
from bench.load import Request
from clinic.core import clock, zones
from clinic.core.ids import new_id


@dataclass(frozen=True, slots=True)
class Try:
    """One booking to be tried: a therapist and a client by their numbers in the seed, and when."""

    therapist: int
    slot: int
    starts_at: datetime


def between_sessions(therapists: Sequence[int], first_day: int) -> Iterator[Try]:
    """The hours between the seeded sessions from that day on (0 is today), each for a client who comes that day anyway.

    Seeded sessions lie in every other hour, as bench/seed.sql has it; an individual session fits into those between.
    """
    today = zones.wall(clock.now(), seed.ZONE).date()
    for day in itertools.count(first_day):
        for place in range(seed.SESSIONS_A_DAY):
            for therapist in therapists:
                hour = 9 + 2 * place + (day + therapist + 1) % 2
                slot = seed.SESSIONS_A_DAY * (day % 7) + place
                yield Try(therapist, slot, _at(today + timedelta(days=day), hour))


def forms(environment: Environment, practice: Practice, tries: Iterable[Try]) -> Iterator[Request]:
    """What the browser of a therapist who has just signed in sends to book each of these."""
    signer = URLSafeTimedSerializer(SECRET_KEY, salt="wtf-csrf-token")
    cookies: dict[int, tuple[str, str]] = {}
    for each in tries:
        if each.therapist not in cookies:
            raw = secrets.token_hex(20)
            cookie = environment.sign_in(practice, seed.therapist_id(each.therapist), csrf_token=raw)
            cookies[each.therapist] = cookie, str(signer.dumps(raw))
        cookie, token = cookies[each.therapist]
        fields = {
            "csrf_token": token,
            "idempotency_key": str(new_id()),
            "slot": f"{each.starts_at.isoformat()}~{seed.therapist_id(each.therapist)}",
        }
        path = f"/clients/{seed.client_id(each.therapist, each.slot)}/book?service=individual-session&modality=video"
        yield Request.post(path, urlencode(fields), {"Cookie": cookie})


def _at(day: date, hour: int) -> datetime:
    return zones.moment(day, time(hour), seed.ZONE)

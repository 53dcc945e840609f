"""Two people who never stop: a therapist who books, a client who writes. What was acknowledged is written down.

Each sends one form after another, and sends a form that got no answer again until it gets one, as a person would press
the button again. Now and then the answer of a form is thrown away unread, as when a train enters a tunnel.
"""

import json
import re
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from clinic.core.ids import new_id
from clinic.demo.cast import PASSWORD
from faults.tree import Tree
from faults.visitor import Page, Visitor

TUNNEL = 5  # every so many forms, the first answer is lost
PAUSE = 0.05  # seconds between two tries
_PLACES = """
    SELECT client.id, therapist.id, assignment.id FROM person
    JOIN client ON client.person_id = person.id JOIN assignment ON assignment.client_id = client.id
    JOIN questionnaire_definition definition ON definition.id = definition_id
    JOIN care_relationship care ON care.client_id = client.id AND care.kind = 'primary'
    JOIN person therapist ON therapist.id = care.therapist_id
    WHERE person.email = %s AND definition.key = 'own_circle'
    AND assignment.state IN ('assigned', 'opened', 'in_progress')
"""
CLIENT, THERAPIST = "alice.hart@elm-street.example", "dana.whitfield@elm-street.example"


@dataclass
class Ledger:
    """What was acknowledged: when each form was first sent, when its answer came, both on the monotonic clock."""

    acknowledged: dict[str, tuple[float, float]] = field(default_factory=dict)
    unexpected: list[str] = field(default_factory=list)
    tries: int = 0

    def first_after(self, moment: float) -> float:
        """Seconds from `moment` to the answer of the first form that was sent after it; raises ValueError on none."""
        return min(ended for began, ended in self.acknowledged.values() if began > moment) - moment

    def slowest_since(self, moment: float) -> float:
        """The longest that a form took from its first try to its answer since then, in seconds."""
        return max((ended - began for began, ended in self.acknowledged.values() if ended > moment), default=0.0)


class Crowd:
    """Both of them. `has_keys` False takes the idempotency key away: each try is then a form of its own."""

    def __init__(self, tree: Tree, *, has_keys: bool = True, first: int = 0) -> None:
        self.tree = tree
        self.has_keys = has_keys
        self.booked, self.written, self.noted = Ledger(), Ledger(), Ledger()
        self.first = first
        with tree.connect() as connection:
            row = connection.execute(_PLACES, (CLIENT,)).fetchone()
        assert row is not None, "the demo practice has no open exercise of this kind"
        self.client, self.therapist, self.assignment = (str(each) for each in row)
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> "Crowd":
        for email, one in ((THERAPIST, self._book), (CLIENT, self._write), (CLIENT, self._note)):
            visitor = Visitor(self.tree.url)
            visitor.sign_in(email, PASSWORD)
            self._threads.append(threading.Thread(target=self._go_on, args=(visitor, one), name=one.__name__))
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    @property
    def ledgers(self) -> tuple[Ledger, Ledger, Ledger]:
        """What the three of them wrote down."""
        return self.booked, self.written, self.noted

    def shown(self) -> set[str]:
        """The entries and the note that the client's own page shows."""
        reader = Visitor(self.tree.url)
        reader.sign_in(CLIENT, PASSWORD)
        return set(re.findall(r"\bw\d+\b|\bnote \d{6}\b", reader.get(f"/homework/{self.assignment}").text))

    def start_of(self, number: int) -> datetime:
        """A time of its own for each booking: two months ahead, hour by hour, whatever the hour."""
        midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        return midnight + timedelta(days=70, hours=number)

    def _go_on(self, visitor: Visitor, one: Callable[[Visitor, int], None]) -> None:
        number = self.first
        while not self._stop.is_set():
            number += 1
            one(visitor, number)

    def _book(self, visitor: Visitor, number: int) -> None:
        slot = f"{self.start_of(number).isoformat()}~{self.therapist}"
        path = f"/clients/{self.client}/book?service=individual-session"
        self._insist(self.booked, slot, number, lambda key: visitor.submit(path, slot=slot, idempotency_key=key), 303)

    def _write(self, visitor: Visitor, number: int) -> None:
        path, fields = (
            f"/homework/{self.assignment}/entries/new/people",
            {"asked": "initials", "a_initials": f"w{number}"},
        )
        self._insist(
            self.written,
            f"w{number}",
            number,
            lambda key: visitor.submit(path, **(fields | {"idempotency_key": key})),
            303,
        )

    def _note(self, visitor: Visitor, number: int) -> None:
        body = json.dumps({"field": "share", "value": f"note {number:06}"})
        path = f"/homework/{self.assignment}/draft"
        self._insist(self.noted, f"note {number:06}", number, lambda _key: visitor.send_json(path, body), 200)

    def _insist(self, ledger: Ledger, name: str, number: int, send: Callable[[str], Page], wanted: int) -> None:
        """Send until it is acknowledged; what comes back instead is written down and ends it."""
        key, began, is_lost = str(new_id()), time.monotonic(), number % TUNNEL == 0
        while True:
            ledger.tries += 1
            with suppress(OSError):
                page = send(key if self.has_keys else str(new_id()))
                if is_lost:
                    is_lost = False
                    continue
                if page.status == wanted:
                    ledger.acknowledged[name] = (began, time.monotonic())
                    return
                if page.status not in {500, 502, 503}:
                    ledger.unexpected.append(f"{name}: {page.status}")
                    time.sleep(PAUSE)
                    return
            if self._stop.is_set() and time.monotonic() - began > 60:
                ledger.unexpected.append(f"{name}: no answer")
                return
            time.sleep(PAUSE)

"""F3, F6 and F7 on the running practice: web, broker and database die while people book and write.

`python -m faults.pages` starts the whole practice in a folder of its own, with its demo practice.
"""

import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from faults import report
from faults.crowd import Crowd, Ledger
from faults.report import Line
from faults.tree import Tree, is_ready, standing, wait

CALM = 4.0  # seconds of ordinary work before a fault, and after the service is back
WEB_BACK, BROKER_BACK, DATABASE_BACK = 10.0, 60.0, 30.0  # seconds; the promises of F3, F6 and F7
HUNG = 20.0  # seconds for which the broker does not answer, but holds its connections
QUICK = 5.0  # seconds that a form may take while only the broker is away, on a busy machine
CROWD_FORMS = 1000  # numbers that one crowd may use, so that its bookings are told from another's
_BOOKED = """
    SELECT count(*) FROM appointment WHERE therapist_id = %s AND starts_at >= %s AND starts_at < %s
    AND state = 'confirmed'
"""
_ENTRIES = "SELECT count(*) FROM entry JOIN response ON response.id = response_id WHERE subject_id = %s"
_DUE = """
    SELECT count(*) FROM outbox_message WHERE state IN ('queued', 'handing_over')
    AND kind = 'booking.confirmed' AND not_before_at <= now()
"""
_TOLD = """
    SELECT count(*) FROM outbox_message JOIN appointment_event event ON event.id = subject_id
    JOIN appointment ON appointment.id = event.appointment_id
    WHERE appointment.therapist_id = %s
    AND appointment.starts_at >= %s AND appointment.starts_at < %s
"""


@dataclass(frozen=True)
class Count:
    """What the database holds of a crowd's forms, beside what was acknowledged."""

    booked: int
    told: int
    written: int
    acknowledged_bookings: int
    acknowledged_entries: int
    missing_words: int
    unexpected: list[str]

    @property
    def lost(self) -> int:
        """Acknowledged, and not there."""
        bookings = max(self.acknowledged_bookings - self.booked, 0) + max(self.booked - self.told, 0)
        return bookings + max(self.acknowledged_entries - self.written, 0) + self.missing_words

    @property
    def twice(self) -> int:
        """There more often than it was sent."""
        return max(self.booked - self.acknowledged_bookings, 0) + max(self.written - self.acknowledged_entries, 0)

    @property
    def is_well(self) -> bool:
        """Everything once, and no answer that a person would not understand."""
        return self.lost == self.twice == 0 and not self.unexpected

    def __str__(self) -> str:
        answers = Counter(each.rpartition(": ")[2] for each in self.unexpected)
        odd = "".join(f", {count} answered {status}" for status, count in sorted(answers.items()))
        made = f"{self.acknowledged_bookings} bookings and {self.acknowledged_entries} entries acknowledged"
        return f"{made}; {self.lost} lost, {self.twice} twice{odd}"


class Trial:
    """One fault after another, each with a crowd of its own."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.rounds = 0

    def under(self, fault: Callable[[], object], *, has_keys: bool = True) -> tuple[Count, Crowd, float]:
        """Break something while people work; what is left, who was there, and when it broke."""
        before = self.tree.count(_ENTRIES, self._crowd(has_keys=True).assignment)
        with self._crowd(has_keys=has_keys) as crowd:
            with self.tree.connect() as connection:
                connection.execute("CHECKPOINT")  # everyone is signed in for good
            time.sleep(CALM)
            broken_at = time.monotonic()
            fault()
            back = [lambda ledger=ledger: _is_back(ledger, broken_at) for ledger in crowd.ledgers]
            for is_back in back:
                wait(is_back, 90)
            time.sleep(CALM)
        self.rounds += 1
        self.tree.release_workers()
        wait(lambda: is_ready(self.tree), 60)
        return self._count(crowd, before), crowd, broken_at

    def _crowd(self, *, has_keys: bool) -> Crowd:
        return Crowd(self.tree, has_keys=has_keys, first=self.rounds * CROWD_FORMS)

    def _count(self, crowd: Crowd, before: int) -> Count:
        span = (crowd.therapist, crowd.start_of(crowd.first), crowd.start_of(crowd.first + CROWD_FORMS))
        return Count(
            booked=self.tree.count(_BOOKED, *span),
            told=self.tree.count(_TOLD, *span),
            written=self.tree.count(_ENTRIES, crowd.assignment) - before,
            acknowledged_bookings=len(crowd.booked.acknowledged),
            acknowledged_entries=len(crowd.written.acknowledged),
            missing_words=_missing_words(crowd),
            unexpected=[each for ledger in crowd.ledgers for each in ledger.unexpected],
        )


def _is_back(ledger: Ledger, broken_at: float) -> bool:
    return any(began > broken_at for began, _ in list(ledger.acknowledged.values()))


def _missing_words(crowd: Crowd) -> int:
    """Entries that the client's own page does not show, and 1 when the last acknowledged note has been forgotten."""
    shown = crowd.shown()
    missing = sum(name not in shown for name in crowd.written.acknowledged)
    last = max(crowd.noted.acknowledged, default="")
    kept = max((word for word in shown if word.startswith("note ")), default="")
    return missing + (kept < last)


def web_killed(trial: Trial) -> list[Line]:
    """F3, and what happens to people whose form has no key."""
    count, crowd, at = trial.under(trial.tree.kill_web)
    back = max(ledger.first_after(at) for ledger in crowd.ledgers)
    lines = [
        Line("F3", "kill -9 of web amid bookings and writing", str(count), count.is_well),
        Line("F3", "time until each kind of form is taken again", f"{back:.1f} s", back <= WEB_BACK),
    ]
    count, _, _ = trial.under(trial.tree.kill_web, has_keys=False)
    lines.append(Line("F3 control", "the same without idempotency keys", str(count), not count.is_well))
    return lines


def broker_killed(trial: Trial) -> list[Line]:
    """F6: the pages do not notice, and what was due is sent within a minute of the broker's return."""
    lines = []
    for name, fault in (
        ("kill -9 of Redis", trial.tree.kill_broker),
        ("FLUSHALL", trial.tree.empty_broker),
        (f"Redis hung for {HUNG:.0f} s", lambda: _hang(trial.tree)),
    ):
        count, crowd, at = trial.under(fault)
        began = time.monotonic()
        is_sent = wait(lambda: trial.tree.count(_DUE) == 0, BROKER_BACK)
        slowest = max(ledger.slowest_since(at) for ledger in crowd.ledgers)
        found = f"{count}; slowest form {slowest:.1f} s; nothing left due after {time.monotonic() - began:.0f} s"
        lines.append(
            Line("F6", f"{name} amid bookings and writing", found, count.is_well and is_sent and slowest < QUICK)
        )
    return lines


def _hang(tree: Tree) -> None:
    pid = tree.broker_pid()
    os.kill(pid, signal.SIGSTOP)
    try:
        time.sleep(HUNG)
    finally:
        os.kill(pid, signal.SIGCONT)


def database_killed(trial: Trial) -> list[Line]:
    """F7, and what is lost where the database says "done" before it is."""
    count, crowd, at = trial.under(trial.tree.kill_database)
    back = max(ledger.first_after(at) for ledger in crowd.ledgers)
    lines = [
        Line("F7", "kill -9 of PostgreSQL amid bookings and writing", str(count), count.is_well),
        Line("F7", "time until each kind of form is taken again", f"{back:.1f} s", back <= DATABASE_BACK),
    ]
    with _hasty(trial.tree):
        count, _, _ = trial.under(trial.tree.kill_database)
    lines.append(Line("F7 control", "the same with synchronous_commit off", str(count), count.lost > 0))
    return lines


@contextmanager
def _hasty(tree: Tree) -> Iterator[None]:
    """A database that says "done" before it is. The workers stand still: their careful commits would save the rest."""
    with tree.connect() as connection:
        for setting in ("synchronous_commit = off", "wal_writer_delay = '10s'", "wal_writer_flush_after = '100MB'"):
            connection.execute(f"ALTER SYSTEM SET {setting}".encode())
        connection.execute("SELECT pg_reload_conf()")
    tree.hold_workers()
    time.sleep(1)
    try:
        yield
    finally:
        tree.release_workers()
        with tree.connect() as connection:
            connection.execute("ALTER SYSTEM RESET ALL")
            connection.execute("SELECT pg_reload_conf()")


FAULTS = {"F3": web_killed, "F6": broker_killed, "F7": database_killed}


def run(names: Iterable[str]) -> Iterator[Line]:
    """One fault after another on the same practice."""
    with standing() as tree:
        trial = Trial(tree)
        for name in names:
            yield from FAULTS[name](trial)


def main(words: list[str] | None = None) -> int:
    """Run it with these options, and tell what was found; 1 when something is not as it must be."""
    parser = report.parser("pages")
    parser.add_argument("--only", nargs="+", choices=FAULTS)
    options = parser.parse_args(words)
    return report.tell("pages", run(options.only or FAULTS), is_written=options.write)


if __name__ == "__main__":
    sys.exit(main())

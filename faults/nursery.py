"""Deliverers to be killed: `python -m faults.nursery` loads the application once and forks one for each line it reads.

A line names the way of delivering: `stages`, or one of the two wrong ways, which are here to show that the count finds
their faults: `marked-first` says "sent" before the final dot, `marked-last` only after the answer.
"""

import os
import signal
import sys
import time
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import text

from clinic import settings as settings_of
from clinic.app import create_app
from clinic.core import clock
from clinic.database.session import db
from clinic.outbox import claims
from clinic.outbox.claims import Claimed, Settled
from clinic.outbox.deliver import deliver_due
from clinic.outbox.registry import registry
from clinic.outbox.smtp import MailChannel
from faults.ground import KIND_OF_MESSAGE
from worker.environment import as_worker

_SENT = text("UPDATE outbox_message SET state = 'sent', finished_at = :now, handed_over_at = :now WHERE id = :id")


def main() -> None:
    """Fork a deliverer for each line, and print its id."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    app = create_app(settings_of.load(as_worker(os.environ)))
    registry.add(KIND_OF_MESSAGE)
    print("ready", flush=True)
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            _WAYS[line.strip()]()
            with app.app_context():
                _deliver(os.environ["MAIL_URL"], os.environ["MAIL_FROM"])
        print(child, flush=True)


class SlowChannel(MailChannel):
    """As over a slow network, so that a kill hits the moments around the final dot as well."""

    def hand_over(self) -> None:
        """Pass the point of no return a little later."""
        time.sleep(0.004)
        super().hand_over()

    def answer(self, patience: float) -> None:
        """Hear the answer a little later."""
        time.sleep(0.004)
        super().answer(patience)


def _deliver(url: str, sender: str) -> None:
    while True:
        deliver_due({"email": lambda: SlowChannel(url, sender, clock.now, patience=3.0)}, clock.now)
        time.sleep(0.05)


def _in_stages() -> None:
    """As the product does it."""


def _marked_first() -> None:
    def begin(messages: Sequence[Claimed], now: datetime) -> list[Claimed]:
        for message in messages:
            db.session.execute(_SENT, {"id": message.id, "now": now})
        return list(messages)

    claims.begin_hand_over = begin
    claims.settle = lambda settled: None


def _marked_last() -> None:
    def settle(settled: Sequence[Settled]) -> None:
        for each in settled:
            db.session.execute(_SENT, {"id": each.message.id, "now": each.at})

    claims.begin_hand_over = lambda messages, now: list(messages)
    claims.settle = settle


_WAYS = {"stages": _in_stages, "marked-first": _marked_first, "marked-last": _marked_last}

if __name__ == "__main__":
    main()

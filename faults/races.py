"""F15: a cancellation or an opt-out races a send. Nothing is handed over after the commit."""

import random
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from importlib import import_module
from unittest import mock
from uuid import UUID

from clinic.accounts.models import Person
from clinic.core import clock
from clinic.database.session import db, transaction
from clinic.outbox import claims, service
from clinic.outbox.claims import Claimed
from clinic.outbox.decisions import SEND, Verdict, decide
from faults.ground import ACTOR, Ground
from faults.mail import deliver
from faults.report import Line

_STATE = "SELECT state FROM outbox_message WHERE subject_id = %s"


def cancel_or_opt_out(ground: Ground, races: int, chance: random.Random) -> list[Line]:
    """Both kinds of race; and without the look under lock, when messages must be found that should not be there."""
    broken, shape = _race(ground, races, chance)
    done = f"{races} cancellations and opt-outs racing a send"
    lines = [Line("F15", done, f"{broken} handed over after the commit; {shape}", broken == 0)]
    few = max(races // 5, 40)
    with _without_second_look():
        broken, shape = _race(ground, few, chance)
    done = f"without the look under lock, {few} races"
    return [*lines, Line("F15 control", done, f"{broken} handed over after the commit; {shape}", broken > 0)]


def _race(ground: Ground, races: int, chance: random.Random) -> tuple[int, str]:
    """How many were handed over after the change had committed, and how the races ended."""
    ground.forget()
    broken = won = 0
    with ThreadPoolExecutor(1) as threads:
        for _ in range(races):
            (subject,) = ground.queue(1)
            is_cancel, pause = chance.random() < 0.5, chance.uniform(0, 0.006)
            reached = threading.Event()

            def at_the_text(stage: str, reached: threading.Event = reached) -> None:
                if stage == "data":
                    reached.set()

            ground.mail.at_stage = at_the_text
            changing = threads.submit(_change, ground, subject, reached, pause, is_cancel=is_cancel)
            deliver(ground)
            was_in_time = changing.result(timeout=30)
            deliver(ground)
            has_arrived = any(str(subject) in mail.get_content() for mail in ground.mail.mails[-2:])
            is_skipped = ground.owner.execute(_STATE, (subject,)).fetchone() == ("skipped",)
            broken += was_in_time and (has_arrived or not is_skipped)
            won += was_in_time
            ground.owner.execute("UPDATE person SET messages_stopped_at = NULL")
    return broken, f"{won} changes came in time, {races - won} too late"


def _change(ground: Ground, subject: UUID, reached: threading.Event, pause: float, *, is_cancel: bool) -> bool:
    """Take it back around the time of the dot; True when the change committed before the hand-over did."""
    reached.wait(5)
    time.sleep(pause)
    with ground.app.app_context(), transaction(ACTOR):
        if is_cancel:
            return service.skip(subject, now=clock.now(), reason="cancelled") == 1
        db.session.get_one(Person, ground.reader).messages_stopped_at = clock.now()
    with ground.cluster.connect("clinic") as connection:
        return connection.execute(_STATE, (subject,)).fetchone() in {("queued",), ("skipped",)}


@contextmanager
def _without_second_look() -> Iterator[None]:
    """Hand over whatever was staged: nobody asks again whether it is wanted, or whether the row is still queued."""
    seen: set[UUID] = set()

    def decide_once(messages: Sequence[Claimed], now: datetime) -> dict[UUID, Verdict]:
        if seen.issuperset(message.id for message in messages):
            return {message.id: SEND for message in messages}
        seen.update(message.id for message in messages)
        return decide(messages, now)

    deliverer = import_module("clinic.outbox.deliver")
    with (
        mock.patch.object(deliverer, "decide", decide_once),
        mock.patch.object(claims, "begin_hand_over", lambda messages, now: list(messages)),
    ):
        yield

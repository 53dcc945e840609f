"""F10: a mail server that misbehaves at every stage. F11: workers that were away for a day."""

import os
import random
import signal
import statistics
import time
from datetime import timedelta

from clinic.core import clock
from clinic.outbox import rules
from clinic.outbox.deliver import deliver_due
from clinic.outbox.smtp import MailChannel
from faults.ground import Ground
from faults.kills import kill, nursery
from faults.report import Line

STAGES = ("connect", "mail", "rcpt", "data", "dot")
ANSWERS = ("451 later", "550 never", "421 leaving", "drop", "hang")


def misbehaving_server(ground: Ground, messages: int, chance: random.Random) -> list[Line]:
    """Sent, skipped, failed and unknown add up to what was due, and nothing arrives twice."""
    ground.forget()
    rules.ANSWER_WITHIN = timedelta(seconds=0.5)
    due = ground.queue(messages)

    def misbehave(stage: str) -> None:
        ground.mail.answers = {stage: chance.choice(ANSWERS)} if chance.random() < 0.06 else {}

    ground.mail.at_stage = misbehave
    rounds = 0
    while ground.ledger().unsettled and rounds < 400:
        if rounds == 300:  # in the end it behaves
            ground.mail.at_stage = lambda stage: None
            ground.mail.answers.clear()
        deliver(ground, patience=0.3)
        clock.move(timedelta(minutes=5))
        rounds += 1
    ledger = ground.ledger()
    is_well = ledger.twice == ledger.lost_silently == ledger.unsettled == 0 and len(ledger.states) == len(due)
    return [
        Line("F10", f"{messages} due, the server wrong at 6 % of all stages", str(ledger), is_well),
        *pages_meanwhile(ground),
    ]


def pages_meanwhile(ground: Ground) -> list[Line]:
    """A page takes as long as ever while a deliverer hangs, and so does queueing."""
    ground.forget()
    lines = []
    with nursery(ground) as forked:
        for stage in STAGES:
            ground.mail.answers = {stage: "hang"}
            ground.queue(20)
            pid = forked("stages")
            time.sleep(0.3)
            ratio = _how_much_slower(ground, pid)
            kill(pid)
            lines.append(Line("F10", f"page while the server hangs at {stage}", f"{ratio:.2f} x as ever", ratio < 1.5))
    return lines


def _how_much_slower(ground: Ground, pid: int) -> float:
    """Requests beside the deliverer over requests while it is stopped, in turns: others share the machine."""
    client = ground.app.test_client()
    times: dict[signal.Signals, list[float]] = {signal.SIGSTOP: [], signal.SIGCONT: []}
    for _ in range(12):
        for state, measured in times.items():
            os.kill(pid, state)
            for _ in range(15):
                began = time.perf_counter()
                client.get("/sign-in")
                measured.append(time.perf_counter() - began)
    return statistics.median(times[signal.SIGCONT]) / statistics.median(times[signal.SIGSTOP])


def away_for_a_day(ground: Ground, messages: int, chance: random.Random) -> list[Line]:
    """Nothing that has begun is sent; the rest within five minutes, the nearest first."""
    ground.forget()
    now = clock.now()
    moments = [now + timedelta(hours=chance.uniform(1, 48)) for _ in range(messages)]
    for moment in moments:
        ground.queue(1, moment)
    clock.move(timedelta(hours=24))
    began, back = time.monotonic(), clock.now()
    deliver(ground)
    took = time.monotonic() - began
    sent = [str(mail["Message-ID"]) for mail in ground.mail.mails]
    rows = ground.owner.execute("SELECT message_id, moment, state FROM outbox_message ORDER BY moment, id").fetchall()
    stale = sum(state == "sent" and moment <= back for _, moment, state in rows)  # type: ignore[operator]  # a moment
    wanted = [str(message_id) for message_id, _, state in rows if state == "sent"]
    astray = max((abs(place - sent.index(message)) for place, message in enumerate(wanted)), default=0)
    found = f"{ground.ledger()}; {stale} stale; in {took:.0f} s; at most {astray} places out of order"
    is_well = stale == 0 and took < 300 and astray < 16 and len(wanted) == sum(moment > back for moment in moments)
    return [Line("F11", f"workers away for 24 h, {messages} due", found, is_well)]


def deliver(ground: Ground, patience: float = 5.0) -> None:
    """One run in this process."""
    with ground.app.app_context():
        deliver_due(
            {
                "email": lambda: MailChannel(
                    ground.mail.url, "no-reply@elm-street.example", clock.now, patience=patience
                )
            },
            clock.now,
        )

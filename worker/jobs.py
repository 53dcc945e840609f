"""The jobs, each thin: one at a time, one service call in one transaction, then its heartbeat."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import text

from clinic.accounts import second_step, throttle
from clinic.audit import service as audit
from clinic.booking import expiry as booking
from clinic.core import clock
from clinic.database.actor import Actor
from clinic.database.heartbeat import beat
from clinic.database.session import db, transaction
from clinic.fees import printing as receipts
from clinic.homework import service as homework
from clinic.imports import work as imports
from clinic.intake import second
from clinic.intake import service as intake
from clinic.outbox.deliver import deliver_due
from clinic.outbox.smtp import MailChannel
from clinic.outside.rounds import read_due
from clinic.progress import briefs, printing
from clinic.progress import service as progress
from clinic.reminders import service as reminders
from clinic.risk.passing import pass_on_due
from clinic.settings import Settings
from clinic.waitlist import offering
from clinic.web import idempotency
from worker import timetable
from worker.app import app, celery

_TAKE = text("SELECT pg_try_advisory_lock(hashtextextended('clinic.job.' || :job, 0))")
_GIVE = text("SELECT pg_advisory_unlock(hashtextextended('clinic.job.' || :job, 0))")


@celery.task(name="deliver")
def deliver() -> None:
    """Send the messages that are due."""
    settings: Settings = app.config["CLINIC"]
    with _alone("deliver") as is_free:
        if is_free:
            deliver_due({"email": lambda: MailChannel(settings.mail_url, settings.mail_from, clock.now)}, clock.now)
            _run("deliver")


@celery.task(name="link-audit")
def link_audit() -> None:
    """Link committed audit rows into the hash chain."""
    settings: Settings = app.config["CLINIC"]
    _job("link-audit", lambda _now: audit.link(settings.audit_anchor_file))


@celery.task(name="pass-on")
def pass_on() -> None:
    """Pass on what is urgent and nobody has acknowledged, each in a transaction of its own."""
    with _alone("pass-on") as is_free:
        if is_free:
            pass_on_due(clock.now())
            _run("pass-on")


@celery.task(name="queue-reminders")
def queue_reminders() -> None:
    """Queue the reminders that are due."""
    _job("queue-reminders", reminders.queue_due)


@celery.task(name="invite")
def invite() -> None:
    """Invite new clients to their intake, and remind those who have not finished."""
    _job("invite", intake.invite_new_clients, intake.remind_unfinished, second.remind_unfinished)


@celery.task(name="expire-holds")
def expire_holds() -> None:
    """Give back times that were held or requested and never taken."""
    _job("expire-holds", booking.expire_due)


@celery.task(name="offer-free-times")
def offer_free_times() -> None:
    """Offer times that are free to who waits, each in a transaction of its own."""
    with _alone("offer-free-times") as is_free:
        if is_free:
            offering.offer_free_times(clock.now())
            _run("offer-free-times")


@celery.task(name="read-calendars")
def read_calendars() -> None:
    """Read the calendars outside that are due, each outside any transaction."""
    with _alone("read-calendars") as is_free:
        if is_free:
            read_due(clock.now())
            _run("read-calendars")


@celery.task(name="prepare-briefs")
def prepare_briefs() -> None:
    """Prepare the brief of each session of the next day."""
    _job("prepare-briefs", briefs.prepare_due)


@celery.task(name="prepare-reports")
def prepare_reports() -> None:
    """Prepare the reports of the month that has ended."""
    _job("prepare-reports", progress.prepare_due)


@celery.task(name="print-reports")
def print_reports() -> None:
    """Make the PDFs of released reports, each outside any transaction."""
    with _alone("print-reports") as is_free:
        if is_free:
            printing.print_due(clock.now())
            _run("print-reports")


@celery.task(name="run-imports")
def run_imports() -> None:
    """Check and import the files that wait, each row in a transaction of its own."""
    with _alone("run-imports") as is_free:
        if is_free:
            imports.run_due()
            _run("run-imports")


@celery.task(name="print-receipts")
def print_receipts() -> None:
    """Make the PDFs of receipts, each outside any transaction."""
    with _alone("print-receipts") as is_free:
        if is_free:
            receipts.print_due(clock.now())
            _run("print-receipts")


@celery.task(name="expire-homework")
def expire_homework() -> None:
    """Expire what has stayed open long after it was due."""
    _job("expire-homework", homework.expire_old)


@celery.task(name="forget")
def forget() -> None:
    """Forget form keys that no browser will send again, and sign-in attempts that no pace remembers."""
    _job("forget", idempotency.forget_old, throttle.forget_old, second_step.forget_old)


def _job(name: str, *services: Callable[[datetime], object]) -> None:
    with _alone(name) as is_free:
        if is_free:
            _run(name, *services)


def _run(name: str, *services: Callable[[datetime], object]) -> None:
    now = clock.now()
    with transaction(Actor.worker(name)):
        for service in services:
            service(now)
        beat(name, timetable.EVERY, clock.unmoved())


@contextmanager
def _alone(name: str) -> Iterator[bool]:
    """False while the same job runs elsewhere, so that a slow one never takes all workers. The lock dies with us."""
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        is_free = bool(connection.scalar(_TAKE, {"job": name}))
        try:
            yield is_free
        finally:
            if is_free:
                connection.execute(_GIVE, {"job": name})

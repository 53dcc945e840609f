"""Messages claimed and delivered per second, beside Celery's one task each and beside a bare smtplib connection.

`python -m bench.outbox --rounds 5`: each round measures all sides in turn, and only the ratios inside a round count.
"""

import argparse
import json
import multiprocessing
import smtplib
import socket
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from queue import Empty

from alembic import command
from alembic.config import Config
from flask import Flask
from sqlalchemy import text

from bench.one_task_each import measure
from clinic.accounts.models import Person
from clinic.app import create_app
from clinic.core import clock
from clinic.core.ids import new_id
from clinic.database.actor import Actor
from clinic.database.session import db, transaction
from clinic.outbox import claims
from clinic.outbox.deliver import deliver_due
from clinic.outbox.mime import compose
from clinic.outbox.registry import Letter, MessageKind, Subject, registry
from clinic.outbox.smtp import MailChannel
from clinic.settings import Settings
from clinic.standalone.postgres import PostgresCluster
from clinic.standalone.redis import RedisServer
from clinic.standalone.throwaway import throwaway_folder

KIND = "bench.outbox"
SENDER = "no-reply@elm-street.example"
TEXT = "Hello Alice,\n\nA reminder of your appointment:\nTuesday, 24 November, 10:00\n\nPlease sign in to see it.\n" * 2
ALEMBIC = Path(__file__).parents[1] / "migrations" / "alembic.ini"
BENCH = Actor.worker("bench")
GOALS = {"claimed / celery": 10.0, "delivered / smtplib": 0.7}


def main() -> int:
    """Measure, print a line a round and the medians, and exit 1 when a goal is missed."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--messages", type=int, default=1000)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    with _practice() as (app, redis_url), _sink() as port:
        sides: dict[str, Callable[[int], float]] = {
            "claimed": lambda count: _claimed(app, count * 10),
            "celery": lambda count: _celery(app, redis_url, count),
            "delivered": lambda count: _delivered(app, port, count),
            "smtplib": lambda count: _smtplib(port, count),
        }
        rounds = []
        for number in range(options.rounds):
            names = list(sides)[number % len(sides) :] + list(sides)[: number % len(sides)]
            rounds.append({name: sides[name](options.messages) for name in names})
            print("  ".join(f"{name} {rounds[-1][name]:8.0f}/s" for name in sides), flush=True)
    results = {name: _spread([_ratio(each, name) for each in rounds]) for name in GOALS}
    if options.json:
        options.json.write_text(json.dumps({"rounds": rounds, "ratios": results}, indent=1))
    for name, (median, low, high) in results.items():
        print(f"{name}: {median:.2f} ({low:.2f} to {high:.2f}), goal {GOALS[name]}")
    return int(any(results[name][0] < goal for name, goal in GOALS.items()))


def _ratio(one: dict[str, float], name: str) -> float:
    ours, theirs = name.split(" / ")
    return one[ours] / one[theirs]


def _spread(values: list[float]) -> tuple[float, float, float]:
    return statistics.median(values), min(values), max(values)


def _claimed(app: Flask, count: int) -> float:
    """Rows taken in batches of a hundred, each batch committed."""
    with app.app_context():
        _queue(count)
        began, done = time.perf_counter(), 0
        while done < count:
            with transaction(BENCH):
                done += len(claims.claim(clock.now(), 100))
        return count / (time.perf_counter() - began)


def _delivered(app: Flask, port: int, count: int) -> float:
    with app.app_context():
        _queue(count)
        began = time.perf_counter()
        counts = deliver_due({"email": lambda: MailChannel(f"smtp://127.0.0.1:{port}", SENDER, clock.now)}, clock.now)
        assert counts == {"sent": count}, counts
        return count / (time.perf_counter() - began)


def _smtplib(port: int, count: int) -> float:
    """The floor: the same bytes by one kept connection, and nothing else."""
    letter = Letter("alice@example.org", "Your appointment", TEXT)
    content = compose(letter, sender=SENDER, message_id="<bench@clinic>", at=clock.now())
    with smtplib.SMTP("127.0.0.1", port) as smtp:
        assert smtp.sock is not None
        smtp.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        began = time.perf_counter()
        for _ in range(count):
            smtp.sendmail(SENDER, ["alice@example.org"], content)
        return count / (time.perf_counter() - began)


def _celery(app: Flask, redis_url: str, count: int) -> float:
    """The peer: one task a message, each of which claims its row, in a worker with two processes."""
    with app.app_context():
        _queue(count)
        ids = [str(row.id) for row in db.session.execute(text("SELECT id FROM outbox_message WHERE state = 'queued'"))]
        db.session.rollback()
    database = app.config["SQLALCHEMY_DATABASE_URI"].replace("postgresql+psycopg", "postgresql")
    with throwaway_folder() as folder:
        return measure(redis_url, database, ids, folder / "celery.log")


def _queue(count: int) -> None:
    """An outbox with `count` due messages to one person and nothing else."""
    now = clock.now()
    with transaction(BENCH) as session:
        session.execute(text("DELETE FROM outbox_message"))
        person = session.query(Person).first()
        if person is None:
            person = Person(given_name="Alice", family_name="Hart", email="alice@example.org", zone="UTC")
            person.id, person.roles, person.created_at = new_id(), ["client"], now
            session.add(person)
            session.flush()
        rows = [(new_id(), new_id()) for _ in range(count)]
        session.execute(
            text(
                "INSERT INTO outbox_message (id, kind, subject_id, moment, recipient_id, channel, state,"
                " not_before_at, next_try_at, attempts, message_id, queued_at) VALUES (:id, :kind, :subject, :moment,"
                " :person, 'email', 'queued', :now, :now, 0, :message_id, :now)"
            ),
            [
                {
                    "id": identity,
                    "kind": KIND,
                    "subject": subject,
                    "moment": now + timedelta(days=1),
                    "person": person.id,
                    "now": now,
                    "message_id": f"<{identity}@clinic>",
                }
                for identity, subject in rows
            ],
        )
    with transaction(BENCH) as session:
        session.execute(text("ANALYZE outbox_message"))


@contextmanager
def _practice() -> Iterator[tuple[Flask, str]]:
    """A durable PostgreSQL with every migration, a Redis, and the application as the workers run it."""
    with throwaway_folder() as folder:
        cluster, redis = PostgresCluster(folder / "postgres"), RedisServer(folder / "redis")
        with cluster.running(), redis.running():
            cluster.create_database("clinic")
            config = Config(str(ALEMBIC))
            config.attributes["url"] = cluster.url("clinic", "clinic_owner")
            command.upgrade(config, "head")
            settings = Settings(
                environment="test",
                base_url="http://127.0.0.1",
                mail_from=SENDER,
                database_url=cluster.url("clinic", "clinic_owner"),
                redis_url=redis.url,
                secret_key="a secret that is only ever used here",
                vault_master_key=bytes(32),
                mail_url="smtp://127.0.0.1:1",
            )
            app = create_app(settings)
            registry.add(MessageKind(KIND, _still_wanted, _render))
            yield app, redis.url
            with app.app_context():
                db.engine.dispose()


def _still_wanted(_message: Subject, _now: datetime) -> None:
    """Always: what a feature asks is its own cost."""


def _render(_message: Subject, _now: datetime) -> Letter:
    return Letter("alice@example.org", "Your appointment", TEXT)


@contextmanager
def _sink() -> Iterator[int]:
    """A mail server in a process of its own that throws everything away."""
    ports: multiprocessing.Queue[int] = multiprocessing.get_context("spawn").Queue()
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(ports,), daemon=True)
    process.start()
    try:
        yield ports.get(timeout=30)
    except Empty:
        raise RuntimeError("the sink did not start") from None
    finally:
        process.terminate()
        process.join()


def _serve(ports: "multiprocessing.Queue[int]") -> None:
    import asyncio  # noqa: PLC0415 -- in the sink's process only

    from aiosmtpd.handlers import Sink  # noqa: PLC0415
    from aiosmtpd.smtp import SMTP  # noqa: PLC0415

    async def serve() -> None:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: SMTP(Sink(), hostname="sink.invalid"), "127.0.0.1", 0)
        ports.put(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(serve())


if __name__ == "__main__":
    sys.exit(main())

"""The plan of the real practice: which servers, which commands, which environment."""

import os
import sys
from collections.abc import Mapping

from clinic.settings import owner_url
from clinic.standalone.children import Child, Program
from clinic.standalone.failure import Exit, StartError
from clinic.standalone.keys import key_files
from clinic.standalone.launcher import HOST, Plan, Step
from clinic.standalone.leftovers import mark
from clinic.standalone.places import Places
from clinic.standalone.ports import free_port
from clinic.standalone.postgres import PostgresCluster
from clinic.standalone.redis import RedisServer

DATABASE = "clinic"
DEFAULT_PORT = "8000"
DEMO_ENDS = frozenset({0, 4})  # 4: there are people in this database already, and they are left alone


class PracticeDatabase(PostgresCluster):
    """The embedded cluster with the practice's database in it."""

    def start(self) -> None:
        """Start the server and make the database at the first start. Raises StartError."""
        super().start()
        self.create_database(DATABASE)

    def is_empty(self) -> bool:
        """Whether nobody is in it yet: so it is after the first migration, and after a demo load cut short."""
        with self.connect(DATABASE) as connection:
            return connection.execute("SELECT FROM person LIMIT 1").rowcount == 0


def practice_plan(places: Places, environ: Mapping[str, str] = os.environ) -> Plan:
    """What `make run` starts from this checkout under this environment. Raises StartError."""
    port = _port(environ)
    _check_addresses(environ)
    database = None if environ.get("DATABASE_URL") else PracticeDatabase(places.postgres)
    broker = None if environ.get("REDIS_URL") else RedisServer(places.redis)
    inbox_port = None if environ.get("MAIL_URL") else free_port()
    environment = _environment(places, environ, port, database)
    if database:
        environment |= database_urls(database)
    if broker:
        environment["REDIS_URL"] = broker.url
    if inbox_port:
        environment |= {"MAIL_URL": f"smtp://{HOST}:{inbox_port}", "INBOX_FOLDER": str(places.mail)}
    return Plan(
        places=places,
        environment=environment,
        port=port,
        servers=[server for server in (database, broker) if server],
        steps=_steps(environ, database),
        programs=_programs(places, environment, port, inbox_port),
        sign_ins=flask("demo", "sign-ins"),
        remarks=_remarks(places, port, has_inbox=inbox_port is not None),
    )


def database_urls(database: PostgresCluster) -> dict[str, str]:
    """One address for each role; tables belong to the owner, the web and the workers get what they need."""
    roles = {"DATABASE_URL": "clinic_web", "DATABASE_WORKER_URL": "clinic_worker", "DATABASE_OWNER_URL": "clinic_owner"}
    return {name: database.url(DATABASE, role) for name, role in roles.items()}


def flask(*words: str) -> tuple[str, ...]:
    """The command line of one of the application's own commands."""
    return (sys.executable, "-m", "flask", "--app", "wsgi", *words)


def _port(environ: Mapping[str, str]) -> int:
    text = environ.get("PORT") or DEFAULT_PORT
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 65536:
        raise StartError(f"PORT={text} is no port: choose a number from 1024 to 65535.", Exit.PORT_TAKEN)
    return int(text)


def _check_addresses(environ: Mapping[str, str]) -> None:
    if environ.get("DATABASE_URL") and not owner_url(environ):
        raise StartError(
            "DATABASE_URL is set, so DATABASE_OWNER_URL is needed as well: the address for the role that owns the "
            "tables and brings them up to date. Or leave both out, and the practice brings its own database.",
            Exit.PREPARATION,
        )


def _environment(
    places: Places, environ: Mapping[str, str], port: int, database: PostgresCluster | None
) -> dict[str, str]:
    """What every child is given. What the person set wins over what we would choose."""
    chosen = {
        "CLINIC_ENV": "standalone",
        "SECOND_FACTOR": "offered",  # a newcomer gets in with the password that is printed; nobody here is real
        "BASE_URL": f"http://{HOST}:{port}",
        "MAIL_FROM": "practice@clinic.invalid",
        "CLOCK_FILE": str(places.state / "clock"),
        "AUDIT_ANCHOR_FILE": str(places.state / "audit-anchor"),
        "PYTHONUNBUFFERED": "1",
        "C_FORCE_ROOT": "1",  # Celery warns root because of pickled messages; ours are JSON
    }
    keys = key_files(places.secrets, database_exists=database is not None and database.is_made())
    given = {name for name in keys if environ.get(name.removesuffix("_FILE"))}
    chosen |= {name: path for name, path in keys.items() if name not in given}
    return chosen | dict(environ) | mark(places.state)


def _steps(environ: Mapping[str, str], database: PracticeDatabase | None) -> list[Step]:
    def wants_demo() -> bool:
        return environ.get("DEMO") == "1" or (
            environ.get("DEMO") != "0" and database is not None and database.is_empty()
        )

    return [
        Step("Bringing the database's tables up to date", flask("practice", "upgrade")),
        Step("Filling the demo practice, which takes a moment", flask("demo", "load"), wants_demo, DEMO_ENDS),
    ]


def _programs(places: Places, environment: Mapping[str, str], port: int, inbox_port: int | None) -> list[Child]:
    def program(name: str, log: str, *argv: str) -> Child:
        return Program(name, (sys.executable, "-m", *argv), places.logs / log, environment, places.root)

    celery = ("celery", "-A", "worker.app:celery")
    worker = ("worker", "--concurrency=2", "--loglevel=INFO", "--without-gossip", "--longest-silence=30")
    beat = ("beat", "--pidfile=", f"--schedule={places.run / 'beat-schedule'}", "--loglevel=INFO")
    web = ("gunicorn", "wsgi:app", f"--bind={HOST}:{port}", "--worker-class=gthread", "--workers=2", "--threads=8")
    programs = [
        program("The web server", "web.log", *web, "--graceful-timeout=20", "--timeout=60", "--no-control-socket"),
        program("The worker", "worker.log", *celery, *worker),
        program("The timetable", "beat.log", *celery, *beat),
    ]
    if inbox_port:
        inbox = ("clinic.standalone.inbox", f"--folder={places.mail}", f"--port={inbox_port}")
        programs.insert(0, program("The inbox", "inbox.log", *inbox))
    return programs


def _remarks(places: Places, port: int, *, has_inbox: bool) -> list[str]:
    inbox = [f"Mail it sends:  http://{HOST}:{port}/inbox"] if has_inbox else []
    return [*inbox, f"Logs and data:  {places.state}", ""]

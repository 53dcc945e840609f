"""gunicorn as in production, on a port that the kernel chooses: in front of the practice, or of a floor."""

import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench import processes
from clinic.standalone.process import Command, end, last_lines, spawn

ROOT: Final = Path(__file__).parents[1]
PYTHON: Final = Path(sys.executable)
CONFIGURATION: Final = ROOT / "deploy" / "gunicorn.conf.py"
START_PATIENCE: Final = 60.0  # seconds
# structlog loads rich, four megabytes of it, where it finds it: tools of a developer bring it, production has none.
_AS_INSTALLED: Final = "import sys; sys.modules['rich'] = None; from gunicorn.app.wsgiapp import run; run()"
_LISTENING = re.compile(rb"Listening at: http://127\.0\.0\.1:(\d+)")


@dataclass(frozen=True, slots=True)
class Server:
    """A running gunicorn: where it answers, and its master process."""

    name: str
    port: int
    pid: int

    def cpu_seconds(self) -> float:
        """Processor time of master and workers so far."""
        return processes.cpu_seconds(self.pid)

    def worker_megabytes(self) -> list[float]:
        """Resident memory of each worker."""
        workers = [each.pid for each in processes.tree(self.pid) if each.parent == self.pid]
        return [processes.resident_megabytes(pid) for pid in workers]


@contextmanager
def gunicorn(
    application: str, log: Path, environ: Mapping[str, str], python: Path = PYTHON, folder: Path = ROOT
) -> Iterator[Server]:
    """Serve `application` (module:name) for the length of a `with` block. Raises RuntimeError when it does not start.

    Two workers of eight threads, and no worker is replaced on the way, since its memory is watched. `python` may be
    that of another environment, and `folder` where its modules are.
    """
    arguments = ("--bind=127.0.0.1:0", "--max-requests=0", "--max-requests-jitter=0", "--log-level=info")
    argv = (str(python), "-c", _AS_INSTALLED, f"--config={CONFIGURATION}", *arguments, application)
    log.unlink(missing_ok=True)
    process = spawn(Command(argv, log, environ, folder))
    try:
        yield Server(application, _port(log, process), process.pid)
    finally:
        end(process, signal.SIGTERM, 20)


def _port(log: Path, process: subprocess.Popen[bytes]) -> int:
    """The port, once the log names it."""
    deadline = time.monotonic() + START_PATIENCE
    while process.poll() is None and time.monotonic() < deadline:
        if log.exists() and (found := _LISTENING.search(log.read_bytes())):
            return int(found[1])
        time.sleep(0.05)
    raise RuntimeError(f"gunicorn did not start. The end of its log:\n{last_lines(log)}")

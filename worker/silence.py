"""A worker that hears nothing any more ends, so that its supervisor starts another.

After a lost connection Celery's consumer can stay deaf for good while its process lives (celery/celery#8030, #10205).
The timetable speaks every few seconds, so that silence is no rest.
"""

import os
import signal
import threading
import time
from typing import Any, Final

import structlog
from celery import Celery, bootsteps
from celery.signals import task_received, worker_ready
from celery.worker import state
from click import Option

GRACE: Final = 20.0  # seconds to end by itself, before it is ended
OPTION: Final = "--longest-silence"

log = structlog.get_logger()


def watch(celery: Celery[Any]) -> None:
    """Give the worker's command the option after how many seconds of silence it ends; without it, it never does."""
    celery.user_options["worker"].add(Option([OPTION], type=float, help="Seconds without a job after which to end."))
    celery.steps["worker"].add(Silence)


class Silence(bootsteps.StartStopStep):
    """Listens from the moment at which the worker is connected; one that waits for the broker waits in peace."""

    def __init__(self, worker: Any, longest_silence: float | None = None, **options: Any) -> None:
        super().__init__(worker, **options)
        self.enabled = bool(longest_silence)
        self._longest = longest_silence or 0.0
        self._heard = time.monotonic()

    def start(self, worker: Any) -> None:  # noqa: ARG002 -- what celery calls
        """Begin once the worker is ready."""
        task_received.connect(self._hear, weak=False)
        worker_ready.connect(self._begin, weak=False)

    def _begin(self, **_: Any) -> None:
        self._hear()
        threading.Thread(target=self._watch, name="silence", daemon=True).start()

    def _hear(self, **_: Any) -> None:
        self._heard = time.monotonic()

    def _watch(self) -> None:
        while not self._is_deaf():
            time.sleep(1)
        log.warning("the worker hears nothing and ends", seconds=self._longest)
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(GRACE)
        os._exit(1)  # deaf to that as well

    def _is_deaf(self) -> bool:
        if state.active_requests:
            self._hear()  # long jobs keep it from taking more
        return time.monotonic() - self._heard > self._longest

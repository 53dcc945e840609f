"""Rouse a worker after a commit, without ever making the one who committed wait: a thread does the talking."""

import os
import threading
from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from celery import Celery

PAUSE_AFTER_FAILURE: Final = 2.0  # seconds; while the broker is away the timetable finds what is due
EXPIRES: Final = 60  # seconds after which a call to wake up is pointless


class Waker:
    """Calls for one job; it returns at once and never raises. Many calls in a row make one message, which is empty."""

    def __init__(self, redis_url: str, job: str = "deliver") -> None:
        self._redis_url, self._job = redis_url, job
        self._wanted = threading.Event()
        self._lock = threading.Lock()
        self._process: int | None = None

    def __call__(self) -> None:
        """Ask for a worker."""
        self._wanted.set()
        if self._process != os.getpid():  # the first call in this process, or in a fork of the one that had the thread
            with self._lock, suppress(RuntimeError):  # raised when the interpreter is ending
                if self._process != os.getpid():
                    threading.Thread(target=self._call, name="waker", daemon=True).start()
                    self._process = os.getpid()

    @cached_property
    def _celery(self) -> "Celery[Any]":
        from celery import Celery  # noqa: PLC0415 -- ten megabytes, which only the thread that talks needs

        from worker import broker  # noqa: PLC0415 -- as above

        celery = Celery("clinic", set_as_current=False)
        timeouts = {"socket_timeout": 1.0, "socket_connect_timeout": 1.0, "connect_retries_timeout": 1.0}
        broker.configure(celery, self._redis_url, max_retries=1, **timeouts)
        return celery

    def _call(self) -> None:
        while self._wanted.wait():
            self._wanted.clear()
            try:
                self._celery.send_task(self._job, expires=EXPIRES, retry=False)
            except Exception:  # noqa: BLE001 -- whatever the broker does, the commit stands and the next beat finds it
                threading.Event().wait(PAUSE_AFTER_FAILURE)

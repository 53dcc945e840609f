"""`celery -A worker.app:celery`: the practice without its pages, connected as the role clinic_worker."""

import os
import traceback
from collections.abc import Mapping
from typing import Any

import structlog
from celery import Celery, Task

from clinic import settings as environment
from clinic.app import create_app
from clinic.outbox.service import wake_with
from worker import broker, timetable
from worker.wake import Waker

_URLS = ("DATABASE_URL", "DATABASE_URL_FILE")
log = structlog.get_logger()


class JobFailedError(Exception):
    """A job ended by an error. It names the error's class only: its text may hold what a person wrote."""


def as_worker(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment with DATABASE_WORKER_URL (or its file) in the place of DATABASE_URL, where it is given."""
    own = {name: environ.get(name.replace("DATABASE", "DATABASE_WORKER"), "") for name in _URLS}
    if not any(own.values()):
        return dict(environ)
    return {name: value for name, value in environ.items() if name not in _URLS} | {k: v for k, v in own.items() if v}


class Job(Task[..., None]):
    """A task inside the application's context, whose errors tell where they happened and nothing else."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run the job. Raises JobFailedError."""
        with app.app_context():
            try:
                return self.run(*args, **kwargs)
            except Exception as error:  # noqa: BLE001 -- every error leaves here without its text
                places = [f"{frame.filename}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)]
                log.warning("job failed", job=self.name, error=type(error).__name__, at=places[-8:])
                raise JobFailedError(type(error).__name__) from None


app = create_app(environment.load(as_worker(os.environ)))
celery: Celery[Any] = Celery("clinic", task_cls=Job, include=["worker.jobs"], set_as_current=False)
broker.configure(celery, app.config["REDIS_URL"])
celery.conf.beat_schedule = timetable.schedule()
wake_with(Waker(app.config["REDIS_URL"]))

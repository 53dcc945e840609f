"""`celery -A worker.app:celery`: the practice without its pages, connected as the role clinic_worker."""

import os
import traceback
from typing import Any

import structlog
from celery import Celery, Task

from clinic import settings
from clinic.app import create_app
from clinic.booking import freed
from clinic.outbox import service as outbox
from worker import broker, silence, timetable
from worker.environment import as_worker
from worker.wake import Waker

log = structlog.get_logger()


class JobFailedError(Exception):
    """A job ended by an error. It names the error's class only: its text may hold what a person wrote."""


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


app = create_app(settings.load(as_worker(os.environ)))
celery: Celery[Any] = Celery("clinic", task_cls=Job, include=["worker.jobs"], set_as_current=False)
broker.configure(celery, app.config["REDIS_URL"])
celery.conf.beat_schedule = timetable.schedule()
silence.watch(celery)
outbox.wake_with(Waker(app.config["REDIS_URL"]))
freed.wake_with(Waker(app.config["REDIS_URL"], "offer-free-times"))

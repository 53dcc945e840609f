"""How jobs travel: one Redis address in Celery's spelling, and options under which a killed worker loses nothing."""

from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from celery import Celery

# kombu's own sweep leaves the task of a killed worker unseen for minutes; with these it is back within seconds of the
# visibility timeout, which is longer than any job may run.
TRANSPORT: Final = {"visibility_timeout": 300, "unacked_restore_interval": 10, "unacked_restore_throttle": 1}
LONGEST_JOB_SECONDS: Final = 240


def address(redis_url: str) -> str:
    """redis-py's `unix:///path?db=1` as Celery's `redis+socket:///path?virtual_host=1`; other addresses stay."""
    parts = urlsplit(redis_url)
    if parts.scheme != "unix":
        return redis_url
    database = parse_qs(parts.query).get("db", ["0"])[0]
    return f"redis+socket://{parts.netloc}{parts.path}?virtual_host={database}"


def configure(celery: Celery[Any], redis_url: str, **transport: Any) -> None:
    """Late acknowledgement, one task at a time, JSON only, no results; `transport` adds options to the connection."""
    celery.conf.update(
        broker_url=address(redis_url),
        broker_transport_options=TRANSPORT | transport,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        task_ignore_result=True,
        task_serializer="json",
        accept_content=["json"],
        task_time_limit=LONGEST_JOB_SECONDS,
        task_default_queue="clinic",
        worker_prefetch_multiplier=1,
        # Jobs commit step by step, so a second run of one that still goes on finds less to do.
        worker_cancel_long_running_tasks_on_connection_loss=False,
        worker_enable_remote_control=False,
        timezone="UTC",
    )

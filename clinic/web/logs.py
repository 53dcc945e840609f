"""Structured logs, one JSON object a line. They name routes and ids, never addresses with tokens, names or text."""

import logging
import sys
import time

import structlog
from flask import Flask, Response, g, request
from flask_login import current_user

from clinic.core.ids import new_id

log = structlog.get_logger()


class WithoutWords(logging.Filter):
    """An error that Flask or gunicorn logs tells its class and its places; its text may hold what a person wrote."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let the record through, without the traceback that would print the text of every cause."""
        if record.exc_info and record.exc_info[1] is not None:
            error, record.exc_info, record.exc_text = record.exc_info[1], None, None
            record.msg, record.args = f"{record.getMessage()} ({type(error).__name__} at {places_of(error)})", ()
        return True


def places_of(error: BaseException) -> list[str]:
    """The last frames of the traceback, without the message: a database error's repeats the values of the row."""
    frames, here = [], error.__traceback__
    while here is not None:
        code = here.tb_frame.f_code
        frames.append(f"{code.co_filename.rpartition('site-packages/')[2]}:{here.tb_lineno} {code.co_name}")
        here = here.tb_next
    return frames[-12:]


def configure_logs() -> None:
    """Send everything to standard error as JSON, the libraries' warnings included."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    for name in ("clinic", "gunicorn.error"):
        logger = logging.getLogger(name)
        if not any(isinstance(each, WithoutWords) for each in logger.filters):
            logger.addFilter(WithoutWords())


def log_requests(app: Flask) -> None:
    """One line a request: method, route (not the address), status, milliseconds, who by id."""

    @app.before_request
    def begin() -> None:
        g.request_id, g.began = str(new_id()), time.perf_counter()

    @app.after_request
    def end(response: Response) -> Response:
        if request.endpoint not in {"static", "health.alive"}:
            log.info(
                "request",
                request=g.get("request_id"),
                method=request.method,
                route=request.url_rule.rule if request.url_rule else None,
                status=response.status_code,
                ms=round((time.perf_counter() - g.get("began", time.perf_counter())) * 1000, 1),
                person=str(current_user.person_id) if current_user.is_authenticated else None,
            )
        return response

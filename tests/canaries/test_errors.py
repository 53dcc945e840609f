"""Whatever goes wrong with a word in hand, the log tells where, and not what: even when the page that says so fails."""

import logging
from collections.abc import Iterator
from io import StringIO
from typing import NoReturn

import pytest
import structlog
from flask import Flask
from sqlalchemy import text

from clinic.app import create_app
from clinic.database.session import db
from clinic.settings import Settings
from clinic.web import error_pages, policy
from tests.browser import Browser
from tests.canaries.words import canary

WORD = canary("an error of the application")


def _failing_statement() -> NoReturn:
    db.session.execute(text("SELECT :word FROM nowhere"), {"word": WORD})
    raise AssertionError("there is no such table")


def _bug() -> NoReturn:
    raise ValueError(f"cannot read {WORD!r}")


def _chain() -> NoReturn:
    try:
        _failing_statement()
    except Exception as error:
        raise RuntimeError("something else") from error


@pytest.fixture
def broken(settings: Settings, database: None) -> Iterator[Flask]:
    """The application with three views that fail, each with the word in its error."""
    usual = structlog.get_config()
    app = create_app(settings)
    structlog.configure(**usual)
    for view in (_failing_statement, _bug, _chain):
        name = view.__name__.strip("_")
        app.add_url_rule(f"/broken/{name}", name, policy.policy("site.read")(view))
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def written() -> Iterator[StringIO]:
    """What the application writes into its own log."""
    stream, usual = StringIO(), structlog.get_config()
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(stream))
    yield stream
    structlog.configure(**usual)


def _broken_page(*_: object, **__: object) -> NoReturn:
    raise RuntimeError("no template")


@pytest.mark.parametrize("name", ["failing_statement", "bug", "chain"])
@pytest.mark.parametrize("is_page_broken", [False, True], ids=["page", "no_page"])
def test_error_is_told_without_its_words(
    name: str,
    is_page_broken: bool,
    broken: Flask,
    written: StringIO,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    if is_page_broken:
        monkeypatch.setattr(error_pages, "render_template", _broken_page)
    answer = Browser(broken).get(f"/broken/{name}")
    assert answer.status_code == 500
    assert "Something went wrong on our side" in answer.text
    assert "unexpected error" in written.getvalue()
    assert ("error page failed" in written.getvalue()) is is_page_broken
    assert WORD not in written.getvalue() + caplog.text + answer.text


@pytest.mark.parametrize("name", ["clinic", "gunicorn.error"])
def test_logger_of_the_server_repeats_no_words(name: str, broken: Flask, caplog: pytest.LogCaptureFixture) -> None:
    """Both print whatever escapes a view, a handler or the end of a request."""
    logger = logging.getLogger(name)
    logger.propagate = True
    try:
        _bug()
    except ValueError:
        logger.exception("Error handling request %s", "/review")
    assert "Error handling request /review (ValueError at [" in caplog.text
    assert "_bug" in caplog.text
    assert WORD not in caplog.text


def test_message_of_a_failed_statement_names_no_values(broken: Flask) -> None:
    """For whatever prints such an error without our knowledge."""
    with broken.app_context(), pytest.raises(Exception, match="nowhere") as caught:
        _failing_statement()
    assert WORD not in str(caught.value)

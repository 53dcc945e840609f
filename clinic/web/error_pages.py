"""What a person reads when something does not go well: in words, with what to do next, and never what was typed."""

import structlog
from flask import Flask, current_app, has_request_context, render_template
from flask.globals import request_ctx
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from flask_wtf.csrf import CSRFError
from markupsafe import escape
from sqlalchemy.exc import DBAPIError, OperationalError
from werkzeug.exceptions import HTTPException

from clinic.core.errors import DomainError
from clinic.web.logs import places_of
from clinic.web.shell import without_database

log = structlog.get_logger()

_ = lazy_gettext
PAGES = {
    400: (_("That did not reach us in one piece"), _("Please go back, and try it once more.")),
    401: (_("Please sign in again"), _("You were signed out, so nothing was changed. Sign in, and go on from there.")),
    403: (_("You cannot do that here"), _("If you think you should be able to, please ask the practice.")),
    404: (_("We cannot find that page"), _("It may have moved, or the address may have a typing mistake.")),
    405: (_("That is not how this page works"), _("Please go back, and use the buttons on the page.")),
    409: (_("This has changed in the meantime"), _("Somebody was quicker. Please look at it again.")),
    413: (_("That is too large"), _("Please send a smaller file, 10 MB at most.")),
    422: (_("That could not be saved"), _("Please go back, look at what you entered, and send it again.")),
    429: (_("That was a bit too often"), _("Please wait a few minutes, then try again.")),
    500: (_("Something went wrong on our side"), _("Nothing was saved. Please try again in a moment.")),
    503: (_("We are not quite there at the moment"), _("Nothing is lost. Please try again in a minute.")),
}


def sentence(error: DomainError) -> str:
    """The rule's message in the reader's language."""
    return str(gettext(error.message, **error.values))


def add_error_pages(app: Flask) -> None:
    """Answer every error with a page in the product's look."""

    @app.errorhandler(HTTPException)
    def http_error(error: HTTPException) -> ResponseReturnValue:
        return error_page(error.code or 500)

    @app.errorhandler(CSRFError)
    def stale_form(_: CSRFError) -> ResponseReturnValue:
        return error_page(400, gettext("This page had been open for a long time. Please load it again, and go on."))

    @app.errorhandler(DomainError)
    def rule_broken(error: DomainError) -> ResponseReturnValue:
        return error_page(error.status, None if error.status == 404 else sentence(error))

    @app.errorhandler(OperationalError)
    def database_down(error: OperationalError) -> ResponseReturnValue:
        return _unavailable(error)

    @app.errorhandler(DBAPIError)
    def database_error(error: DBAPIError) -> ResponseReturnValue:
        if error.connection_invalidated or _is_temporary(error):
            return _unavailable(error)
        return _unexpected(error)

    @app.errorhandler(Exception)
    def unexpected(error: Exception) -> ResponseReturnValue:
        return _unexpected(error)


def error_page(code: int, advice: str | None = None) -> tuple[str, int]:
    """The page for a status code; `advice` replaces the usual sentence."""
    title, usual = PAGES.get(code, PAGES[500 if code >= 500 else 400])
    if has_request_context() and request_ctx.url_adapter is None:
        # A forged Host leaves the request without a way to build addresses; the page has paths only, so any host does.
        request_ctx.url_adapter = current_app.url_map.bind("localhost")
    words = advice or usual
    try:
        with without_database():
            return render_template("shell/error.html", code=code, title=title, advice=words), code
    except Exception as error:  # noqa: BLE001 -- what leaves here is printed by the server with every word of its cause
        told = places_of(error)
        log.error("error page failed", kind=type(error).__name__, where=told)  # noqa: TRY400 -- without its words
        return f"<!doctype html><title>{escape(title)}</title><h1>{escape(title)}</h1><p>{escape(words)}", code


def _unavailable(error: DBAPIError) -> ResponseReturnValue:
    log.error("database unavailable", kind=type(error.orig).__name__)
    return *error_page(503), {"Retry-After": "10"}


def _unexpected(error: Exception) -> ResponseReturnValue:
    # The traceback's frames, without the message: a database error's message repeats the values of the row.
    log.error("unexpected error", kind=type(error).__name__, where=places_of(error))
    return error_page(500)


def _is_temporary(error: DBAPIError) -> bool:
    """Disk full (53100), too many connections (53300), shutting down (57P01..57P03)."""
    return str(getattr(error.orig, "sqlstate", "") or "").startswith(("53", "57P"))

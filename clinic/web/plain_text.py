"""No NUL gets in: PostgreSQL stores none in a text, no person types one, and each would end as an error of ours."""

from typing import Any

from flask import Flask, Request, abort, request
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.datastructures.structures import iter_multi_items

NUL = "\0"


class PlainValues(ImmutableMultiDict[str, Any]):
    """Names and values of a query or a form, without NUL."""

    def __init__(self, mapping: Any = None) -> None:
        pairs = iter_multi_items(mapping) if mapping else ()
        super().__init__([(_plain(name), _plain(value)) for name, value in pairs])


class PlainRequest(Request):
    """A request whose query and form hold plain values."""

    parameter_storage_class = PlainValues


def refuse_nul(app: Flask) -> None:
    """Take NUL out of queries and forms; an address with one leads nowhere."""
    app.request_class = PlainRequest

    @app.before_request
    def look_at_address() -> None:
        if NUL in request.path:
            abort(404)


def _plain(value: Any) -> Any:
    return value.replace(NUL, "") if isinstance(value, str) else value

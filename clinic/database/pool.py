"""Connections that waited in the pool are asked whether they live before they are used again."""

import time
from typing import Any, Final

from sqlalchemy import Engine, event
from sqlalchemy.exc import DisconnectionError

FRESH: Final = 1.0  # seconds since its last use; a server that was started again in between was away for longer
_LAST_USED: Final = "clinic.last_used"


def ask_who_waited(engine: Engine) -> None:
    """Replace dead connections of this engine before anybody gets them; one used a moment ago is not asked.

    Asking each time is a journey to the database more for every page, and under load tells nothing.
    """

    @event.listens_for(engine, "checkin")
    def left(_: Any, record: Any) -> None:
        record.info[_LAST_USED] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def taken(connection: Any, record: Any, __: Any) -> None:
        if time.monotonic() - record.info.get(_LAST_USED, time.monotonic()) < FRESH:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise DisconnectionError from error

"""The same form posted twice has one effect and one answer; another body under the same key is refused (R31)."""

import hashlib
import hmac
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from flask import Response, abort, current_app, make_response, redirect, request, session
from flask.typing import ResponseReturnValue
from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from clinic.core import clock
from clinic.core.ids import new_id, parse_id
from clinic.database.base import Base
from clinic.database.session import db
from clinic.database.types import Moment, Sealed

FIELD = "idempotency_key"
KEPT = timedelta(days=2)
_PLACE = "{link}"
_NOT_PART_OF_BODY = {FIELD, "csrf_token"}


class IdempotencyKey(Base):
    """A key that a form carried, what the form said (as a digest) and where its answer led."""

    __tablename__ = "idempotency_key"

    key: Mapped[UUID] = mapped_column(primary_key=True)
    body_digest: Mapped[Sealed]
    location: Mapped[str | None]
    created_at: Mapped[Moment]


_KEYS = IdempotencyKey.metadata.tables[IdempotencyKey.__tablename__]
_CLAIM = insert(_KEYS).on_conflict_do_nothing().returning(_KEYS.c.key)


def fresh_key() -> str:
    """The key of a newly shown form."""
    return str(new_id())


def once(view: Callable[[], ResponseReturnValue]) -> ResponseReturnValue:
    """Run `view`, unless a form with this key was already answered with a redirect: then give that answer again.

    A twin that arrives meanwhile waits on the key's row. A form that comes back with errors gives its key free. Aborts
    with 422 when the key was used for another body.
    """
    key = parse_id(request.form.get(FIELD, "")) if request.method == "POST" else None
    if key is None:
        return view()
    digest = _body_digest()
    claimed = db.session.scalar(_CLAIM, {"key": key, "body_digest": digest, "created_at": clock.now()})
    if claimed is None:
        return _answer_again(key, digest)
    answer = current_app.make_response(view())
    if answer.status_code in {302, 303}:
        kept = {"location": _without_token(answer.location)}
        db.session.execute(update(_KEYS).where(_KEYS.c.key == key), kept)
    else:
        db.session.execute(delete(IdempotencyKey).where(IdempotencyKey.key == key))
    return answer


def forget_old(now: datetime) -> None:
    """Drop keys that no browser will send again."""
    db.session.execute(delete(IdempotencyKey).where(IdempotencyKey.created_at < now - KEPT))


def _answer_again(key: UUID, digest: bytes) -> Response:
    stored = db.session.execute(
        select(IdempotencyKey.body_digest, IdempotencyKey.location).where(IdempotencyKey.key == key)
    ).one_or_none()
    if stored is None or stored.body_digest != digest or stored.location is None:
        abort(422)
    return make_response(redirect(_with_token(stored.location), code=303))


def _without_token(location: str | None) -> str | None:
    """What is kept: a mailed link's token never is (R14). The same address sends the same one again."""
    token = _token()
    return location.replace(token, _PLACE) if location and token else location


def _with_token(location: str) -> str:
    return location.replace(_PLACE, _token() or "")


def _token() -> str | None:
    return (request.view_args or {}).get("token")


def _body_digest() -> bytes:
    """Over address, browser and all fields but the tokens; keyed, so that nobody guesses a password back out of it."""
    parts = [request.path, str(session.get("_user_id", "")), str(session.get("browser", ""))]
    for name in sorted(set(request.form) - _NOT_PART_OF_BODY):
        parts.extend((name, *request.form.getlist(name)))
    for name in sorted(request.files):
        for file in request.files.getlist(name):
            parts.extend((name, file.filename or "", hashlib.sha256(file.stream.read()).hexdigest()))
            file.stream.seek(0)
    return hmac.digest(str(current_app.secret_key).encode(), "\x1f".join(parts).encode(), "sha256")

"""`gunicorn tests.canaries.broken:app`: the practice in which some words break what handles them."""

from datetime import datetime

from sqlalchemy import text

from clinic.database.session import db
from clinic.homework import service
from clinic.homework.models import Assignment
from tests.canaries.words import BUG, STATEMENT
from wsgi import app

__all__ = ["app"]

_review = service.review


def _break(assignment: Assignment, feedback: str, quality: int | None, now: datetime) -> None:
    if BUG in feedback:
        raise ValueError(f"cannot review {feedback!r}")
    if STATEMENT in feedback:
        # The database would write the whole row beside this error, and the library its parameters.
        db.session.execute(text("UPDATE assignment SET state = :word, due_at = NULL"), {"word": feedback})
    _review(assignment, feedback, quality, now)


service.review = _break

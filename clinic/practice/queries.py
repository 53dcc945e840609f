"""What is asked of the practice."""

from sqlalchemy import select

from clinic.database.session import db
from clinic.practice.models import Practice


def the_practice() -> Practice | None:
    """The practice of this installation; None before it is set up."""
    return db.session.scalar(select(Practice))

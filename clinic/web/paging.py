"""Lists come in pages, with two statements whatever their length."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, TypeVarTuple

from flask import request
from sqlalchemy import Select, func, select

from clinic.database.session import db

PER_PAGE = 20
T = TypeVar("T")
Columns = TypeVarTuple("Columns")
Rows = Select[*tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a longer list. `page` counts from 1; `total` counts items, in an endless one as far as is known."""

    items: Sequence[T]
    page: int
    total: int
    per_page: int = PER_PAGE
    is_endless: bool = False

    @property
    def pages(self) -> int:
        """How many pages there are, one at least."""
        return max(1, -(-self.total // self.per_page))


def requested_page() -> int:
    """`?page=` of the address; 1 where it is absent or makes no sense."""
    text = request.args.get("page", "1")
    return max(1, int(text)) if text.isascii() and text.isdigit() and len(text) < 7 else 1


def paged_entities(query: Select[T], page: int, per_page: int = PER_PAGE) -> Page[T]:
    """One page of a query for one entity."""
    return Page(db.session.scalars(_window(query, page, per_page)).all(), page, _total(query), per_page)


def paged_rows(query: Rows, page: int, per_page: int = PER_PAGE) -> Page[Any]:
    """One page of a query for several columns."""
    return Page(db.session.execute(_window(query, page, per_page)).all(), page, _total(query), per_page)


def endless_rows(query: Rows, page: int, per_page: int = PER_PAGE) -> Page[Any]:
    """One page of a list that is too long to be counted: it only looks whether another page follows."""
    rows = db.session.execute(_window(query, page, per_page).limit(per_page + 1)).all()
    return Page(rows[:per_page], page, (page - 1) * per_page + len(rows), per_page, is_endless=True)


def _window(query: Select[*Columns], page: int, per_page: int) -> Select[*Columns]:
    return query.limit(per_page).offset((page - 1) * per_page)


def _total(query: Rows) -> int:
    return db.session.scalar(select(func.count()).select_from(query.order_by(None).subquery())) or 0

"""Column types that hold a promise: ids made in Python, moments that are never naive, sealed bytes."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from sqlalchemy import DateTime, Dialect, LargeBinary, Uuid
from sqlalchemy.orm import mapped_column
from sqlalchemy.types import TypeDecorator

from clinic.core.ids import new_id
from clinic.core.interval import require_aware


class UtcMoment(TypeDecorator[datetime]):
    """A timestamptz that refuses naive values with ValueError and always reads back in UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 -- SQLAlchemy's signature
        """Refuse a naive moment before it reaches the database."""
        return None if value is None else require_aware(value)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 -- SQLAlchemy's signature
        """Whatever zone the connection has, Python sees UTC."""
        return None if value is None else value.astimezone(UTC)


Id = Annotated[UUID, mapped_column(Uuid(), primary_key=True, default=new_id)]
Moment = Annotated[datetime, mapped_column(UtcMoment())]
Sealed = Annotated[bytes, mapped_column(LargeBinary)]

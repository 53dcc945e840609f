"""Which measure is asked of whom and how often, and each time that somebody has answered one."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.sql.expression import literal_column

from clinic.database.base import Base
from clinic.database.types import Id, Moment, UtcMoment
from clinic.measures.rules import LEAST_DAYS


class MeasureSchedule(Base):
    """A measure that a client is asked for every so many days, until somebody who cares for them ends it."""

    __tablename__ = "measure_schedule"
    __table_args__ = (
        CheckConstraint(f"every_days BETWEEN {LEAST_DAYS} AND 366", name="every_days"),
        CheckConstraint("(ended_at IS NULL) = (ended_by IS NULL)", name="ended"),
        Index(
            "uq_measure_schedule_live", "client_id", "measure", unique=True, postgresql_where=text("ended_at IS NULL")
        ),
    )

    id: Mapped[Id]
    client_id: Mapped[UUID] = mapped_column(ForeignKey("client.id"))
    measure: Mapped[str]
    every_days: Mapped[int]
    starts_on: Mapped[date]
    scheduled_by: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    scheduled_at: Mapped[Moment]
    ended_at: Mapped[datetime | None] = mapped_column(UtcMoment())
    ended_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))


class MeasureAdministration(Base):
    """One time that a client has answered a measure, with the version that they read; never changed.

    The answers are those of the response, sealed one by one; the scores lie beside it.
    """

    __tablename__ = "measure_administration"
    __table_args__ = (
        ExcludeConstraint(
            ("client_id", "="),
            ("measure", "="),
            (literal_column(f"daterange(taken_on, taken_on + {LEAST_DAYS})"), "&&"),
            name="measure_not_too_often",
            using="gist",
        ),
    )

    id: Mapped[Id]
    client_id: Mapped[UUID] = mapped_column(ForeignKey("client.id"))
    measure: Mapped[str]
    definition_id: Mapped[UUID] = mapped_column(ForeignKey("questionnaire_definition.id"))
    response_id: Mapped[UUID] = mapped_column(ForeignKey("response.id"), unique=True)
    taken_on: Mapped[date]
    taken_at: Mapped[Moment]

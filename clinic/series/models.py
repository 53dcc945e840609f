"""A standing session and whom it is for. Its occurrences are appointments, which name it and their original start."""

from datetime import date, datetime, time
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from clinic.core.recurrence import Recurrence
from clinic.database.base import Base
from clinic.database.types import Id, Moment, UtcMoment
from clinic.practice.models import MODALITIES


class Series(Base):
    """A rule by wall clock. `ends_before` is the original start from which on it ended; one that `follows` may go on.

    A trigger sees to it that it is for somebody, and that nothing of it lives on after its end.
    """

    __tablename__ = "series"
    __table_args__ = (
        CheckConstraint(f"modality IN {MODALITIES}", name="modality"),
        CheckConstraint("(ended_at IS NULL) = (ends_before IS NULL)", name="ended"),
        Index("ix_series_therapist_id", "therapist_id"),
    )

    id: Mapped[Id]
    therapist_id: Mapped[UUID] = mapped_column(ForeignKey("therapist.person_id"))
    service_id: Mapped[UUID] = mapped_column(ForeignKey("service.id"))
    couple_id: Mapped[UUID | None] = mapped_column(ForeignKey("couple.id"))
    follows_id: Mapped[UUID | None] = mapped_column(ForeignKey("series.id"))
    modality: Mapped[str]
    first_on: Mapped[date]
    wall_time: Mapped[time]
    zone: Mapped[str]
    rule: Mapped[str]
    created_at: Mapped[Moment]
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    ended_at: Mapped[datetime | None] = mapped_column(UtcMoment())
    ends_before: Mapped[datetime | None] = mapped_column(UtcMoment())

    @property
    def recurrence(self) -> Recurrence:
        """When it takes place, as it was agreed."""
        return Recurrence(self.first_on, self.wall_time, self.zone, self.rule)


class SeriesClient(Base):
    """One client for whom a standing session is."""

    __tablename__ = "series_client"
    __table_args__ = (Index("ix_series_client_client_id", "client_id"),)

    series_id: Mapped[UUID] = mapped_column(ForeignKey("series.id"), primary_key=True)
    client_id: Mapped[UUID] = mapped_column(ForeignKey("client.id"), primary_key=True)

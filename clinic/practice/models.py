"""The practice, what it offers, where, by whom and when. Hours are wall time in the practice's zone."""

from datetime import date, datetime, time
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, ForeignKey, Index, Text, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from clinic.accounts.models import Person
from clinic.database.base import Base
from clinic.database.types import Id, Moment, UtcMoment

MODALITIES = ("office", "video", "phone")


class Practice(Base):
    """The one practice of this installation."""

    __tablename__ = "practice"
    __table_args__ = (CheckConstraint("singleton", name="singleton"),)

    singleton: Mapped[bool] = mapped_column(primary_key=True, default=True)
    name: Mapped[str]
    zone: Mapped[str]
    currency: Mapped[str]
    country: Mapped[str]
    phone: Mapped[str]
    email: Mapped[str]
    address: Mapped[str]
    licensed_in: Mapped[str]


class CatalogueStamp(Base):
    """The one row of `catalogue`: another stamp after each change of what the practice offers (see catalogue.py)."""

    __tablename__ = "catalogue"
    __table_args__ = (CheckConstraint("singleton", name="singleton"),)

    singleton: Mapped[bool] = mapped_column(primary_key=True, default=True)
    version: Mapped[UUID]


class Service(Base):
    """A kind of session: how long, for whom, at what price, and how it may be booked."""

    __tablename__ = "service"
    __table_args__ = (
        CheckConstraint("minutes BETWEEN 5 AND 480", name="minutes"),
        CheckConstraint("buffer_before_minutes >= 0 AND buffer_after_minutes >= 0", name="buffers"),
        CheckConstraint("price_cents >= 0", name="price_cents"),
        CheckConstraint("late_fee_cents >= 0", name="late_fee_cents"),
        CheckConstraint("attends IN ('one', 'couple')", name="attends"),
        CheckConstraint("approval IN ('instant', 'on_request')", name="approval"),
        CheckConstraint("booked_by IN ('visitor', 'client', 'staff')", name="booked_by"),
        CheckConstraint(f"modalities <@ ARRAY{list(MODALITIES)} AND cardinality(modalities) > 0", name="modalities"),
        CheckConstraint("notice_minutes >= 0 AND horizon_days BETWEEN 1 AND 730", name="booking_window"),
        CheckConstraint("daily_cap IS NULL OR daily_cap > 0", name="daily_cap"),
    )

    id: Mapped[Id]
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    description: Mapped[str]
    minutes: Mapped[int]
    buffer_before_minutes: Mapped[int] = mapped_column(default=0)
    buffer_after_minutes: Mapped[int]
    price_cents: Mapped[int]
    attends: Mapped[str] = mapped_column(default="one")
    approval: Mapped[str] = mapped_column(default="instant")
    booked_by: Mapped[str] = mapped_column(default="client")
    modalities: Mapped[list[str]] = mapped_column(ARRAY(Text))
    notice_minutes: Mapped[int] = mapped_column(default=24 * 60)
    horizon_days: Mapped[int] = mapped_column(default=60)
    daily_cap: Mapped[int | None]
    late_change_minutes: Mapped[int] = mapped_column(default=24 * 60)
    late_fee_cents: Mapped[int] = mapped_column(default=0)
    position: Mapped[int] = mapped_column(default=0)
    is_active: Mapped[bool] = mapped_column(default=True)


class Room(Base):
    """A room that office sessions claim."""

    __tablename__ = "room"

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(unique=True)
    is_active: Mapped[bool] = mapped_column(default=True)


class Therapist(Base):
    """The public and practical side of a person who sees clients.

    Who is not listed is on no public page and booked by staff alone; from `leaves_at` on nobody books anything new.
    Who has a supervisor is an intern, whose notes are final once the supervisor has co-signed them.
    """

    __tablename__ = "therapist"
    __table_args__ = (CheckConstraint("supervisor_id <> person_id", name="supervisor_id"),)

    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), primary_key=True)
    slug: Mapped[str] = mapped_column(unique=True)
    title: Mapped[str]
    summary: Mapped[str]
    about: Mapped[str]
    focus: Mapped[list[str]] = mapped_column(ARRAY(Text))
    languages: Mapped[list[str]] = mapped_column(ARRAY(Text))
    portrait: Mapped[str | None]
    position: Mapped[int] = mapped_column(default=0)
    is_listed: Mapped[bool]
    leaves_at: Mapped[datetime | None] = mapped_column(UtcMoment())
    supervisor_id: Mapped[UUID | None] = mapped_column(ForeignKey("therapist.person_id"))

    person: Mapped[Person] = relationship(lazy="raise_on_sql")


class TherapistService(Base):
    """That this therapist offers that service, and on which terms of their own; None is as the service says."""

    __tablename__ = "therapist_service"
    __table_args__ = (
        CheckConstraint("minutes BETWEEN 5 AND 480", name="minutes"),
        CheckConstraint("price_cents >= 0", name="price_cents"),
        CheckConstraint("buffer_before_minutes >= 0 AND buffer_after_minutes >= 0", name="buffers"),
    )

    therapist_id: Mapped[UUID] = mapped_column(ForeignKey("therapist.person_id"), primary_key=True)
    service_id: Mapped[UUID] = mapped_column(ForeignKey("service.id"), primary_key=True)
    minutes: Mapped[int | None]
    price_cents: Mapped[int | None]
    buffer_before_minutes: Mapped[int | None]
    buffer_after_minutes: Mapped[int | None]


class WeeklyHours(Base):
    """Wall-clock hours on one weekday (0 is Monday), from one date on, and until another where one is set."""

    __tablename__ = "weekly_hours"
    __table_args__ = (
        CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday"),
        CheckConstraint("starts < ends", name="starts_before_ends"),
        CheckConstraint("valid_until IS NULL OR valid_from <= valid_until", name="valid"),
        Index("ix_weekly_hours_therapist_id", "therapist_id"),
        ExcludeConstraint(
            ("therapist_id", "="),
            ("weekday", "="),
            (text("daterange(valid_from, valid_until, '[]')"), "&&"),
            (text("numrange(extract(epoch from starts), extract(epoch from ends))"), "&&"),
            name="weekly_hours_never_overlap",
            using="gist",
        ),
    )

    id: Mapped[Id]
    therapist_id: Mapped[UUID] = mapped_column(ForeignKey("therapist.person_id"))
    weekday: Mapped[int]
    starts: Mapped[time]
    ends: Mapped[time]
    valid_from: Mapped[date]
    valid_until: Mapped[date | None]


class ExtraHours(Base):
    """One stretch on one day, by the wall clock, in which a therapist works beside the weekly hours."""

    __tablename__ = "extra_hours"
    __table_args__ = (
        CheckConstraint("starts < ends", name="starts_before_ends"),
        Index("ix_extra_hours_therapist_id", "therapist_id", "on"),
    )

    id: Mapped[Id]
    therapist_id: Mapped[UUID] = mapped_column(ForeignKey("therapist.person_id"))
    on: Mapped[date]
    starts: Mapped[time]
    ends: Mapped[time]


class TimeOff(Base):
    """A stretch in which a therapist sees nobody; another stands in as cover."""

    __tablename__ = "time_off"
    __table_args__ = (
        CheckConstraint("starts_at < ends_at", name="starts_before_ends"),
        CheckConstraint("cover_id <> therapist_id", name="cover"),
        Index("ix_time_off_therapist_id", "therapist_id", "ends_at"),
        ExcludeConstraint(
            ("therapist_id", "="),
            (text("tstzrange(starts_at, ends_at)"), "&&"),
            name="time_off_never_overlaps",
            using="gist",
        ),
    )

    id: Mapped[Id]
    therapist_id: Mapped[UUID] = mapped_column(ForeignKey("therapist.person_id"))
    starts_at: Mapped[Moment]
    ends_at: Mapped[Moment]
    cover_id: Mapped[UUID] = mapped_column(ForeignKey("therapist.person_id"))


class Holiday(Base):
    """A day on which the whole practice is closed."""

    __tablename__ = "holiday"

    on: Mapped[date] = mapped_column(primary_key=True)
    name: Mapped[str]

"""An appointment, who attends it, the time that it claims, and its history.

Claims are what the database guards: two for one resource never overlap. A trigger deletes the claims of an appointment
that is no longer live, and another refuses a live appointment whose claims do not cover it.
"""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import TSTZRANGE, ExcludeConstraint, Range
from sqlalchemy.orm import Mapped, mapped_column, relationship

from clinic.clients.models import Client
from clinic.database.base import Base
from clinic.database.types import Id, Moment, UtcMoment
from clinic.practice.models import MODALITIES, Room, Service, Therapist

STATES = ("held", "requested", "confirmed", "cancelled", "declined", "expired")
ATTENDANCE = ("arrived", "late", "absent")
ANSWERS = ("waiting", "yes", "no")
EVENTS = ("requested", "booked", "accepted", "declined", "expired", "moved", "cancelled", "unsettled", "kept")


class Appointment(Base):
    """A session that is held, requested, booked or was; cancelling is a state, and only a hold's row is ever deleted.

    `sequence` counts its changes for calendar files. `held_until` bounds a hold or a request that waits. `occurs_at` is
    the start that a standing session gave it first; it stays when this one alone is moved. A change fewer than
    `late_change_minutes` before the start is late and may cost `late_change_cents`, as the service said when it was
    booked; `is_late` and `late_fee_cents` mark that one was. `unsettled_at` is since when a joint session waits for
    the practice to keep or cancel it, because its couple has ended; it stays booked meanwhile.
    """

    __tablename__ = "appointment"
    __table_args__ = (
        CheckConstraint(f"state IN {STATES}", name="state"),
        CheckConstraint(f"modality IN {MODALITIES}", name="modality"),
        CheckConstraint("starts_at < ends_at", name="starts_before_ends"),
        CheckConstraint("price_cents >= 0", name="price_cents"),
        CheckConstraint("room_id IS NULL OR modality = 'office'", name="room"),
        CheckConstraint("(state IN ('held', 'requested')) = (held_until IS NOT NULL)", name="held_until"),
        CheckConstraint("(state = 'held') = (hold_owner IS NOT NULL)", name="hold_owner"),
        CheckConstraint("(state = 'held') = (booked_at IS NULL)", name="booked_at"),
        CheckConstraint("(state = 'cancelled') = (cancelled_at IS NOT NULL)", name="cancelled_at"),
        CheckConstraint("NOT is_late OR state IN ('confirmed', 'cancelled')", name="is_late"),
        CheckConstraint("late_change_minutes >= 0", name="late_change_minutes"),
        CheckConstraint("late_change_cents >= 0", name="late_change_cents"),
        CheckConstraint("late_fee_cents = 0 OR (late_fee_cents > 0 AND is_late)", name="late_fee_cents"),
        CheckConstraint("unsettled_at IS NULL OR (state = 'confirmed' AND couple_id IS NOT NULL)", name="unsettled_at"),
        Index("ix_appointment_unsettled", "starts_at", postgresql_where=text("unsettled_at IS NOT NULL")),
        Index("uq_appointment_hold_owner", "hold_owner", unique=True, postgresql_where=text("state = 'held'")),
        Index("ix_appointment_hold_address", "hold_address", postgresql_where=text("state = 'held'")),
        Index("ix_appointment_held_until", "held_until", postgresql_where=text("held_until IS NOT NULL")),
        Index("ix_appointment_therapist_id_starts_at", "therapist_id", "starts_at"),
        Index("ix_appointment_couple_id", "couple_id", postgresql_where=text("couple_id IS NOT NULL")),
        CheckConstraint("(series_id IS NULL) = (occurs_at IS NULL)", name="occurs_at"),
        Index(
            "uq_appointment_series_occurs_at",
            "series_id",
            "occurs_at",
            unique=True,
            postgresql_where=text("series_id IS NOT NULL AND state IN ('held', 'requested', 'confirmed')"),
        ),
    )

    id: Mapped[Id]
    service_id: Mapped[UUID] = mapped_column(ForeignKey("service.id"))
    therapist_id: Mapped[UUID] = mapped_column(ForeignKey("therapist.person_id"))
    room_id: Mapped[UUID | None] = mapped_column(ForeignKey("room.id"))
    couple_id: Mapped[UUID | None] = mapped_column(ForeignKey("couple.id"))
    series_id: Mapped[UUID | None] = mapped_column(ForeignKey("series.id"))
    occurs_at: Mapped[datetime | None] = mapped_column(UtcMoment())
    modality: Mapped[str]
    state: Mapped[str]
    starts_at: Mapped[Moment]
    ends_at: Mapped[Moment]
    zone: Mapped[str]
    price_cents: Mapped[int]
    currency: Mapped[str]
    sequence: Mapped[int] = mapped_column(default=0)
    held_until: Mapped[datetime | None] = mapped_column(UtcMoment())
    hold_owner: Mapped[bytes | None]
    hold_address: Mapped[bytes | None]
    created_at: Mapped[Moment]
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    booked_at: Mapped[datetime | None] = mapped_column(UtcMoment())
    cancelled_at: Mapped[datetime | None] = mapped_column(UtcMoment())
    cancelled_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    is_late: Mapped[bool] = mapped_column(default=False)
    late_fee_cents: Mapped[int] = mapped_column(default=0, server_default="0")
    late_change_minutes: Mapped[int] = mapped_column(default=0, server_default="0")
    late_change_cents: Mapped[int] = mapped_column(default=0, server_default="0")
    unsettled_at: Mapped[datetime | None] = mapped_column(UtcMoment())

    service: Mapped[Service] = relationship(lazy="raise_on_sql")
    therapist: Mapped[Therapist] = relationship(lazy="raise_on_sql")
    room: Mapped[Room | None] = relationship(lazy="raise_on_sql")
    # In an order of its own: that of the rows on disk changes with an answer, and would give it away.
    attendees: Mapped[list["Attendee"]] = relationship(
        lazy="raise_on_sql", back_populates="appointment", order_by="Attendee.client_id"
    )

    @property
    def minutes(self) -> int:
        """How long it is; the service may have become longer or shorter since."""
        return int((self.ends_at - self.starts_at) / timedelta(minutes=1))


class Attendee(Base):
    """One client of an appointment, what they answered, and whether they came.

    Only who said yes claims time. What one answers is shown to nobody else until all have said yes. `confirmed_at` is
    when they said that they will be there, which the practice reads, and no partner.
    """

    __tablename__ = "attendee"
    __table_args__ = (
        CheckConstraint(f"attendance IN {ATTENDANCE}", name="attendance"),
        CheckConstraint(f"answer IN {ANSWERS}", name="answer"),
        CheckConstraint("answer <> 'waiting' OR answered_at IS NULL", name="answered_at"),
        CheckConstraint("confirmed_at IS NULL OR answer = 'yes'", name="confirmed_at"),
        Index("ix_attendee_client_id", "client_id", "appointment_id"),
    )

    appointment_id: Mapped[UUID] = mapped_column(ForeignKey("appointment.id", ondelete="CASCADE"), primary_key=True)
    client_id: Mapped[UUID] = mapped_column(ForeignKey("client.id"), primary_key=True)
    attendance: Mapped[str | None]
    answer: Mapped[str] = mapped_column(default="yes", server_default="yes")
    answered_at: Mapped[datetime | None] = mapped_column(UtcMoment())
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcMoment())

    appointment: Mapped[Appointment] = relationship(back_populates="attendees", lazy="raise_on_sql")
    client: Mapped[Client] = relationship(lazy="raise_on_sql")


class Claim(Base):
    """That a therapist, a room (both with the buffers) or a client is taken, for a live appointment only."""

    __tablename__ = "claim"
    __table_args__ = (
        CheckConstraint("kind IN ('therapist', 'room', 'client')", name="kind"),
        CheckConstraint("NOT isempty(during) AND lower_inc(during) AND NOT upper_inc(during)", name="during"),
        ExcludeConstraint(
            ("resource", "="),
            ("during", "&&"),
            name="claim_never_overlaps",
            using="gist",
            deferrable=True,
            initially="IMMEDIATE",
        ),
        Index("ix_claim_client_begins", "resource", text("lower(during)"), postgresql_where=text("kind = 'client'")),
    )

    appointment_id: Mapped[UUID] = mapped_column(ForeignKey("appointment.id", ondelete="CASCADE"), primary_key=True)
    resource: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str]
    during: Mapped[Range[datetime]] = mapped_column(TSTZRANGE())


class AppointmentEvent(Base):
    """One step in the history of an appointment; never changed. `is_late` where it happened inside the window."""

    __tablename__ = "appointment_event"
    __table_args__ = (
        CheckConstraint(f"kind IN {EVENTS}", name="kind"),
        Index("ix_appointment_event_appointment_id", "appointment_id", "at"),
        Index("ix_appointment_event_at", "at"),
    )

    id: Mapped[Id]
    appointment_id: Mapped[UUID] = mapped_column(ForeignKey("appointment.id"))
    at: Mapped[Moment]
    kind: Mapped[str]
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    starts_at: Mapped[Moment]
    is_late: Mapped[bool] = mapped_column(default=False)


class CalendarFeed(Base):
    """A secret address at which a calendar program reads a person's appointments; one at a time works."""

    __tablename__ = "calendar_feed"
    __table_args__ = (
        Index("uq_calendar_feed_person_id", "person_id", unique=True, postgresql_where=text("ended_at IS NULL")),
    )

    id: Mapped[Id]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    token_digest: Mapped[bytes] = mapped_column(unique=True)
    created_at: Mapped[Moment]
    read_at: Mapped[datetime | None] = mapped_column(UtcMoment())
    ended_at: Mapped[datetime | None] = mapped_column(UtcMoment())


class VisitorDetails(Base):
    """What a visitor has typed while their time is held; it goes with the hold."""

    __tablename__ = "visitor_details"

    appointment_id: Mapped[UUID] = mapped_column(ForeignKey("appointment.id", ondelete="CASCADE"), primary_key=True)
    given_name: Mapped[str]
    family_name: Mapped[str]
    email: Mapped[str]
    phone: Mapped[str]
    zone: Mapped[str]
    is_mailbox_shared: Mapped[bool]

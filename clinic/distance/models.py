"""The video addresses of therapists and of single sessions, and where each client is. All of it is sealed."""

from uuid import UUID

from sqlalchemy import ForeignKey, ForeignKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column

from clinic.database.base import Base
from clinic.database.types import Moment, Sealed


class VideoRoom(Base):
    """The address at which a therapist meets by video, unless a session says otherwise."""

    __tablename__ = "video_room"

    therapist_id: Mapped[UUID] = mapped_column(ForeignKey("therapist.person_id"), primary_key=True)
    address: Mapped[Sealed]
    changed_at: Mapped[Moment]


class SessionVideo(Base):
    """The address of one session alone; it counts while the therapist who has set it gives the session."""

    __tablename__ = "session_video"

    appointment_id: Mapped[UUID] = mapped_column(ForeignKey("appointment.id", ondelete="CASCADE"), primary_key=True)
    therapist_id: Mapped[UUID] = mapped_column(ForeignKey("therapist.person_id"))
    address: Mapped[Sealed]
    changed_at: Mapped[Moment]


class Whereabouts(Base):
    """Where one client is for one session and how to call them back; behind the second wall, never for the partner.

    It counts for the start that it was said for: who meets at another time is asked again.
    """

    __tablename__ = "whereabouts"
    __table_args__ = (
        ForeignKeyConstraint(
            ["appointment_id", "client_id"], ["attendee.appointment_id", "attendee.client_id"], ondelete="CASCADE"
        ),
    )

    appointment_id: Mapped[UUID] = mapped_column(primary_key=True)
    client_id: Mapped[UUID] = mapped_column(primary_key=True)
    starts_at: Mapped[Moment]
    place: Mapped[Sealed]
    phone: Mapped[Sealed]
    said_at: Mapped[Moment]

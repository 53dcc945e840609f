"""What booking refuses, and why. Messages are gettext ids; templates show what else the error carries."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from clinic.core.errors import DomainError


def _(message: str) -> str:
    """Mark a sentence for the translators; the edge translates it."""
    return message


@dataclass(frozen=True, slots=True)
class Alternative:
    """Another time that is free, and with whom."""

    starts_at: datetime
    therapist_id: UUID


class SlotTaken(DomainError):  # noqa: N818 -- the name of the thing that happened, used all over the design
    """Somebody else has that time, or it is no longer offered. `nearest` holds up to three other times."""

    message = _("This time is not free any more.")
    status = 409

    def __init__(self, nearest: Sequence[Alternative] = ()) -> None:
        super().__init__()
        self.nearest = list(nearest)


class HoldExpiredError(DomainError):
    """The ten minutes are over, or the hold belongs to another browser."""

    message = _("We kept this time for ten minutes. Please choose a time again.")
    status = 409


class TooManyHoldsError(DomainError):
    """One address holds as many times as it may."""

    message = _(
        "Several times are being held from where you are. Please finish one of them, or try again in ten minutes."
    )
    status = 429


class TooManyBookingsError(DomainError):
    """Visitors at one address book so much that it looks like a script."""

    message = _(
        "Several first calls have just been booked from where you are. Please try again in a while, or call us."
    )
    status = 429


class TooManyRequestsError(DomainError):
    """Somebody asks for more times at once than may be kept from everybody else."""

    message = _("Three requests of yours are waiting for an answer already. Please take one back first, or call us.")
    status = 429


class WrongStateError(DomainError):
    """The appointment is not in a state that allows this, for example it is cancelled already."""

    message = _("This appointment has changed in the meantime. Please look at it again.")
    status = 409


class AlreadyBegunError(DomainError):
    """The past is never changed."""

    message = _("This appointment has already begun, so it can no longer be changed here. Please call us.")
    status = 409


class TooEarlyError(DomainError):
    """Nobody can have come to a session that is still hours away."""

    message = _("Who came can be noted from half an hour before the session on.")
    status = 409


class JointSessionError(DomainError):
    """A client moves only what is theirs alone: the times that are free for two tell when the other is not."""

    message = _("A joint session is moved by the practice, so that the new time suits you both. Please call us.")
    status = 409


class RequestOverError(DomainError):
    """The request was answered, taken back or ran out before the press arrived."""

    message = _("This request has been answered or has run out in the meantime, so nothing was changed.")
    status = 409


class QuestionOverError(DomainError):
    """The question to a partner was answered, taken back or ran out before the press arrived."""

    message = _("This question is settled already, so nothing was changed.")
    status = 409


class ClashError(DomainError):
    """Who is asked has something else then. It is said to them alone, and leaves no trace for anybody else."""

    message = _("You have something else at that time; only you see this. Nothing was changed.")
    status = 409


class PastStartError(DomainError):
    """Nobody is booked into the past, or moved there."""

    message = _("That time has passed. Please choose a later one.")
    status = 409


class NoCoupleError(DomainError):
    """A session for two needs two who share."""

    message = _("This is for two, and nobody shares with this person at present. Please choose a session for one.")


class KnownCallerError(DomainError):
    """A record by that name and address is here already; booking for it starts from the search."""

    message = _("Somebody with this name and address is known here already. Please look for them above.")
    status = 409


class RoomChangedError(DomainError):
    """Somebody has given the session another room since the page was opened."""

    message = _("Somebody has changed the room in the meantime. Look at where it is now, then choose again.")
    status = 409


class RoomTakenError(DomainError):
    """Another session has that room then, or in the minutes that are kept around one."""

    message = _("That room is taken then. Please choose another one.")
    status = 409


class NotedError(DomainError):
    """Who came late or not at all is the therapist's to note."""

    message = _("The therapist has noted something else for this person already, so nothing was changed.")
    status = 409

"""What can go wrong with a calendar outside: with its address as it is typed, and when it is read."""

from enum import StrEnum

from clinic.core.errors import DomainError


def _(message: str) -> str:
    """Mark a sentence for the translators; the edge translates it."""
    return message


class Problem(StrEnum):
    """Why a calendar could not be read."""

    NO_HOST = "no_host"
    NOT_PUBLIC = "not_public"
    CERTIFICATE = "certificate"
    UNREACHABLE = "unreachable"
    TOO_SLOW = "too_slow"
    TOO_LARGE = "too_large"
    PACKED = "packed"
    MOVED = "moved"
    SECRET = "secret"  # noqa: S105 -- it asks for a password
    GONE = "gone"
    NOT_NOW = "not_now"
    NO_CALENDAR = "no_calendar"
    BROKEN = "broken"
    UNKNOWN_ZONE = "unknown_zone"
    TOO_OFTEN = "too_often"
    TOO_MUCH = "too_much"
    UNSUPPORTED = "unsupported"


class CannotReadError(Exception):
    """The calendar could not be read. It says why, and names the zone where that is what nobody knows."""

    def __init__(self, problem: Problem, detail: str | None = None) -> None:
        self.problem, self.detail = problem, detail
        super().__init__(problem)


class AddressError(DomainError):
    """What was typed is no address that is read."""

    message = _("Please paste the whole address. It begins with https:// and names a calendar on the internet.")


class OwnAddressError(DomainError):
    """The practice would read itself."""

    message = _("That is an address of this practice. What is booked here blocks its time already.")


class TooManyCalendarsError(DomainError):
    """Each is read four times an hour."""

    message = _("You have as many calendars here as there can be. Please remove one first.")


class NotReadYetError(DomainError):
    """Nobody knows what it would block."""

    message = _("It has not been read yet, so it cannot block anything. Please look again in a moment.")
    status = 409

"""What can go wrong when a practice is set up, or changes what it offers and when it works."""

from clinic.core.errors import DomainError, StaleError


def _(message: str) -> str:
    """Mark a sentence for the translators; the edge translates it."""
    return message


class AlreadyOpenError(DomainError):
    """One installation is one practice."""

    message = "There is a practice in this installation already."


class NameTakenError(DomainError):
    """Two therapists cannot share one public page."""

    message = "There is a therapist whose page has this address already."


class ChangedMeanwhileError(StaleError):
    """Somebody else has saved since this page was opened."""

    message = _(
        "Somebody else has changed this since you opened the page. What you typed is still here and is not saved."
        " Look at what stands now, then save again if yours should replace it."
    )


class NothingToShowError(DomainError):
    """A public page without words."""

    message = _("Before this goes on the public pages, please write a title, a sentence and a few words about them.")


class ClosedSignInError(DomainError):
    """Who cannot sign in would not see who books with them."""

    message = _("Their sign-in is closed, so they would not see what is booked. Please open it first, under Staff.")


class RoomNameTakenError(DomainError):
    """Two rooms of one name could not be told apart."""

    message = _("There is a room of this name already.")


class CouplesByVisitorsError(DomainError):
    """A visitor books alone, before anybody knows of a partner."""

    message = _("A visitor books for one person. Let clients or the practice book sessions for couples.")


class HolidayTakenError(DomainError):
    """A day is a holiday once."""

    message = _("That day is in the list already.")


class PastDayError(DomainError):
    """What has been is not rewritten."""

    message = _("Please choose today or a later day. What has been stays as it was.")


class FarDayError(DomainError):
    """A day that is more likely a slip of the keyboard."""

    message = _("Please choose a day within the next three years.")


class BackwardsDaysError(DomainError):
    """A period ends before it begins."""

    message = _("The last day is before the first one. Please look at both.")


class UnreadableHoursError(DomainError):
    """Not written as hours are."""

    message = _("Please write it like this: 9:00 AM - 1:00 PM, 2:00 PM - 5:00 PM. Leave it empty for a day off.")


class BackwardsHoursError(DomainError):
    """A stretch that ends before it starts."""

    message = _("%(ends)s is not after %(starts)s. Please look at both, and at AM and PM.")


class OverlappingHoursError(DomainError):
    """Two stretches of one day that share time."""

    message = _("Two of these overlap. Please join them, or set them apart.")


class OverlappingLeaveError(DomainError):
    """Time off twice at once."""

    message = _("There is time off in these days already. Please end that first, or choose other days.")


class PastLeaveError(DomainError):
    """Time off that is over before it begins, or was."""

    message = _("This ends before it begins, or is over already. Please look at the days and times.")


class NoCoverError(DomainError):
    """The cover must be another therapist of the practice, who can sign in and has not left by then."""

    message = _("Please choose somebody who stands in. Nobody is away without a cover.")


class CoverAwayError(DomainError):
    """Who stands in must be there."""

    message = _("%(name)s is away then, too. Please choose somebody else to stand in.")


class StandsInError(DomainError):
    """Who stands in for another cannot be away at that time."""

    message = _("You are the cover for %(name)s in these days. Please find another cover for them first.")

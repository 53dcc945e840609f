"""What can stand in the way of care, each as a sentence that says what to do."""

from clinic.core.errors import DomainError, NotAllowedError, StaleError


class RecordClosedError(DomainError):
    """A closed record is taken up again before anything else."""

    message = "This record is closed. Please take the client into care again first."


class EpisodeOpenError(StaleError):
    """A client has one open episode of care at a time."""

    message = "An episode of care is open already."


class NotATherapistError(DomainError):
    """Only therapists care for clients."""

    message = "Please choose somebody who works here as a therapist."


class PrimaryTherapistError(StaleError):
    """A client has one primary therapist at a time."""

    message = "This client has a primary therapist already. Please hand the client over instead."


class NoPrimaryTherapistError(DomainError):
    """There is nobody to take over from, or to cover for."""

    message = "This client has no primary therapist yet. Please choose one first."


class SameTherapistError(DomainError):
    """Nobody takes over from, or covers for, themselves."""

    message = "That is the therapist who has the client already. Please choose another one."


class CoverTimesError(DomainError):
    """Cover lasts from one moment until a later one that has not passed."""

    message = "Cover ends after it begins, and not in the past. Please look at the dates."


class SamePersonError(DomainError):
    """A couple is two people."""

    message = "Please choose two different people."


class InCoupleError(StaleError):
    """A client is in one couple at a time."""

    message = "One of the two is linked with somebody already. That has to end first."


class NotInYourCareError(NotAllowedError):
    """A couple is linked by a therapist who cares for both."""

    message = "You can link people only while both of them are in your care."


class NotPendingError(StaleError):
    """Only what waits for the therapist can be activated."""

    message = "This has been decided already. Please look at it again."


class NotActiveError(StaleError):
    """What is for two happens only while both share."""

    message = "These two do not share their work any more, so nothing was booked. Please talk with each of them."


class NotYourCoupleError(NotAllowedError):
    """Activating is for the couple's therapist, ending for one of the two or the therapist."""

    message = "Only the two of them and their therapist can change this."

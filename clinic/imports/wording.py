"""How imports read: what a row comes to, and why it is refused."""

from flask_babel import lazy_gettext

from clinic.booking.overrides import Broken
from clinic.booking.wording import broken_words
from clinic.imports.columns import Kind
from clinic.imports.models import ImportRow
from clinic.imports.rules import Reason

_ = lazy_gettext
KINDS = {Kind.CLIENTS: _("Import clients"), Kind.APPOINTMENTS: _("Import appointments")}
FILES = {Kind.CLIENTS: _("Clients from a file"), Kind.APPOINTMENTS: _("Appointments from a file")}
OUTCOMES = {
    "create": (_("would be created"), "news"),
    "known": (_("already here"), "waiting"),
    "refused": (_("refused"), "needs"),
    "created": (_("imported"), "good"),
    "changed": (_("not imported"), "needs"),
}
REASONS = {
    Reason.SAME_ADDRESS: _("Somebody with this name and address is here already. Nothing is merged."),
    Reason.SAME_NAME: _("Somebody of this name is here already. If this is another person, please add them by hand."),
    Reason.SAME_SESSION: _("This session is in the calendar already."),
    Reason.NO_NAME: _("A name is missing, or it is too long, or holds a link."),
    Reason.ADDRESS: _("The e-mail address does not look right."),
    Reason.PHONE: _("The phone number does not look right."),
    Reason.BIRTH_DATE: _("The birth date does not look right. Please write it like 1986-04-09."),
    Reason.UNDER_AGE: _("Under 18. Clinic is for adults."),
    Reason.THERAPIST: _("Nobody by this name gives sessions here."),
    Reason.NO_THERAPIST: _("The therapist is missing."),
    Reason.ZONE: _("We do not know this time zone. Please write it like America/New_York."),
    Reason.DUPLICATE: _("The same as row %(row)s of this file."),
    Reason.NO_CLIENT: _("We know no client of this name and address. Please import or add them first."),
    Reason.SEVERAL_CLIENTS: _("Several clients fit. Please give both name and e-mail."),
    Reason.CLOSED: _("The record of this client is closed."),
    Reason.NOT_THEIRS: _("The client is in the care of another therapist."),
    Reason.SERVICE: _("We know no service of this name."),
    Reason.NOT_GIVEN: _("This therapist does not give this service."),
    Reason.PLACE: _("This service is not given there. Please write office, video or phone."),
    Reason.NO_COUPLE: _("This session is for two, and this client is in no active couple."),
    Reason.DATE: _("Date or time do not look right. Please write them like 2030-01-15 and 15:00."),
    Reason.NO_SUCH_TIME: _("This time does not exist: the clocks go forward over it."),
    Reason.PAST: _("This time has passed. Only sessions that lie ahead are imported."),
    Reason.TAKEN: _("This time is taken: the therapist, the client or every room has something else then."),
    Reason.TAKEN_IN_FILE: _("This time is taken by another row of this file."),
    Reason.NEW_WARNING: _("Since the dry run, hours or time off have changed so that this no longer fits them."),
    Reason.FAILED: _("It could not be saved. Please add it by hand."),
}


def reason_words(row: ImportRow) -> str:
    """Why a row is not imported, or what it overrules; nothing for the others."""
    reason = row.result_reason or row.reason
    if reason is not None:
        return str(REASONS[Reason(reason)]).replace("%(row)s", str(row.reason_row))
    return " ".join(broken_words(Broken(each) for each in row.warnings))


def standing(row: ImportRow) -> tuple[str, str]:
    """What a row comes to in a word, and its tone."""
    words, tone = OUTCOMES[row.result or row.outcome]
    return str(words), tone

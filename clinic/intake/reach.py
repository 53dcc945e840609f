"""How a client said that they may be reached, for whoever has to call them."""

from collections.abc import Sequence

from flask_babel import gettext as _
from markupsafe import Markup

from clinic.clients.models import Client
from clinic.intake import queries
from clinic.intake.models import SafeContact

Lines = list[tuple[str, str]]


def ways_to_reach(client: Client) -> Sequence[tuple[str, object]]:
    """The number and the plain flags, without what only who cares for them reads."""
    return lines(client, queries.safe_contact(client.id))


def lines(client: Client, contact: SafeContact | None, best_time: str | None = None) -> Lines:
    """As labels with words; the number first, for somebody who has to call now. `best_time` is left out where None."""
    phone = client.person.phone
    link = Markup('<a href="tel:{}">{}</a>').format(phone.replace(" ", ""), phone) if phone else _("not given")
    found: Lines = [(_("Phone"), link)]
    if contact is None:
        return found
    is_neutral, says_practice = client.is_mailbox_shared, contact.introduce_as == "practice"
    found += [
        (_("Voicemail"), _("Yes") if contact.is_voicemail_ok else _("No, do not leave one")),
        (_("Text messages"), _("Yes") if contact.is_text_ok else _("No")),
        (_("Messages"), _("Neutral: others may read them") if is_neutral else _("Only they read them")),
        (_("If someone else picks up"), _("Name the practice") if says_practice else _("Say a first name only")),
    ]
    if best_time is not None:
        found.append((_("A good time"), best_time or _("Nothing said")))
    return found

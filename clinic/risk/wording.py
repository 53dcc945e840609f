"""How grades, sources, states and what a closing asks are said."""

from flask_babel import lazy_gettext as _

GRADES = {"urgent": _("urgent"), "same_day": _("today")}
SOURCES = {
    "phq9_item9": _("An answer in a questionnaire"),
    "safety_form": _("An answer in a form that only you read"),
    "call": _("Asked for a call"),
}
STATES = {
    "open": (_("nobody has it yet"), "needs"),
    "acknowledged": (_("in hand"), "waiting"),
    "closed": (_("closed"), ""),
}
DISPOSITIONS = {
    "as_planned": _("Care goes on as planned"),
    "sooner": _("Seen sooner, or more often"),
    "emergency": _("Emergency services or a hospital"),
    "referred": _("Handed to somebody else for now"),
    "not_reached": _("Not reached; what follows is said above"),
}
CLOSING = {
    "who": _("Who spoke with them"),
    "contacted_at": _("When"),
    "attempts": _("Contact attempts"),
    "ideation": _("Thoughts of dying or suicide"),
    "plan": _("A plan"),
    "intent": _("Intent"),
    "means": _("Means at hand"),
    "history": _("Earlier attempts"),
    "protective": _("What holds them"),
    "action": _("What was done"),
    "safety_plan": _("Safety plan"),
    "disposition": _("How it goes on"),
}
"""In the order in which it is asked."""
EMPTY = _("Please fill this in.")

"""What the steps, states and kind ends are called."""

from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _

from clinic.intake.rules import Reason, State

TITLES: dict[str, Any] = {
    "safe-contact": _("Reaching you safely"),
    "eligibility": _("Is this the right place?"),
    "electronic-records": _("Reading and signing on a screen"),
    "privacy": _("Privacy notice"),
    "therapy": _("Consent to therapy"),
    "distance": _("Sessions by phone or video"),
    "fees": _("Fees, and changing an appointment"),
    "about-me": _("About you"),
    "history": _("Your story and your hopes"),
    "private": _("About you, in private"),
}
"""By the slug of the step, for the list; the page of a text carries the title of its version."""

STATES: dict[str, tuple[Any, str]] = {
    State.INVITED: (_("Not started yet"), ""),
    State.STARTED: (_("Under way"), "waiting"),
    State.FINISHED: (_("Finished"), "good"),
    State.ENDED: (_("Ended"), "needs"),
}
"""The words and the tone of a state."""

REASONS: dict[str, Any] = {
    Reason.DANGER: _("They said that they, or someone near them, are in danger right now. Please call them."),
    Reason.AGE: _("They are not 18 yet. Nothing else of these answers was kept."),
    Reason.PLACE: _("They will be outside the area where you are licensed. Nothing else of these answers was kept."),
    Reason.SPACE: _("They have no private space for a session yet. Nothing else of these answers was kept."),
}
"""Why a packet ended, for the therapist."""


@dataclass(frozen=True, slots=True)
class KindEnd:
    """What a person reads when this is not the right place, where to turn, and numbers that a phone can call.

    `again` is the button of somebody for whom it has passed; `has_exit` shows the way to leave the page at once.
    """

    title: Any
    paragraphs: tuple[Any, ...]
    turn_to: tuple[Any, ...]
    numbers: tuple[tuple[Any, str], ...] = ()
    again: Any = ""
    has_exit: bool = False


_LINE_988 = _("Call or text 988, day and night, free. You can also chat at 988lifeline.org.")
_CALL_911, _CALL_988, _TEXT_988 = (_("Call 911"), "tel:911"), (_("Call 988"), "tel:988"), (_("Text 988"), "sms:988")
_ELSEWHERE = _("Outside the United States: findahelpline.com finds someone near you.")

ENDS: dict[str, KindEnd] = {
    Reason.DANGER: KindEnd(
        _("Please get help right now"),
        (
            _("Thank you for saying so. You should not have to be alone with this."),
            _("Nobody at the practice watches this page around the clock, so please turn to someone who is there now."),
        ),
        (
            _("In danger now? Call 911, or go to the nearest emergency room."),
            _LINE_988,
            _("If someone is hurting you: 1-800-799-7233, or text START to 88788."),
            _ELSEWHERE,
            _("Is there someone who could be with you? Tell them."),
        ),
        (_CALL_911, _CALL_988, _TEXT_988),
        _("I am safe now, go on"),
        has_exit=True,
    ),
    Reason.AGE: KindEnd(
        _("We work with people who are 18 or older"),
        (
            _("It is good that you looked for help, and we are sorry that we cannot be the ones to give it."),
            _("There are people whose work it is to be there for someone your age."),
        ),
        (
            _("Someone you trust: a parent, another relative, a teacher, a school counselor, a doctor."),
            _LINE_988,
            _("In danger now? Call 911."),
            _ELSEWHERE,
        ),
        (_CALL_988, _TEXT_988),
    ),
    Reason.PLACE: KindEnd(
        _("We are not licensed where you will be"),
        (
            _("The law asks where you are during a session, not where the practice is. So we cannot begin like this."),
            _("If you will be inside our area after all, or can come there for sessions, you can go on."),
        ),
        (
            _("The licensing board of your state lists therapists who may work with you. So does your health plan."),
            _("Your family doctor can name someone nearby."),
            _ELSEWHERE,
        ),
        again=_("I will be inside the area, go on"),
    ),
    Reason.SPACE: KindEnd(
        _("A private space comes first"),
        (
            _("You should be able to speak freely, and nobody should overhear you. That is worth waiting for."),
            _("People use a parked car, a friend's room, or a room at the library. We can also look for one together."),
        ),
        (
            _("Call us, and we think about it with you. You can also come to the office."),
            _("If it is not safe to talk at home: 1-800-799-7233, or text START to 88788."),
        ),
        again=_("I have found a space, go on"),
        has_exit=True,
    ),
}
"""By reason."""

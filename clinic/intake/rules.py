"""What the intake asks and in which order, who is eligible, what counts as one's own name. Plain functions."""

import hashlib
import json
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum

from clinic.core.interval import require_aware
from clinic.intake.errors import NotReadError, NotSignedError, OtherStepFirstError, WrongNameError

ADULT_YEARS = 18
OLDEST_YEARS = 120


class State(StrEnum):
    """Where a packet stands; `ended` is the kind end for whom this is not the right place."""

    INVITED = "invited"
    STARTED = "started"
    FINISHED = "finished"
    ENDED = "ended"


class Reason(StrEnum):
    """Why a packet ended."""

    DANGER = "danger"
    AGE = "age"
    PLACE = "place"
    SPACE = "space"


class StepKind(StrEnum):
    """A form to fill in, a text to sign, or the page that is sent in private."""

    FORM = "form"
    TEXT = "text"
    PRIVATE = "private"


@dataclass(frozen=True, slots=True)
class Step:
    """One step: `slug` in the address, `key` of its form or text. Until a `gate` is done, nothing after it opens."""

    slug: str
    kind: StepKind
    key: str
    minutes: int
    is_gate: bool = False


STEPS: tuple[Step, ...] = (
    Step("safe-contact", StepKind.FORM, "intake_safe_contact", 1, is_gate=True),
    Step("eligibility", StepKind.FORM, "intake_eligibility", 1, is_gate=True),
    Step("electronic-records", StepKind.TEXT, "electronic_records", 1, is_gate=True),
    Step("privacy", StepKind.TEXT, "privacy_notice", 2),
    Step("therapy", StepKind.TEXT, "informed_consent", 2),
    Step("distance", StepKind.TEXT, "telehealth_consent", 1),
    Step("fees", StepKind.TEXT, "fees_policy", 1),
)
SAFE_CONTACT, ELIGIBILITY = STEPS[0], STEPS[1]
SECOND: tuple[Step, ...] = (
    Step("about-me", StepKind.FORM, "intake_about_me", 3),
    Step("history", StepKind.FORM, "intake_history", 8),
    Step("private", StepKind.PRIVATE, "intake_private", 4),
)
"""Before the second session, once the first part is finished; in any order."""
ABOUT_ME, PRIVATE = SECOND[0], SECOND[2]
BY_SLUG: Mapping[str, Step] = {step.slug: step for step in (*STEPS, *SECOND)}


@dataclass(frozen=True, slots=True)
class Progress:
    """How far somebody is: the keys of the steps that are done, out of all of them."""

    done: frozenset[str]
    steps: tuple[Step, ...] = STEPS

    @property
    def open_steps(self) -> tuple[Step, ...]:
        """What is left, in order."""
        return tuple(step for step in self.steps if step.key not in self.done)

    @property
    def next_step(self) -> Step | None:
        """The first step that is left; None when all are done."""
        return next(iter(self.open_steps), None)

    @property
    def is_complete(self) -> bool:
        """True when nothing is left."""
        return not self.open_steps

    @property
    def minutes_left(self) -> int:
        """Honest minutes for what is left."""
        return sum(step.minutes for step in self.open_steps)

    @property
    def count_done(self) -> int:
        """How many steps are done."""
        return len(self.steps) - len(self.open_steps)

    def is_reachable(self, step: Step) -> bool:
        """True when every gate before the step is done."""
        return all(earlier.key in self.done for earlier in self.steps[: self.steps.index(step)] if earlier.is_gate)

    def require_reachable(self, step: Step) -> None:
        """Raise OtherStepFirstError while an earlier gate is open."""
        if not self.is_reachable(step):
            raise OtherStepFirstError


def progress(done: Collection[str]) -> Progress:
    """The progress of somebody who has done the steps with these keys; others are ignored."""
    return Progress(frozenset(step.key for step in STEPS if step.key in done))


def second_progress(done: Collection[str], *, with_private: bool) -> Progress:
    """The same for the second part; the page in private is for who has a partner or comes as a couple."""
    steps = tuple(step for step in SECOND if with_private or step is not PRIVATE)
    return Progress(frozenset(step.key for step in steps if step.key in done), steps)


@dataclass(frozen=True, slots=True)
class Contact:
    """Whom to call in an emergency, as it was typed."""

    name: str
    relation: str
    phone: str


def names_partner(contact: Contact, partner_name: str) -> bool:
    """True where the contact is said to be the partner, or bears the partner's name (empty: nobody's)."""
    typed, known = _words(contact.name), _words(partner_name)
    return contact.relation == "partner" or (bool(known) and (typed == known or typed == known[:1]))


def is_same_number(one: str, other: str) -> bool:
    """True where two telephone numbers end in the same nine digits, however they are written."""
    digits = ["".join(mark for mark in text if mark.isdigit())[-9:] for text in (one, other)]
    return len(digits[0]) == 9 and digits[0] == digits[1]


@dataclass(frozen=True, slots=True)
class Eligibility:
    """The answers that decide; each is given."""

    is_in_danger: bool
    born_on: date
    is_where_licensed: bool
    has_private_space: bool


def age_on(born_on: date, day: date) -> int:
    """Completed years; who was born on a 29 February completes a year on 1 March of a common year."""
    return day.year - born_on.year - ((day.month, day.day) < (born_on.month, born_on.day))


def reason_to_end(answers: Eligibility, today: date) -> Reason | None:
    """Why care cannot begin here now, the gravest first; None where it can."""
    if answers.is_in_danger:
        return Reason.DANGER
    if age_on(answers.born_on, today) < ADULT_YEARS:
        return Reason.AGE
    if not answers.is_where_licensed:
        return Reason.PLACE
    return None if answers.has_private_space else Reason.SPACE


def may_answer_again(reason: Reason) -> bool:
    """True where a person can open the packet again alone: what ended it can pass, an age on file cannot."""
    return reason is not Reason.AGE


def is_mailbox_shared(code: str) -> bool:
    """True unless the person said that nobody else can open it."""
    return code != "no"


def require_intent(*, is_ticked: bool, typed: str, given_name: str, family_name: str) -> str:
    """The typed name, tidied; raises NotSignedError, which holds all that is missing, for no tick and for another name.

    Accents, case, punctuation and names in the middle may differ: the first and the last have to be there.
    """
    tidy = " ".join(unicodedata.normalize("NFC", typed).split())
    tick = None if is_ticked else NotReadError()
    is_own = _is_own(tidy, given_name, family_name)
    name = None if is_own else WrongNameError(name=f"{given_name} {family_name}".strip())
    if tick or name:
        raise NotSignedError(tick, name)
    return tidy[:200]


def _is_own(typed: str, given_name: str, family_name: str) -> bool:
    words, given, family = _words(typed), _words(given_name), _words(family_name)
    fits = len(words) >= len(given) + len(family) and words[: len(given)] == given
    return fits and (not family or words[-len(family) :] == family)


def _words(text: str) -> list[str]:
    plain = "".join(mark for mark in unicodedata.normalize("NFKD", text) if not unicodedata.combining(mark))
    kept = "".join(mark if mark.isalnum() else " " for mark in plain if mark not in "'’")
    return kept.casefold().split()


def sha256(content: bytes) -> str:
    """64 hex digits."""
    return hashlib.sha256(content).hexdigest()


def fingerprint(columns: Mapping[str, object]) -> str:
    """The SHA-256 that stands for a whole signature. The audit trail keeps it, so its chain covers every column."""
    plain = {name: _plain(value) for name, value in columns.items()}
    return sha256(json.dumps(plain, sort_keys=True, ensure_ascii=False).encode())


def _plain(value: object) -> object:
    match value:
        case None:
            return None
        case bytes():
            return value.hex()
        case datetime():
            return require_aware(value).astimezone(UTC).isoformat(timespec="microseconds")
        case _:
            return str(value)

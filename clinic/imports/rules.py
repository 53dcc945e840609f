"""What a row means on its own, and why it is refused. No database here."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from enum import StrEnum
from typing import Final

from clinic.accounts.rules import holds_link, is_address, normal_address
from clinic.core import zones

ADULT_YEARS: Final = 18
LONGEST_NAME: Final = 100
_DAYS: Final = ("%Y-%m-%d", "%d.%m.%Y", "%b %d, %Y", "%B %d, %Y")
_TIMES: Final = ("%H:%M", "%H:%M:%S", "%I:%M %p", "%I:%M%p", "%I %p", "%I%p")
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


class Outcome(StrEnum):
    """What a row comes to."""

    CREATE = "create"
    KNOWN = "known"
    REFUSED = "refused"


class Reason(StrEnum):
    """Why a row is not imported."""

    SAME_ADDRESS = "same_address"
    SAME_NAME = "same_name"
    SAME_SESSION = "same_session"
    NO_NAME = "no_name"
    ADDRESS = "address"
    PHONE = "phone"
    BIRTH_DATE = "birth_date"
    UNDER_AGE = "under_age"
    THERAPIST = "therapist"
    NO_THERAPIST = "no_therapist"
    ZONE = "zone"
    DUPLICATE = "duplicate"
    NO_CLIENT = "no_client"
    SEVERAL_CLIENTS = "several_clients"
    CLOSED = "closed"
    NOT_THEIRS = "not_theirs"
    SERVICE = "service"
    NOT_GIVEN = "not_given"
    PLACE = "place"
    NO_COUPLE = "no_couple"
    DATE = "date"
    NO_SUCH_TIME = "no_such_time"
    PAST = "past"
    TAKEN = "taken"
    TAKEN_IN_FILE = "taken_in_file"
    NEW_WARNING = "new_warning"
    FAILED = "failed"


KNOWN: Final = frozenset({Reason.SAME_ADDRESS, Reason.SAME_NAME, Reason.SAME_SESSION})


class RowError(Exception):
    """The row is not imported, for this reason; `row` is another one of the file where that is the reason."""

    def __init__(self, reason: Reason, row: int | None = None) -> None:
        super().__init__(reason)
        self.reason, self.row = reason, row

    @property
    def outcome(self) -> Outcome:
        """Known already, or refused."""
        return Outcome.KNOWN if self.reason in KNOWN else Outcome.REFUSED


@dataclass(frozen=True, slots=True)
class Ground:
    """What a row is read against: where the practice is, and which day it is there."""

    country: str
    zone: str
    today: date


@dataclass(frozen=True, slots=True)
class Newcomer:
    """A client as a row describes them."""

    given_name: str
    family_name: str
    email: str | None
    phone: str | None
    born_on: date | None
    zone: str
    therapist: str

    @property
    def name(self) -> str:
        """The name as it is compared."""
        return f"{self.given_name} {self.family_name}".casefold()


@dataclass(frozen=True, slots=True)
class Session:
    """An appointment as a row describes it."""

    email: str | None
    name: str
    therapist: str
    service: str
    place: str
    starts_at: datetime


def newcomer(cells: dict[str, str], ground: Ground) -> Newcomer:
    """The client of a row; raises RowError for what is wrong with it."""
    given, family = (cells["given_name"], cells["family_name"])
    if not given and not family:
        given, family = split_name(cells["name"])
    if not given or max(len(given), len(family)) > LONGEST_NAME or holds_link(given) or holds_link(family):
        raise RowError(Reason.NO_NAME)
    born_on = _born_on(cells["birth_date"], ground)
    return Newcomer(
        given_name=given,
        family_name=family,
        email=_address(cells["email"]),
        phone=_phone(cells["phone"], ground.country),
        born_on=born_on,
        zone=_zone(cells["zone"], ground),
        therapist=cells["therapist"],
    )


def session(cells: dict[str, str], ground: Ground) -> Session:
    """The appointment of a row; raises RowError for what is wrong with it."""
    email = _address(cells["email"])
    if email is None and not cells["name"]:
        raise RowError(Reason.NO_CLIENT)
    return Session(
        email=email,
        name=" ".join(split_name(cells["name"])).strip(),
        therapist=cells["therapist"],
        service=cells["service"],
        place=cells["place"].casefold(),
        starts_at=_start(cells, ground),
    )


def split_name(name: str) -> tuple[str, str]:
    """Given and family name out of "Rosa Delgado" or "Delgado, Rosa"."""
    family, comma, given = name.partition(",")
    if comma:
        return given.strip(), family.strip()
    given, _blank, family = name.rpartition(" ")
    return (given, family) if given else (family, "")


def day(text: str, country: str) -> date | None:
    """A date as the template writes it, or as one writes it in that country; None for anything else."""
    slashes = "%m/%d/%Y" if country == "US" else "%d/%m/%Y"
    for form in (*_DAYS, slashes):
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007 -- a day has no zone
        except ValueError:
            continue
    return None


def without_formula(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula (R26)."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _born_on(text: str, ground: Ground) -> date | None:
    if not text:
        return None
    born_on = day(text, ground.country)
    if born_on is None or born_on > ground.today or born_on.year < 1900:
        raise RowError(Reason.BIRTH_DATE)
    years = ground.today.year - born_on.year
    if years - ((ground.today.month, ground.today.day) < (born_on.month, born_on.day)) < ADULT_YEARS:
        raise RowError(Reason.UNDER_AGE)
    return born_on


def _address(text: str) -> str | None:
    if not text:
        return None
    if not is_address(address := normal_address(text)):
        raise RowError(Reason.ADDRESS)
    return address


def _phone(text: str, country: str) -> str | None:
    if not text:
        return None
    import phonenumbers  # noqa: PLC0415 -- two megabytes, where somebody leaves a number

    try:
        number = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException as error:
        raise RowError(Reason.PHONE) from error
    if not phonenumbers.is_possible_number(number):
        raise RowError(Reason.PHONE)
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def _zone(text: str, ground: Ground) -> str:
    if not text:
        return ground.zone
    if text not in zones.zone_names():
        raise RowError(Reason.ZONE)
    return text


def _start(cells: dict[str, str], ground: Ground) -> datetime:
    """The moment that the row names by the clock on the wall of its zone."""
    zone = _zone(cells["zone"], ground)
    if cells["start"]:
        try:
            start = datetime.fromisoformat(cells["start"])
        except ValueError:
            on, _blank, at = cells["start"].partition(" ")
        else:
            if start.tzinfo is None:
                return _moment(start.date(), start.time(), zone)
            _require_near(start.date())
            return start.astimezone(UTC)
    else:
        on, at = cells["date"], cells["time"]
    found, wall = day(on, ground.country), _time(at)
    if found is None or wall is None:
        raise RowError(Reason.DATE)
    return _moment(found, wall, zone)


def _moment(on: date, at: time, zone: str) -> datetime:
    _require_near(on)
    moment = zones.moment(on, at, zone)
    if zones.wall(moment, zone).replace(tzinfo=None) != datetime.combine(on, at):
        raise RowError(Reason.NO_SUCH_TIME)
    return moment


def _require_near(on: date) -> None:
    """Raise RowError for a day of another age, whose neighbours may be beyond what a date can be."""
    if not 1990 <= on.year <= 2100:
        raise RowError(Reason.DATE)


def _time(text: str) -> time | None:
    for form in _TIMES:
        try:
            return datetime.strptime(text.upper(), form).time()  # noqa: DTZ007 -- a wall time
        except ValueError:
            continue
    return None

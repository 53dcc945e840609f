"""When somebody is busy, by a calendar file: what blocks, what does not, and what is refused with a reason."""

import time
from datetime import UTC, datetime

import pytest

from clinic.core.interval import Interval
from clinic.outside.errors import CannotReadError, Problem
from clinic.outside.reading import busy_times
from tests.outside.files import APPLE, GOOGLE, OUTLOOK, W_EUROPE, calendar, event

HOME = "America/New_York"
BETWEEN = Interval(datetime(2026, 11, 23, tzinfo=UTC), datetime(2027, 12, 28, tzinfo=UTC))
NINE, TEN = "DTSTART;TZID=America/New_York:20261124T090000", "DTEND;TZID=America/New_York:20261124T100000"


def read(data: bytes, home: str = HOME, between: Interval = BETWEEN) -> list[str]:
    """The busy times in UTC, as words."""
    return [f"{each.start:%m-%d %H:%M} {each.end:%m-%d %H:%M}" for each in busy_times(data, home, between)]


def problem_of(data: bytes) -> Problem:
    """Why a file is refused."""
    with pytest.raises(CannotReadError) as caught:
        busy_times(data, HOME, BETWEEN)
    return caught.value.problem


def test_file_of_google_blocks_what_it_says() -> None:
    assert read(GOOGLE) == [
        "11-24 14:00 11-24 15:00",
        "11-27 05:00 11-28 05:00",
        "12-08 19:00 12-08 20:00",
    ]


def test_file_of_outlook_is_read_in_zones_of_windows_and_of_its_own() -> None:
    assert read(OUTLOOK) == [
        "11-25 09:00 11-25 10:30",
        "11-26 09:00 11-26 10:00",
        "12-02 09:00 12-02 10:30",
        "12-09 09:00 12-09 10:30",
        "12-14 07:00 12-14 07:30",
        "12-16 13:00 12-16 13:30",
        "12-17 07:00 12-17 07:30",
        "12-21 05:00 12-24 05:00",
    ]


def test_file_of_apple_has_durations_and_times_of_no_zone() -> None:
    assert read(APPLE) == [
        "11-30 17:00 11-30 18:30",
        "12-01 17:00 12-01 18:00",
        "12-03 08:00 12-03 09:00",
        "12-05 05:00 12-07 05:00",
        "12-18 10:00 12-18 11:00",
        "12-24 08:00 12-24 09:00",
        "12-28 17:00 12-28 18:30",
    ]


@pytest.mark.parametrize(
    ("zone", "first", "times"),
    [
        ("America/New_York", "20270307T023000", ["03-07 07:30", "03-14 07:30", "03-21 06:30"]),
        ("America/New_York", "20261025T013000", ["10-25 05:30", "11-01 05:30", "11-08 06:30"]),
        ("Europe/Berlin", "20270321T023000", ["03-21 01:30", "03-28 01:30", "04-04 00:30"]),
        ("Europe/Berlin", "20261018T023000", ["10-18 00:30", "10-25 00:30", "11-01 01:30"]),
        ("Australia/Lord_Howe", "20270328T014500", ["03-27 14:45", "04-03 14:45", "04-10 15:15"]),
        ("Australia/Lord_Howe", "20260927T021500", ["09-26 15:45", "10-03 15:45", "10-10 15:15"]),
    ],
)
def test_series_keeps_its_wall_time_through_both_changes(zone: str, first: str, times: list[str]) -> None:
    data = calendar(event(f"DTSTART;TZID={zone}:{first}", "DURATION:PT30M", "RRULE:FREQ=WEEKLY;COUNT=3"))
    between = Interval(datetime(2026, 9, 1, tzinfo=UTC), datetime(2027, 9, 1, tzinfo=UTC))
    assert [f"{each.start:%m-%d %H:%M}" for each in busy_times(data, HOME, between)] == times


@pytest.mark.parametrize("day", ["20260329", "20261025", "20261124", "20270328"])
@pytest.mark.parametrize("wall", ["010000", "023000", "025959", "030000", "120000"])
def test_definition_of_a_zone_means_what_the_zone_does(day: str, wall: str) -> None:
    def starting(zone: str) -> bytes:
        return calendar(W_EUROPE.format(name="Mine"), event(f"DTSTART;TZID={zone}:{day}T{wall}", "DURATION:PT1H"))

    between = Interval(datetime(2026, 1, 1, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC))
    assert busy_times(starting("Mine"), HOME, between) == busy_times(starting("Europe/Berlin"), HOME, between)


@pytest.mark.parametrize(
    ("name", "start"),
    [
        ("Europe/Berlin", "11-24 08:00"),
        ("W. Europe Standard Time", "11-24 08:00"),
        ("Eastern Standard Time", "11-24 14:00"),
        ('"/freeassociation.sourceforge.net/Europe/Berlin"', "11-24 08:00"),
        ("/mozilla.org/20050126_1/America/Argentina/Buenos_Aires", "11-24 12:00"),
        ("Etc/GMT+5", "11-24 14:00"),
        ("UTC", "11-24 09:00"),
    ],
)
def test_zone_is_known_by_many_names(name: str, start: str) -> None:
    (busy,) = busy_times(calendar(event(f"DTSTART;TZID={name}:20261124T090000", "DURATION:PT1H")), HOME, BETWEEN)
    assert f"{busy.start:%m-%d %H:%M}" == start


@pytest.mark.parametrize("name", ["Middle-earth/Shire", "localtime", "Factory", "../UTC"])
def test_zone_that_nobody_knows_is_named_and_not_guessed(name: str) -> None:
    with pytest.raises(CannotReadError) as caught:
        busy_times(calendar(event(f"DTSTART;TZID={name}:20261124T090000", "DURATION:PT1H")), HOME, BETWEEN)
    assert (caught.value.problem, caught.value.detail) == (Problem.UNKNOWN_ZONE, name)


def test_moment_of_utc_stays_one_whatever_zone_is_named_beside_it() -> None:
    data = calendar(event("DTSTART;TZID=Europe/Berlin:20261124T090000Z", "DURATION:PT1H"))
    assert read(data) == ["11-24 09:00 11-24 10:00"]


@pytest.mark.parametrize(
    ("lines", "times"),
    [
        (["DTSTART;VALUE=DATE:20261124"], ["11-24 05:00 11-25 05:00"]),
        (["DTSTART;VALUE=DATE:20261124", "DTEND;VALUE=DATE:20261124"], ["11-24 05:00 11-25 05:00"]),
        (["DTSTART;VALUE=DATE:20270313", "DTEND;VALUE=DATE:20270316"], ["03-13 05:00 03-16 04:00"]),
        (["DTSTART;VALUE=DATE:20270314", "DURATION:P1D"], ["03-14 05:00 03-15 04:00"]),
        ([NINE], []),
        ([NINE, NINE.replace("DTSTART", "DTEND")], []),
        ([NINE, "DURATION:PT24H"], ["11-24 14:00 11-25 14:00"]),
        (
            [NINE, TEN, "RDATE;TZID=America/New_York:20261126T090000"],
            ["11-24 14:00 11-24 15:00", "11-26 14:00 11-26 15:00"],
        ),
        (
            [NINE, TEN, "RDATE:20261126T140000Z,20261127T140000Z", "EXDATE:20261126T140000Z"],
            ["11-24 14:00 11-24 15:00", "11-27 14:00 11-27 15:00"],
        ),
        (
            [NINE, TEN, "RDATE;VALUE=PERIOD:20261126T100000Z/PT2H"],
            ["11-24 14:00 11-24 15:00", "11-26 10:00 11-26 12:00"],
        ),
        (
            [NINE, TEN, "RRULE:FREQ=DAILY;COUNT=4", "EXDATE:20261125T140000Z", "EXDATE;VALUE=DATE:20261126"],
            ["11-24 14:00 11-24 15:00", "11-27 14:00 11-27 15:00"],
        ),
        ([NINE, TEN, "RRULE:FREQ=DAILY;UNTIL=20261125"], ["11-24 14:00 11-24 15:00", "11-25 14:00 11-25 15:00"]),
        ([NINE, TEN, "RRULE:FREQ=DAILY;UNTIL=20261125T135959Z"], ["11-24 14:00 11-24 15:00"]),
        ([NINE, TEN, "RRULE:FREQ=DAILY;UNTIL=20261125T090000"], ["11-24 14:00 11-24 15:00", "11-25 14:00 11-25 15:00"]),
        ([NINE, TEN, "TRANSP:TRANSPARENT"], []),
        ([NINE, TEN, "STATUS:CANCELLED"], []),
        ([NINE, TEN, "STATUS:TENTATIVE"], ["11-24 14:00 11-24 15:00"]),
    ],
)
def test_event_blocks_from_when_until_when(lines: list[str], times: list[str]) -> None:
    assert read(calendar(event(*lines))) == times


@pytest.mark.parametrize("word", ["STATUS:CANCELLED", "TRANSP:TRANSPARENT"])
def test_single_time_that_is_called_off_leaves_its_series(word: str) -> None:
    series = event(NINE, TEN, "RRULE:FREQ=DAILY;COUNT=3")
    off = event("RECURRENCE-ID:20261125T140000Z", NINE.replace("24T", "25T"), TEN.replace("24T", "25T"), word)
    assert read(calendar(series, off)) == ["11-24 14:00 11-24 15:00", "11-26 14:00 11-26 15:00"]


def test_whole_days_of_a_series_are_left_out_and_moved_by_their_date() -> None:
    lines = ["DTSTART;VALUE=DATE:20261124", "RRULE:FREQ=DAILY;INTERVAL=2;COUNT=4", "EXDATE;VALUE=DATE:20261126"]
    moved = event("RECURRENCE-ID;VALUE=DATE:20261128", "DTSTART;VALUE=DATE:20261203")
    assert read(calendar(event(*lines), moved)) == [
        "11-24 05:00 11-25 05:00",
        "11-30 05:00 12-01 05:00",
        "12-03 05:00 12-04 05:00",
    ]


def test_times_that_touch_or_overlap_are_one() -> None:
    first, second = event(NINE, TEN), event(NINE.replace("T09", "T10"), "DURATION:PT1H", uid="two")
    third = event(NINE.replace("T09", "T08"), "DURATION:PT90M", uid="three")
    assert read(calendar(second, first, third)) == ["11-24 13:00 11-24 16:00"]


def test_what_lies_outside_the_stretch_is_cut_off() -> None:
    data = calendar(event("DTSTART:20200101T000000Z", "DTEND:20300101T000000Z"))
    assert busy_times(data, HOME, BETWEEN) == [BETWEEN]


def test_published_busy_time_blocks() -> None:
    lines = ["BEGIN:VFREEBUSY", "FREEBUSY:20261124T100000Z/PT1H,20261125T100000Z/20261125T120000Z"]
    free = "FREEBUSY;FBTYPE=FREE:20261126T100000Z/PT1H"
    assert read(calendar([*lines, free, "END:VFREEBUSY"])) == ["11-24 10:00 11-24 11:00", "11-25 10:00 11-25 12:00"]


def test_session_of_the_practice_that_came_back_does_not_block() -> None:
    uid = "01930f2e-7d5c-7abc-8def-0123456789ab@clinic"
    assert read(calendar(event(NINE, TEN, uid=uid), event("DTSTART:20261126T100000Z", "DURATION:PT1H"))) == [
        "11-26 10:00 11-26 11:00"
    ]


MINE = "DTSTART;TZID=Mine:20261124T090000"
CHANGING = (
    "BEGIN:VTIMEZONE\nTZID:Mine\nBEGIN:STANDARD\nDTSTART:20200101T000000\nTZOFFSETFROM:+0000\nTZOFFSETTO:+0100\n"
    + "RDATE:20210101T000000\n" * 2_001
    + "END:STANDARD\nEND:VTIMEZONE\n"
)


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", Problem.NO_CALENDAR),
        (b"<!doctype html><title>Sign in</title>", Problem.NO_CALENDAR),
        (bytes(range(256)) * 100, Problem.NO_CALENDAR),
        (GOOGLE[: len(GOOGLE) // 2], Problem.BROKEN),
        (calendar(["BEGIN:VEVENT", NINE]), Problem.BROKEN),
        (calendar(event("DTSTART:yesterday", "DURATION:PT1H")), Problem.BROKEN),
        (calendar(event("DURATION:PT1H")), Problem.BROKEN),
        (calendar(event(NINE, "DURATION:soon")), Problem.BROKEN),
        (calendar(event(NINE, NINE, TEN)), Problem.BROKEN),
        (calendar(event(NINE, TEN, "RRULE:FREQ=SOMETIMES")), Problem.BROKEN),
        (calendar(event(NINE, TEN, "RRULE:FREQ=DAILY;INTERVAL=0")), Problem.BROKEN),
        (calendar(event(NINE, TEN, "RRULE:FREQ=DAILY;BYDAY=XX")), Problem.BROKEN),
        (calendar(event("DTSTART:00010101T000000", "DURATION:PT1H", "RRULE:FREQ=DAILY")), Problem.BROKEN),
        (calendar(event(NINE, TEN, "RRULE:FREQ=HOURLY")), Problem.TOO_OFTEN),
        (calendar(event(NINE, TEN, "RRULE:FREQ=DAILY", "RRULE:FREQ=WEEKLY")), Problem.UNSUPPORTED),
        (calendar(event(NINE, TEN, "RRULE:FREQ=DAILY", "EXRULE:FREQ=WEEKLY")), Problem.UNSUPPORTED),
        (calendar(event(NINE, TEN, "RECURRENCE-ID;RANGE=THISANDFUTURE:20261124T140000Z")), Problem.UNSUPPORTED),
        (calendar(event(NINE, TEN, "RRULE:FREQ=DAILY;INTERVAL=-1")), Problem.BROKEN),
        (calendar(event(NINE, TEN, "RRULE:FREQ=DAILY", "EXDATE:some day")), Problem.BROKEN),
        (calendar("BEGIN:VTIMEZONE\nTZID:Mine\nEND:VTIMEZONE\n", event(MINE, "DURATION:PT1H")), Problem.BROKEN),
        (calendar(CHANGING, event(MINE, "DURATION:PT1H")), Problem.TOO_MUCH),
        (b"END:VCALENDAR\r\n", Problem.BROKEN),
        (calendar(["BEGIN:VEVENT", NINE, "END:VTIMEZONE"]), Problem.BROKEN),
        (calendar(["BEGIN:X"] * 50, ["END:X"] * 50), Problem.TOO_MUCH),
    ],
)
def test_file_that_cannot_be_read_says_why(data: bytes, problem: Problem) -> None:
    assert problem_of(data) is problem


SLOW_ZONE = W_EUROPE.format(name="Mine").replace("FREQ=YEARLY;INTERVAL=1", "FREQ=SECONDLY")
HOSTILE = {
    "every second": (calendar(event(NINE, TEN, "RRULE:FREQ=SECONDLY;COUNT=1000000000")), Problem.TOO_OFTEN),
    "every second of each day": (
        calendar(
            event(
                NINE,
                TEN,
                "RRULE:FREQ=DAILY;BYHOUR={0};BYMINUTE={1};BYSECOND={1}".format(
                    ",".join(map(str, range(24))), ",".join(map(str, range(60)))
                ),
            )
        ),
        Problem.TOO_MUCH,
    ),
    "a zone that changes every second": (
        calendar(SLOW_ZONE, event(NINE.replace("America/New_York", "Mine"), "DURATION:PT1H")),
        Problem.UNSUPPORTED,
    ),
    "many that began long ago": (
        calendar(
            *(event("DTSTART:16000101T000000Z", "DURATION:PT1H", "RRULE:FREQ=DAILY", uid=str(n)) for n in range(50))
        ),
        Problem.TOO_MUCH,
    ),
    "many that never come": (
        calendar(*(event(NINE, TEN, "RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", uid=str(n)) for n in range(2_000))),
        Problem.TOO_MUCH,
    ),
    "more times than are kept": (
        calendar(
            *(
                event(
                    f"DTSTART:2026112{5 + n % 4}T{n % 24:02}{n % 60:02}00Z",
                    "DURATION:PT1S",
                    "RRULE:FREQ=DAILY",
                    uid=str(n),
                )
                for n in range(30)
            )
        ),
        Problem.TOO_MUCH,
    ),
    "a pyramid": (b"BEGIN:VCALENDAR\r\n" * 40_000, Problem.TOO_MUCH),
    "events in events": (calendar(["BEGIN:VEVENT"] * 40_000), Problem.TOO_MUCH),
    "too many events": (calendar("BEGIN:VEVENT\nEND:VEVENT\n" * 20_000), Problem.TOO_MUCH),
    "an endless list": (
        calendar(event(NINE, TEN, "EXDATE:" + ",".join(["20261124T140000Z"] * 50_000))),
        Problem.TOO_MUCH,
    ),
    "one line": (b"BEGIN:VCALENDAR\r\n" + b"A" * 999_000, Problem.BROKEN),
    "folded a million times": (b"BEGIN:VCALENDAR\r\n" + b" \n" * 400_000, Problem.BROKEN),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_file_is_refused_in_good_time(name: str) -> None:
    data, problem = HOSTILE[name]
    began = time.process_time()
    assert problem_of(data) is problem
    assert time.process_time() - began < 5


def test_rule_of_a_thousand_million_times_is_read_as_far_as_it_matters() -> None:
    data = calendar(event(NINE, TEN, "RRULE:FREQ=DAILY;COUNT=1000000000"))
    assert len(busy_times(data, HOME, BETWEEN)) == 399


def test_full_file_is_read_in_good_time() -> None:
    one = event("DTSTART;TZID=Europe/Berlin:20261124T090000", "DURATION:PT1H", "SUMMARY:" + "x" * 60)
    data = calendar(*([*one[:1], f"UID:{number}", *one[2:]] for number in range(5_500)))
    began = time.process_time()
    assert read(data) == ["11-24 08:00 11-24 09:00"]
    assert time.process_time() - began < 20

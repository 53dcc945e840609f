"""What people do on the pages, in their own words, for every journey to be made of."""

import re
import time
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from random import choices
from string import ascii_lowercase
from urllib.parse import quote_plus, urlsplit
from zoneinfo import ZoneInfo

from axe_playwright_python.base import AXE_SCRIPT
from icalendar import Calendar, Event
from playwright.sync_api import Page, expect

from clinic.standalone.inbox import Message
from tests.journeys.conftest import Tree, sign_in
from tests.look.test_axe import violations

PASSWORD = "six herons stand in the shallow water"
NEW_YORK = ZoneInfo("America/New_York")
DANA, ALICE = "dana.whitfield@elm-street.example", "alice.hart@elm-street.example"
INTAKE_STEPS_MOST = 12
REPORT_SUBJECT = "Something new for you at Elm Street Practice"


@dataclass
class Visitor:
    """Somebody who is new here, with a name and an address that nobody else has."""

    given: str
    family: str = field(default_factory=lambda: "".join(choices(ascii_lowercase, k=6)).capitalize())
    therapist: str = ""

    @property
    def email(self) -> str:
        """Where their mail arrives."""
        return f"{self.given}.{self.family}@journeys.example".lower()

    @property
    def name(self) -> str:
        """As they sign."""
        return f"{self.given} {self.family}"

    @property
    def initials(self) -> str:
        """As a therapist's Today shows them."""
        return f"{self.given[0]}. {self.family[0]}."

    @property
    def therapist_email(self) -> str:
        """The sign-in of the one they booked with."""
        return ".".join(self.therapist.lower().split()) + "@elm-street.example"


def book_first_call(page: Page, visitor: Visitor) -> None:
    """From the home page to "You are booked", with the first time that is offered there."""
    page.goto("/")
    page.get_by_role("link", name=re.compile("^Take it")).first.click()
    fill_details(page, visitor)
    book_it(page, visitor)


def choose_first_call(page: Page, visitor: Visitor, day: date) -> None:
    """To the last look, with the first time on that day or after it."""
    page.goto(f"/book/first-call/anyone?day={day}")
    page.get_by_role("main").locator("label.tick").first.click()
    page.get_by_role("button", name="Keep this time").click()
    fill_details(page, visitor)


def fill_details(page: Page, visitor: Visitor) -> None:
    """Who they are, and on to the last look."""
    page.get_by_label("First name").fill(visitor.given)
    page.get_by_label("Last name").fill(visitor.family)
    page.get_by_label("E-mail address").fill(visitor.email)
    page.get_by_label("Phone number").fill("212 555 0147")
    page.get_by_label("No, only I read it").check()
    page.get_by_role("button", name="Go on to review").click()
    expect(page.get_by_text(visitor.email)).to_be_visible()


def book_it(page: Page, visitor: Visitor) -> None:
    """From the last look to "You are booked"."""
    page.get_by_role("button", name="Book it").click()
    expect(page.get_by_role("heading", name="You are booked")).to_be_visible()
    visitor.therapist = therapist_on(page)


def therapist_on(page: Page) -> str:
    """The full name of the therapist that "You are booked" names."""
    named = re.search(r"With (\w+ \w+)\.", page.get_by_label("Your booking").inner_text())
    assert named, "the page does not say with whom"
    return named[1]


def link_in(message: Message, kind: str) -> str:
    """The path of the link of that kind in a message, such as /join/..."""
    address = re.search(rf"\S+/{kind}/\S+", message.text)
    assert address, f"no /{kind}/ link in the message"
    return urlsplit(address[0]).path


def event_in(file: bytes) -> Event:
    """The one event of a calendar file, as a calendar reads it."""
    calendar = Calendar.from_ical(file)
    assert isinstance(calendar, Calendar)
    [event] = calendar.events
    assert str(event["SUMMARY"]) == "Appointment"
    return event


def start_of(event: Event) -> datetime:
    """When it begins."""
    assert isinstance(event.start, datetime)
    return event.start


def start_in(message: Message) -> datetime:
    """When the appointment of a message begins."""
    [file] = message.attachments
    return start_of(event_in(file.content))


def join(page: Page, message: Message) -> None:
    """Follow the invitation and choose a password."""
    page.goto(link_in(message, "join"))
    page.get_by_label("New password").fill(PASSWORD)
    page.get_by_role("button", name="Save and sign in").click()
    page.wait_for_url(re.compile("/(today|intake)$"))


def do_intake(page: Page, visitor: Visitor) -> None:
    """Every step of the intake, in the order in which the pages lead on, to its end."""
    page.goto("/intake")
    page.get_by_role("link", name="Begin").click()
    for _step in range(INTAKE_STEPS_MOST):
        slug = urlsplit(page.url).path.rpartition("/")[2]
        if page.get_by_role("heading", name="One last look").count():
            break
        {"safe-contact": fill_safe_contact, "eligibility": fill_eligibility}.get(slug, _sign)(page, visitor)
        page.wait_for_url(re.compile(f"^(?!.*/{slug}$)"))
    page.get_by_role("button", name=re.compile("^Send to ")).click()
    expect(page.get_by_role("heading", name="Thank you. That was the paperwork.")).to_be_visible()


def choose(page: Page, question: str, answer: str) -> None:
    """Pick one answer of a question."""
    page.get_by_role("radiogroup", name=question).get_by_label(answer, exact=True).check()


def fill_safe_contact(page: Page, _visitor: Visitor) -> None:
    """Nobody else reads the mail; no text messages, no voicemail."""
    choose(page, "Can anyone else open your mailbox or your phone?", "No, only I can")
    choose(page, "May we send you text messages?", "No")
    choose(page, "May we leave a voicemail?", "No")
    choose(page, "How should we introduce ourselves if someone else picks up?", "With a first name only")
    page.get_by_role("button", name="Save and go on").click()


def fill_eligibility(page: Page, _visitor: Visitor) -> None:
    """Safe, grown up, and in the right place."""
    choose(page, "Are you, or is someone near you, in danger right now?", "No")
    page.get_by_label("When were you born?").fill("1988-05-04")
    page.get_by_label("Where will you be when we meet?").fill("New York, NY")
    choose(page, "Is that inside the area where your therapist is licensed?", "Yes")
    choose(page, "Will you have a space where nobody can overhear you?", "Yes")
    page.get_by_role("button", name="Save and go on").click()


def _sign(page: Page, visitor: Visitor) -> None:
    page.get_by_role("checkbox").check()
    page.get_by_label("Your full name, typed as your signature").fill(visitor.name)
    page.get_by_role("button", name="Sign and go on").click()


def assert_clean(page: Page) -> None:
    """axe-core finds nothing on the page as it stands in the middle of a journey."""
    page.evaluate(AXE_SCRIPT)
    assert violations(page) == []


def sign_out(page: Page) -> None:
    """By the button beside the person's name, on a phone behind it."""
    menu = page.locator("summary.person-dot")
    if menu.is_visible():
        menu.click()
    page.get_by_role("button", name="Sign out").locator("visible=true").click()
    page.wait_for_url(lambda url: "today" not in url)


def sign_in_as(page: Page, visitor: Visitor) -> None:
    """The visitor who has joined."""
    sign_in(page, visitor.email, PASSWORD)


def become_client(tree: Tree, page: Page, visitor: Visitor) -> None:
    """From nobody to a client who is signed in and has not begun the intake."""
    book_first_call(page, visitor)
    [invitation] = tree.wait_for_mail(visitor.email)
    join(page, invitation)


def give_homework(page: Page, exercise: str, due: datetime) -> None:
    """From the client's homework and back to it: one exercise, due at `due`."""
    page.get_by_role("link", name="Give homework").first.click()
    page.get_by_label("Exercise").select_option(label=exercise)
    page.get_by_label("Why this, and why now?").fill("Because you said that your world has become small")
    page.get_by_label("Due").fill(due.astimezone(NEW_YORK).strftime("%Y-%m-%dT%H:%M"))
    choose(page, "How sure is your client that they will do it?", "8")
    page.get_by_role("button", name="Give it", exact=True).click()
    anyway = page.get_by_role("button", name="Give it as it is")
    given = page.get_by_text("Given to ")
    expect(anyway.or_(given)).to_be_visible()
    if anyway.is_visible():
        anyway.click()
    expect(given).to_be_visible()


def give_to_alice(page: Page, due: datetime) -> str:
    """Dana signs in and gives Alice an Own circle; returns the path at which Alice finds it."""
    sign_in(page, DANA)
    page.goto("/caseload?sort=name")
    page.get_by_role("link", name="Alice Hart").click()
    page.get_by_role("main").get_by_role("link", name="Homework", exact=True).click()
    known = set(_work_on(page))
    give_homework(page, "Own circle", due)
    [new] = set(_work_on(page)) - known
    return new.replace("/review/", "/homework/")


def _work_on(page: Page) -> list[str]:
    return [str(link.get_attribute("href")) for link in page.locator("a[href^='/review/']").all()]


def add_person(page: Page, initials: str, relation: str) -> None:
    """One entry of Own circle, and back to the exercise."""
    page.get_by_role("button", name="Add a person").click()
    page.get_by_label("Initials").fill(initials)
    choose(page, "Who they are to you", relation)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text(initials).first).to_be_visible()


def saved(page: Page, words: str = "") -> AbstractContextManager[object]:
    """Wait until the page has saved a draft with these words, as it does when a field is left or a save has failed."""
    part = quote_plus(words)
    return page.expect_response(
        lambda answer: answer.url.endswith("/draft") and answer.ok and part in (answer.request.post_data or ""),
        timeout=60_000,
    )


def wait_for_report(tree: Tree, page: Page, visitor: Visitor, seconds: float = 90) -> None:
    """Have the reports prepared, one batch after the other, until the visitor's is there, and open it."""
    link = page.get_by_role("link", name=visitor.name)
    deadline = time.monotonic() + seconds
    page.goto("/reports")
    while not link.count():
        assert time.monotonic() < deadline, f"no report of {visitor.name} has been prepared"
        tree.run_job("prepare-reports")
        page.wait_for_timeout(4000)
        page.reload()
    link.first.click()


def download_report(tree: Tree, page: Page, seconds: float = 90) -> bytes:
    """Press the button for the PDF; while it is being made the page says so, and one tries again."""
    button = page.get_by_role("link", name="Download as PDF")
    deadline = time.monotonic() + seconds
    tree.run_job("print-reports")
    while page.request.get(str(button.get_attribute("href"))).headers["content-type"] != "application/pdf":
        assert time.monotonic() < deadline, "the PDF has not been made"
        page.wait_for_timeout(1000)
    with page.expect_download() as download:
        button.click()
    return Path(download.value.path()).read_bytes()

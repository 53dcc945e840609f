"""The main job as people live it, from a first call to a progress report, through every process of the practice."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from io import BytesIO

import pytest
from playwright.sync_api import Page, expect
from pypdf import PdfReader
from pypdf.generic import BooleanObject, DictionaryObject, PdfObject

from clinic.standalone.inbox import Message, message_ids
from tests.journeys import steps
from tests.journeys.conftest import PHONE, OpenPage, Tree, sign_in
from tests.journeys.steps import NEW_YORK, Visitor

pytestmark = pytest.mark.browser
A_DAY = timedelta(hours=24)
FEEDBACK = "You called someone. That is the whole exercise."
CLINICAL = ("circle", "fear", "homework", "therap", "session", "report", "couple", "depend")


@dataclass
class Story:
    """Who it is about, on which pages, and when they meet."""

    tree: Tree
    visitor: Visitor
    phone: Page
    staff: Page
    began: datetime
    session_at: datetime


def test_first_call_to_progress_report(tree: Tree, open_page: OpenPage) -> None:
    story = _become_client(tree, open_page)
    _plan(story)
    _work_in_two_sittings(story)
    _review(story)
    _be_reminded(story)
    _report(story)
    ids = message_ids(tree.state / "mail")
    assert sorted(ids) == sorted(set(ids))


def _become_client(tree: Tree, open_page: OpenPage) -> Story:
    visitor, desktop = Visitor("Quinn"), open_page()
    steps.book_first_call(desktop, visitor)
    [confirmation] = tree.wait_for_mail(visitor.email, seconds=20)
    call_at = steps.start_in(confirmation)
    assert call_at > tree.now()
    phone = open_page(viewport=PHONE)
    steps.join(phone, confirmation)
    steps.do_intake(phone, visitor)
    return Story(tree, visitor, phone, open_page(), tree.now().astimezone(NEW_YORK), call_at)


def _plan(story: Story) -> None:
    """The therapist reads the intake, takes the client into care, books a session and gives two exercises."""
    page, visitor = story.staff, story.visitor
    sign_in(page, visitor.therapist_email)
    page.get_by_label("New intakes").get_by_role("link", name=visitor.initials).click()
    expect(page.get_by_text("Say a first name only")).to_be_visible()
    page.get_by_role("link", name=visitor.name).click()
    page.get_by_role("button", name="Take into care").click()
    expect(page.get_by_role("button", name="Take into care")).to_be_hidden()
    story.session_at = _book_session(story)
    page.get_by_role("main").get_by_role("link", name="Homework", exact=True).click()
    month_end = _first_of_next_month(story)  # due before that, so that the month's report has something that was due
    steps.give_homework(page, "Own circle", min(story.session_at - A_DAY, month_end - timedelta(minutes=1)))
    steps.give_homework(page, "Fear trace", story.session_at + timedelta(hours=6))


def _book_session(story: Story) -> datetime:
    """A session next week; its time is what the client's own calendar file says."""
    page = story.staff
    page.get_by_role("link", name="Book next session").click()
    page.get_by_label("From", exact=True).fill(f"{(story.tree.now() + timedelta(days=5)).date()}")
    page.get_by_role("button", name="Show times").click()
    page.get_by_role("main").locator("label.tick").first.click()
    page.get_by_role("button", name="Book this time").click()
    newest, _first = story.tree.wait_for_mail(story.visitor.email, 2)
    page.goto("/caseload?sort=name")
    page.get_by_role("link", name=story.visitor.name).click()
    expect(page.get_by_label("Next sessions").get_by_role("listitem")).to_have_count(2)
    return steps.start_in(newest)


def _work_in_two_sittings(story: Story) -> None:
    page, visitor = story.phone, story.visitor
    page.goto("/today")
    page.get_by_role("link", name="Own circle").click()
    steps.add_person(page, "M. K.", "A friend")
    page.get_by_label("One line about your own circle").fill("I have more people than I thought")
    with steps.saved(page):
        page.get_by_label("A note to yourself").focus()
    steps.sign_out(page)
    steps.sign_in_as(page, visitor)
    page.get_by_role("link", name="Own circle").click()
    expect(page.get_by_label("One line about your own circle")).to_have_value("I have more people than I thought")
    expect(page.get_by_text("M. K.").first).to_be_visible()
    page.get_by_role("button", name="Send to ").click()
    expect(page.get_by_text("You have ten seconds")).to_be_visible()


def _review(story: Story) -> None:
    page, visitor = story.staff, story.visitor
    page.wait_for_timeout(10_500)  # until then the client can take it back
    page.goto("/review")
    page.get_by_role("link", name=visitor.name).click()
    expect(page.get_by_text("M. K.").first).to_be_visible()
    page.get_by_label("Your words to them").fill(FEEDBACK)
    page.get_by_role("button", name="Mark as reviewed").click()
    expect(page.get_by_text(f"Reviewed. {visitor.given} will read your words.")).to_be_visible()
    story.phone.goto("/homework")
    story.phone.get_by_role("link", name="Own circle").click()
    expect(story.phone.get_by_text(FEEDBACK)).to_be_visible()


def _be_reminded(story: Story) -> None:
    """A day before the session two reminders are due: of the session, and of the exercise that is still open."""
    before = {message.message_id for message in story.tree.mail(story.visitor.email)}
    story.tree.move_clock_to(story.session_at - A_DAY + timedelta(minutes=2))
    story.tree.wait_for_mail(story.visitor.email, len(before) + 2, seconds=150)
    for _again in range(2):
        story.tree.run_job("queue-reminders")
        story.tree.run_job("deliver")
    new = [each for each in story.tree.mail(story.visitor.email) if each.message_id not in before]
    assert sorted(each.subject for each in new) == ["A reminder from Elm Street Practice", "Your appointment"]
    for message in new:
        _assert_neutral(message, story.visitor)


def _assert_neutral(message: Message, visitor: Visitor) -> None:
    said = f"{message.subject}\n{message.text}".casefold()
    assert [word for word in (*CLINICAL, *visitor.therapist.casefold().split()) if word in said] == []


def _report(story: Story) -> None:
    tree, page, visitor = story.tree, story.staff, story.visitor
    a_later_day = story.session_at + A_DAY  # on the day of the reminders no second message would go out
    tree.move_clock_to(max(_first_of_next_month(story) + timedelta(hours=9), a_later_day))
    sign_in(page, visitor.therapist_email)
    steps.wait_for_report(tree, page, visitor)
    before = len(tree.mail(visitor.email))
    page.get_by_role("button", name=f"Release to {visitor.given}").click()
    expect(page.get_by_text(f"Released. {visitor.given} gets word of it.")).to_be_visible()
    announcement = tree.wait_for_mail(visitor.email, before + 1)[0]
    assert announcement.subject == steps.REPORT_SUBJECT
    _assert_neutral(announcement, visitor)
    _read(story)


def _first_of_next_month(story: Story) -> datetime:
    """The month after the one in which it began."""
    first = (story.began.replace(day=28) + timedelta(days=4)).replace(day=1)
    return datetime.combine(first, time(0), NEW_YORK)


def _read(story: Story) -> None:
    page = story.phone
    steps.sign_in_as(page, story.visitor)
    page.get_by_role("link", name="Read it").click()
    charts = page.get_by_role("main").get_by_role("img")
    expect(charts).not_to_have_count(0)
    _assert_tagged_with_charts(steps.download_report(story.tree, page), charts.count())


def _assert_tagged_with_charts(content: bytes, charts: int) -> None:
    reader = PdfReader(BytesIO(content))
    root = reader.root_object
    marks = root["/MarkInfo"]
    assert isinstance(marks, DictionaryObject)
    assert marks["/Marked"] == BooleanObject(True)
    assert len(_pictures_in(root["/StructTreeRoot"])) >= charts > 0
    assert "Own circle" in "".join(sheet.extract_text() for sheet in reader.pages)


def _pictures_in(node: PdfObject) -> list[str]:
    """The alternative texts of all figures in a tree of tags."""
    here = node.get_object()
    if isinstance(here, list):
        return [found for part in here for found in _pictures_in(part)]
    if not isinstance(here, DictionaryObject):
        return []
    own = [str(here["/Alt"])] if here.get("/S") == "/Figure" else []
    return own + (_pictures_in(here["/K"]) if "/K" in here else [])

"""The parts of a page say what they must to everybody: labels, hints, errors, states and ways on."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jinja2
import pytest
from werkzeug.datastructures import MultiDict
from wtforms import Form, IntegerField, RadioField, SelectMultipleField, StringField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # the stubs are older than the library
from wtforms.validators import InputRequired, Optional

import clinic
from clinic.web.paging import Page

TEMPLATES = Path(clinic.__file__).parent / "templates"


class Questions(Form):
    """One field of each shape."""

    name = StringField("Your name", [InputRequired("Please write a name.")])
    phone = StringField("Phone", [Optional()], description="Only for calls about your sessions.")
    way = RadioField(
        "How do you like to meet?", [InputRequired("Please choose one.")], choices=[SelectChoice("o", "Office")]
    )
    days = SelectMultipleField(
        "Days", [Optional()], choices=[SelectChoice("m", "Monday"), SelectChoice("t", "Tuesday")]
    )
    heard = IntegerField("How heard did you feel?", [Optional()])


@pytest.fixture(scope="module")
def parts() -> Any:
    """The macros of shell/parts.html outside of a request."""
    loader = jinja2.FileSystemLoader(TEMPLATES)
    env = jinja2.Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True)
    env.globals.update(
        _=lambda words, **values: words % values if values else words,
        sprite="/static/icons/sprite.svg",
        get_flashed_messages=lambda with_categories: [("error", "That time was taken.")],
    )
    return env.get_template("shell/parts.html").module


@pytest.fixture
def empty() -> Questions:
    """The form as it comes back when nothing was filled in."""
    form = Questions(MultiDict({"days": "t", "heard": "7"}))
    assert not form.validate()
    return form


def test_field_ties_its_error_to_the_input(parts: Any, empty: Questions) -> None:
    html = parts.field(empty.name)
    assert 'aria-describedby="name-error"' in html
    assert 'aria-invalid="true"' in html
    assert 'id="name-error"' in html
    assert '<label for="name">' in html


def test_field_ties_hint_and_readers_to_the_input(parts: Any, empty: Questions) -> None:
    html = parts.field(empty.phone, seen=("C", "Only you."))
    assert 'aria-describedby="phone-seen phone-hint"' in html
    assert "sprite.svg#lock" in html
    assert "(optional)" in html
    assert "aria-invalid" not in html


def test_field_hands_on_attributes(parts: Any, empty: Questions) -> None:
    assert 'autocomplete="tel"' in parts.field(empty.phone, autocomplete="tel")


def test_radio_group_carries_the_error_of_all_its_buttons(parts: Any, empty: Questions) -> None:
    html = parts.field(empty.way)
    assert 'role="radiogroup"' in html
    assert 'aria-describedby="way-error"' in html
    assert "<legend>How do you like to meet?" in html


def test_checkbox_group_keeps_what_was_chosen(parts: Any, empty: Questions) -> None:
    html = parts.field(empty.days)
    assert html.count('type="checkbox"') == 2
    assert html.count("checked") == 1


def test_scale_has_words_at_both_ends_and_a_way_back(parts: Any, empty: Questions) -> None:
    html = parts.field(empty.heard, kind="scale", low="not at all", high="completely")
    assert html.count('type="radio"') == 12
    assert html.count("checked") == 1
    assert 'value="" data-clear' in html
    assert "not at all" in html
    assert "completely" in html


def test_error_summary_links_to_each_field(parts: Any, empty: Questions) -> None:
    html = parts.error_summary(empty)
    assert 'href="#name"' in html
    assert 'href="#way"' in html
    assert "How do you like to meet: Please choose one." in html
    assert 'href="#phone"' not in html


def test_error_summary_is_silent_without_errors(parts: Any) -> None:
    assert not parts.error_summary(Questions()).strip()


@pytest.mark.parametrize(("page", "words"), [(1, ["Next"]), (2, ["Previous", "Next"]), (3, ["Previous"])])
def test_pager_offers_only_pages_that_exist(parts: Any, page: int, words: list[str]) -> None:
    html = parts.pager(SimpleNamespace(page=page, pages=3, total=41), lambda number: f"?page={number}")
    assert [word for word in ("Previous", "Next") if word in html] == words
    assert f"Page {page} of 3, 41 in all" in html


def test_pager_is_silent_on_a_single_page(parts: Any) -> None:
    assert not parts.pager(SimpleNamespace(page=1, pages=1, total=3), str).strip()


def test_bottom_bar_shows_five_places_at_most(parts: Any) -> None:
    entries = [
        SimpleNamespace(label=f"Place {number}", url=f"/{number}", icon="today", is_current=number == 6)
        for number in range(7)
    ]
    html = parts.bottom_nav(entries)
    assert html.count("<li>") == 5
    assert "data-current" in html
    assert all(f'href="/{number}"' in html for number in range(7))


def test_flash_says_its_state_by_a_sign_as_well(parts: Any) -> None:
    html = parts.flashes()
    assert "sprite.svg#alert" in html
    assert 'role="status"' in html


def test_what_people_wrote_is_escaped(parts: Any) -> None:
    assert "<b>" not in parts.pill("<b>x</b>")
    assert '"><b>' not in parts.button("Cancel", confirm='"><b>')


def test_act_that_asks_folds_its_button_away_with_the_question(parts: Any) -> None:
    form = SimpleNamespace(hidden_tag=lambda: "")
    html = parts.act_asked(form, "/gone", "Remove", "Take it off the list?", "Yes, remove", about="<b>")
    summary, _, opened = html.partition("</summary>")
    assert ("<details" in summary, "<form" in summary, "Remove" in summary) == (True, False, True)
    assert opened.index("Take it off the list?") < opened.index('action="/gone"') < opened.index("Yes, remove")
    assert "<b>" not in html


def test_pager_of_an_endless_list_says_no_total(parts: Any) -> None:
    html = parts.pager(Page([1, 2], 2, 5, 2, is_endless=True), lambda number: f"/list?page={number}")
    assert "<p>Page 2</p>" in html
    assert ('rel="prev" href="/list?page=1"' in html, 'rel="next" href="/list?page=3"' in html) == (True, True)

"""Words are kept by language, so that nobody reads those of somebody else's; what is filled in is escaped."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from flask import Flask, render_template_string
from flask_babel import force_locale, get_locale, gettext

from clinic.web import filters
from clinic.web.language import add_languages, form_translations
from clinic.web.templating import set_up_templates

GREETING = "Good day, %(name)s"


@pytest.fixture
def bilingual(tmp_path: Path) -> Flask:
    """An application that also speaks German."""
    catalog = Catalog(locale="de")
    catalog.add(GREETING, "Guten Tag, %(name)s")
    folder = tmp_path / "de" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    with (folder / "messages.mo").open("wb") as file:
        write_mo(file, catalog)
    app = Flask(__name__)
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(tmp_path)
    set_up_templates(app)
    add_languages(app)
    return app


def greeted(name: str) -> tuple[str, str]:
    """By a template and by Python."""
    template = f"{{{{ _('{GREETING}', name=name) }}}}"
    return render_template_string(template, name=name), gettext(GREETING, name=name)


def test_words_follow_the_language_that_is_spoken(bilingual: Flask) -> None:
    with bilingual.test_request_context():
        assert greeted("Alice") == ("Good day, Alice", "Good day, Alice")
        with force_locale("de"):
            assert greeted("Alice") == ("Guten Tag, Alice", "Guten Tag, Alice")
        assert greeted("Bob") == ("Good day, Bob", "Good day, Bob")


def test_what_is_filled_into_a_sentence_is_escaped(bilingual: Flask) -> None:
    with bilingual.test_request_context():
        assert greeted("<script>")[0] == "Good day, &lt;script&gt;"
        assert render_template_string("{{ _('100%% of <b>it</b>') }}") == "100% of <b>it</b>"


def test_words_without_a_request_are_as_written(bilingual: Flask) -> None:
    assert gettext("Good day") == "Good day"
    with bilingual.app_context():
        assert render_template_string("{{ _('Good day') }}") == "Good day"


def test_forms_speak_the_language_too(bilingual: Flask) -> None:
    with bilingual.test_request_context():
        english = form_translations(get_locale()).gettext("Not a valid choice.")
        with force_locale("de"):
            assert form_translations(get_locale()).gettext("Not a valid choice.") != english
        assert english == "Not a valid choice."


def test_times_and_days_are_written_in_the_language_that_is_spoken(bilingual: Flask) -> None:
    moment = datetime(2026, 11, 24, 21, 15, tzinfo=UTC)
    with bilingual.test_request_context():
        for _twice in range(2):
            assert filters.clock_time(moment, "America/New_York") == "4:15\u202fPM"
            assert filters.day(moment, "America/New_York") == "Tuesday, November 24"
            with force_locale("de"):
                assert filters.clock_time(moment, "America/New_York") == "16:15"
                assert filters.day(moment, "America/New_York").startswith("Dienstag")


def test_globals_of_one_template_stay_with_it(bilingual: Flask) -> None:
    own = bilingual.jinja_env.from_string("{{ word }}", globals={"word": "mine"})
    assert own.render() == "mine"
    assert "word" not in bilingual.jinja_env.globals

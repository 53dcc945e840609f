"""Text from people: no control characters, and never a template (R26)."""

from collections.abc import Callable

from flask import Flask

from clinic.web.forms import ActionForm, one_line, stripped
from tests.browser import Browser
from tests.factories import Practice

OpenBrowser = Callable[..., Browser]


def test_one_line_has_no_breaks_and_no_control_characters() -> None:
    assert one_line(" Alice\r\nBcc: eve@example.org\t\x00\u2028x ") == "Alice Bcc: eve@example.org x"
    assert one_line("Zoë 李") == "Zoë 李"
    assert (one_line(""), one_line(None)) == ("", None)


def test_text_keeps_its_lines_and_loses_control_characters() -> None:
    assert stripped(" one\r\ntwo\x00\x1b ") == "one\ntwo"


def test_what_a_person_typed_is_neither_template_nor_markup(practice: Practice, browser: OpenBrowser) -> None:
    visitor = browser(practice.alice)
    name = "{{ 7 * 7 }}<script>alert(1)</script>"
    assert visitor.submit("/account", given_name=name, family_name="%s {0}", zone="Europe/Berlin").status_code == 303
    page = visitor.get("/account").text
    assert "{{ 7 * 7 }}&lt;script&gt;" in page
    assert "<script>alert" not in page
    assert "49" not in page.split("{{ 7 * 7 }}")[1][:40]


def test_line_breaks_in_a_name_do_not_get_into_a_header(practice: Practice, browser: OpenBrowser) -> None:
    visitor = browser(practice.alice)
    visitor.submit("/account", given_name="Alice\r\nBcc: eve@example.org", family_name="Hart", zone="Europe/Berlin")
    assert 'value="Alice Bcc: eve@example.org"' in visitor.get("/account").text


def test_hidden_field_is_written_as_wtforms_would(app: Flask) -> None:
    with app.test_request_context():
        form = ActionForm(prefix="a<b")
        form.idempotency_key.data = "\"'<script>&"
        for field in (form.idempotency_key, form.csrf_token):
            assert field() == field.widget(field)
        assert "<script" not in form.hidden_tag()
        assert form.idempotency_key(class_="x") == form.idempotency_key.widget(form.idempotency_key, class_="x")

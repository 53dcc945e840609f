"""An intern's notes: signed, waiting, given back with a word, signed again, co-signed; and who supervises whom."""

from typing import Any
from uuid import UUID

import pytest

from tests.factories import Practice
from tests.notes.conftest import WORDS, Opening, Writing

pytestmark = pytest.mark.usefixtures("supervised")


@pytest.fixture
def waiting(writing: Writing, practice: Practice) -> UUID:
    """Erik has signed a note about Carol."""
    return writing.signed("carol", practice.erik)


def test_interns_note_waits_for_the_supervisor(browser: Opening, practice: Practice, writing: Writing) -> None:
    erik, note = browser(practice.erik), writing.start("carol", practice.erik)
    assert "Dana Whitfield co-signs it" in erik.get(f"/notes/{note}/write").text
    erik.submit(f"/notes/{note}/write", go="sign", s_text=WORDS, name="Erik Lindqvist")
    assert "Not final yet" in erik.get(f"/notes/{note}").text
    dana = browser(practice.dana)
    assert "C. S." in dana.get("/today").text.partition("To co-sign")[2]
    assert f"/notes/{note}" in dana.get("/notes/to-cosign").text
    assert WORDS in dana.get(f"/notes/{note}").text


def test_nobody_else_is_told_what_waits(browser: Opening, practice: Practice, waiting: UUID, ines: UUID) -> None:
    for person_id in (practice.erik, ines):
        visitor = browser(person_id)
        assert "To co-sign" not in visitor.get("/today").text
        assert f"/notes/{waiting}" not in visitor.get("/notes/to-cosign").text
        assert visitor.submit(f"/notes/{waiting}/cosign", name="Ines Okafor").status_code == 404
        assert visitor.submit(f"/notes/{waiting}/return", word="x").status_code == 404


def test_co_signed_note_is_final_for_both(browser: Opening, practice: Practice, waiting: UUID) -> None:
    dana, erik = browser(practice.dana), browser(practice.erik)
    refused = dana.submit(f"/notes/{waiting}/cosign", name="Erik Lindqvist")
    assert (refused.status_code, "as we know it: Dana Whitfield" in refused.text) == (422, True)
    assert dana.submit(f"/notes/{waiting}/cosign", name="Dana Whitfield").status_code == 303
    for visitor in (dana, erik):
        assert "Co-signed by Dana Whitfield" in visitor.get(f"/notes/{waiting}").text
    assert f"/notes/{waiting}" not in dana.get("/notes/to-cosign").text
    assert dana.submit(f"/notes/{waiting}/cosign", name="Dana Whitfield").status_code == 409
    assert dana.submit(f"/notes/{waiting}/return", word="Too late.").status_code == 409


def test_given_back_note_is_its_authors_again_with_the_word(
    browser: Opening, practice: Practice, waiting: UUID
) -> None:
    dana, erik = browser(practice.dana), browser(practice.erik)
    assert dana.submit(f"/notes/{waiting}/return", word="").status_code == 422
    answer = dana.submit(f"/notes/{waiting}/return", word="Please add the plan.")
    assert (answer.status_code, answer.location) == (303, "/notes/to-cosign")
    assert dana.get(f"/notes/{waiting}").status_code == 404
    for name in ("Dana Whitfield", ""):
        late = dana.submit(f"/notes/{waiting}/cosign", name=name)
        assert (late.status_code, late.location) == (303, "/notes/to-cosign")
    page = erik.get(f"/notes/{waiting}/write").text
    assert ("Please add the plan." in page, "Withdraw the draft" in page) == (True, False)
    assert erik.submit(f"/notes/{waiting}/withdraw").status_code == 303
    erik.submit(f"/notes/{waiting}/write", go="sign", s_text=f"{WORDS} Plan: rest.", name="Erik Lindqvist")
    again = dana.get(f"/notes/{waiting}").text
    assert ("Plan: rest." in again, "Please add the plan." in again) == (True, True)


def test_amendment_waits_until_the_note_is_final(browser: Opening, practice: Practice, waiting: UUID) -> None:
    answer = browser(practice.erik).submit(
        f"/notes/{waiting}/amendments", text="More.", reason="I forgot.", name="Erik Lindqvist"
    )
    assert (answer.status_code, "It can be amended once it is final." in answer.text) == (409, True)


def test_owner_says_who_supervises_on_the_therapists_page(
    browser: Opening, practice: Practice, writing: Writing, ines: UUID
) -> None:
    owner, path = browser(practice.owner), f"/practice/therapists/{practice.dana}"
    page = owner.get(path).text
    assert f'value="{practice.dana}"' not in page.partition('name="supervisor"')[2]
    seen = page.partition('name="seen"')[2].partition('value="')[2].partition('"')[0]
    words: dict[str, Any] = {"title": "Therapist", "summary": "Listens.", "about": "Couples.", "seen": seen}
    assert owner.submit(path, **words, supervisor=str(practice.carol)).status_code == 422
    assert owner.submit(path, **words, supervisor=str(ines)).status_code == 303
    note = writing.signed()
    assert "Not final yet" in browser(practice.dana).get(f"/notes/{note}").text
    assert f"/notes/{note}" in browser(ines).get("/notes/to-cosign").text

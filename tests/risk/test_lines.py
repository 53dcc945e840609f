"""Crisis lines are sound in every country, and one that we do not know has lines as well."""

import pytest

from clinic.risk.lines import ELSEWHERE, VIOLENCE, _countries, footer_in, lines_in
from clinic.risk.office import countries


@pytest.mark.parametrize("code", sorted(_countries()))
def test_a_country_says_what_to_do_and_where_to_turn(code: str) -> None:
    country = lines_in(code)
    assert country.footer
    assert country.danger
    assert country.about(frozenset())
    assert all(each.call or each.text or each.site for each in country.lines)
    assert all(each.site.startswith("https://") for each in country.lines if each.site)
    assert code in countries() or code == ELSEWHERE


def test_a_country_that_we_do_not_know_has_the_lines_for_anywhere() -> None:
    assert lines_in("XX") == lines_in("") == lines_in(ELSEWHERE)
    assert "findahelpline.com" in footer_in("DE")


def test_lines_about_violence_are_for_who_was_asked_about_safety() -> None:
    us = lines_in("US")
    assert {each.topic for each in us.about(frozenset({VIOLENCE}))} == {"", VIOLENCE}
    assert {each.topic for each in us.about(frozenset())} == {""}

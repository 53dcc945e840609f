"""Markup that Python writes is as safe as a template's."""

from markupsafe import Markup

from clinic.booking.buttons import boxes, options, ticks

EVIL = '"><script>'
SAFE = "&#34;&gt;&lt;script&gt;"


def test_whatever_is_handed_in_is_escaped() -> None:
    made = (ticks([(EVIL, EVIL, EVIL)], ""), boxes([(EVIL, EVIL)], EVIL, ()), options(((EVIL, EVIL),), ""))
    for html in made:
        assert "<script" not in html
        assert SAFE in html


def test_words_that_are_markup_stay_as_they_are() -> None:
    words = Markup("9:00<span class='tick-note'>%s</span>") % "<script>"
    assert "<span>9:00<span class='tick-note'>&lt;script&gt;</span></span>" in ticks([("v", words, "i")], "")


def test_text_is_never_taken_for_the_markup_that_it_spells() -> None:
    assert "<span><b>9:00</b></span>" in ticks([("v", Markup("<b>9:00</b>"), "i")], "")
    assert "<span>&lt;b&gt;9:00&lt;/b&gt;</span>" in ticks([("v", "<b>9:00</b>", "i")], "")


def test_only_what_was_chosen_is_marked() -> None:
    assert ticks([("a", "A", "1"), ("b", "B", "2")], "b").count("checked") == 1
    assert 'value="b" required checked=""' in ticks([("a", "A", "1"), ("b", "B", "2")], "b")
    assert 'id="part-x" value="x" checked=""' in boxes([("x", "X"), ("y", "Y")], "part", ("x",))
    assert '<option value="b" selected="">' in options((("a", "A"), ("b", "B")), "b")
    assert '<option value="a" selected="">' in options((("a", "A"), ("b", "B")), "a")

"""Radio buttons, boxes and options by the dozen. A page of times has eighty, and in a template each takes fifty calls.

What is not ours is escaped here: whoever calls may hand in any words.
"""

from collections.abc import Collection, Iterable
from functools import lru_cache

from markupsafe import Markup, escape

_TICK = (
    '<label class="tick" for="%s"><input type="radio" name="slot" id="%s" value="%s" required%s>'
    "<span>%s</span></label>\n"
)
_BOX = '<label class="choice" for="%s"><input type="checkbox" name="%s" id="%s" value="%s"%s><span>%s</span></label>\n'
_OPTION = '<option value="%s"%s>%s</option>\n'
_CHECKED = ' checked=""'
_SELECTED = ' selected=""'


def ticks(choices: Iterable[tuple[str, str, str]], chosen: str) -> Markup:
    """Radio buttons named "slot" for (value, words, id), the chosen value's pressed."""
    lines = []
    for value, words, identity in choices:
        name, mark = _escaped(identity), _CHECKED if value == chosen else ""
        lines.append(_TICK % (name, name, _escaped(value), mark, _escaped(words)))
    return _safe(lines)


def boxes(choices: Iterable[tuple[str, str]], name: str, ticked: Collection[str]) -> Markup:
    """Check boxes of that name for (value, words), those in `ticked` ticked."""
    lines = []
    for value, words in choices:
        identity, mark = _escaped(f"{name}-{value}"), _CHECKED if value in ticked else ""
        lines.append(_BOX % (identity, _escaped(name), identity, _escaped(value), mark, _escaped(words)))
    return _safe(lines)


@lru_cache
def options(choices: tuple[tuple[str, str], ...], chosen: str) -> Markup:
    """The options of a list for (value, words). Kept: a list of time zones, and which is chosen, tell of nobody."""
    return _safe(
        _OPTION % (_escaped(value), _SELECTED if value == chosen else "", _escaped(words)) for value, words in choices
    )


# By type as well: markup equals the text that it is written as, and must not be taken for it.
@lru_cache(maxsize=8192, typed=True)
def _escaped(words: str) -> str:
    """Kept, since days, times and therapists are the same on page after page."""
    return str(escape(words))


def _safe(lines: Iterable[str]) -> Markup:
    return Markup("".join(lines))  # noqa: S704 -- the tags are ours, and what stands in them is escaped

"""What the areas of the wheel and the lines of the pulse are called, short enough for a chart."""

from clinic.progress.translation import _

# The keys of the whole-self wheel (clinic/homework/exercises) and of the pulse (clinic/measures/definitions).
AREAS = ("work", "friends", "family", "body", "meaning", "play", "home", "inner")
LINES = ("whole_self", "own_circle", "talking", "get_real", "pause", "horizon")


def area_name(key: str) -> str:
    """The name of an area; an area that a practice added keeps its key, made readable."""
    names: dict[str, str] = {
        "work": _("Work & learning"),
        "friends": _("Friends"),
        "family": _("Family"),
        "body": _("Body"),
        "meaning": _("Meaning"),
        "play": _("Play"),
        "home": _("Home & money"),
        "inner": _("Inner life"),
    }
    return names.get(key, key.replace("_", " "))


def line_name(key: str) -> str | None:
    """The name of one of the six lines, or None for a key that is none."""
    names: dict[str, str] = {
        "whole_self": _("Whole self"),
        "own_circle": _("Own circle"),
        "talking": _("Talking"),
        "get_real": _("Getting real"),
        "pause": _("Taking breaks"),
        "horizon": _("Horizon"),
    }
    return names.get(key)

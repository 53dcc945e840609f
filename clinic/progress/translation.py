"""gettext with types: flask-babel ships none. The names are those that the extraction of messages looks for."""

import flask_babel


def _(message: str, **values: object) -> str:
    """The sentence in the current locale, with its places filled."""
    return str(flask_babel.gettext(message, **values))


def ngettext(one: str, many: str, num: int, **values: object) -> str:
    """The sentence for that number, which both spell as `%(num)d`."""
    return str(flask_babel.ngettext(one, many, num, **values))

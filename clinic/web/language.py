"""The words of a page in its reader's language. flask-babel asks three times a word for the language; here it is once.

What is kept is kept by language and for the life of the process: sentences of ours, never what somebody typed.
"""

from functools import cache
from typing import Any

from babel import Locale
from babel.support import NullTranslations, Translations
from flask import Flask, g, has_app_context
from flask_babel import Babel, Domain, get_locale
from jinja2 import pass_eval_context
from jinja2.nodes import EvalContext
from markupsafe import Markup
from wtforms.i18n import messages_path


class KeptDomain(Domain):  # type: ignore[misc]  # flask-babel ships no types
    """The translations of the practice, found by the language alone."""

    def __init__(self, domain: str) -> None:
        super().__init__(domain=domain)
        self._by_language: dict[Locale | None, NullTranslations] = {}

    def get_translations(self) -> NullTranslations:
        """Those of the language that is spoken right now, which `force_locale` may have changed."""
        language = spoken()
        if language is None:  # outside of every request and job there is none to keep
            return NullTranslations()
        if language not in self._by_language:
            self._by_language[language] = super().get_translations()
        return self._by_language[language]


def spoken() -> Locale | None:
    """flask-babel's `get_locale`, which goes through `g` three times, and is asked for each word.

    None outside of requests and jobs. `force_locale` is heeded: it changes what is read here.
    """
    kept = getattr(g._get_current_object(), "_flask_babel", None) if has_app_context() else None
    language: Locale | None = getattr(kept, "babel_locale", None) or get_locale()
    return language


def add_languages(app: Flask) -> None:
    """Let Python and templates speak the reader's language."""
    # One object, since a language that is equal but another one is slow to compare.
    usual = Locale.parse(app.config.get("BABEL_DEFAULT_LOCALE", "en"))
    babel = Babel(app, locale_selector=lambda: usual)
    domain = babel.domain_instance = KeptDomain(app.extensions["babel"].default_domain)

    @pass_eval_context
    def gettext(context: EvalContext, message: str, **variables: Any) -> str:
        # Jinja's own does the same in four steps.
        words: str = domain.get_translations().ugettext(message)
        if not context.autoescape:
            return words % variables
        # The sentence is ours, so it is safe as it is. What is filled in is not, and `%` escapes it.
        return Markup(words) % variables if variables else Markup(words % variables)  # noqa: S704

    app.jinja_env.globals.update(_=gettext, gettext=gettext)


@cache
def form_translations(language: Locale | None) -> NullTranslations:
    """What WTForms says by itself, such as "Not a valid choice."; flask-wtf reads the file anew at each request."""
    return Translations.load(messages_path(), [language] if language else None, domain="wtforms")

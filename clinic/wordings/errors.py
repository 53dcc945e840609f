"""What can be wrong with the words of a message. None of them is lost for it: the page shows them again."""

from clinic.core.errors import DomainError, StaleError


def _(message: str) -> str:
    """Mark a sentence for the translators; the edge translates it."""
    return message


class WordsError(DomainError):
    """Words that cannot go out as they stand; `field` is where the error belongs."""

    field = "body"


class EmptyWordsError(WordsError):
    """There is nothing to say."""

    message = _("Please write something here.")


class LongWordsError(WordsError):
    """More than anybody reads."""

    message = _("Please make it shorter: %(most)d characters at most.")


class HiddenMarkError(WordsError):
    """A line break in a subject, or a mark that nobody sees."""

    message = _("There is a mark in it that cannot be seen. Please type it anew instead of pasting it.")


class BrokenLineError(WordsError):
    """A subject with a second line would reach into the headers of the mail."""

    message = _("A subject has one line. Please take the line break out.")


class LooseBraceError(WordsError):
    """An opening brace without its closing one, or the other way round."""

    message = _("A brace stands alone. Placeholders are written like {first_name}, and braces are for nothing else.")


class UnknownPlaceholderError(WordsError):
    """A placeholder that this message does not have."""

    message = _("There is no placeholder {%(name)s} here. Please use one of these: %(known)s.")


class OddPlaceholderError(WordsError):
    """Something in braces that is not written as a placeholder is."""

    message = _(
        "There is no placeholder {%(name)s}. They are written with small letters, without blanks, like {first_name}."
    )


class MissingPlaceholderError(WordsError):
    """Without it, the message would not do what it is for."""

    message = _("This message needs %(names)s. Please put it back in.")


class BlockInTextError(WordsError):
    """A block that may be empty would leave half a sentence behind."""

    message = _("{%(name)s} needs a paragraph of its own, between empty lines, as it is not always there.")


class TellingWordError(WordsError):
    """A word that tells others what kind of practice writes."""

    message = _('Others may see this. Please leave "%(word)s" out.')


class WordsChangedError(StaleError):
    """Somebody else has saved since this page was opened."""

    message = _(
        "Somebody else has changed this message since you opened the page. What you typed is still here and is not"
        " saved. Look at what stands now, then save again if yours should replace it."
    )

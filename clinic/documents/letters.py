"""Letters that a PDF cannot show, put into words: a small face becomes "(slightly smiling face)"."""

import re
import unicodedata
from collections.abc import Mapping

# The scripts that the shipped fonts cover, by the first word of a letter's Unicode name.
_SCRIPTS = {"LATIN", "GREEK", "CYRILLIC", "COMBINING", "MODIFIER"}
_JOINERS = {"\u200d", "\ufe0e", "\ufe0f", "\ufeff", "\u20e3"}
_UNREADABLE = "[…]"


def spelled_out(value: Mapping[str, object]) -> dict[str, object]:
    """The same data with every text made showable; keys and numbers stay."""
    return {key: _spelled(part) for key, part in value.items()}


def _spelled(value: object) -> object:
    if isinstance(value, str):
        return value if value.startswith("<svg") and value.isascii() else showable(value)
    if isinstance(value, Mapping):
        return spelled_out(value)
    if isinstance(value, list | tuple):
        return [_spelled(part) for part in value]
    return value


def showable(text: str) -> str:
    """`text` with pictures named in words, letters of scripts without a font as […], and control characters dropped."""
    told = "".join(_letter(letter) for letter in unicodedata.normalize("NFC", text))
    return (
        re.sub(r"(?:\[…\]\s*)+", f"{_UNREADABLE} ", told).replace(f"{_UNREADABLE} </", f"{_UNREADABLE}</").rstrip(" ")
    )


def _letter(letter: str) -> str:
    kind = unicodedata.category(letter)
    if letter in "\n\t" or (letter.isascii() and letter.isprintable()):
        return letter
    if letter in _JOINERS or kind in {"Cc", "Cf", "Cs", "Co", "Cn", "Sk"}:
        return ""
    name = unicodedata.name(letter, "")
    if kind[0] in "LM":
        return letter if name.split(" ")[0] in _SCRIPTS else _UNREADABLE
    if kind == "So" or ord(letter) > 0x2BFF:
        return f"({name.lower()})"
    return letter

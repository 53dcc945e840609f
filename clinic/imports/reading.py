"""From the bytes of a file to rows of text: its kind, its letters, its separator. Plain functions on plain values."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from clinic.imports.columns import Kind, column_of, columns_of, title
from clinic.imports.errors import (
    BrokenRowError,
    EmptyFileError,
    MissingColumnsError,
    SameColumnError,
    TooManyColumnsError,
    TooManyRowsError,
    WrongEncodingError,
    WrongKindError,
)

EXTENSIONS: Final = (".csv", ".tsv", ".txt")
MOST_ROWS: Final = 5000
MOST_COLUMNS: Final = 100
UTF8, WINDOWS = "utf-8", "windows-1252"
_SEPARATORS: Final = (",", ";", "\t")
_OTHER_KINDS: Final = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF", b"\xff\xfe", b"\xfe\xff", b"\x1f\x8b")
_NO_TEXT: Final = frozenset(range(32)) - {9, 10, 13}  # control characters, NUL among them


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file that can be read: its text, how it was written, and what its columns are called."""

    text: str
    encoding: str
    separator: str
    header: tuple[str, ...]

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Each row that says something, with its number as a spreadsheet shows it. Raises FileError."""
        reader = csv.reader(io.StringIO(self.text, newline=""), delimiter=self.separator, strict=True)
        try:
            next(reader, None)
            for number, cells in enumerate(reader, start=2):
                if len(cells) > MOST_COLUMNS:
                    raise TooManyColumnsError(most=MOST_COLUMNS)
                if any(cell.strip() for cell in cells):
                    yield number, cells
        except csv.Error as error:
            raise BrokenRowError(line=reader.line_num) from error


def read(name: str, content: bytes, kind: Kind) -> tuple[Sheet, int]:
    """The sheet, and how many rows it has. Raises FileError, which says what is wrong with the file as a whole."""
    sheet = open_sheet(name, content, kind)
    count = 0
    for count, _row in enumerate(sheet.rows(), start=1):
        if count > MOST_ROWS:
            raise TooManyRowsError(most=MOST_ROWS)
    if count == 0:
        raise EmptyFileError
    return sheet, count


def open_sheet(name: str, content: bytes, kind: Kind) -> Sheet:
    """The sheet with its columns known. Raises FileError."""
    if not name.lower().endswith(EXTENSIONS) or content.startswith(_OTHER_KINDS):
        raise WrongKindError
    if not _NO_TEXT.isdisjoint(content):
        raise WrongKindError
    encoding = UTF8 if _is_utf8(content) else WINDOWS
    try:
        text = content.decode("utf-8-sig" if encoding == UTF8 else "cp1252")
    except UnicodeDecodeError as error:
        raise WrongEncodingError from error
    separator, header = _heading(text, kind)
    _require_columns(header, kind)
    return Sheet(text, encoding, separator, header)


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _heading(text: str, kind: Kind) -> tuple[str, tuple[str, ...]]:
    """The separator with which most columns are known, and the columns that it gives."""
    readings = {separator: _first_row(text, separator) for separator in _SEPARATORS}
    best = max(_SEPARATORS, key=lambda each: (_known(readings[each], kind), len(readings[each])))
    header = tuple(cell.strip() for cell in readings[best])
    if not any(header):
        raise EmptyFileError
    if len(header) > MOST_COLUMNS:
        raise TooManyColumnsError(most=MOST_COLUMNS)
    return best, header


def _first_row(text: str, separator: str) -> list[str]:
    try:
        return next(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True), [])
    except csv.Error:
        return []


def _known(header: list[str], kind: Kind) -> int:
    return sum(column_of(cell, kind) is not None for cell in header[: MOST_COLUMNS + 1])


def _require_columns(header: tuple[str, ...], kind: Kind) -> None:
    known = [column for cell in header if (column := column_of(cell, kind))]
    twice = next((each for each in known if known.count(each) > 1), None)
    if twice is not None:
        raise SameColumnError(column=title(twice))
    found = set(known)
    missing = [
        " / ".join(title(each) for each in choice) for choice in columns_of(kind).needed if found.isdisjoint(choice)
    ]
    if missing:
        raise MissingColumnsError(columns=", ".join(missing))

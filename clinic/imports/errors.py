"""What is wrong with a file as a whole, each as a sentence that says what to do. Nothing of it was kept."""

from clinic.core.errors import DomainError, StaleError


class FileError(DomainError):
    """The file cannot be read as a table."""

    message = "We could not read this file. Please save it as CSV (UTF-8) and try again."


class WrongKindError(FileError):
    """Something else than a text table."""

    message = "This is not a CSV file. In your spreadsheet, choose “Save as” or “Download”, and CSV (UTF-8)."


class WrongEncodingError(FileError):
    """Neither UTF-8 nor Windows-1252."""

    message = "We could not make out the letters in this file. Please save it as CSV (UTF-8) and try again."


class EmptyFileError(FileError):
    """No header, or nothing below it."""

    message = "There are no rows in this file. The first line names the columns, and each line below is a row."


class BrokenRowError(FileError):
    """A quote that never ends, or a field without end."""

    message = "We could not read past line %(line)s: a quotation mark may be missing there."


class TooManyColumnsError(FileError):
    """So many columns that it cannot be such a table."""

    message = "This file has more than %(most)s columns. Please leave only those that are listed here."


class TooManyRowsError(FileError):
    """More rows than are imported in one go."""

    message = "This file has more than %(most)s rows. Please split it into smaller ones."


class SameColumnError(FileError):
    """Two columns that mean the same."""

    message = "Two columns mean the same: “%(column)s”. Please leave only one of them."


class MissingColumnsError(FileError):
    """Columns without which no row means anything."""

    message = "We could not find these columns: %(columns)s. The first line has to name them."


class NotWaitingError(StaleError):
    """There is nothing to confirm, or somebody has already."""

    message = "This import is not waiting for a confirmation any more. Please look at it again."

"""Files as they come: every separator and encoding, and what is refused in words."""

import pytest

from clinic.imports.columns import Kind
from clinic.imports.errors import (
    BrokenRowError,
    EmptyFileError,
    FileError,
    MissingColumnsError,
    SameColumnError,
    TooManyColumnsError,
    TooManyRowsError,
    WrongEncodingError,
    WrongKindError,
)
from clinic.imports.reading import MOST_ROWS, read
from clinic.imports.rules import without_formula

HEAD = "First Name,Last Name,Email\n"


def names(content: bytes) -> list[list[str]]:
    return [cells for _number, cells in read("a.csv", content, Kind.CLIENTS)[0].rows()]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_every_separator_and_encoding_reads_the_same(separator: str, encoding: str) -> None:
    text = "Vorname,First Name,Last Name\r\nx,Théo,“Müller”\r\n".replace(",", separator)
    sheet, count = read("a.CSV", text.encode(encoding), Kind.CLIENTS)
    assert count == 1
    assert [cells for _number, cells in sheet.rows()] == [["x", "Théo", "“Müller”"]]
    assert sheet.encoding == ("windows-1252" if encoding == "cp1252" else "utf-8")


def test_quotes_and_lines_inside_a_field_stay_one_row() -> None:
    content = (HEAD + '"Ro""sa","Del\ngado, the elder",r@example.org\n\n , ,\nTheo,M,\n').encode()
    assert names(content) == [['Ro"sa', "Del\ngado, the elder", "r@example.org"], ["Theo", "M", ""]]


@pytest.mark.parametrize(
    ("name", "content", "error"),
    [
        ("a.csv", b"", EmptyFileError),
        ("a.csv", b"\n\n", EmptyFileError),
        ("a.csv", HEAD.encode(), EmptyFileError),
        ("a.csv", (HEAD + " , , \n").encode(), EmptyFileError),
        ("a.csv", b"PK\x03\x04 a workbook", WrongKindError),
        ("a.csv", b"%PDF-1.7\n" + HEAD.encode() + b"a,b,\n", WrongKindError),
        ("a.xlsx", HEAD.encode() + b"a,b,\n", WrongKindError),
        ("a.csv", HEAD.encode() + b"a\x00b,c,\n", WrongKindError),
        ("a.csv", (HEAD + "a,b,\n").encode("utf-16"), WrongKindError),
        ("a.csv", HEAD.encode() + b"a\x81b,c,\n", WrongEncodingError),
        ("a.csv", HEAD.encode() + b'"a,b,\n', BrokenRowError),
        ("a.csv", HEAD.encode() + b"a" * 200_000 + b",b,\n", BrokenRowError),
        ("a.csv", b"x," * 100_000, TooManyColumnsError),
        ("a.csv", HEAD.encode() + b"x," * 100_000, TooManyColumnsError),
        ("a.csv", HEAD.encode() + b"a,b,\n" * (MOST_ROWS + 1), TooManyRowsError),
        ("a.csv", HEAD.encode() + b"a,b,\n" * 100_000, TooManyRowsError),
        ("a.csv", b"First Name,Email\na,b\n", MissingColumnsError),
        ("a.csv", b"First Name,Given name,Last Name\na,b,c\n", SameColumnError),
    ],
)
def test_what_is_no_such_table_is_refused(name: str, content: bytes, error: type[FileError]) -> None:
    with pytest.raises(error):
        read(name, content, Kind.CLIENTS)


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_formula_is_written_as_text(cell: str) -> None:
    assert without_formula(cell) == f"'{cell}"


def test_harmless_cell_stays_as_it_is() -> None:
    assert without_formula("a=1") == "a=1"

"""What a file says, sealed under the key of its import: names and addresses before anybody is a client."""

import json
from uuid import UUID

from clinic.imports.models import Import, ImportRow
from clinic.vault.service import Owner, decrypt, decrypt_bytes, encrypt, encrypt_bytes


def owner(import_id: UUID) -> Owner:
    """Whose key it is."""
    return Owner("import", import_id)


def seal_content(import_id: UUID, content: bytes) -> bytes:
    """The file."""
    return encrypt_bytes(owner(import_id), "import", "content", import_id, content)


def content_of(taken: Import) -> bytes:
    """The file, while it is there."""
    assert taken.content is not None  # noqa: S101 -- a constraint of the state that asks
    return decrypt_bytes(owner(taken.id), "import", "content", taken.id, taken.content)


def seal_header(import_id: UUID, header: tuple[str, ...]) -> bytes:
    """What the columns are called: nothing keeps anybody from naming them after people."""
    return encrypt(owner(import_id), "import", "header", import_id, json.dumps(header))


def header_of(taken: Import) -> tuple[str, ...]:
    """The headings; none once the import is gone."""
    if taken.header is None:
        return ()
    return tuple(json.loads(decrypt(owner(taken.id), "import", "header", taken.id, taken.header)))


def seal_cells(import_id: UUID, row_id: UUID, cells: list[str]) -> bytes:
    """One row."""
    return encrypt(owner(import_id), "import_row", "cells", row_id, json.dumps(cells))


def cells_of(row: ImportRow) -> list[str]:
    """The cells of a row; none once the import is gone."""
    if row.cells is None:
        return []
    found: list[str] = json.loads(decrypt(owner(row.import_id), "import_row", "cells", row.id, row.cells))
    return found

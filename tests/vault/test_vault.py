"""Sealed text opens for its owner in its place, and nowhere else."""

import pytest

from clinic.core.ids import new_id
from clinic.database.session import db
from clinic.vault import service as vault
from clinic.vault.service import Owner, VaultError
from tests.conftest import Acting

TEXT = "I am afraid of the evenings."


def test_encrypt_gives_bytes_that_open_to_the_same_text(acting: Acting) -> None:
    owner, row = Owner("client", new_id()), new_id()
    with acting():
        sealed = vault.encrypt(owner, "answer", "content", row, TEXT)
        assert vault.decrypt(owner, "answer", "content", row, sealed) == TEXT
        assert TEXT.encode() not in sealed


def test_encrypt_twice_gives_different_bytes(acting: Acting) -> None:
    owner, row = Owner("client", new_id()), new_id()
    with acting():
        first = vault.encrypt(owner, "answer", "content", row, TEXT)
        assert vault.encrypt(owner, "answer", "content", row, TEXT) != first


@pytest.mark.parametrize("moved", ["table", "column", "row", "owner"])
def test_decrypt_refuses_bytes_moved_to_another_place(acting: Acting, moved: str) -> None:
    owner, other, row = Owner("client", new_id()), Owner("client", new_id()), new_id()
    with acting():
        sealed = vault.encrypt(owner, "answer", "content", row, TEXT)
        vault.encrypt(other, "answer", "content", row, TEXT)
        with pytest.raises(VaultError):
            vault.decrypt(
                other if moved == "owner" else owner,
                "note" if moved == "table" else "answer",
                "other" if moved == "column" else "content",
                new_id() if moved == "row" else row,
                sealed,
            )


def test_decrypt_refuses_a_changed_bit(acting: Acting) -> None:
    owner, row = Owner("couple", new_id()), new_id()
    with acting():
        sealed = bytearray(vault.encrypt(owner, "note", "text", row, TEXT))
        sealed[-1] ^= 1
        with pytest.raises(VaultError):
            vault.decrypt(owner, "note", "text", row, bytes(sealed))


def test_key_made_in_a_rolled_back_savepoint_seals_nothing_afterwards(acting: Acting) -> None:
    owner, row = Owner("client", new_id()), new_id()
    with acting():
        savepoint = db.session.begin_nested()
        vault.encrypt(owner, "answer", "content", row, TEXT)
        savepoint.rollback()
        sealed = vault.encrypt(owner, "answer", "content", row, TEXT)
    with acting():
        assert vault.decrypt(owner, "answer", "content", row, sealed) == TEXT

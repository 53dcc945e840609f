"""What people write is in no byte of the disk, no log, no address, no message; and the search would find it."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from tests.canaries.ground import Ground, opened
from tests.canaries.walk import TYPED_HERE, Walk, walk
from tests.canaries.words import Sought, canary, clinical_form_places, definition_places

pytestmark = pytest.mark.slow
SOUGHT = [*definition_places(), *(Sought(place, canary(place)) for place in clinical_form_places())]
REFUSED = {
    "homework without a day": 422,
    "a bug in a view": 500,
    "a statement that fails": 500,
    "too many words": 422,
    "no reason": 422,
    "a forged form": 400,
    "somebody else's": 404,
    "nobody's": 404,
    "an entry after sending": 409,
    "a draft after sending": 409,
    "a note that is too long": 422,
    "an address that is none": 422,
    "a room that is none": 422,
    "a number that is none": 422,
    "a note that nobody signs": 422,
    "a draft after signing": 409,
    "an incomplete closing": 422,
}


@pytest.fixture(scope="module")
def sealed() -> Iterator[Walk]:
    """The practice as it is meant to run, with a word in every clinical field."""
    with opened(is_sealed=True) as ground:
        yield walk(ground)


def test_every_clinical_field_of_a_form_gets_a_word() -> None:
    assert set(clinical_form_places()) == TYPED_HERE


def test_words_are_all_different() -> None:
    assert len({each.word for each in SOUGHT}) == len(SOUGHT) > 20


def test_mistakes_end_as_they_should(sealed: Walk) -> None:
    assert sealed.mistakes == REFUSED


def test_no_word_is_at_rest(sealed: Walk) -> None:
    assert found_in(files_at_rest(sealed.ground)) == {}


def test_no_word_is_in_a_log(sealed: Walk) -> None:
    logs = sealed.ground.logs()
    assert b"unexpected error" in logs
    assert b"POST /review/" in logs
    assert b"violates not-null constraint" in logs
    assert words_in(logs) == []


def test_no_word_is_in_an_address(sealed: Walk) -> None:
    addresses = [address for visitor in sealed.ground.visitors for address in visitor.addresses]
    assert len(addresses) > 50
    assert words_in("\n".join(addresses).encode()) == []


def test_no_word_is_said_to_the_broker(sealed: Walk) -> None:
    said = "\n".join(sealed.ground.broker_said)
    assert "prepare-reports" in said or "cHJlcGFyZS1yZXBvcnRz" in said
    assert words_in(said.encode()) == []


def test_no_word_is_mailed(sealed: Walk) -> None:
    mails = sealed.ground.mail.mails
    assert len(mails) > 1
    parts = [bytes(part.get_payload(decode=True) or b"") for mail in mails for part in mail.walk()]
    assert words_in(b"\n".join([*parts, *(bytes(mail) for mail in mails)])) == []


def test_without_encryption_every_word_is_found_at_rest() -> None:
    with opened(is_sealed=False) as ground:
        walk(ground)
        assert sorted(set(found_in(files_at_rest(ground)))) == sorted(each.place for each in SOUGHT)


def files_at_rest(ground: Ground) -> Iterator[Path]:
    """Every file of the database, its log of changes and its temporary files, and of the broker, all written out."""
    ground.owner.execute("SELECT pg_switch_wal()")
    ground.owner.execute("CHECKPOINT")
    folders = (ground.cluster.home.data, ground.redis.folder)
    return (path for folder in folders for path in folder.rglob("*") if path.is_file())


def found_in(paths: Iterable[Path]) -> dict[str, str]:
    """The place of each word that lies in one of the files, with the file's name."""
    found: dict[str, str] = {}
    count = 0
    for path in paths:
        content = path.read_bytes()
        count += len(content)
        found |= {each.place: path.name for each in SOUGHT if any(spelling in content for spelling in each.spellings)}
    assert count > 10_000_000, "the database is larger than that"
    return found


def words_in(content: bytes) -> list[str]:
    """The places whose words are in these bytes."""
    return [each.place for each in SOUGHT if any(spelling in content for spelling in each.spellings)]

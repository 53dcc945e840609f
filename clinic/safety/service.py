"""Keep a page that was sent in private, open a review where it holds a sign, and close it with words."""

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Final
from uuid import UUID

from sqlalchemy import insert

from clinic.core.ids import new_id
from clinic.database.session import db
from clinic.questionnaires import queries as questionnaires
from clinic.questionnaires.rules import Filled
from clinic.questionnaires.values import Value, decode, encode
from clinic.risk import service as risk
from clinic.safety import queries, rules
from clinic.safety.errors import NotCompleteError, ReviewClosedError
from clinic.safety.models import PrivatePage, SafetyReview
from clinic.vault.service import Owner, decrypt, encrypt

QUESTIONS: Final = Path(__file__).with_name("questions")
LONGEST: Final = 4000
_WIDTH: Final = 1792
"""So many bytes are sealed, whether much was said, little, or nothing; the longest page still fits."""


def keep(client_id: UUID, episode_id: UUID, answers: Mapping[str, Value] | None, now: datetime) -> None:
    """Keep the page, or that it was left out (None), with all that follows from it, in this transaction.

    The caller has made sure that it is the first. The writer may not read the row, so nothing is read back.
    """
    page_id, definition_id = new_id(), questionnaires.latest(rules.KEY).id
    db.session.execute(
        insert(PrivatePage).values(
            id=page_id,
            client_id=client_id,
            episode_id=episode_id,
            definition_id=definition_id,
            answers=_seal(client_id, page_id, answers),
            sent_at=now,
        )
    )
    if answers is None or not rules.is_sign(answers):
        return
    review = {"id": new_id(), "page_id": page_id, "client_id": client_id, "state": "open", "opened_at": now}
    db.session.execute(insert(SafetyReview).values(review))
    grade = rules.grade(answers)
    if grade is not None:
        risk.raise_alert(client_id=client_id, source="safety_form", grade=grade, source_id=page_id, now=now)


def read(page: PrivatePage) -> Filled | None:
    """What was answered; None where it was left out and asks for a talk in person. Raises VaultError."""
    text = decrypt(Owner("client", page.client_id), "private_page", "answers", page.id, page.answers)
    kept = json.loads(text)
    if kept is None:
        return None
    form = questionnaires.definition(page.definition_id)
    return Filled({key: decode(form.field(key), value) for key, value in kept.items()})


def close(client_id: UUID, review_id: UUID, asked: str, decided: str, by: UUID, now: datetime) -> None:
    """Close a review; raises NotCompleteError without both words, ReviewClosedError where it is closed already."""
    review = queries.review_of(client_id, review_id, locked=True)
    if review.state == "closed":
        raise ReviewClosedError
    if not asked.strip() or not decided.strip():
        raise NotCompleteError
    owner = Owner("client", client_id)
    review.asked = encrypt(owner, "safety_review", "asked", review.id, asked.strip()[:LONGEST])
    review.decided = encrypt(owner, "safety_review", "decided", review.id, decided.strip()[:LONGEST])
    review.state, review.closed_at, review.closed_by = "closed", now, by
    db.session.flush()


def words_of(review: SafetyReview) -> tuple[str, str]:
    """What was asked and what was decided; empty while it is open. Raises VaultError."""
    owner = Owner("client", review.client_id)
    asked, decided = (
        decrypt(owner, "safety_review", column, review.id, sealed) if sealed else ""
        for column, sealed in (("asked", review.asked), ("decided", review.decided))
    )
    return asked, decided


def _seal(client_id: UUID, page_id: UUID, answers: Mapping[str, Value] | None) -> bytes:
    kept = None if answers is None else {key: encode(value) for key, value in answers.items()}
    text = json.dumps(kept, ensure_ascii=False)
    text += " " * (_WIDTH - len(text.encode()))
    return encrypt(Owner("client", client_id), "private_page", "answers", page_id, text)

"""What the public pages say of a therapist, whether clients can book with them, and from when on nobody can."""

from dataclasses import asdict, astuple, dataclass, fields
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from clinic.accounts.people import login_of
from clinic.audit import service as audit
from clinic.database.session import db
from clinic.practice.errors import ChangedMeanwhileError, ClosedSignInError, NothingToShowError
from clinic.practice.models import Therapist
from clinic.practice.rules import mark_of


@dataclass(frozen=True, slots=True)
class Profile:
    """All that the owner decides about a therapist; `leaves_at` is None for who stays.

    Whose notes somebody co-signs is an intern; `supervisor_id` is None for who signs alone.
    """

    title: str
    summary: str
    about: str
    focus: list[str]
    languages: list[str]
    is_listed: bool
    leaves_at: datetime | None
    supervisor_id: UUID | None


def profile_of(therapist: Therapist) -> Profile:
    """As it stands."""
    return Profile(*(getattr(therapist, each.name) for each in fields(Profile)))


def mark_of_profile(therapist: Therapist) -> str:
    """A short mark of how it stands, by which a page knows its age."""
    return mark_of(astuple(profile_of(therapist)))


def update_profile(therapist: Therapist, profile: Profile, seen: str) -> None:
    """Say it otherwise from now on; what is booked stays booked.

    Raises ChangedMeanwhileError, and NothingToShowError or ClosedSignInError for who cannot be listed as they are.
    """
    db.session.refresh(therapist, [each.name for each in fields(Profile)], with_for_update=True)
    if mark_of_profile(therapist) != seen:
        raise ChangedMeanwhileError
    if profile.is_listed:
        _require_listable(therapist.person_id, profile)
    if profile.is_listed != therapist.is_listed:
        audit.record("therapist.list" if profile.is_listed else "therapist.unlist", "therapist", therapist.person_id)
    for name, value in asdict(profile).items():
        setattr(therapist, name, value)
    audit.record("therapist.update", "therapist", therapist.person_id)
    db.session.flush()


def unlist(person_id: UUID) -> None:
    """Take somebody off the public pages; nothing happens where they are no therapist, or not listed."""
    query = select(Therapist).where(Therapist.person_id == person_id, Therapist.is_listed).with_for_update()
    therapist = db.session.scalar(query.execution_options(populate_existing=True))
    if therapist is not None:
        therapist.is_listed = False
        audit.record("therapist.unlist", "therapist", person_id)
        db.session.flush()


def _require_listable(therapist_id: UUID, profile: Profile) -> None:
    if not (profile.title and profile.summary and profile.about):
        raise NothingToShowError
    login = login_of(therapist_id)
    if login is not None and login.disabled_at is not None:
        raise ClosedSignInError

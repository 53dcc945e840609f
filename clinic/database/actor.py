"""Who acts: handed to the transaction, which tells row-level security and the audit trail."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Actor:
    """A person with roles, a visitor without, or a job by its name."""

    person_id: UUID | None = None
    roles: frozenset[str] = frozenset()
    job: str | None = None
    address: str | None = None
    request_id: str | None = None

    @classmethod
    def worker(cls, job: str) -> "Actor":
        """The actor of a periodic job."""
        return cls(roles=frozenset({"worker"}), job=job)

    @property
    def is_staff(self) -> bool:
        """True for anyone whom the practice employs."""
        return bool(self.roles & {"therapist", "front_desk", "owner"})


VISITOR = Actor(roles=frozenset({"public"}))

"""What the database itself refuses: which rules some tables have, and which of them a change meets."""

from collections.abc import Mapping

import psycopg

Owner = psycopg.Connection[tuple[object, ...]]
_RULES = (
    "SELECT conname FROM pg_constraint WHERE contype IN ('c', 'x') AND conrelid = ANY (%(tables)s::regclass[])"
    " UNION SELECT indexrelid::regclass::text FROM pg_index"
    " WHERE indisunique AND NOT indisprimary AND indrelid = ANY (%(tables)s::regclass[])"
)


def rules_of(owner: Owner, *tables: str) -> set[str]:
    """The names of their checks, exclusions and unique indexes, other than primary keys."""
    return {str(name) for (name,) in owner.execute(_RULES, {"tables": [*tables]})}


def refusals(owner: Owner, changes: Mapping[str, str]) -> dict[str, str | None]:
    """By which rule each change is refused, by the same name as the change; all is as well where the two are equal."""
    return {name: _refused_by(owner, change) for name, change in changes.items()}


def _refused_by(owner: Owner, change: str) -> str | None:
    try:
        with owner.transaction():
            count = owner.execute(change.encode()).rowcount
    except psycopg.errors.IntegrityError as error:
        return error.diag.constraint_name
    return f"nothing refused {count} rows"

"""Bring the definitions that ship as files into rows; what is installed never changes."""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from clinic.core.ids import new_id
from clinic.database.session import db
from clinic.questionnaires.definition import Definition
from clinic.questionnaires.errors import EditedDefinitionError
from clinic.questionnaires.loading import Body
from clinic.questionnaires.models import QuestionnaireDefinition


def install_folders(folders: Iterable[Path], now: datetime) -> int:
    """Install every definition of these folders and return how many were new.

    Raises DefinitionError for an unsound file and EditedDefinitionError for one that was edited under its old version.
    """
    from clinic.questionnaires.files import load_folder  # noqa: PLC0415 -- no page reads YAML

    return sum(install(definition, body, now) for folder in folders for definition, body in load_folder(folder))


def install(definition: Definition, body: Body, now: datetime) -> bool:
    """Install one version, True when it is new; the same one again changes nothing. Raises EditedDefinitionError."""
    inserted = db.session.scalar(
        insert(QuestionnaireDefinition)
        .values(
            id=new_id(),
            key=definition.key,
            version=definition.version,
            kind=definition.kind,
            title=definition.title,
            body=body,
            sha256=definition.sha256,
            installed_at=now,
        )
        .on_conflict_do_nothing(index_elements=["key", "version"])
        .returning(QuestionnaireDefinition.id)
    )
    if inserted is not None:
        return True
    installed = db.session.scalar(
        select(QuestionnaireDefinition.sha256).where(
            QuestionnaireDefinition.key == definition.key, QuestionnaireDefinition.version == definition.version
        )
    )
    if installed != definition.sha256:
        raise EditedDefinitionError(key=definition.key, version=definition.version)
    return False

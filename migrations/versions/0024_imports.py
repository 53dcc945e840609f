"""Imports of clients and appointments, and their rows."""

from alembic import op

revision = "0024_imports"
down_revision = "0023_waiting"
branch_labels = None
depends_on = None

# Pages take a file in and confirm; only the worker says what a row comes to and what became of it.
IMPORTS = """
CREATE TABLE import (
    id uuid CONSTRAINT pk_import PRIMARY KEY,
    person_id uuid NOT NULL CONSTRAINT fk_import_person_id_person REFERENCES person (id),
    kind varchar NOT NULL CONSTRAINT ck_import_kind CHECK (kind IN ('clients', 'appointments')),
    state varchar NOT NULL
        CONSTRAINT ck_import_state CHECK (state IN ('checking', 'checked', 'importing', 'done', 'gone')),
    content bytea,
    header bytea,
    encoding varchar NOT NULL CONSTRAINT ck_import_encoding CHECK (encoding IN ('utf-8', 'windows-1252')),
    row_count integer NOT NULL CONSTRAINT ck_import_row_count CHECK (row_count > 0),
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    confirmed_at timestamptz,
    invited_at timestamptz,
    CONSTRAINT ck_import_content CHECK ((state = 'checking') = (content IS NOT NULL)),
    CONSTRAINT ck_import_header CHECK (state <> 'gone' OR header IS NULL),
    CONSTRAINT ck_import_confirmed_at CHECK (state <> 'importing' OR confirmed_at IS NOT NULL)
);
CREATE INDEX ix_import_person_id ON import (person_id);
CREATE INDEX ix_import_expires_at ON import (expires_at) WHERE state <> 'gone';
CREATE TABLE import_row (
    id uuid CONSTRAINT pk_import_row PRIMARY KEY,
    import_id uuid NOT NULL CONSTRAINT fk_import_row_import_id_import REFERENCES import (id),
    number integer NOT NULL,
    cells bytea,
    outcome varchar NOT NULL CONSTRAINT ck_import_row_outcome CHECK (outcome IN ('create', 'known', 'refused')),
    reason varchar,
    reason_row integer,
    warnings text[] NOT NULL,
    result varchar CONSTRAINT ck_import_row_result CHECK (result IN ('created', 'changed')),
    result_reason varchar,
    made_id uuid,
    invited_at timestamptz,
    CONSTRAINT uq_import_row_import_id_number UNIQUE (import_id, number),
    CONSTRAINT uq_import_row_made_id UNIQUE (made_id),
    CONSTRAINT ck_import_row_reason CHECK ((outcome = 'create') = (reason IS NULL)),
    CONSTRAINT ck_import_row_only_as_said CHECK (result IS NULL OR outcome = 'create'),
    CONSTRAINT ck_import_row_made_id CHECK ((result IS NOT DISTINCT FROM 'created') = (made_id IS NOT NULL)),
    CONSTRAINT ck_import_row_result_reason
        CHECK ((result IS NOT DISTINCT FROM 'changed') = (result_reason IS NOT NULL))
);
GRANT SELECT, INSERT ON import TO clinic_web;
GRANT UPDATE (state, confirmed_at, invited_at, expires_at) ON import TO clinic_web;
GRANT SELECT ON import_row TO clinic_web;
GRANT SELECT, UPDATE ON import TO clinic_worker;
GRANT SELECT, INSERT, UPDATE ON import_row TO clinic_worker;
"""


def upgrade() -> None:
    """Add the tables, and let an import have a key in the vault."""
    op.execute(IMPORTS)
    _owners("'client', 'couple', 'import'")


def downgrade() -> None:
    """Take them away."""
    op.execute("DROP TABLE import_row")
    op.execute("DROP TABLE import")
    op.execute("DELETE FROM vault_key WHERE owner_kind = 'import'")
    _owners("'client', 'couple'")


def _owners(kinds: str) -> None:
    op.execute("ALTER TABLE vault_key DROP CONSTRAINT ck_vault_key_owner_kind")
    op.execute(f"ALTER TABLE vault_key ADD CONSTRAINT ck_vault_key_owner_kind CHECK (owner_kind IN ({kinds}))")

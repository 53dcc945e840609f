"""A stamp that every change of what the practice offers renews, so that a process knows when to read it again."""

from alembic import op

revision = "0036_catalogue"
down_revision = "0035_coming"
branch_labels = None
depends_on = None

OFFERED = ("practice", "service", "room", "therapist", "therapist_service")

STAMP = """
CREATE TABLE catalogue (
    singleton boolean CONSTRAINT pk_catalogue PRIMARY KEY DEFAULT true,
    version uuid NOT NULL,
    CONSTRAINT ck_catalogue_singleton CHECK (singleton)
);
GRANT SELECT ON catalogue TO clinic_web, clinic_worker;
INSERT INTO catalogue (version) VALUES (gen_random_uuid());

-- Never a counter: one that a restored backup sets back would come to a number that somebody still keeps.
CREATE FUNCTION catalogue_changed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
    IF TG_TABLE_NAME = 'person' THEN
        IF NOT EXISTS (SELECT FROM therapist WHERE person_id = NEW.id) THEN
            RETURN NULL;
        END IF;
    END IF;
    INSERT INTO catalogue (version) VALUES (gen_random_uuid())
    ON CONFLICT (singleton) DO UPDATE SET version = excluded.version;
    RETURN NULL;
END
$$;
"""
RENAMED = """
CREATE TRIGGER catalogue_changed AFTER UPDATE OF given_name, family_name ON person FOR EACH ROW
WHEN ((OLD.given_name, OLD.family_name) IS DISTINCT FROM (NEW.given_name, NEW.family_name))
EXECUTE FUNCTION catalogue_changed()
"""


def upgrade() -> None:
    """Make the stamp, and the triggers that renew it."""
    op.execute(STAMP)
    for table in OFFERED:
        op.execute(
            f"CREATE TRIGGER catalogue_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION catalogue_changed()"
        )
    op.execute(RENAMED)


def downgrade() -> None:
    """Nobody asks for it any more."""
    for table in (*OFFERED, "person"):
        op.execute(f"DROP TRIGGER catalogue_changed ON {table}")
    op.execute("DROP FUNCTION catalogue_changed()")
    op.execute("DROP TABLE catalogue")

"""What was paid for which session, and the receipts of it."""

from alembic import op

revision = "0026_fees"
down_revision = "0025_outside"
branch_labels = None
depends_on = None

# Each row follows the one before it, by the foreign key to itself: odd ones say paid, even ones take that back. So a
# session is paid once at a time, and of two who press at the same moment one is refused.
TABLES = """
CREATE TABLE payment (
    id uuid CONSTRAINT pk_payment PRIMARY KEY,
    appointment_id uuid NOT NULL,
    number integer NOT NULL,
    follows integer,
    kind varchar NOT NULL,
    client_id uuid NOT NULL,
    amount_cents integer NOT NULL CONSTRAINT ck_payment_amount_cents CHECK (amount_cents > 0),
    currency varchar NOT NULL,
    means varchar NOT NULL
        CONSTRAINT ck_payment_means CHECK (means IN ('cash', 'card', 'transfer', 'check', 'other')),
    paid_on date NOT NULL,
    noted_at timestamptz NOT NULL,
    noted_by uuid NOT NULL CONSTRAINT fk_payment_noted_by_person REFERENCES person (id),
    CONSTRAINT uq_payment_appointment_id_number UNIQUE (appointment_id, number),
    CONSTRAINT fk_payment_appointment_id_follows_payment FOREIGN KEY (appointment_id, follows)
        REFERENCES payment (appointment_id, number),
    CONSTRAINT fk_payment_appointment_id_client_id_attendee FOREIGN KEY (appointment_id, client_id)
        REFERENCES attendee (appointment_id, client_id),
    CONSTRAINT ck_payment_number CHECK (number > 0),
    CONSTRAINT ck_payment_follows CHECK (follows IS NOT DISTINCT FROM NULLIF(number - 1, 0)),
    CONSTRAINT ck_payment_kind CHECK (kind = CASE number % 2 WHEN 1 THEN 'paid' ELSE 'undone' END)
);
CREATE INDEX ix_payment_client_id ON payment (client_id);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON payment
    FOR EACH STATEMENT EXECUTE FUNCTION clinic_refuse_change();
CREATE TABLE receipt (
    number varchar CONSTRAINT pk_receipt PRIMARY KEY,
    payment_id uuid NOT NULL CONSTRAINT uq_receipt_payment_id UNIQUE
        CONSTRAINT fk_receipt_payment_id_payment REFERENCES payment (id),
    payer_name varchar NOT NULL,
    practice_name varchar NOT NULL,
    practice_address varchar NOT NULL,
    made_at timestamptz NOT NULL,
    pdf bytea,
    attempts integer NOT NULL DEFAULT 0,
    tried_at timestamptz
);
CREATE INDEX ix_receipt_waiting ON receipt (made_at) WHERE pdf IS NULL;
GRANT SELECT, INSERT ON payment, receipt TO clinic_web;
GRANT SELECT ON payment, receipt TO clinic_worker;
GRANT UPDATE (pdf, attempts, tried_at) ON receipt TO clinic_worker;
"""


def upgrade() -> None:
    """Make both tables; what was noted is never changed, and only the workers put the paper of a receipt into it."""
    op.execute(TABLES)


def downgrade() -> None:
    """Who has paid is forgotten."""
    op.execute("DROP TABLE receipt, payment")

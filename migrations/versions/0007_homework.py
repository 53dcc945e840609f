"""Homework: assignments."""

import sqlalchemy as sa
from alembic import op

revision = "0007_homework"
down_revision = "0006_intake"
branch_labels = None
depends_on = None

OPEN = "state IN ('assigned', 'in_progress', 'opened', 'returned')"


def upgrade() -> None:
    """Make the table of the assignments with what must hold in each state."""
    op.create_table("assignment", *_columns(), *_constraints())
    op.create_index("ix_assignment_client_id", "assignment", ["client_id", "assigned_at"])
    op.create_index(
        "ix_assignment_to_review", "assignment", ["sent_at"], postgresql_where=sa.text("state = 'submitted'")
    )
    op.create_index("ix_assignment_due_at", "assignment", ["due_at"], postgresql_where=sa.text(OPEN))
    op.execute("GRANT SELECT, INSERT, UPDATE ON assignment TO clinic_web")
    op.execute("GRANT SELECT, UPDATE ON assignment TO clinic_worker")


def downgrade() -> None:
    """Take it away."""
    op.drop_table("assignment")


def _columns() -> list[sa.Column[object]]:
    def moment(name: str, *, nullable: bool = True) -> sa.Column[object]:
        return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)

    return [
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("definition_id", sa.Uuid(), sa.ForeignKey("questionnaire_definition.id"), nullable=False),
        sa.Column("client_id", sa.Uuid(), sa.ForeignKey("client.id"), nullable=False),
        sa.Column("assigned_by", sa.Uuid(), sa.ForeignKey("person.id"), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("is_agreed", sa.Boolean(), nullable=False),
        *(sa.Column(name, sa.LargeBinary()) for name in ("reason", "when_and_where", "obstacle")),
        sa.Column("confidence", sa.Integer()),
        sa.Column("target", sa.Integer()),
        moment("due_at", nullable=False),
        moment("assigned_at", nullable=False),
        *(
            moment(name)
            for name in ("opened_at", "first_sent_at", "sent_at", "reviewed_at", "returned_at", "closed_at")
        ),
        sa.Column("client_quality", sa.Integer()),
        sa.Column("therapist_quality", sa.Integer()),
        *(sa.Column(name, sa.LargeBinary()) for name in ("feedback", "return_reason", "help_words")),
        sa.Column("help_kind", sa.String()),
        moment("help_asked_at"),
    ]


def _constraints() -> list[sa.CheckConstraint]:
    rules = {
        "state": "state IN ('assigned', 'opened', 'in_progress', 'submitted', 'reviewed', 'returned', 'excused',"
        " 'cancelled', 'expired')",
        "confidence": "confidence BETWEEN 0 AND 10",
        "target": "target BETWEEN 1 AND 50",
        "client_quality": "client_quality BETWEEN 0 AND 4",
        "therapist_quality": "therapist_quality BETWEEN 0 AND 4",
        "help_kind": "help_kind IN ('smaller', 'stuck')",
        "help_asked_at": "(help_kind IS NULL) = (help_asked_at IS NULL)",
        "due_at": "due_at > assigned_at",
        "sent_at": "state NOT IN ('submitted', 'reviewed', 'returned') OR sent_at IS NOT NULL",
        "reviewed_at": "(state = 'reviewed') = (reviewed_at IS NOT NULL)",
        "return_reason": "state <> 'returned' OR return_reason IS NOT NULL",
        "closed_at": "(state IN ('excused', 'cancelled', 'expired')) = (closed_at IS NOT NULL)",
    }
    return [sa.CheckConstraint(rule, name=name) for name, rule in rules.items()]

"""Rows about the money for one session, each of which follows the one before."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from clinic.booking.models import Appointment
from clinic.database.session import db
from clinic.fees.models import FeeWaiver, Payment


def lock(appointment_id: UUID) -> None:
    """Let whoever else notes a payment or a waiver of this session wait until the transaction ends, and see the row."""
    db.session.execute(select(Appointment.id).where(Appointment.id == appointment_id).with_for_update())


def append(row: Payment | FeeWaiver) -> bool:
    """Whoever comes second finds the number taken: False, without an error that would cost the whole transaction."""
    kind = type(row)
    values = {column.key: getattr(row, column.key) for column in kind.__table__.columns}
    statement = insert(kind).values(values)
    statement = statement.on_conflict_do_nothing(constraint=f"uq_{kind.__tablename__}_appointment_id_number")
    return db.session.scalar(statement.returning(kind.id)) is not None

"""The floor of a page with something to show: Flask, Flask-SQLAlchemy, a template, one row by its key."""

import os
from datetime import datetime
from uuid import UUID

from flask import Flask, render_template_string
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import select
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    """A base of its own: nothing of the practice is imported."""


class Appointment(Base):
    """Some columns of an appointment."""

    __tablename__ = "appointment"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    therapist_id: Mapped[UUID]
    modality: Mapped[str]
    state: Mapped[str]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]


app = Flask("row")
app.config["SQLALCHEMY_DATABASE_URI"] = os.environ["DATABASE_URL"]
db = SQLAlchemy(app, model_class=Base, disable_autonaming=True)
PAGE = "<!doctype html><title>{{ shown.state }}</title><p>{{ shown.modality }}, {{ shown.starts_at }}"


@app.get("/<uuid:appointment_id>")
def row(appointment_id: UUID) -> str:
    """One appointment."""
    query = select(Appointment).where(Appointment.id == appointment_id)
    return render_template_string(PAGE, shown=db.session.scalars(query).one())

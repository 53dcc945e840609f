"""A person, their login with its second steps, each browser they signed in with, and the links mailed to them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from clinic.database.base import Base
from clinic.database.types import Id, Moment, Sealed, UtcMoment

ROLES = ("client", "therapist", "front_desk", "owner")


class Person(Base):
    """Somebody the practice knows: client, staff or both. Names and addresses are contact data, not clinical."""

    __tablename__ = "person"
    __table_args__ = (
        CheckConstraint(f"roles <@ ARRAY{list(ROLES)}", name="roles"),
        CheckConstraint("email = lower(email)", name="email"),
        CheckConstraint("length(given_name) > 0", name="given_name"),
        Index("ix_person_family_name", "family_name", "given_name"),
        Index("ix_person_email", "email"),
    )

    id: Mapped[Id]
    given_name: Mapped[str]
    family_name: Mapped[str]
    email: Mapped[str | None]
    phone: Mapped[str | None]
    zone: Mapped[str]
    locale: Mapped[str] = mapped_column(server_default="en", default="en")
    roles: Mapped[list[str]] = mapped_column(ARRAY(Text))
    messages_stopped_at: Mapped[datetime | None] = mapped_column(UtcMoment())
    created_at: Mapped[Moment]

    login: Mapped["Login | None"] = relationship(back_populates="person", lazy="raise_on_sql")

    @property
    def name(self) -> str:
        """Given and family name as one writes them on an envelope."""
        return f"{self.given_name} {self.family_name}".strip()

    @property
    def initials(self) -> str:
        """Such as "A. H.": all that a schedule in the open shows."""
        return " ".join(f"{part[0]}." for part in (self.given_name, self.family_name) if part)


class Login(Base):
    """The way in. An address belongs to one login."""

    __tablename__ = "login"
    __table_args__ = (CheckConstraint("email = lower(email)", name="email"),)

    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), primary_key=True)
    email: Mapped[str] = mapped_column(unique=True)
    password_hash: Mapped[str]
    password_changed_at: Mapped[Moment]
    # One that is good beside a second step only; once there is none, it opens nothing.
    is_password_short: Mapped[bool] = mapped_column(server_default=false(), default=False)
    disabled_at: Mapped[datetime | None] = mapped_column(UtcMoment())
    created_at: Mapped[Moment]

    person: Mapped[Person] = relationship(back_populates="login", lazy="raise_on_sql")


class SignIn(Base):
    """One browser in which a person is signed in. The cookie's token is stored as its SHA-256 only."""

    __tablename__ = "sign_in"
    __table_args__ = (
        CheckConstraint("expires_at > created_at", name="expires_at"),
        Index("ix_sign_in_person_id", "person_id", postgresql_where=text("ended_at IS NULL")),
    )

    id: Mapped[Id]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("login.person_id"))
    token_digest: Mapped[Sealed] = mapped_column(unique=True)
    created_at: Mapped[Moment]
    fresh_at: Mapped[Moment]
    last_seen_at: Mapped[Moment]
    expires_at: Mapped[Moment]
    ended_at: Mapped[datetime | None] = mapped_column(UtcMoment())
    address: Mapped[str | None]
    user_agent: Mapped[str | None]


class SignInAttempt(Base):
    """A failed try, for the throttle. It names account and network address by keyed digest only."""

    __tablename__ = "sign_in_attempt"
    __table_args__ = (Index("ix_sign_in_attempt_digest_at", "digest", "at"),)

    id: Mapped[Id]
    digest: Mapped[Sealed]
    at: Mapped[Moment]


class AccountLink(Base):
    """A link mailed to a person: its token is derived when it is sent, and only its digest is kept."""

    __tablename__ = "account_link"
    __table_args__ = (
        CheckConstraint("purpose IN ('join', 'reset', 'appointment')", name="purpose"),
        CheckConstraint("expires_at > created_at", name="expires_at"),
        Index("ix_account_link_person_id", "person_id"),
        Index("ix_account_link_subject_id", "subject_id"),
    )

    id: Mapped[Id]
    purpose: Mapped[str]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    subject_id: Mapped[UUID | None]
    token_digest: Mapped[Sealed] = mapped_column(unique=True)
    created_at: Mapped[Moment]
    expires_at: Mapped[Moment]
    used_at: Mapped[datetime | None] = mapped_column(UtcMoment())


class Totp(Base):
    """The secret that a person's authenticator app shares with us; it counts once a code of it has been typed."""

    __tablename__ = "totp"
    __table_args__ = (
        Index("uq_totp_confirmed", "person_id", unique=True, postgresql_where=text("confirmed_at IS NOT NULL")),
        Index("uq_totp_waiting", "person_id", unique=True, postgresql_where=text("confirmed_at IS NULL")),
    )

    id: Mapped[Id]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("login.person_id"))
    secret: Mapped[Sealed]
    created_at: Mapped[Moment]
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcMoment())


class TotpStep(Base):
    """A time step (30 s, counted from 1970) whose code was used. Its key is what lets each code in once (RFC 6238)."""

    __tablename__ = "totp_step"

    totp_id: Mapped[UUID] = mapped_column(ForeignKey("totp.id", ondelete="CASCADE"), primary_key=True)
    step: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)


class RecoveryCode(Base):
    """A code for the day when the phone is gone: kept as a keyed digest, good once."""

    __tablename__ = "recovery_code"
    __table_args__ = (UniqueConstraint("person_id", "digest"),)

    id: Mapped[Id]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("login.person_id"))
    digest: Mapped[Sealed]
    created_at: Mapped[Moment]
    used_at: Mapped[datetime | None] = mapped_column(UtcMoment())


class Passkey(Base):
    """A key that a person's device or security key holds (WebAuthn); here is its public half."""

    __tablename__ = "passkey"
    __table_args__ = (
        CheckConstraint("length(name) BETWEEN 1 AND 60", name="name"),
        CheckConstraint("sign_count >= 0", name="sign_count"),
        Index("ix_passkey_person_id", "person_id"),
    )

    id: Mapped[Id]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("login.person_id"))
    name: Mapped[str]
    credential_id: Mapped[Sealed] = mapped_column(unique=True)
    public_key: Mapped[Sealed]
    sign_count: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[Moment]
    used_at: Mapped[datetime | None] = mapped_column(UtcMoment())


class PasskeyChallenge(Base):
    """What a passkey is to sign next: one for each holder (a sign-in, whole or half) and purpose, taken once."""

    __tablename__ = "passkey_challenge"
    __table_args__ = (CheckConstraint("purpose IN ('register', 'enter', 'confirm')", name="purpose"),)

    holder_id: Mapped[UUID] = mapped_column(primary_key=True)
    purpose: Mapped[str] = mapped_column(primary_key=True)
    challenge: Mapped[Sealed]
    expires_at: Mapped[Moment]


class HalfSignIn(Base):
    """A browser in which the password was right and the second step is missing. It opens nothing but that step."""

    __tablename__ = "half_sign_in"
    __table_args__ = (
        CheckConstraint("expires_at > created_at", name="expires_at"),
        CheckConstraint("expires_at <= created_at + interval '10 minutes'", name="lasts"),
        Index("ix_half_sign_in_expires_at", "expires_at"),
    )

    id: Mapped[Id]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("login.person_id"))
    token_digest: Mapped[Sealed] = mapped_column(unique=True)
    created_at: Mapped[Moment]
    expires_at: Mapped[Moment]


class FactorReset(Base):
    """A lost second step that somebody else took away: who, after what check, why. Rows are only added."""

    __tablename__ = "factor_reset"
    __table_args__ = (
        CheckConstraint("length(btrim(reason)) > 0", name="reason"),
        CheckConstraint("reset_by IS DISTINCT FROM person_id", name="reset_by"),
        Index("ix_factor_reset_person_id", "person_id"),
    )

    id: Mapped[Id]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    reset_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    checked: Mapped[str]
    reason: Mapped[str]
    created_at: Mapped[Moment]

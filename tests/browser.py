"""A test client that behaves as a browser does: keeps cookies, sends the form's tokens, and can be signed in."""

import secrets
from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import Flask
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from clinic.accounts.identity import digest_of
from clinic.accounts.models import Passkey, Person, SignIn
from clinic.accounts.rules import is_staff
from clinic.core import clock
from clinic.core.ids import new_id
from clinic.database.actor import Actor
from clinic.database.session import transaction


class Browser:
    """One browser. `get` and `submit` take a path on the site; `submit` posts a form as its page would."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.client = app.test_client()

    def sign_in_as(self, person_id: Any) -> str:
        """Be signed in as somebody who has a login, without the sign-in page; returns the cookie's token."""
        token = secrets.token_urlsafe(32)
        now = clock.now()
        with self.app.app_context(), transaction(Actor.worker("test")) as session:
            self._give_factor(session, UUID(str(person_id)))
            session.add(
                SignIn(
                    person_id=UUID(str(person_id)),
                    token_digest=digest_of(token),
                    created_at=now,
                    fresh_at=now,
                    last_seen_at=now,
                    expires_at=now + timedelta(hours=12),
                )
            )
        self.carry(token)
        return token

    def _give_factor(self, session: Session, person_id: UUID) -> None:
        """Staff reach nothing without a second step: whoever works here and has none gets a passkey."""
        roles = session.scalars(select(Person.roles).where(Person.id == person_id)).one()
        has = session.scalar(select(Passkey.id).where(Passkey.person_id == person_id).limit(1))
        if is_staff(roles) and has is None:
            key = secrets.token_bytes(16)
            session.add(
                Passkey(
                    person_id=person_id,
                    name="A key",
                    credential_id=key,
                    public_key=key,
                    sign_count=0,
                    created_at=clock.now(),
                )
            )

    def carry(self, token: str) -> None:
        """Have the cookie of a sign-in."""
        with self.client.session_transaction() as session_cookie:
            session_cookie["_user_id"] = token
            session_cookie["_fresh"] = True

    def get(self, path: str, **options: Any) -> TestResponse:
        """Ask for a page."""
        return self.client.get(path, **options)

    def submit(self, path: str, /, *, follow_redirects: bool = False, **fields: Any) -> TestResponse:
        """Post a form with its tokens; a field named `idempotency_key` overrides the fresh one."""
        form = {"csrf_token": self.token(), "idempotency_key": str(new_id())} | fields
        return self.client.post(path, data=form, follow_redirects=follow_redirects)

    def token(self) -> str:
        """The forgery token that a page of this browser would carry."""
        with self.client.session_transaction() as session_cookie:
            raw = session_cookie.setdefault("csrf_token", secrets.token_hex(20))
        return str(URLSafeTimedSerializer(self.app.secret_key or "", salt="wtf-csrf-token").dumps(raw))

"""Cookies of sessions, signed as Flask signs them, by a signer that is made once."""

from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import URLSafeTimedSerializer


class KeptSigner(SecureCookieSessionInterface):
    """Flask makes another signer for each request that it reads, and one for each answer that it writes."""

    def __init__(self) -> None:
        self._signer: URLSafeTimedSerializer | None = None

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """The signer of this application; None without a secret key."""
        if self._signer is None:
            self._signer = super().get_signing_serializer(app)
        return self._signer

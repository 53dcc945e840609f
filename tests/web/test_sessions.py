"""Cookies of sessions are signed as Flask signs them, by one signer for all requests."""

from flask import Flask
from flask.sessions import SecureCookieSessionInterface

from clinic.web.sessions import KeptSigner


def test_the_signer_is_made_once_and_flask_reads_what_it_signs(app: Flask) -> None:
    kept, flasks = KeptSigner(), SecureCookieSessionInterface().get_signing_serializer(app)
    signer = kept.get_signing_serializer(app)
    assert signer is not None
    assert flasks is not None
    assert flasks.loads(signer.dumps({"said": "so"})) == {"said": "so"}
    assert kept.get_signing_serializer(app) is signer
    assert isinstance(app.session_interface, KeptSigner)


def test_without_a_secret_there_is_no_signer() -> None:
    assert KeptSigner().get_signing_serializer(Flask(__name__)) is None

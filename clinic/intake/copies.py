"""Copies to keep: a text as a file, with the signature under it where there is one."""

from flask import Response, make_response, render_template
from markupsafe import Markup

from clinic.accounts.models import Person
from clinic.audit import service as audit
from clinic.intake import signing
from clinic.intake.models import Signature
from clinic.intake.signing import Offered


def unsigned(offered: Offered) -> Response:
    """The file of a text that nobody has signed."""
    page = render_template(
        "intake/copy.html",
        title=offered.document.title,
        version=offered.document.version,
        content=Markup(offered.shown.html),  # noqa: S704 -- made by `consents.show`, which escapes every fact
        signature=None,
    )
    return _as_file(page, f"paper-{offered.shown.sha256[:6]}.html")


def copy_of(signature: Signature, signer: Person) -> Response:
    """The file of one signature; leaves an audit row."""
    audit.record("signature.read", "signature", signature.id, client_id=signature.client_id)
    page = render_template(
        "intake/copy.html",
        title=signature.document.title,
        version=signature.document_version,
        content=Markup(signature.text.content.decode()),  # noqa: S704 -- the bytes that `consents.show` made
        signature=signature,
        signer=signer,
        typed_name=signing.typed_name(signature),
    )
    return _as_file(page, f"paper-{signature.signed_at:%Y-%m-%d}-{signature.sha256[:6]}.html")


def _as_file(page: str, name: str) -> Response:
    # The name says nothing of what it is.
    response = make_response(page)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response

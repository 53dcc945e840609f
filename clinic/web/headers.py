"""Headers of every answer: a strict content policy (R18), no referrer, and no copy of a personal page."""

from flask import Flask, Response, request, session

CONTENT_POLICY = "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
YEAR_SECONDS = 365 * 24 * 3600
EVERYWHERE = [
    ("Content-Security-Policy", CONTENT_POLICY),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=()"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
]


def add_headers(app: Flask, *, is_https: bool) -> None:
    """Send the security headers with each answer of `app`. No view sets one of its own."""
    fixed = list(EVERYWHERE)
    if is_https:
        fixed.append(("Strict-Transport-Security", f"max-age={YEAR_SECONDS}; includeSubDomains"))

    @app.after_request
    def secure(response: Response) -> Response:
        response.headers.extend(fixed)
        if request.endpoint != "static":
            # A session holds a sign-in, or at least the token of a form that a visitor is filling in; what a mailed
            # link opens is its reader's alone, also without one.
            is_linked = "token" in (request.view_args or {})
            is_personal = request.method != "GET" or is_linked or bool(session)
            response.headers["Cache-Control"] = "no-store" if is_personal else "no-cache"
        return response

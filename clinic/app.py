"""`create_app()`: the only place that assembles the practice, and the one that refuses to start half of it."""

from flask import Flask, Response, request, session
from flask_login import LoginManager, current_user
from flask_wtf.csrf import CSRFProtect
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.middleware.proxy_fix import ProxyFix

from clinic import settings as environment
from clinic.accounts import tokens
from clinic.accounts.identity import SignedIn, signed_in
from clinic.core import clock
from clinic.database.pool import ask_who_waited
from clinic.database.session import db
from clinic.features import register_features
from clinic.practice.catalogue import catalogue
from clinic.risk.lines import footer_in
from clinic.settings import Settings
from clinic.vault import service as vault
from clinic.web import health, policy
from clinic.web.assets import add_assets
from clinic.web.error_pages import add_error_pages
from clinic.web.filters import add_filters
from clinic.web.headers import add_headers
from clinic.web.language import add_languages
from clinic.web.logs import configure_logs, log_requests
from clinic.web.plain_text import refuse_nul
from clinic.web.sessions import KeptSigner
from clinic.web.shell import add_shell
from clinic.web.templating import set_up_templates

LARGEST_REQUEST_BYTES = 10 * 1024 * 1024
# Without its parameters, since the message of an error would repeat what a person typed.
ENGINE = {"pool_size": 8, "max_overflow": 8, "pool_timeout": 10, "hide_parameters": True}


def create_app(settings: Settings | None = None) -> Flask:
    """The application. Raises SettingsError for a missing secret and PolicyError for a route without a policy."""
    settings = settings or environment.load()
    configure_logs()
    app = Flask("clinic")
    app.session_interface = KeptSigner()
    _configure(app, settings)
    clock.use_offset_file(settings.clock_file)
    vault.use_master_key(settings.vault_master_key)
    tokens.use_secret(settings.secret_key)
    db.init_app(app)
    with app.app_context():
        ask_who_waited(db.engine)
    add_languages(app)
    CSRFProtect(app)
    log_requests(app)
    refuse_nul(app)
    _recognise_people(app)
    add_assets(app)
    add_headers(app, is_https=settings.is_https)
    add_error_pages(app)
    add_filters(app)
    add_shell(app, lambda: catalogue().practice, footer_in)
    app.register_blueprint(health.blueprint)
    register_features(app, settings)
    setattr(app.view_functions["static"], policy.MARK, "asset.read")
    policy.require_policies(app)
    return app


def _configure(app: Flask, settings: Settings) -> None:
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS=ENGINE,
        REDIS_URL=settings.redis_url,
        CLINIC=settings,
        MAX_CONTENT_LENGTH=LARGEST_REQUEST_BYTES,
        MAX_FORM_MEMORY_SIZE=LARGEST_REQUEST_BYTES,
        TRUSTED_HOSTS=[settings.host.partition(":")[0], "127.0.0.1", "localhost"],
        SESSION_COOKIE_NAME="__Host-clinic" if settings.is_https else "clinic",
        SESSION_COOKIE_SECURE=settings.is_https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SEND_FILE_MAX_AGE_DEFAULT=365 * 24 * 3600,
        WTF_CSRF_TIME_LIMIT=12 * 3600,
        WTF_CSRF_SSL_STRICT=False,
        TESTING=False,
    )
    set_up_templates(app)
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops)  # type: ignore[method-assign]


def _recognise_people(app: Flask) -> None:
    login_manager = LoginManager(app)
    login_manager.session_protection = None  # sign-ins are rows, and end as rows

    @login_manager.user_loader  # type: ignore[untyped-decorator]  # flask-login ships no types
    def who(token: str) -> SignedIn | None:
        try:
            return signed_in(token, clock.now())
        except SQLAlchemyError:
            # The page that says so must not ask again; what follows in this request fails by itself.
            db.session.rollback()
            return None

    @app.after_request
    def drop_dead_cookie(response: Response) -> Response:
        if request.endpoint == "static" or response.status_code >= 500:
            return response
        if "_user_id" in session and not current_user.is_authenticated:
            session.pop("_user_id")
        return response

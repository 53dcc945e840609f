"""What the environment says, typed and complete; a secret that is missing stops the start with its name."""

import base64
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit


class SettingsError(Exception):
    """A setting is missing or cannot be read; the message names it and says what it holds."""


@dataclass(frozen=True, slots=True)
class Settings:
    """One installation's settings. Secrets never show in `repr`."""

    environment: str
    base_url: str
    mail_from: str
    database_url: str = field(repr=False)
    redis_url: str = field(repr=False)
    secret_key: str = field(repr=False)
    vault_master_key: bytes | None = field(repr=False)
    mail_url: str = field(repr=False)
    clock_file: Path | None = None
    inbox_folder: Path | None = None
    audit_anchor_file: Path | None = None
    trusted_proxies: int = 0
    is_factor_required: bool = True

    @property
    def is_production(self) -> bool:
        """True where real people's data lives: no moved clock, no inbox page, secure cookies."""
        return self.environment == "production"

    @property
    def is_https(self) -> bool:
        """True when people reach the practice over TLS."""
        return urlsplit(self.base_url).scheme == "https"

    @property
    def host(self) -> str:
        """The host, with its port where it is not the scheme's own, under which people reach the practice."""
        return urlsplit(self.base_url).netloc


def load(environ: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings; raises SettingsError for the first that is missing or makes no sense."""
    environment = environ.get("CLINIC_ENV", "production")
    if environment not in {"production", "standalone", "test"}:
        raise SettingsError("CLINIC_ENV is one of production, standalone, test.")
    base_url = _required(environ, "BASE_URL", "the address that people type, such as https://clinic.example").rstrip(
        "/"
    )
    if environment == "production" and urlsplit(base_url).scheme != "https":
        raise SettingsError("BASE_URL starts with https:// in production.")
    return Settings(
        environment=environment,
        base_url=base_url,
        mail_from=environ.get("MAIL_FROM", f"no-reply@{urlsplit(base_url).hostname}"),
        database_url=_required(environ, "DATABASE_URL", "postgresql+psycopg://clinic_web:…@host/clinic"),
        redis_url=_required(environ, "REDIS_URL", "redis://host:6379/0 or unix:///path"),
        secret_key=_secret_key(environ),
        vault_master_key=_vault_key(environ, environment),
        mail_url=_required(environ, "MAIL_URL", "smtp://host:port or smtps://user:password@host:port"),
        clock_file=_path(environ, "CLOCK_FILE", environment),
        inbox_folder=_path(environ, "INBOX_FOLDER", environment),
        audit_anchor_file=Path(environ["AUDIT_ANCHOR_FILE"]) if environ.get("AUDIT_ANCHOR_FILE") else None,
        trusted_proxies=_proxies(environ),
        is_factor_required=_second_factor(environ, environment),
    )


def owner_url(environ: Mapping[str, str] = os.environ) -> str | None:
    """The database's address for the role that owns the tables; None in a process that is not given it."""
    return _value(environ, "DATABASE_OWNER_URL")


def _value(environ: Mapping[str, str], name: str) -> str | None:
    """`NAME`, or what the file named by `NAME_FILE` holds, as container secrets are handed over."""
    if environ.get(name):
        return environ[name]
    if path := environ.get(f"{name}_FILE"):
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise SettingsError(f"{name}_FILE cannot be read: {error.strerror}.") from error
    return None


def _required(environ: Mapping[str, str], name: str, holds: str) -> str:
    value = _value(environ, name)
    if not value:
        raise SettingsError(f"{name} is missing (or {name}_FILE): {holds}.")
    return value


def _secret_key(environ: Mapping[str, str]) -> str:
    key = _required(environ, "SECRET_KEY", "32 random bytes or more, for signing cookies and links")
    if len(key) < 32:
        raise SettingsError("SECRET_KEY is too short: it takes 32 characters or more.")
    return key


def _vault_key(environ: Mapping[str, str], environment: str) -> bytes | None:
    if environment == "test" and environ.get("VAULT_MASTER_KEY") == "off":
        return None  # the negative control of the canary test: prove that the search would find plain text
    text = _required(environ, "VAULT_MASTER_KEY", "32 random bytes in base64, kept apart from the database")
    try:
        key = base64.b64decode(text, validate=True)
    except ValueError as error:
        raise SettingsError("VAULT_MASTER_KEY is not base64.") from error
    if len(key) != 32:
        raise SettingsError("VAULT_MASTER_KEY is not 32 bytes long.")
    return key


def _proxies(environ: Mapping[str, str]) -> int:
    text = environ.get("TRUSTED_PROXIES") or "0"
    if not (text.isascii() and text.isdigit()):
        raise SettingsError("TRUSTED_PROXIES is how many proxies stand in front: a number, 0 or more.")
    return int(text)


def _second_factor(environ: Mapping[str, str], environment: str) -> bool:
    """True where staff need a second step; a demonstration may leave it to them."""
    text = environ.get("SECOND_FACTOR") or "required"
    if text not in {"required", "offered"}:
        raise SettingsError("SECOND_FACTOR is required (the default) or offered.")
    if text == "offered" and environment == "production":
        raise SettingsError("SECOND_FACTOR=offered belongs to demonstrations and tests, never to production.")
    return text == "required"


def _path(environ: Mapping[str, str], name: str, environment: str) -> Path | None:
    if not environ.get(name):
        return None
    if environment == "production":
        raise SettingsError(f"{name} belongs to demonstrations and tests, never to production.")
    return Path(environ[name])

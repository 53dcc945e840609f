"""What the environment may say, and how it is told what it may not."""

import base64

import pytest

from clinic.settings import SettingsError, load

GOOD = {
    "CLINIC_ENV": "production",
    "BASE_URL": "https://clinic.example",
    "DATABASE_URL": "postgresql+psycopg://clinic_web@database/clinic",
    "REDIS_URL": "redis://redis:6379/0",
    "SECRET_KEY": "x" * 32,
    "VAULT_MASTER_KEY": base64.b64encode(bytes(32)).decode(),
    "MAIL_URL": "smtp://mail:25",
}


@pytest.mark.parametrize(("text", "hops"), [(None, 0), ("", 0), ("0", 0), ("2", 2)])
def test_proxies_are_counted(text: str | None, hops: int) -> None:
    given = {} if text is None else {"TRUSTED_PROXIES": text}
    assert load(GOOD | given).trusted_proxies == hops


@pytest.mark.parametrize(
    ("name", "text"),
    [
        *(("TRUSTED_PROXIES", text) for text in ("x", "-1", "1.5", "²", "one")),
        ("CLINIC_ENV", "staging"),
        ("BASE_URL", "http://clinic.example"),
        ("SECRET_KEY", "short"),
        ("VAULT_MASTER_KEY", "not base64!"),
        ("VAULT_MASTER_KEY", "c2hvcnQ="),
        ("CLOCK_FILE", "/state/clock"),
        ("DATABASE_URL", ""),
    ],
)
def test_setting_that_makes_no_sense_is_named(name: str, text: str) -> None:
    with pytest.raises(SettingsError, match=name):
        load(GOOD | {name: text})


def test_second_factor_is_required_unless_a_demonstration_says_otherwise() -> None:
    assert load(GOOD).is_factor_required
    assert not load(GOOD | {"CLINIC_ENV": "standalone", "SECOND_FACTOR": "offered"}).is_factor_required
    for wrong in ({"SECOND_FACTOR": "offered"}, {"SECOND_FACTOR": "off"}):
        with pytest.raises(SettingsError, match="SECOND_FACTOR"):
            load(GOOD | wrong)

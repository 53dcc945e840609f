"""docker-compose.yml holds to the format, and each container to the house rules for what may go wrong in it."""

import re
import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from tests.deploy.compose_schema import COMPOSE
from tests.deploy.composition import ROOT, SETTINGS, MissingVariableError, composition

OURS = {"web", "worker", "beat", "migrate", "mail"}


@pytest.fixture
def compose() -> dict[str, Any]:
    return composition()


def test_compose_file_holds_to_the_format(compose: dict[str, Any]) -> None:
    Draft202012Validator.check_schema(COMPOSE)
    assert [error.message for error in Draft202012Validator(COMPOSE).iter_errors(compose)] == []


@pytest.mark.parametrize(
    ("service", "key", "value"),
    [("web", "comand", ["x"]), ("web", "restart", True), ("redis", "read_only", "yes"), ("beat", "networks", "back")],
)
def test_format_refuses_what_an_engine_would_refuse(
    compose: dict[str, Any], service: str, key: str, value: object
) -> None:
    compose["services"][service][key] = value
    with pytest.raises(ValidationError):
        Draft202012Validator(COMPOSE).validate(compose)


def test_services_are_those_of_the_practice(compose: dict[str, Any]) -> None:
    assert set(compose["services"]) == OURS | {"postgres", "redis"}
    assert compose["services"]["postgres"]["image"] == "postgres:18"
    assert compose["services"]["redis"]["image"] == "redis:8"
    assert compose["services"]["mail"]["profiles"] == ["mail"]


def test_everything_that_is_named_is_there(compose: dict[str, Any]) -> None:
    for section in ("networks", "secrets"):
        named = {name for service in compose["services"].values() for name in service.get(section, [])}
        assert named == set(compose[section])
    mounts = [mount.split(":") for service in compose["services"].values() for mount in service.get("volumes", [])]
    assert {source for source, *_ in mounts if not source.startswith(".")} == set(compose["volumes"])
    assert all((ROOT / source).is_file() for source, *_ in mounts if source.startswith("."))
    for service in compose["services"].values():
        assert set(service.get("depends_on", {})) <= set(compose["services"])


def test_secrets_come_from_files_that_the_service_is_given(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        environment = service.get("environment", {})
        files = {
            value.removeprefix("/run/secrets/")
            for name, value in environment.items()
            if name.endswith("_FILE") and "secrets" in value
        }
        assert files <= set(service.get("secrets", []))
        assert not [name for name in environment if re.search(r"(PASSWORD|KEY|DATABASE.*URL)$", name)]


def test_web_knows_neither_the_owner_nor_the_worker_of_the_database(compose: dict[str, Any]) -> None:
    assert set(compose["services"]["web"]["secrets"]) == {"web_url", "secret_key", "vault_master_key"}
    assert set(compose["services"]["worker"]["secrets"]) == {"worker_url", "secret_key", "vault_master_key"}


def test_the_trail_is_verified_against_the_file_that_the_worker_writes(compose: dict[str, Any]) -> None:
    anchor = compose["services"]["migrate"]["environment"]["AUDIT_ANCHOR_FILE"]
    assert anchor == compose["services"]["worker"]["environment"]["AUDIT_ANCHOR_FILE"] == "/state/audit-anchor"
    assert compose["services"]["worker"]["volumes"] == ["state:/state"]
    assert compose["services"]["migrate"]["volumes"] == ["state:/state:ro"]


def test_every_container_is_confined(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert name == "postgres" or not service["user"].startswith("0:"), name


def test_every_lasting_service_is_watched_and_started_again(compose: dict[str, Any]) -> None:
    lasting = {name: service for name, service in compose["services"].items() if name != "migrate"}
    assert all("healthcheck" in service and service["restart"] == "unless-stopped" for service in lasting.values())
    assert compose["services"]["migrate"]["restart"] == "no"


def test_programs_wait_for_the_migrated_database(compose: dict[str, Any]) -> None:
    for name in ("web", "worker", "beat"):
        conditions = {other: wanted["condition"] for other, wanted in compose["services"][name]["depends_on"].items()}
        assert conditions == {
            "migrate": "service_completed_successfully",
            "postgres": "service_healthy",
            "redis": "service_healthy",
        }


def test_only_the_web_server_is_reached_from_outside_and_only_from_this_machine(compose: dict[str, Any]) -> None:
    ports = {name: service["ports"] for name, service in compose["services"].items() if "ports" in service}
    assert ports == {"web": ["127.0.0.1:8000:8000"]}
    assert compose["networks"]["back"] == {"internal": True}
    assert {name for name, service in compose["services"].items() if "front" in service["networks"]} == {
        "web",
        "worker",
    }


@pytest.mark.parametrize("name", sorted(SETTINGS))
def test_compose_file_insists_on_its_settings(name: str) -> None:
    with pytest.raises(MissingVariableError, match=name):
        composition({key: value for key, value in SETTINGS.items() if key != name})


def test_image_runs_as_nobody_and_copies_what_the_commands_need() -> None:
    lines = (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines()
    assert "USER 10001:10001" in lines
    assert "--require-hashes" in "\n".join(lines)
    copied = {line.split()[1].rstrip("/") for line in lines if re.match(r"COPY (?!--from)", line)}
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert copied == {line[1:] for line in ignored if line.startswith("!")}
    assert "deploy/secrets" in ignored


def test_secrets_are_made_once_and_closed_to_others(tmp_path: Path, compose: dict[str, Any]) -> None:
    script = tmp_path / "make-secrets"
    script.write_bytes((ROOT / "deploy" / "make-secrets").read_bytes())
    folder = tmp_path / "secrets"
    texts = []
    for _ in range(2):
        subprocess.run(["/bin/sh", str(script)], check=True, capture_output=True)
        texts.append({path.name: path.read_text() for path in folder.iterdir()})
    assert texts[0] == texts[1]
    assert set(texts[0]) == {Path(secret["file"]).name for secret in compose["secrets"].values()}
    assert texts[0]["web_url"] == f"postgresql+psycopg://clinic_web:{texts[0]['web_password']}@postgres/clinic"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700

"""The parts of the Compose file format that docker-compose.yml uses, as a strict JSON Schema of our own.

It knows no more than we use: an unknown key, a misspelt one, or a value of another type is an error.
"""

from typing import Any

Schema = dict[str, Any]


def record(properties: dict[str, Schema], required: tuple[str, ...] = ()) -> Schema:
    """An object with these keys and no others."""
    return {"type": "object", "properties": properties, "required": list(required), "additionalProperties": False}


def many(item: Schema) -> Schema:
    """A list with at least one such item, none of them twice."""
    return {"type": "array", "items": item, "minItems": 1, "uniqueItems": True}


def named(value: Schema) -> Schema:
    """An object whose keys are names of our choosing."""
    return {"type": "object", "propertyNames": NAME, "additionalProperties": value, "minProperties": 1}


NAME: Schema = {"type": "string", "pattern": "^[a-zA-Z0-9._-]+$"}
TEXT: Schema = {"type": "string"}
DURATION: Schema = {"type": "string", "pattern": "^([0-9]+(us|ms|s|m|h))+$"}
BYTES: Schema = {"type": "string", "pattern": "^[0-9]+(b|k|kb|m|mb|g|gb)$"}
MAP_OF_TEXT: Schema = {"type": "object", "additionalProperties": TEXT}
COMMAND: Schema = {"type": "array", "items": TEXT, "minItems": 1}
PORT: Schema = {"type": "string", "pattern": r"^([0-9.]+:)?[0-9]+:[0-9]+(/(tcp|udp))?$"}
MOUNT: Schema = {"type": "string", "pattern": r"^(\.?[a-zA-Z0-9._/-]+):/[a-zA-Z0-9._/-]+(:(ro|rw))?$"}
TMPFS: Schema = {
    "type": "string",
    "pattern": "^/[a-z/]+(:(mode=[0-7]+|size=[0-9]+[kmg])(,(mode=[0-7]+|size=[0-9]+[kmg]))*)?$",
}

BUILD = record({"context": TEXT, "args": MAP_OF_TEXT}, ("context",))
HEALTHCHECK = record(
    {
        "test": {
            "type": "array",
            "prefixItems": [{"enum": ["CMD", "CMD-SHELL", "NONE"]}],
            "items": TEXT,
            "minItems": 2,
        },
        "interval": DURATION,
        "timeout": DURATION,
        "retries": {"type": "integer", "minimum": 1},
        "start_period": DURATION,
    },
    ("test", "interval", "timeout", "retries"),
)
CONDITION = record(
    {"condition": {"enum": ["service_started", "service_healthy", "service_completed_successfully"]}}, ("condition",)
)
SERVICE = record(
    {
        "image": TEXT,
        "build": BUILD,
        "command": COMMAND,
        "user": {"type": "string", "pattern": "^[0-9]+:[0-9]+$"},
        "init": {"type": "boolean"},
        "read_only": {"type": "boolean"},
        "tmpfs": many(TMPFS),
        "shm_size": BYTES,
        "cap_add": many({"type": "string", "pattern": "^[A-Z_]+$"}),
        "cap_drop": many({"type": "string", "pattern": "^[A-Z_]+$"}),
        "security_opt": many(TEXT),
        "restart": {"enum": ["no", "always", "on-failure", "unless-stopped"]},
        "stop_signal": {"type": "string", "pattern": "^SIG[A-Z0-9]+$"},
        "stop_grace_period": DURATION,
        "logging": record({"driver": TEXT, "options": MAP_OF_TEXT}, ("driver",)),
        "environment": MAP_OF_TEXT,
        "secrets": many(NAME),
        "ports": many(PORT),
        "networks": many(NAME),
        "volumes": many(MOUNT),
        "depends_on": named(CONDITION),
        "healthcheck": HEALTHCHECK,
        "profiles": many(NAME),
    },
    ("image", "restart", "networks"),
)
COMPOSE: Schema = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    **record(
        {
            "name": {"type": "string", "pattern": "^[a-z0-9][a-z0-9_-]*$"},
            "services": named(SERVICE),
            "networks": named({"anyOf": [{"type": "null"}, record({"internal": {"type": "boolean"}})]}),
            "volumes": named({"type": "null"}),
            "secrets": named(record({"file": TEXT}, ("file",))),
        },
        ("services",),
    ),
    "patternProperties": {"^x-": {}},
}

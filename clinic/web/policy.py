"""No route without a policy: `@policy(action, loader)` opens the transaction, decides, loads, and refuses."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Final

from flask import Flask, abort, current_app, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from clinic.audit import service as audit
from clinic.core.errors import NotVisibleError
from clinic.database.actor import VISITOR, Actor
from clinic.database.session import transaction
from clinic.web import idempotency
from clinic.web.policies import ALLOWED, EVERYONE, PUBLIC

MARK: Final = "__policy__"
View = Callable[..., ResponseReturnValue]
Gate = Callable[[str, bool], ResponseReturnValue | None]
_GATE: Final = "clinic.gate"


class PolicyError(Exception):
    """The application does not start: a route has no policy, or one that nobody has written down."""


def policy(action: str, loader: Callable[..., Any] | None = None, *, fresh: bool = False) -> Callable[[View], View]:
    """Guard a view.

    The actor's roles must be allowed the action; then `loader`, given the ids of the address, returns the record that
    the view receives as its only argument, or raises NotVisibleError. Without a loader the view gets the ids. A visitor
    is sent to sign in; anyone else who is refused sees the page of a missing record, and the audit trail keeps it.
    `fresh` asks somebody whose last proof of who they are is not recent for another one first (R17).
    """
    if action not in ALLOWED:
        raise PolicyError(f"clinic/web/policies.py does not say who may {action}")

    def guard(view: View) -> View:
        @wraps(view)
        def guarded(**ids: Any) -> ResponseReturnValue:
            with transaction(actor := current_request_actor()):
                if not may(actor, action):
                    return _refuse(actor, action)
                if (held_up := _at_the_gate(actor, action, fresh=fresh)) is not None:
                    return held_up
                try:
                    record = (loader(**ids),) if loader is not None else ()
                    return idempotency.once(lambda: view(*record) if record else view(**ids))
                except NotVisibleError:
                    # From the loader, or from a view that was handed an id in a form.
                    if actor.person_id is not None:
                        audit.record_refusal(actor, action, *_named_record(ids))
                    raise

        setattr(guarded, MARK, action)
        return guarded

    return guard


def outside_transaction(action: str) -> Callable[[View], View]:
    """Mark a view that everyone may see and that must answer even while the database cannot."""
    if ALLOWED[action] != EVERYONE:
        raise PolicyError(f"{action} is not for everyone, so it needs a transaction that decides")

    def mark(view: View) -> View:
        setattr(view, MARK, action)
        return view

    return mark


def stand_at_gate(app: Flask, gate: Gate) -> None:
    """Have `gate(action, fresh)` asked for everyone who is signed in, before anything is loaded for them.

    Accounts know what a sign-in is worth, and this layer does not know them. None lets the person go on.
    """
    app.extensions[_GATE] = gate


def may(actor: Actor, action: str) -> bool:
    """True when one of the actor's roles is allowed the action."""
    return bool(actor.roles & ALLOWED[action])


def current_request_actor() -> Actor:
    """Who sends this request: a signed-in person with their roles, or a visitor."""
    if not current_user.is_authenticated:
        return Actor(roles=VISITOR.roles, address=request.remote_addr, request_id=g.get("request_id"))
    return Actor(
        person_id=current_user.person_id,
        roles=frozenset(current_user.roles) | {PUBLIC},
        address=request.remote_addr,
        request_id=g.get("request_id"),
    )


def require_policies(app: Flask) -> None:
    """Raise PolicyError naming each route that lacks one; called once, before the first request."""
    bare = sorted(
        f"{rule.rule} -> {rule.endpoint}"
        for rule in app.url_map.iter_rules()
        if getattr(app.view_functions[rule.endpoint], MARK, None) not in ALLOWED
    )
    if bare:
        raise PolicyError("no policy guards " + ", ".join(bare))


def local_path(target: str | None) -> str | None:
    """`target` when it is a path on this site, else None: no scheme, no host, no tricks with slashes."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")):
        return None
    return target if target.isprintable() and "\\" not in target else None


def _at_the_gate(actor: Actor, action: str, *, fresh: bool) -> ResponseReturnValue | None:
    gate: Gate | None = current_app.extensions.get(_GATE)
    return gate(action, fresh) if gate is not None and actor.person_id is not None else None


def _refuse(actor: Actor, action: str) -> ResponseReturnValue:
    if actor.person_id is not None:
        audit.record_refusal(actor, action)
        raise NotVisibleError
    if request.method in {"GET", "HEAD"}:
        query = f"?{request.query_string.decode('ascii', 'replace')}" if request.query_string else ""
        return redirect(url_for("accounts.sign_in", next=request.path + query))
    return abort(401)


def _named_record(ids: dict[str, Any]) -> tuple[str | None, Any]:
    """The first id of the address as (kind, id): `appointment_id=…` names an appointment."""
    for name, value in ids.items():
        if name.endswith("_id"):
            return name.removesuffix("_id"), value
    return None, None

"""Commands of the practice: `flask --app wsgi --help` lists them."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import click
from flask import Flask, current_app
from flask.cli import AppGroup
from flask_migrate import Migrate
from flask_migrate import upgrade as migrate
from sqlalchemy import Engine, create_engine
from sqlalchemy.pool import NullPool

from clinic import content
from clinic.accounts import links, lost_factor, people
from clinic.accounts.models import Person
from clinic.audit import service as audit
from clinic.core import clock
from clinic.core.errors import DomainError
from clinic.core.ids import parse_id
from clinic.database.actor import Actor
from clinic.database.session import db, transaction
from clinic.demo import load as demonstration
from clinic.practice import listing
from clinic.practice import service as staff
from clinic.practice.service import Somebody
from clinic.settings import Settings, owner_url
from clinic.web.health import MIGRATIONS

BROKEN_TRAIL = 3
NOT_EMPTY = 4

demo = AppGroup("demo", help="The demo practice: load, reset, and who can sign in.")
practice = AppGroup("practice", help="The practice: upgrade it, open it, let staff in.")
trail = AppGroup("audit", help="The audit trail: verify that nobody changed it.")
time = AppGroup("clock", help="The clock of a demonstration: move it, or put it right.")


def register_commands(app: Flask) -> None:
    """Add the commands to `flask`."""
    for group in (practice, demo, trail, time):
        app.cli.add_command(group)
    Migrate(app, db, directory=str(MIGRATIONS))


@practice.command("upgrade")
def upgrade() -> None:
    """Bring the tables up to date and install the exercises, forms and texts of this version."""
    migrate()
    with _as_owner("practice.upgrade"):
        count = content.install(clock.now())
    click.echo(f"The tables are up to date. New exercises, forms and texts: {count}.")


@practice.command("open")
@click.option("--name", required=True, help="What the practice is called.")
@click.option("--zone", "zone_name", required=True, help="Its time zone, such as America/New_York.")
@click.option("--owner", nargs=3, required=True, metavar="GIVEN FAMILY EMAIL", help="Who owns it.")
def open_practice(name: str, zone_name: str, owner: tuple[str, str, str]) -> None:
    """Open a new practice and invite its owner by mail."""
    with _as_owner("practice.open"), _in_words():
        staff.open_practice(name, zone_name, Somebody(*owner), clock.now())
    click.echo(f"{name} is open. The invitation is on its way to {owner[2]}.")


@practice.command("add-staff")
@click.option("--role", type=click.Choice(staff.STAFF_ROLES), required=True, help="What they do.")
@click.argument("given")
@click.argument("family")
@click.argument("email")
def add_staff(role: str, given: str, family: str, email: str) -> None:
    """Let somebody in under a role and invite them by mail."""
    with _as_owner("practice.add-staff"), _in_words():
        staff.add_staff(Somebody(given, family, email), role, clock.now())
    click.echo(f"The invitation is on its way to {email}.")
    if role == "therapist":
        click.echo("They are on no public page until the owner switches them on, under Practice, Staff.")


@practice.command("let-in")
@click.argument("who", metavar="PERSON_ID|EMAIL")
@click.option("--email", help="An address of their own, where theirs is somebody else's sign-in already.")
def let_in(who: str, email: str | None) -> None:
    """Print a link with which somebody whom you have recognised chooses a password."""
    with _as_owner("practice.let-in"), _in_words():
        person, now = _somebody(who), clock.now()
        link = links.let_in(person.id, now, email=email)
        address = f"{_settings().base_url}/{link.purpose}/{links.token_for(link)}"
        words = f"For {person.name}, once, until {link.expires_at:%A, %Y-%m-%d %H:%M} UTC:\n{address}"
    click.echo(words)


@practice.command("reset-factor")
@click.argument("who", metavar="PERSON_ID|EMAIL")
@click.option("--reason", required=True, help="Why, in a few words; it is kept.")
def reset_factor(who: str, reason: str) -> None:
    """Take away the lost second step of somebody whom you have recognised, such as the only owner."""
    with _as_owner("practice.reset-factor"), _in_words():
        person = _somebody(who)
        lost_factor.take_away(person.id, by=None, checked=lost_factor.COMMAND, reason=reason, now=clock.now())
        words = f"{person.name} is signed out everywhere. At the next sign-in, the password is enough."
    click.echo(words)


@practice.command("disable-login")
@click.argument("who", metavar="PERSON_ID|EMAIL")
def disable_login(who: str) -> None:
    """Close somebody's way in, end every sign-in of theirs at once, and take them off the public pages."""
    with _as_owner("practice.disable-login"), _in_words():
        person = _somebody(who)
        people.disable_login(person.id, clock.now())
        listing.unlist(person.id)
        words = f"{person.name} is signed out everywhere and cannot sign in any more."
    click.echo(words)


@practice.command("enable-login")
@click.argument("who", metavar="PERSON_ID|EMAIL")
def enable_login(who: str) -> None:
    """Open a way in again that was closed; the old password still counts."""
    with _as_owner("practice.enable-login"), _in_words():
        person = _somebody(who)
        people.enable_login(person.id)
        words = f"{person.name} can sign in again."
    click.echo(words)


@demo.command("load")
def load_demo() -> None:
    """Fill an empty database with the demo practice."""
    _refuse_in_production("Its sign-ins are known to everybody, so it is never loaded into one.")
    try:
        with _as_owner("demo.load"):
            demonstration.load(clock.now())
    except demonstration.PracticeNotEmptyError:
        click.echo("There are people in this database already. The demo practice needs an empty one.", err=True)
        sys.exit(NOT_EMPTY)
    click.echo("The demo practice is ready.")


@demo.command("reset")
@click.confirmation_option(prompt="This deletes everything in the demo practice and loads it anew. Go on?")
def reset_demo() -> None:
    """Delete the demo practice and load it anew."""
    _refuse_in_production("Nothing was deleted.")
    with _as_owner("demo.reset"):
        demonstration.clear()
        demonstration.load(clock.now())
    click.echo("The demo practice is as new.")


@demo.command("sign-ins")
def list_sign_ins() -> None:
    """Print one sign-in for each role."""
    for role, address, password in demonstration.sign_ins():
        click.echo(f"{role:<12}{address:<36}{password}")


@trail.command("verify")
def verify_trail() -> None:
    """Follow the whole chain; exit code 3 when it was broken."""
    with transaction(Actor.worker("audit.verify")):
        verdict = audit.verify(_settings().audit_anchor_file)
    click.echo(f"{verdict.linked} events linked, {verdict.tail} not linked yet. Head {verdict.head.hex()}.")
    for problem in verdict.problems:
        click.echo(f"Broken: {problem}.", err=True)
    sys.exit(BROKEN_TRAIL if verdict.problems else 0)


@time.command("move")
@click.option("--days", type=float, default=0, help="Days to move by; negative moves back.")
@click.option("--hours", type=float, default=0, help="Hours to move by.")
def move_clock(days: float, hours: float) -> None:
    """Move the clock of every process of this demonstration."""
    if _settings().clock_file is None:
        click.echo("The clock of this practice cannot be moved.", err=True)
        sys.exit(NOT_EMPTY)
    clock.move(timedelta(days=days, hours=hours))
    click.echo(f"It is now {clock.now():%A, %Y-%m-%d %H:%M} UTC.")


@contextmanager
def _as_owner(job: str) -> Iterator[None]:
    """A transaction as the role that owns the tables: row-level security does not apply to what it loads."""
    url = owner_url()
    if not url:
        raise click.ClickException("DATABASE_OWNER_URL is missing: the role that owns the tables loads the demo.")
    engines: dict[str | None, Engine] = db.engines  # type: ignore[assignment]  # said to be read-only, and is a dict
    usual, engines[None] = engines[None], create_engine(url, poolclass=NullPool)
    try:
        with transaction(Actor.worker(job)):
            yield
    finally:
        db.session.remove()
        engines[None] = usual


@contextmanager
def _in_words() -> Iterator[None]:
    """Turn a broken rule into a sentence and exit code 1."""
    try:
        yield
    except (DomainError, ValueError) as error:
        raise click.ClickException(str(error)) from error


def _somebody(who: str) -> Person:
    """The person with this id or address. Raises ValueError: where nobody has it, or several, naming them."""
    identity = parse_id(who)
    if identity is None:
        found = people.with_address(who)
    else:
        found = [person] if (person := db.session.get(Person, identity)) else []
    if not found:
        raise ValueError("Nobody has this id or address.")
    if len(found) > 1:
        ids = "".join(f"\n{each.id}  {each.name}" for each in found)
        raise ValueError(f"{len(found)} people have this address. Please give an id.{ids}")
    return found[0]


def _refuse_in_production(why: str) -> None:
    if _settings().is_production:
        click.echo(f"This is a real practice. {why}", err=True)
        sys.exit(NOT_EMPTY)


def _settings() -> Settings:
    settings: Settings = current_app.config["CLINIC"]
    return settings

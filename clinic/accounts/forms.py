"""The shape of what people type about their accounts. The rules decide on the rest."""

from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import EmailField, HiddenField, PasswordField, SelectField, StringField, TelField
from wtforms.validators import DataRequired, InputRequired, Length, ValidationError

from clinic.accounts.passkeys import LONGEST_NAME
from clinic.accounts.rules import LONGEST_ADDRESS, is_address, normal_address
from clinic.core.zones import zone_names
from clinic.web.forms import ActionForm, SafeForm, one_line

LONGEST_PASSWORD = 1024
# What a browser says of a passkey: a few kilobytes of JSON, with an attestation at most some more.
LONGEST_ASSERTION = 32_768


def good_address(_form: Any, field: Any) -> None:
    """A validator: what was typed looks like one mail address."""
    if not is_address(field.data or ""):
        raise ValidationError(_("Please type an e-mail address, such as name@example.org, without accents."))


def address_field() -> EmailField:
    """A mail address, required, in the form in which it is stored."""
    return EmailField(
        _("E-mail address"),
        filters=[one_line, lambda text: normal_address(text) if text else text],
        validators=[DataRequired(_("Please type your e-mail address.")), good_address],
        render_kw={"autocomplete": "username", "maxlength": LONGEST_ADDRESS, "spellcheck": "false"},
    )


def password_field(label: Any, autocomplete: str) -> PasswordField:
    """A password: `autocomplete` tells the browser whether it is the current or a new one."""
    return PasswordField(
        label,
        validators=[InputRequired(_("Please type a password.")), Length(max=LONGEST_PASSWORD)],
        render_kw={"autocomplete": autocomplete, "maxlength": LONGEST_PASSWORD},
    )


class SignInForm(SafeForm):
    """Address and password. Without a key of its own: each answer carries a cookie, so one cannot stand for another."""

    email = address_field()
    password = password_field(_("Password"), "current-password")
    next = HiddenField()


def passkey_name_field() -> StringField:
    """What a person calls a passkey."""
    return StringField(
        _("Name"),
        filters=[one_line],
        validators=[DataRequired(_("Please give it a name, such as My phone.")), Length(max=LONGEST_NAME)],
        render_kw={"maxlength": LONGEST_NAME, "autocomplete": "off"},
    )


def code_field(*validators: Any) -> StringField:
    """A code of an authenticator app, or a recovery code."""
    return StringField(
        _("Code"),
        filters=[one_line],
        validators=[*validators, Length(max=40)],
        render_kw={"autocomplete": "one-time-code", "maxlength": 40, "autocapitalize": "none", "spellcheck": "false"},
    )


class SecondStepForm(SafeForm):
    """A code, or what a passkey signed. Without a key of its own, like the form before it."""

    code = code_field()
    assertion = HiddenField(validators=[Length(max=LONGEST_ASSERTION)])
    next = HiddenField()


class ConfirmForm(SafeForm):
    """Password and second step of somebody who is signed in; where they were, and what they had typed there.

    Without a key of its own: each try is counted, and a proof that is given again changes nothing.
    """

    password = password_field(_("Password"), "current-password")
    code = code_field()
    assertion = HiddenField(validators=[Length(max=LONGEST_ASSERTION)])
    target = HiddenField()
    carried = HiddenField()


class FirstCodeForm(ActionForm):
    """The first code of a new authenticator app."""

    code = code_field(DataRequired(_("Please type the code that the app shows.")))


class PasskeyForm(ActionForm):
    """A name for a passkey, and what the browser says of one that it has just made."""

    name = passkey_name_field()
    credential = HiddenField(validators=[Length(max=LONGEST_ASSERTION)])


class PasskeyNameForm(ActionForm):
    """Another name for a passkey."""

    name = passkey_name_field()


class LostPasswordForm(ActionForm):
    """An address that a link can be sent to."""

    email = address_field()


class NewPasswordForm(ActionForm):
    """A new password, by somebody who followed a mailed link."""

    password = password_field(_("New password"), "new-password")


class ChangePasswordForm(ActionForm):
    """The current password and a new one."""

    current = password_field(_("Current password"), "current-password")
    password = password_field(_("New password"), "new-password")


class ContactForm(ActionForm):
    """What a person may change about themselves."""

    given_name = StringField(
        _("First name"),
        filters=[one_line],
        validators=[DataRequired(_("Please type your first name.")), Length(max=80)],
        render_kw={"autocomplete": "given-name"},
    )
    family_name = StringField(
        _("Last name"), filters=[one_line], validators=[Length(max=80)], render_kw={"autocomplete": "family-name"}
    )
    phone = TelField(_("Phone"), filters=[one_line], validators=[Length(max=40)], render_kw={"autocomplete": "tel"})
    zone = SelectField(_("Time zone"), validators=[DataRequired()])

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        self.zone.choices = [
            (name, name.replace("_", " ")) for name in sorted(zone_names() | {self.zone.data or "UTC"})
        ]

    def validate_zone(self, field: Any) -> None:
        """Only a zone that exists; the one shown as current is among them."""
        if field.data not in zone_names() | {"UTC"}:
            raise ValidationError(_("Please choose a time zone from the list."))

"""`/inbox`: what the demonstration's mail server received. It is never registered in production."""

from pathlib import Path
from typing import Final

from flask import Blueprint, current_app, make_response, render_template
from flask.typing import ResponseReturnValue

from clinic.core.errors import NotVisibleError
from clinic.standalone.inbox import Attachment, Message, messages
from clinic.web.paging import Page, requested_page
from clinic.web.policy import policy

blueprint = Blueprint("inbox", __name__)
PER_PAGE: Final = 20


@blueprint.get("/inbox")
@policy("inbox.read")
def received() -> ResponseReturnValue:
    """Every message, the newest first."""
    kept, page = messages(_folder()), requested_page()
    shown = kept[(page - 1) * PER_PAGE : page * PER_PAGE]
    return render_template("standalone/inbox.html", page=Page(shown, page, len(kept), PER_PAGE))


def load_message(key: str) -> Message:
    """The message of that name. Raises NotVisibleError."""
    for message in messages(_folder()):
        if message.key == key:
            return message
    raise NotVisibleError


def load_attachment(key: str, number: int) -> Attachment:
    """One file of a message, counted from 0. Raises NotVisibleError."""
    attachments = load_message(key).attachments
    if number >= len(attachments):
        raise NotVisibleError
    return attachments[number]


@blueprint.get("/inbox/<key>")
@policy("inbox.read", load_message)
def message(shown: Message) -> ResponseReturnValue:
    """One message as its reader sees it."""
    return render_template("standalone/message.html", message=shown)


@blueprint.get("/inbox/<key>/<int:number>")
@policy("inbox.read", load_attachment)
def attachment(file: Attachment) -> ResponseReturnValue:
    """One of its files, as a download."""
    response = make_response(file.content)
    response.headers["Content-Type"] = file.content_type
    response.headers.set("Content-Disposition", "attachment", filename=file.name)
    return response


def _folder() -> Path:
    folder: Path = current_app.config["CLINIC"].inbox_folder
    return folder

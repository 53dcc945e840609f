"""The one blueprint of the homework pages, shared by those of the client and those of the therapist."""

from flask import Blueprint

from clinic.homework import wording

blueprint = Blueprint("homework", __name__)
for words in (wording.state_for_client, wording.state_for_therapist, wording.due_words):
    blueprint.add_app_template_filter(words)

"""The blueprint that the pages of notes share."""

from flask import Blueprint

blueprint = Blueprint("notes", __name__)

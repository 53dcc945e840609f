"""The one blueprint of the pages of measures: the client's, the therapist's and the owner's."""

from flask import Blueprint

blueprint = Blueprint("measures", __name__)

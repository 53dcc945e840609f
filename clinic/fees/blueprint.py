"""The one blueprint of money; the modules named `…views` hang their pages onto it."""

from flask import Blueprint

blueprint = Blueprint("fees", __name__)

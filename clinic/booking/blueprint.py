"""The one blueprint of booking; the modules named `…views` hang their pages onto it."""

from flask import Blueprint

blueprint = Blueprint("booking", __name__)

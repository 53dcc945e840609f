"""The one blueprint of booking; the modules named `…views` hang their pages onto it."""

from flask import Blueprint

from clinic.booking.buttons import boxes, options, ticks

blueprint = Blueprint("booking", __name__)
for _filter in (ticks, boxes, options):
    blueprint.add_app_template_filter(_filter)

"""Every feature's pages, message kinds and commands, registered in one place."""

import os

from flask import Flask

from clinic.accounts import confirm_views, factor_views, gate, link_views, own_views
from clinic.accounts import mails as account_mails
from clinic.accounts import views as account_views
from clinic.booking import calendar_views as booking_calendar_views
from clinic.booking import feed_views as booking_feed_views
from clinic.booking import front_desk_views as booking_front_desk_views
from clinic.booking import link_views as booking_link_views
from clinic.booking import mail_words as booking_words
from clinic.booking import mails as booking_mails
from clinic.booking import panels
from clinic.booking import request_views as booking_request_views
from clinic.booking import room_views as booking_room_views
from clinic.booking import session_views as booking_session_views
from clinic.booking import staff_mails as booking_staff_mails
from clinic.booking import unsettled as booking_unsettled
from clinic.booking import views as booking_views
from clinic.clients import couples
from clinic.clients import queries as client_queries
from clinic.desk import away_mails as desk_away_mails
from clinic.desk import away_views as desk_away_views
from clinic.desk import hand_over_mails as desk_hand_over_mails
from clinic.desk import hand_over_one_views as desk_hand_over_one_views
from clinic.desk import hand_over_views as desk_hand_over_views
from clinic.desk import hours_views as desk_hours_views
from clinic.desk import leave_mails as desk_leave_mails
from clinic.desk import listing_views as desk_listing_views
from clinic.desk import lost_factor_views as desk_lost_factor_views
from clinic.desk import outside_views as desk_outside_views
from clinic.desk import places_views as desk_places_views
from clinic.desk import record_views as desk_record_views
from clinic.desk import staff_views as desk_staff_views
from clinic.desk import views as desk_views
from clinic.desk import words_mails as desk_word_mails
from clinic.desk import words_views as desk_words_views
from clinic.distance import views as distance_views
from clinic.distance.panel import distance_panel
from clinic.fees import agreed_views as fees_agreed_views
from clinic.fees import list_views as fees_list_views
from clinic.fees import views as fees_views
from clinic.fees.panel import money_panel
from clinic.homework import answer_views as homework_answer_views
from clinic.homework import therapist_views as homework_therapist_views
from clinic.homework import views as homework_views
from clinic.imports import views as import_views
from clinic.intake import mails as intake_mails
from clinic.intake import paper_views as intake_paper_views
from clinic.intake import private_views as intake_private_views
from clinic.intake import reach as intake_reach
from clinic.intake import release_views as intake_release_views
from clinic.intake import staff_views as intake_staff_views
from clinic.intake import text_views as intake_text_views
from clinic.intake import views as intake_views
from clinic.measures import owner_views as measure_owner_views
from clinic.measures import therapist_views as measure_therapist_views
from clinic.measures import views as measure_views
from clinic.notes import psychotherapy_views as psychotherapy_note_views
from clinic.notes import views as note_views
from clinic.notes import writing_views as note_writing_views
from clinic.notes.panel import notes_panel
from clinic.outbox.registry import registry
from clinic.practice import views as practice_views
from clinic.progress import mails as progress_mails
from clinic.progress import views as progress_views
from clinic.reminders import mails as reminder_mails
from clinic.reminders import recipients
from clinic.risk import help_views as risk_help_views
from clinic.risk import mails as risk_mails
from clinic.risk import office_views as risk_office_views
from clinic.risk import reach as risk_reach
from clinic.risk import views as risk_views
from clinic.safety import views as safety_views
from clinic.series import mails as series_mails
from clinic.series import views as series_views
from clinic.settings import Settings
from clinic.site import views as site_views
from clinic.standalone import views as inbox_views
from clinic.waitlist import mails as waitlist_mails
from clinic.waitlist import views as waitlist_views
from clinic.web.policy import stand_at_gate
from clinic.wordings import catalogue


def register_features(app: Flask, settings: Settings) -> None:
    """Hang the features onto `app`."""
    app.register_blueprint(site_views.blueprint)
    if settings.inbox_folder is not None:
        app.register_blueprint(inbox_views.blueprint)
    _register_accounts(app)
    booking_pages = (
        booking_views,
        booking_session_views,
        booking_link_views,
        booking_calendar_views,
        booking_feed_views,
        booking_front_desk_views,
        booking_room_views,
        booking_request_views,
    )
    for blueprint in {pages.blueprint for pages in booking_pages}:  # they share one
        app.register_blueprint(blueprint)
    registry.add(*booking_mails.KINDS, *booking_staff_mails.KINDS)
    app.register_blueprint(series_views.blueprint)
    registry.add(*series_mails.KINDS)
    app.register_blueprint(waitlist_views.blueprint)
    registry.add(*waitlist_mails.KINDS)
    for blueprint in {pages.blueprint for pages in (fees_views, fees_agreed_views, fees_list_views)}:  # they share one
        app.register_blueprint(blueprint)
    couples.when_ending(booking_unsettled.end_of_couple)
    app.register_blueprint(distance_views.blueprint)
    panels.show(money_panel, distance_panel, notes_panel)
    _register_risk(app)
    _register_clinical(app)
    _register_desk(app)
    registry.add(*reminder_mails.KINDS)
    _register_words()
    registry.recipients = recipients.recipients
    registry.is_mailbox_shared = client_queries.is_mailbox_shared
    registry.has_partner = client_queries.has_partner
    if os.environ.get("FLASK_RUN_FROM_CLI") == "true":
        _register_commands(app)


def _register_accounts(app: Flask) -> None:
    for pages in (account_views, link_views, own_views, factor_views, confirm_views):
        app.register_blueprint(pages.blueprint)
    stand_at_gate(app, gate.hold_up)
    registry.add(*account_mails.KINDS)


def _register_commands(app: Flask) -> None:
    from clinic.cli import register_commands  # noqa: PLC0415 -- with all that only commands need

    register_commands(app)


def _register_clinical(app: Flask) -> None:
    """What is written in care: homework, intake, measures, notes, reports."""
    homework_pages = (homework_views, homework_answer_views, homework_therapist_views)
    for blueprint in {pages.blueprint for pages in homework_pages}:  # they share one
        app.register_blueprint(blueprint)
    _register_intake(app)
    app.register_blueprint(import_views.blueprint)
    measure_pages = (measure_views, measure_therapist_views, measure_owner_views)
    for blueprint in {pages.blueprint for pages in measure_pages}:  # as well
        app.register_blueprint(blueprint)
    note_pages = (note_views, note_writing_views, psychotherapy_note_views)
    for blueprint in {pages.blueprint for pages in note_pages}:  # as well
        app.register_blueprint(blueprint)
    app.register_blueprint(progress_views.blueprint)
    registry.add(*progress_mails.KINDS)


def _register_intake(app: Flask) -> None:
    client_pages = (intake_views, intake_text_views, intake_private_views, intake_release_views)
    for pages in (*client_pages, intake_staff_views, intake_paper_views, safety_views):
        app.register_blueprint(pages.blueprint)
    registry.add(*intake_mails.KINDS)


def _register_risk(app: Flask) -> None:
    for pages in (risk_views, risk_help_views, risk_office_views):
        app.register_blueprint(pages.blueprint)
    registry.add(*risk_mails.KINDS)
    risk_reach.reach_with(intake_reach.ways_to_reach)


def _register_desk(app: Flask) -> None:
    for pages in (
        desk_views,
        desk_record_views,
        practice_views,
        desk_hours_views,
        desk_outside_views,
        desk_places_views,
        desk_away_views,
        desk_hand_over_views,
        desk_hand_over_one_views,
        desk_words_views,
        desk_listing_views,
        desk_staff_views,
        desk_lost_factor_views,
    ):
        app.register_blueprint(pages.blueprint)
    registry.add(*desk_away_mails.KINDS, *desk_leave_mails.KINDS, *desk_hand_over_mails.KINDS, *desk_word_mails.KINDS)


def _register_words() -> None:
    """The messages whose words the practice may choose, in the order in which the owner sees them."""
    for words in (
        booking_words,
        desk_away_mails,
        desk_hand_over_mails,
        series_mails,
        account_mails,
        intake_mails,
        reminder_mails,
        progress_mails,
    ):
        catalogue.add(words.WORDINGS)

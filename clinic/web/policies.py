"""Which roles may ask for which action. What is not written here is refused. Whose record it is, the loaders decide."""

from typing import Final

PUBLIC: Final = "public"
CLIENT: Final = "client"
THERAPIST: Final = "therapist"
FRONT_DESK: Final = "front_desk"
OWNER: Final = "owner"

EVERYONE = frozenset({PUBLIC, CLIENT, THERAPIST, FRONT_DESK, OWNER})
SIGNED_IN = frozenset({CLIENT, THERAPIST, FRONT_DESK, OWNER})

ALLOWED: dict[str, frozenset[str]] = {
    # shell
    "asset.read": EVERYONE,
    "health.read": EVERYONE,
    "inbox.read": EVERYONE,
    # public face
    "site.read": EVERYONE,
    # accounts
    "account.enter": EVERYONE,
    "account.leave": EVERYONE,
    "account.read": SIGNED_IN,
    "account.update": SIGNED_IN,
    "account.confirm": SIGNED_IN,
    "factor.update": SIGNED_IN,
    # desk
    "today.read": SIGNED_IN,
    "change.list": frozenset({THERAPIST, FRONT_DESK}),
    "caseload.read": frozenset({THERAPIST}),
    "client.read": frozenset({THERAPIST}),
    "client.update": frozenset({THERAPIST}),
    "couple.link": frozenset({THERAPIST}),
    "record.read": frozenset({CLIENT}),
    "sharing.end": frozenset({CLIENT}),
    "undelivered.read": frozenset({FRONT_DESK}),
    "undelivered.update": frozenset({FRONT_DESK}),
    "people.read": frozenset({FRONT_DESK}),
    "person.recognise": frozenset({FRONT_DESK}),
    "practice.read": frozenset({OWNER}),
    "practice.update": frozenset({OWNER}),
    "wording.update": frozenset({OWNER}),
    "staff.read": frozenset({OWNER}),
    "staff.update": frozenset({OWNER}),
    "hours.update": frozenset({OWNER, THERAPIST}),
    "away.create": frozenset({THERAPIST, FRONT_DESK}),
    "away.read": frozenset({THERAPIST, FRONT_DESK}),
    "away.update": frozenset({THERAPIST, FRONT_DESK}),
    "hand_over.create": frozenset({OWNER, FRONT_DESK}),
    "hand_over.read": frozenset({OWNER, FRONT_DESK}),
    "audit.read": frozenset({OWNER}),
    # A row of an import says whether somebody is here already: for those alone who see the list of people anyway.
    "import.create": frozenset({FRONT_DESK}),
    "import.read": frozenset({FRONT_DESK}),
    "import.update": frozenset({FRONT_DESK}),
    # booking
    "booking.search": EVERYONE,
    "booking.create": EVERYONE,
    "appointment.manage": EVERYONE,
    "feed.read": EVERYONE,
    "feed.update": frozenset({CLIENT, THERAPIST}),
    "outside.update": frozenset({THERAPIST}),
    "appointment.list": frozenset({CLIENT}),
    "appointment.read": frozenset({CLIENT, THERAPIST}),
    "appointment.update": frozenset({CLIENT, THERAPIST}),
    "appointment.create": frozenset({THERAPIST}),
    "appointment.place": frozenset({THERAPIST}),
    "attendance.update": frozenset({THERAPIST}),
    "attendance.confirm": frozenset({CLIENT}),
    "series.create": frozenset({THERAPIST, FRONT_DESK}),
    "series.update": frozenset({THERAPIST, FRONT_DESK}),
    "video.update": frozenset({THERAPIST}),
    "whereabouts.update": frozenset({CLIENT}),
    "session.join": frozenset({CLIENT, THERAPIST}),
    "question.read": frozenset({CLIENT}),
    "question.answer": frozenset({CLIENT}),
    "request.list": frozenset({THERAPIST, FRONT_DESK}),
    "request.decide": frozenset({THERAPIST, FRONT_DESK}),
    "appointment.confirm": frozenset({THERAPIST}),
    "waiting.read": frozenset({CLIENT}),
    "waiting.join": frozenset({CLIENT}),
    "waiting.leave": frozenset({CLIENT}),
    "waiting.list": frozenset({THERAPIST, FRONT_DESK}),
    "waiting.create": frozenset({THERAPIST, FRONT_DESK}),
    "waiting.remove": frozenset({THERAPIST, FRONT_DESK}),
    "offer.answer": frozenset({CLIENT}),
    "calendar.read": frozenset({THERAPIST}),
    "schedule.read": frozenset({FRONT_DESK}),
    "schedule.create": frozenset({FRONT_DESK}),
    "schedule.update": frozenset({FRONT_DESK}),
    "arrival.update": frozenset({FRONT_DESK}),
    # risk
    "alert.list": frozenset({THERAPIST}),
    "alert.read": frozenset({THERAPIST}),
    "alert.update": frozenset({THERAPIST}),
    "help.read": frozenset({CLIENT}),
    "help.update": frozenset({CLIENT}),
    # fees
    "payment.update": frozenset({THERAPIST, FRONT_DESK}),
    "payment.list": frozenset({CLIENT}),
    "payment.list_all": frozenset({THERAPIST, FRONT_DESK}),
    "fee.read": frozenset({THERAPIST, FRONT_DESK}),
    "fee.update": frozenset({THERAPIST, FRONT_DESK}),
    "late_fee.waive": frozenset({THERAPIST}),
    "receipt.read": frozenset({CLIENT, THERAPIST, FRONT_DESK}),
    # intake
    "intake.read": frozenset({CLIENT}),
    "intake.update": frozenset({CLIENT}),
    "intake.sign": frozenset({CLIENT}),
    "intake_record.read": frozenset({THERAPIST}),
    "intake_record.update": frozenset({THERAPIST}),
    "intake_paper.create": frozenset({THERAPIST, FRONT_DESK}),
    "private_page.read": frozenset({THERAPIST}),
    "private_page.update": frozenset({THERAPIST}),
    # homework
    "homework.read": frozenset({CLIENT}),
    "homework.update": frozenset({CLIENT}),
    "homework.review": frozenset({THERAPIST}),
    "homework.assign": frozenset({THERAPIST}),
    # notes
    "note.list": frozenset({THERAPIST}),
    "note.read": frozenset({THERAPIST}),
    "note.write": frozenset({THERAPIST}),
    "note.cosign": frozenset({THERAPIST}),
    "psychotherapy_note.write": frozenset({THERAPIST}),
    # measures
    "measure.answer": frozenset({CLIENT}),
    "measure.read": frozenset({THERAPIST}),
    "measure.schedule": frozenset({THERAPIST}),
    "measure.word": frozenset({OWNER}),
    # progress
    "progress.read": frozenset({CLIENT}),
    "report.read": frozenset({CLIENT}),
    "report.download": frozenset({CLIENT}),
    "report.list": frozenset({THERAPIST}),
    "report.review": frozenset({THERAPIST}),
    "report.release": frozenset({THERAPIST}),
    "brief.read": frozenset({THERAPIST}),
}

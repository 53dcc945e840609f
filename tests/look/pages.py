"""Every page that one can open, by its route, and who looks at it. A route that is missing fails the tests.

A word in braces is a place of `tests.look.demo`. Pages that have several faces stand here once for each of them.
"""

from dataclasses import dataclass
from typing import Final

from tests.access.matrix import COLUMNS, MATRIX

WHO: Final = ("visitor", "alice", "dana", "desk", "owner")

# No page: files, answers to machines, and an address that only leads on.
NO_PAGES: Final = {
    "/static/<path:filename>",
    "/healthz",
    "/readyz",
    "/intake/onward",
    "/book/done/<uuid:appointment_id>/appointment.ics",
    "/appointment/<token>/appointment.ics",
    "/feeds/<token>.ics",
    "/sessions/<uuid:appointment_id>/appointment.ics",
    "/progress/reports/<uuid:report_id>/pdf",
    "/receipts/<uuid:payment_id>",
    "/sessions/<uuid:appointment_id>/join",
    "/intake/text/<slug>/copy",
    "/intake/releases/<uuid:release_id>/copy",
    "/clients/<uuid:client_id>/intake/releases/<uuid:release_id>",
    "/intake/signed/<uuid:signature_id>",
    "/clients/<uuid:client_id>/intake/signed/<uuid:signature_id>",
    "/imports/<what>/template.csv",
    "/imports/files/<uuid:import_id>/refused.csv",
}
EVERYONE: Final = {
    "/": ["/"],
    "/therapists": ["/therapists"],
    "/therapists/<slug>": ["/therapists/dana-whitfield"],
    "/services": ["/services"],
    "/sign-in": ["/sign-in"],
    "/sign-in/second": ["/sign-in/second"],
    "/sign-out": ["/sign-out"],
    "/join/<token>": ["/join/{join_token}", "/join/gone"],
    "/lost-password": ["/lost-password"],
    "/lost-password/sent": ["/lost-password/sent"],
    "/reset/<token>": ["/reset/{reset_token}", "/reset/gone"],
    "/book": ["/book"],
    "/appointment/<token>": ["/appointment/{appointment_token}", "/appointment/gone"],
    "/appointment/<token>/cancel": ["/appointment/{appointment_token}/cancel"],
    "/appointment/<token>/move": ["/appointment/{appointment_token}/move"],
}
SIGNED_IN: Final = {
    "/account": ["/account"],
    "/account/password": ["/account/password"],
    "/account/confirm": ["/account/confirm?next=/account/factors"],
    "/account/factors": ["/account/factors"],
    "/account/factors/app": ["/account/factors/app"],
    "/account/calendar": ["/account/calendar"],
    "/today": ["/today"],
    "/homework/<uuid:assignment_id>": [
        "/homework/{assignment_id}",
        "/homework/{sent_id}",
        "/homework/{reviewed_id}",
    ],
    "/homework/<uuid:assignment_id>/<any(smaller, stuck):kind>": [
        "/homework/{assignment_id}/smaller",
        "/homework/{assignment_id}/stuck",
    ],
    "/homework/<uuid:assignment_id>/entries/<uuid:entry_id>": ["/homework/{assignment_id}/entries/{entry_id}"],
    "/homework/<uuid:assignment_id>/entries/new/<group_key>": [
        "/homework/{assignment_id}/entries/new/people",
        "/homework/{assignment_id}/entries/new/meetings",
    ],
    "/homework/<uuid:assignment_id>/answers/<uuid:answer_id>/share": [
        "/homework/{reviewed_id}/answers/{shared_answer_id}/share"
    ],
    "/homework": ["/homework"],
    "/progress": ["/progress"],
    "/progress/reports/<uuid:report_id>": ["/progress/reports/{report_id}"],
    "/record": ["/record"],
    "/record/sharing/end": ["/record/sharing/end"],
    "/book/<service>": ["/book/individual-session"],
    "/book/<service>/<therapist>": [
        "/book/individual-session/dana-whitfield",
        "/book/individual-session/dana-whitfield?part=evening&weekday=sun",
    ],
    "/book/<service>/<therapist>/<start>/details": [],
    "/book/<service>/<therapist>/<start>/review": ["/book/individual-session/dana-whitfield/{free}/review"],
    "/sessions": ["/sessions"],
    "/sessions/<uuid:appointment_id>": [
        "/sessions/{appointment_id}",
        "/sessions/{later_id}",
        "/sessions/{past_id}",
        "/sessions/{late_id}",
    ],
    "/sessions/<uuid:appointment_id>/cancel": ["/sessions/{later_id}/cancel"],
    "/sessions/<uuid:appointment_id>/move": ["/sessions/{later_id}/move"],
    "/sessions/<uuid:appointment_id>/room": ["/sessions/{later_id}/room", "/sessions/{appointment_id}/room"],
    "/sessions/<uuid:appointment_id>/video": ["/sessions/{appointment_id}/video"],
    "/questions/<uuid:question_id>": ["/questions/{question_id}"],
    "/requests": ["/requests"],
    "/sessions/waiting": ["/sessions/waiting"],
    "/sessions/waiting/<service>": ["/sessions/waiting/individual-session"],
    "/waiting": ["/waiting"],
    "/clients/<uuid:client_id>/waiting": ["/clients/{client_id}/waiting"],
    "/intake": ["/intake"],
    "/intake/finish": ["/intake/finish"],
    "/intake/form/<slug>": ["/intake/form/safe-contact", "/intake/form/eligibility", "/intake/form/about-me"],
    "/intake/private": ["/intake/private"],
    "/intake/releases": ["/intake/releases"],
    "/intake/private/questions": ["/intake/private/questions?alone=yes"],
    "/intake/text/<slug>": ["/intake/text/privacy"],
    "/changes": ["/changes"],
    "/caseload": ["/caseload"],
    "/calendar": ["/calendar", "/calendar?view=week", "/calendar?view=month", "/calendar?view=agenda"],
    "/calendar/outside": ["/calendar/outside"],
    "/calendar/outside/<uuid:calendar_id>": ["/calendar/outside/{outside_id}", "/calendar/outside/{outside_new_id}"],
    "/calendar/book": ["/calendar/book", "/calendar/book?start={free}"],
    "/sessions/<uuid:appointment_id>/move/confirm": ["/sessions/{later_id}/move/confirm?start={free}"],
    "/calendar/practice": [
        "/calendar/practice",
        "/calendar/practice?view=week&therapist=dana-whitfield",
        "/calendar/practice?view=month&therapist=dana-whitfield",
        "/calendar/practice?view=agenda",
    ],
    "/day-sheet": ["/day-sheet"],
    "/callers/book": ["/callers/book", "/callers/book?start={free}&therapist=dana-whitfield"],
    "/schedule/<uuid:appointment_id>": ["/schedule/{appointment_id}", "/schedule/{later_id}", "/schedule/{late_id}"],
    "/schedule/<uuid:appointment_id>/move": [
        "/schedule/{later_id}/move",
        "/schedule/{later_id}/move?part=evening&weekday=sun",
    ],
    "/schedule/<uuid:appointment_id>/move/confirm": ["/schedule/{later_id}/move/confirm?start={free}"],
    "/schedule/<uuid:appointment_id>/cancel": ["/schedule/{later_id}/cancel"],
    "/schedule/<uuid:appointment_id>/room": ["/schedule/{later_id}/room"],
    "/schedule/<uuid:appointment_id>/colleague": ["/schedule/{later_id}/colleague", "/schedule/{given_id}/colleague"],
    "/clients/<uuid:client_id>": ["/clients/{client_id}"],
    "/clients/<uuid:client_id>/book": [
        "/clients/{client_id}/book",
        "/clients/{client_id}/book?part=evening&weekday=sun",
    ],
    "/clients/<uuid:client_id>/standing": [
        "/clients/{client_id}/standing",
        "/clients/{client_id}/standing?service=individual-session&modality=office&day=2026-12-01&at=09:00&weeks=1&count=6",
        "/clients/{client_id}/standing?service=couple-session&modality=office&day=2026-12-23&at=18:00&weeks=2&count=3",
    ],
    "/sessions/<uuid:appointment_id>/following": [
        "/sessions/{standing_id}/following",
        "/sessions/{standing_id}/following?day=2026-12-02&at=09:00",
    ],
    "/sessions/<uuid:appointment_id>/following/cancel": ["/sessions/{standing_id}/following/cancel"],
    "/clients/<uuid:client_id>/homework": ["/clients/{client_id}/homework"],
    "/clients/<uuid:client_id>/homework/new": ["/clients/{client_id}/homework/new"],
    "/clients/<uuid:client_id>/intake": ["/clients/{client_id}/intake"],
    "/measures/<uuid:schedule_id>": ["/measures/{measure_id}"],
    "/measures/sent/<uuid:administration_id>": ["/measures/sent/{administration_id}"],
    "/clients/<uuid:client_id>/measures": ["/clients/{client_id}/measures"],
    "/clients/<uuid:client_id>/measures/<uuid:definition_id>": ["/clients/{client_id}/measures/{gad7_id}"],
    "/practice/measures": ["/practice/measures"],
    "/practice/measures/<measure>": ["/practice/measures/phq9", "/practice/measures/csi4"],
    "/clients/<uuid:client_id>/intake/paper/<slug>": ["/clients/{client_id}/intake/paper/safe-contact"],
    "/clients/<uuid:client_id>/private": ["/clients/{client_id}/private", "/clients/{afraid_id}/private"],
    "/review": ["/review"],
    "/review/<uuid:assignment_id>": ["/review/{sent_id}", "/review/{reviewed_id}"],
    "/notes/missing": ["/notes/missing"],
    "/notes/to-cosign": ["/notes/to-cosign"],
    "/clients/<uuid:client_id>/notes": ["/clients/{client_id}/notes"],
    "/clients/<uuid:client_id>/notes/new": ["/clients/{client_id}/notes/new"],
    "/couples/<uuid:couple_id>/notes": ["/couples/{couple_id}/notes"],
    "/notes/<uuid:note_id>": ["/notes/{note_id}", "/notes/{joint_note_id}", "/notes/{waiting_note_id}"],
    "/notes/<uuid:note_id>/write": ["/notes/{draft_note_id}/write"],
    "/clients/<uuid:client_id>/psychotherapy-notes": ["/clients/{client_id}/psychotherapy-notes"],
    "/psychotherapy-notes/<uuid:psychotherapy_note_id>": ["/psychotherapy-notes/{psychotherapy_note_id}"],
    "/reports": ["/reports"],
    "/reports/<uuid:report_id>": ["/reports/{report_id}", "/reports/{prepared_id}"],
    "/briefs/<uuid:appointment_id>": ["/briefs/{appointment_id}", "/briefs/{later_id}"],
    "/payments": ["/payments", "/payments?show=paid"],
    "/unpaid": ["/unpaid", "/unpaid?what=late"],
    "/clients/<uuid:client_id>/fee": ["/clients/{client_id}/fee"],
    "/couples/<uuid:couple_id>/fee": ["/couples/{couple_id}/fee"],
    "/people": ["/people"],
    "/people/<uuid:client_id>": ["/people/{client_id}", "/people/{client_id}?show=past"],
    "/people/<uuid:client_id>/way-in": ["/people/{client_id}/way-in"],
    "/people/<uuid:client_id>/way-in/<uuid:link_id>": ["/people/{client_id}/way-in/{link_id}"],
    "/undelivered": ["/undelivered"],
    "/practice": ["/practice"],
    "/practice/services": ["/practice/services"],
    "/practice/services/new": ["/practice/services/new"],
    "/practice/services/<uuid:service_id>": ["/practice/services/{service_id}"],
    "/practice/services/<uuid:service_id>/therapists/<uuid:therapist_id>": [
        "/practice/services/{service_id}/therapists/{erik_id}"
    ],
    "/practice/rooms": ["/practice/rooms"],
    "/practice/rooms/<uuid:room_id>": ["/practice/rooms/{room_id}"],
    "/practice/holidays": ["/practice/holidays"],
    "/practice/details": ["/practice/details"],
    "/practice/staff": ["/practice/staff"],
    "/practice/staff/<uuid:staff_id>/second-step": ["/practice/staff/{dana_id}/second-step"],
    "/practice/therapists/<uuid:therapist_id>": ["/practice/therapists/{erik_id}"],
    "/practice/messages": ["/practice/messages"],
    "/practice/messages/<wording>": ["/practice/messages/session.reminder.24h"],
    "/hours": ["/hours"],
    "/hours/<uuid:therapist_id>": ["/hours/{dana_id}"],
    "/hours/<uuid:therapist_id>/weekly": ["/hours/{dana_id}/weekly"],
    "/hours/<uuid:therapist_id>/extra": ["/hours/{dana_id}/extra"],
    "/hours/<uuid:therapist_id>/off": ["/hours/{dana_id}/off"],
    "/hours/<uuid:therapist_id>/video": ["/hours/{dana_id}/video"],
    "/away/<uuid:therapist_id>": ["/away/{dana_id}"],
    "/away/<uuid:therapist_id>/leave/<uuid:time_off_id>": ["/away/{dana_id}/leave/{time_off_id}"],
    "/away/told/<uuid:away_id>": ["/away/told/{away_id}"],
    "/hand-over/<uuid:therapist_id>": ["/hand-over/{dana_id}", "/hand-over/{dana_id}?to={erik_id}"],
    "/hand-over/done/<uuid:hand_over_id>": ["/hand-over/done/{hand_over_id}"],
    "/imports/<what>": ["/imports/clients", "/imports/appointments"],
    "/imports/files/<uuid:import_id>": ["/imports/files/{import_id}"],
    "/practice/urgent": ["/practice/urgent"],
    "/alerts": ["/alerts"],
    "/alerts/<uuid:alert_id>": ["/alerts/{alert_id}", "/alerts/{taken_alert_id}", "/alerts/{closed_alert_id}"],
    "/help/<uuid:alert_id>": ["/help/{alert_id}"],
    "/audit-trail": ["/audit-trail"],
}
PAGES: Final = EVERYONE | SIGNED_IN
# What the matrix has no column for: somebody in the middle of the way in, and the way of a visitor.
FURTHER: Final = {
    "visitor": [
        "/nowhere",
        "/book/first-call",
        "/book/first-call/dana-whitfield",
        "{held}/details",
        "{held}/review",
        "/book/done/{booked_id}",
    ],
    "halfway": ["/sign-in/second"],
    "maya": ["/today", "/intake", "/intake/text/electronic-records", "/homework", "/progress"],
    "alice": ["/nowhere"],
    "dana": ["/nowhere"],
    "desk": [],
    "owner": [],
}
ELSEWHERE: Final = {"/book/done/<uuid:appointment_id>"}  # in no column: it belongs to the browser that booked


@dataclass(frozen=True, slots=True)
class Visit:
    """One page as one person sees it."""

    who: str
    route: str
    address: str


def visits(who: str) -> list[Visit]:
    """All that somebody may open."""
    listed = [Visit(who, route, address) for route in pages_of(who) for address in PAGES[route]]
    return listed + [Visit(who, address, address) for address in FURTHER[who]]


def pages_of(who: str) -> list[str]:
    """The routes of all pages that the reviewed matrix opens to somebody; none for who is in no column."""
    if who not in COLUMNS:
        return []
    place = COLUMNS.index(who)
    return [
        row.removeprefix("GET ")
        for row, cells in MATRIX.items()
        if row.startswith("GET ")
        and cells.split()[place] in {"yes", "own"}
        and row.removeprefix("GET ") not in NO_PAGES
    ]

"""Who gets what for every route and method. People review this file; a missing or a surplus row fails the tests.

Columns: a visitor; Alice, whom the record is about; Bob, her partner; Gus, a former partner; Carol, a stranger; Dana,
her therapist; Erik, another therapist; the front desk; the owner. Cells: `yes` is let in, whatever the form then says;
`own` is let in and sees only what is theirs, since the address names nobody; `sign` is sent to sign in; `401` is told
to sign in again; `404` sees the page of a missing record.
"""

COLUMNS = ("visitor", "alice", "bob", "ex", "carol", "dana", "erik", "desk", "owner")

PUBLIC_PAGE = "yes yes yes yes yes yes yes yes yes"
SIGNED_IN = "sign own own own own own own own own"
SIGNED_IN_POST = "401 own own own own own own own own"
CLIENTS = "sign own own own own 404 404 404 404"
CLIENTS_POST = "401 own own own own 404 404 404 404"
ALICE_ALONE = "sign yes 404 404 404 404 404 404 404"
ALICE_ALONE_POST = "401 yes 404 404 404 404 404 404 404"
ALICE_AND_DANA = "sign yes 404 404 404 yes 404 404 404"
ALICE_AND_DANA_POST = "401 yes 404 404 404 yes 404 404 404"
DANA_ALONE = "sign 404 404 404 404 yes 404 404 404"
DANA_ALONE_POST = "401 404 404 404 404 yes 404 404 404"
THE_DESK = "sign 404 404 404 404 404 404 yes 404"
THE_DESK_POST = "401 404 404 404 404 404 404 yes 404"
THERAPISTS = "sign 404 404 404 404 own own 404 404"
# Sessions are booked with one's own therapist; a visitor books a first call, which has a test of its own.
WITH_DANA = "404 yes yes yes 404 404 404 404 404"
OWNER = "sign 404 404 404 404 404 404 404 yes"
OWNER_POST = "401 404 404 404 404 404 404 404 yes"
DANA_AND_OWNER = "sign 404 404 404 404 yes 404 404 yes"
DANA_AND_OWNER_POST = "401 404 404 404 404 yes 404 404 yes"
NOBODY = "404 404 404 404 404 404 404 404 404"

MATRIX = {
    # shell
    "GET /static/<path:filename>": PUBLIC_PAGE,
    "GET /healthz": PUBLIC_PAGE,
    "GET /readyz": PUBLIC_PAGE,
    # public face
    "GET /": PUBLIC_PAGE,
    "GET /therapists": PUBLIC_PAGE,
    "GET /therapists/<slug>": PUBLIC_PAGE,
    "GET /services": PUBLIC_PAGE,
    # accounts
    "GET /sign-in": PUBLIC_PAGE,
    "POST /sign-in": PUBLIC_PAGE,
    "GET /sign-out": PUBLIC_PAGE,
    "POST /sign-out": PUBLIC_PAGE,
    "GET /join/<token>": PUBLIC_PAGE,
    "POST /join/<token>": PUBLIC_PAGE,
    "POST /join/<token>/again": PUBLIC_PAGE,
    "GET /lost-password": PUBLIC_PAGE,
    "POST /lost-password": PUBLIC_PAGE,
    "GET /lost-password/sent": PUBLIC_PAGE,
    "GET /reset/<token>": PUBLIC_PAGE,
    "POST /reset/<token>": PUBLIC_PAGE,
    "GET /account": SIGNED_IN,
    "POST /account": SIGNED_IN_POST,
    "GET /account/password": SIGNED_IN,
    "POST /account/password": SIGNED_IN_POST,
    "POST /account/sign-ins/<uuid:sign_in_id>/end": ALICE_ALONE_POST,
    # desk
    "GET /today": SIGNED_IN,
    "GET /caseload": THERAPISTS,
    "GET /people": "sign 404 404 404 404 404 404 yes 404",
    "POST /people": "401 404 404 404 404 404 404 yes 404",
    "GET /undelivered": "sign 404 404 404 404 404 404 yes 404",
    "POST /undelivered/<uuid:message_id>/dealt-with": "401 404 404 404 404 404 404 yes 404",
    "GET /practice": "sign 404 404 404 404 404 404 404 yes",
    "GET /practice/services": OWNER,
    "GET /practice/services/new": OWNER,
    "POST /practice/services/new": OWNER_POST,
    "GET /practice/services/<uuid:service_id>": OWNER,
    "POST /practice/services/<uuid:service_id>": OWNER_POST,
    "POST /practice/services/<uuid:service_id>/switch": OWNER_POST,
    "GET /practice/services/<uuid:service_id>/therapists/<uuid:therapist_id>": OWNER,
    "POST /practice/services/<uuid:service_id>/therapists/<uuid:therapist_id>": OWNER_POST,
    "GET /practice/rooms": OWNER,
    "POST /practice/rooms": OWNER_POST,
    "GET /practice/rooms/<uuid:room_id>": OWNER,
    "POST /practice/rooms/<uuid:room_id>": OWNER_POST,
    "POST /practice/rooms/<uuid:room_id>/switch": OWNER_POST,
    "GET /practice/holidays": OWNER,
    "POST /practice/holidays": OWNER_POST,
    "POST /practice/holidays/<on>/remove": OWNER_POST,
    "GET /hours": "sign 404 404 404 404 own own 404 yes",
    "GET /hours/<uuid:therapist_id>": DANA_AND_OWNER,
    "GET /hours/<uuid:therapist_id>/weekly": DANA_AND_OWNER,
    "POST /hours/<uuid:therapist_id>/weekly": DANA_AND_OWNER_POST,
    "GET /hours/<uuid:therapist_id>/extra": DANA_AND_OWNER,
    "POST /hours/<uuid:therapist_id>/extra": DANA_AND_OWNER_POST,
    "POST /hours/<uuid:therapist_id>/extra/<uuid:extra_id>/remove": DANA_AND_OWNER_POST,
    "GET /hours/<uuid:therapist_id>/off": DANA_AND_OWNER,
    "POST /hours/<uuid:therapist_id>/off": DANA_AND_OWNER_POST,
    "POST /hours/<uuid:therapist_id>/off/<uuid:time_off_id>/end": DANA_AND_OWNER_POST,
    "GET /audit-trail": "sign 404 404 404 404 404 404 404 yes",
    "GET /clients/<uuid:client_id>": DANA_ALONE,
    "POST /clients/<uuid:client_id>/admit": DANA_ALONE_POST,
    "POST /clients/<uuid:client_id>/couple": DANA_ALONE_POST,
    "POST /couples/<uuid:couple_id>/activate": DANA_ALONE_POST,
    "POST /couples/<uuid:couple_id>/end": DANA_ALONE_POST,
    "GET /record": CLIENTS,
    "GET /record/sharing/end": "sign own own 404 404 404 404 404 404",
    "POST /record/sharing/end": "401 own own 404 404 404 404 404 404",
    # booking
    "GET /book": PUBLIC_PAGE,
    "GET /book/<service>": "404 yes yes yes yes 404 404 404 404",
    "GET /book/<service>/<therapist>": WITH_DANA,
    "POST /book/<service>/<therapist>": WITH_DANA,
    "GET /book/<service>/<therapist>/<start>/details": WITH_DANA,
    "POST /book/<service>/<therapist>/<start>/details": WITH_DANA,
    "GET /book/<service>/<therapist>/<start>/review": WITH_DANA,
    "POST /book/<service>/<therapist>/<start>/review": WITH_DANA,
    "GET /book/done/<uuid:appointment_id>": NOBODY,
    "GET /book/done/<uuid:appointment_id>/appointment.ics": NOBODY,
    "GET /account/calendar": "sign own own own own own own 404 404",
    "POST /account/calendar": "401 own own own own own own 404 404",
    "POST /account/calendar/end": "401 own own own own own own 404 404",
    "GET /feeds/<token>.ics": PUBLIC_PAGE,
    "GET /appointment/<token>": PUBLIC_PAGE,
    "GET /appointment/<token>/appointment.ics": PUBLIC_PAGE,
    "GET /appointment/<token>/cancel": PUBLIC_PAGE,
    "POST /appointment/<token>/cancel": PUBLIC_PAGE,
    "GET /appointment/<token>/move": PUBLIC_PAGE,
    "POST /appointment/<token>/move": PUBLIC_PAGE,
    "GET /sessions": CLIENTS,
    "GET /sessions/<uuid:appointment_id>": ALICE_AND_DANA,
    "GET /sessions/<uuid:appointment_id>/appointment.ics": ALICE_AND_DANA,
    "GET /sessions/<uuid:appointment_id>/cancel": ALICE_AND_DANA,
    "POST /sessions/<uuid:appointment_id>/cancel": ALICE_AND_DANA_POST,
    "GET /sessions/<uuid:appointment_id>/move": ALICE_AND_DANA,
    "POST /sessions/<uuid:appointment_id>/move": ALICE_AND_DANA_POST,
    "POST /sessions/<uuid:appointment_id>/attendance/<uuid:client_id>": DANA_ALONE_POST,
    "GET /questions/<uuid:question_id>": ALICE_ALONE,
    "POST /questions/<uuid:question_id>": ALICE_ALONE_POST,
    "GET /requests": "sign 404 404 404 404 own own yes 404",
    "POST /requests/<uuid:request_id>/accept": "401 404 404 404 404 yes 404 yes 404",
    "POST /requests/<uuid:request_id>/decline": "401 404 404 404 404 yes 404 yes 404",
    "GET /calendar": THERAPISTS,
    "GET /calendar/book": THERAPISTS,
    "POST /calendar/book": "401 404 404 404 404 own own 404 404",
    "GET /sessions/<uuid:appointment_id>/move/confirm": DANA_ALONE,
    "GET /calendar/practice": THE_DESK,
    "GET /day-sheet": THE_DESK,
    "GET /callers/book": THE_DESK,
    "POST /callers/book": THE_DESK_POST,
    "GET /schedule/<uuid:appointment_id>": THE_DESK,
    "GET /schedule/<uuid:appointment_id>/move": THE_DESK,
    "GET /schedule/<uuid:appointment_id>/move/confirm": THE_DESK,
    "POST /schedule/<uuid:appointment_id>/move": THE_DESK_POST,
    "GET /schedule/<uuid:appointment_id>/cancel": THE_DESK,
    "POST /schedule/<uuid:appointment_id>/cancel": THE_DESK_POST,
    "GET /schedule/<uuid:appointment_id>/room": THE_DESK,
    "POST /schedule/<uuid:appointment_id>/room": THE_DESK_POST,
    "POST /schedule/<uuid:appointment_id>/arrived/<uuid:client_id>": THE_DESK_POST,
    "GET /clients/<uuid:client_id>/book": DANA_ALONE,
    "POST /clients/<uuid:client_id>/book": DANA_ALONE_POST,
    # series
    "GET /clients/<uuid:client_id>/standing": DANA_ALONE,
    "POST /clients/<uuid:client_id>/standing": DANA_ALONE_POST,
    "GET /sessions/<uuid:appointment_id>/following": DANA_ALONE,
    "POST /sessions/<uuid:appointment_id>/following": DANA_ALONE_POST,
    "GET /sessions/<uuid:appointment_id>/following/cancel": DANA_ALONE,
    "POST /sessions/<uuid:appointment_id>/following/cancel": DANA_ALONE_POST,
    # intake
    "GET /intake": CLIENTS,
    "POST /intake/again": "401 own 404 404 404 404 404 404 404",
    "GET /intake/finish": CLIENTS,
    "POST /intake/finish": CLIENTS_POST,
    "GET /intake/form/<slug>": CLIENTS,
    "POST /intake/form/<slug>": CLIENTS_POST,
    "POST /intake/form/<slug>/draft": CLIENTS_POST,
    "GET /intake/onward": CLIENTS,
    "GET /intake/text/<slug>": CLIENTS,
    "POST /intake/text/<slug>": CLIENTS_POST,
    "GET /intake/text/<slug>/copy": CLIENTS,
    "GET /intake/signed/<uuid:signature_id>": ALICE_ALONE,
    "GET /clients/<uuid:client_id>/intake": DANA_ALONE,
    "POST /clients/<uuid:client_id>/intake/open-again": DANA_ALONE_POST,
    "GET /clients/<uuid:client_id>/intake/signed/<uuid:signature_id>": DANA_ALONE,
    # homework
    "GET /homework": CLIENTS,
    "GET /homework/<uuid:assignment_id>": ALICE_ALONE,
    "POST /homework/<uuid:assignment_id>": ALICE_ALONE_POST,
    "POST /homework/<uuid:assignment_id>/draft": ALICE_ALONE_POST,
    "POST /homework/<uuid:assignment_id>/undo": ALICE_ALONE_POST,
    "GET /homework/<uuid:assignment_id>/<any(smaller, stuck):kind>": ALICE_ALONE,
    "POST /homework/<uuid:assignment_id>/<any(smaller, stuck):kind>": ALICE_ALONE_POST,
    "GET /homework/<uuid:assignment_id>/entries/<uuid:entry_id>": ALICE_ALONE,
    "POST /homework/<uuid:assignment_id>/entries/<uuid:entry_id>": ALICE_ALONE_POST,
    "POST /homework/<uuid:assignment_id>/entries/<uuid:entry_id>/delete": ALICE_ALONE_POST,
    "GET /homework/<uuid:assignment_id>/entries/new/<group_key>": ALICE_ALONE,
    "POST /homework/<uuid:assignment_id>/entries/new/<group_key>": ALICE_ALONE_POST,
    "GET /homework/<uuid:assignment_id>/answers/<uuid:answer_id>/share": ALICE_ALONE,
    "POST /homework/<uuid:assignment_id>/answers/<uuid:answer_id>/share": ALICE_ALONE_POST,
    "POST /homework/<uuid:assignment_id>/answers/<uuid:answer_id>/withdraw": ALICE_ALONE_POST,
    "POST /homework/<uuid:assignment_id>/answers/<uuid:answer_id>/delete": ALICE_ALONE_POST,
    "GET /review": THERAPISTS,
    "GET /review/<uuid:assignment_id>": DANA_ALONE,
    "POST /review/<uuid:assignment_id>": DANA_ALONE_POST,
    "POST /review/<uuid:assignment_id>/<any(excuse, cancel, answered):act>": DANA_ALONE_POST,
    "POST /review/<uuid:assignment_id>/return": DANA_ALONE_POST,
    "GET /clients/<uuid:client_id>/homework": DANA_ALONE,
    "GET /clients/<uuid:client_id>/homework/new": DANA_ALONE,
    "POST /clients/<uuid:client_id>/homework/new": DANA_ALONE_POST,
    # progress
    "GET /progress": CLIENTS,
    "GET /progress/reports/<uuid:report_id>": ALICE_ALONE,
    "GET /progress/reports/<uuid:report_id>/pdf": ALICE_ALONE,
    "GET /reports": THERAPISTS,
    "GET /reports/<uuid:report_id>": DANA_ALONE,
    "POST /reports/<uuid:report_id>": DANA_ALONE_POST,
    "GET /briefs/<uuid:appointment_id>": DANA_ALONE,
}

"""People, their logins and sign-ins, and the single-use links that invite them or restore a password.

What other features build on; every call runs in the caller's transaction and is handed `now`:

- `people.find_or_make_person(email, given_name, family_name, now, zone=..., phone=None, roles=("client",))` gives the
  person with that address and name, or makes one. A stranger's form never changes somebody who is known already.
- `people.person(person_id)`, `people.email_taken(email)`, `people.change_contact(person_id, ...)`.
- `links.invite(person_id, now)` makes a link for joining (14 days) and queues its mail. Where the address has a login
  already, it queues `account.already` and gives None; the page that asked says the same in both cases.
- `links.make(purpose, person_id, subject_id, expires_at, now)` makes any: purpose "join", "reset" or "appointment".
- `links.token_for(link)` derives the token at the moment of sending, for a mail's `render`; only its digest is stored.
- `links.open(token, purpose, now)` gives the link while it is good, else None; it changes nothing. A GET may call it.
- `links.use(link, now)` takes a link's single use; StaleError when another request had it first.
- `links.revoke(subject_id, now, purpose="appointment")` ends links about a subject before their time.
- `sign_in.end_all(person_id, now)` ends every sign-in of a person; `people.disable_login(person_id, now)` for good.
- `passwords.hash_password(text)` gives the stored form, for commands that make a login; `passwords.check` raises what
  is wrong with a new one.
"""

"""Session notes: drafts, signed and locked, amended, co-signed for interns; and psychotherapy notes, apart from them.

A note enters one person's record or the joint record of a couple, which never changes. `service` says what may be done
with one, `psychotherapy` keeps the author's own notes, which nobody else ever reads.
"""

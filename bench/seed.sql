-- A practice of twenty therapists with a given number of appointments, the same at every run on the same day.
-- Reads one row of `wanted`: appointments, today, zone, now, therapists, a_day (sessions of a therapist on a day).
-- Everyone works every day of the week, so that a measurement on a Saturday is one of the same practice.

SET LOCAL session_replication_role = replica; -- rows that fit together by construction need no trigger to say so
SET LOCAL synchronous_commit = off;

CREATE FUNCTION pg_temp.named(words text) RETURNS uuid LANGUAGE sql IMMUTABLE AS 'SELECT md5(words)::uuid';
-- UUID version 7 as the application makes them: sorted by time, since that decides how well their indexes cluster.
CREATE FUNCTION pg_temp.timed(at timestamptz, words text) RETURNS uuid LANGUAGE sql IMMUTABLE AS
    $$SELECT (lpad(to_hex(floor(extract(epoch FROM at) * 1000)::bigint), 12, '0')
        || '7' || substr(md5(words), 1, 3) || '8' || substr(md5(words), 4, 15))::uuid$$;

INSERT INTO practice (singleton, name, zone, currency, country, phone, email, address, licensed_in)
SELECT true, 'Elm Street Practice', zone, 'USD', 'US', '(212) 555-0148', 'hello@elm-street.example',
    '12 Elm Street, New York', 'New York' FROM wanted;

INSERT INTO service (id, slug, name, description, minutes, buffer_before_minutes, buffer_after_minutes, price_cents,
    attends, approval, booked_by, modalities, notice_minutes, horizon_days, late_change_minutes, position, is_active)
SELECT pg_temp.named('service:' || slug), slug, name, 'A session.', minutes, 0, after, cents, 'one', 'instant', booked_by,
    ARRAY['video', 'office', 'phone'], notice, horizon, 1440, place, true
FROM (VALUES
    ('first-call', 'First call', 15, 5, 0, 'visitor', 240, 60, 1),
    ('soon', 'Call within a day', 15, 5, 0, 'visitor', 0, 1, 2),
    ('later', 'Call in a month', 15, 5, 0, 'visitor', 43200, 60, 3),
    ('individual-session', 'Individual session', 50, 10, 14000, 'client', 1440, 60, 4)
) AS offered (slug, name, minutes, after, cents, booked_by, notice, horizon, place);

INSERT INTO room (id, name, is_active)
SELECT pg_temp.named('room:' || number), 'Room ' || number, true FROM generate_series(0, 7) AS number;

CREATE TEMP TABLE host ON COMMIT DROP AS
SELECT number, pg_temp.named('therapist:' || number) AS id FROM wanted, generate_series(0, therapists - 1) AS number;

INSERT INTO person (id, given_name, family_name, email, zone, roles, created_at)
SELECT id, 'Dana', 'Whitfield ' || number, 'therapist' || number || '@example.org', zone, ARRAY['therapist'], now
FROM wanted, host;
INSERT INTO login (person_id, email, password_hash, password_changed_at, created_at)
SELECT id, 'therapist' || number || '@example.org', 'nobody signs in with this', now, now FROM wanted, host;
INSERT INTO therapist (person_id, slug, title, summary, about, focus, languages, position, is_listed)
SELECT id, 'therapist-' || number, 'Therapist', 'Listens well.', 'Works with couples.', ARRAY['Couples'],
    ARRAY['English'], number, true FROM host;
INSERT INTO therapist_service (therapist_id, service_id) SELECT host.id, service.id FROM host, service;
INSERT INTO weekly_hours (id, therapist_id, weekday, starts, ends, valid_from)
SELECT pg_temp.named('hours:' || number || ':' || weekday), id, weekday, '09:00', '17:00', '1970-01-01'
FROM host, generate_series(0, 6) AS weekday;

-- Appointment n is with therapist n mod 20, in one of their sessions of a day; days go on until half a year from
-- today, for all but a seventh of a small practice, and the rest is past. A client has the same time each week for a
-- year, then somebody else does: however long the past, a caseload is as large.
CREATE TEMP TABLE session ON COMMIT DROP AS
SELECT n, host.id AS therapist_id, host.number AS t, place, day,
    ((today + day)::timestamp + make_interval(hours => 9 + 2 * place + (day + host.number + 1000000) % 2))
        AT TIME ZONE zone AS starts_at,
    CASE WHEN day >= -364 THEN 0 ELSE (-day - 1) / 364 END AS generation,
    host.number * 7 * a_day + a_day * (((day % 7) + 7) % 7) + place AS slot,
    day < 0 AND abs(hashint8(n)::bigint) % 10 = 0 AS is_cancelled
FROM wanted, generate_series(0, appointments - 1) AS n,
    LATERAL (SELECT (n / therapists % a_day)::int AS place, (n / (therapists * a_day))::int AS nth) AS counted,
    LATERAL (SELECT least(182, greatest(1, (appointments / (therapists * a_day) + 1) * 6 / 7)) AS future) AS split,
    LATERAL (SELECT CASE WHEN nth < future THEN nth ELSE future - 1 - nth END AS day) AS dated,
    host WHERE host.number = n % therapists;

CREATE TEMP TABLE patient ON COMMIT DROP AS
SELECT generation, slot, slot / (7 * a_day) AS t, pg_temp.named('client:' || generation || ':' || slot) AS id,
    pg_temp.named('patient:' || generation || ':' || slot) AS person_id,
    now - make_interval(days => 364 * (generation + 1)) AS opened_at
FROM wanted, generate_series(0, therapists * 7 * a_day - 1) AS slot,
    generate_series(0, (SELECT max(generation) FROM session)) AS generation;

INSERT INTO person (id, given_name, family_name, email, zone, roles, created_at)
SELECT person_id, 'Alice', 'Hart ' || generation || '-' || slot, 'client' || generation || '.' || slot || '@example.org',
    zone, ARRAY['client'], opened_at FROM wanted, patient;
INSERT INTO client (id, person_id, state, is_mailbox_shared, created_at, closed_at)
SELECT id, person_id, CASE WHEN generation = 0 THEN 'active' ELSE 'closed' END, false, opened_at,
    CASE WHEN generation > 0 THEN opened_at + interval '364 days' END FROM patient;
INSERT INTO episode (id, client_id, opened_at, closed_at)
SELECT pg_temp.named('episode:' || id), id, opened_at, CASE WHEN generation > 0 THEN opened_at + interval '364 days' END
FROM patient;
INSERT INTO care_relationship (id, client_id, therapist_id, kind, starts_at, ends_at)
SELECT pg_temp.named('care:' || patient.id), patient.id, host.id, 'primary', opened_at,
    CASE WHEN generation > 0 THEN opened_at + interval '364 days' END
FROM patient JOIN host ON host.number = patient.t;

-- Of those in care now, the first eight of each therapist are four couples.
INSERT INTO couple (id, state, therapist_id, linked_at, activated_at)
SELECT pg_temp.named('couple:' || slot), 'active', host.id, opened_at, opened_at
FROM wanted, patient JOIN host ON host.number = patient.t
WHERE generation = 0 AND slot % (7 * a_day) < 8 AND slot % 2 = 0;
INSERT INTO couple_member (couple_id, client_id, place)
SELECT pg_temp.named('couple:' || slot - slot % 2), id, 1 + slot % 2
FROM wanted, patient WHERE generation = 0 AND slot % (7 * a_day) < 8;

CREATE TEMP TABLE made ON COMMIT DROP AS
SELECT session.*, patient.id AS client_id, patient.person_id, starts_at + interval '50 minutes' AS ends_at,
    pg_temp.timed(booked_at, 'appointment:' || n) AS id, pg_temp.timed(booked_at, 'event:' || n) AS event_id, booked_at,
    CASE WHEN place = 0 AND session.t < 8 THEN pg_temp.named('room:' || session.t) END AS room_id
FROM wanted, session JOIN patient USING (generation, slot),
    LATERAL (SELECT least(starts_at - interval '14 days', now) - make_interval(secs => n % 86400) AS booked_at) AS dated;

INSERT INTO appointment (id, service_id, therapist_id, room_id, modality, state, starts_at, ends_at, zone, price_cents,
    currency, sequence, created_at, booked_at, cancelled_at, is_late)
SELECT id, pg_temp.named('service:individual-session'), therapist_id, room_id,
    CASE WHEN room_id IS NULL THEN 'video' ELSE 'office' END, CASE WHEN is_cancelled THEN 'cancelled' ELSE 'confirmed' END,
    starts_at, ends_at, zone, 14000, 'USD', is_cancelled::int, booked_at, booked_at,
    CASE WHEN is_cancelled THEN booked_at + interval '1 day' END, false
FROM wanted, made ORDER BY booked_at;
INSERT INTO attendee (appointment_id, client_id, attendance)
SELECT id, client_id, CASE WHEN day < 0 AND NOT is_cancelled THEN 'arrived' END FROM made ORDER BY booked_at;
INSERT INTO claim (appointment_id, resource, kind, during)
SELECT id, resource, kind, tstzrange(starts_at, ends_at + after)
FROM made, LATERAL (VALUES
    (therapist_id, 'therapist', interval '10 minutes'),
    (client_id, 'client', interval '0'),
    (room_id, 'room', interval '10 minutes')
) AS claimed (resource, kind, after)
WHERE NOT is_cancelled AND resource IS NOT NULL;
INSERT INTO appointment_event (id, appointment_id, at, kind, starts_at, is_late)
SELECT event_id, id, booked_at, 'booked', starts_at, false FROM made ORDER BY booked_at;
INSERT INTO outbox_message (id, kind, subject_id, moment, recipient_id, channel, state, not_before_at, next_try_at,
    attempts, message_id, handed_over_at, finished_at, queued_at)
SELECT pg_temp.timed(booked_at, 'message:' || n), 'booking.confirmed', event_id, starts_at, person_id, 'email', 'sent',
    booked_at, booked_at, 1, '<' || pg_temp.timed(booked_at, 'message:' || n) || '@clinic>', booked_at, booked_at,
    booked_at FROM made ORDER BY booked_at;
INSERT INTO account_link (id, purpose, person_id, subject_id, token_digest, created_at, expires_at)
SELECT pg_temp.timed(booked_at, 'link:' || n), 'appointment', person_id, id, sha256(id::text::bytea), booked_at, starts_at
FROM made ORDER BY booked_at;

-- pgbench: the statements that one booking cannot do without, prepared, with nothing in front of them.
-- Connection c books with therapist c, one session after the other from the second `base` on.
\set n :n + 1
\set start :base + :n * 3600
\set patient :client_id * 28 + :n % 28
BEGIN;
SELECT set_config('clinic.person', '', true), set_config('clinic.now', '', true);
SELECT pg_advisory_xact_lock(:client_id::int8 * 2), pg_advisory_xact_lock(:client_id::int8 * 2 + 1);
SELECT id FROM appointment WHERE held_until <= to_timestamp(:start::float8) AND id IN (SELECT appointment_id FROM claim WHERE resource IN (md5('therapist:' || :client_id::text)::uuid, md5('client:0:' || :patient::text)::uuid)) ORDER BY id FOR UPDATE SKIP LOCKED;
INSERT INTO appointment (id, service_id, therapist_id, modality, state, starts_at, ends_at, zone, price_cents, currency, sequence, created_at, booked_at, is_late) VALUES (uuidv7(), md5('service' || chr(58) || 'individual-session')::uuid, md5('therapist:' || :client_id::text)::uuid, 'video', 'confirmed', to_timestamp(:start::float8), to_timestamp(:start::float8 + 3000), 'America/New_York', 14000, 'USD', 0, to_timestamp(0), to_timestamp(0), false) RETURNING id AS appointment, uuidv7() AS event
\gset
INSERT INTO attendee (appointment_id, client_id) VALUES (:appointment, md5('client:0:' || :patient::text)::uuid);
INSERT INTO claim (appointment_id, resource, kind, during) VALUES (:appointment, md5('therapist:' || :client_id::text)::uuid, 'therapist', tstzrange(to_timestamp(:start::float8), to_timestamp(:start::float8 + 3600))), (:appointment, md5('client:0:' || :patient::text)::uuid, 'client', tstzrange(to_timestamp(:start::float8), to_timestamp(:start::float8 + 3000)));
INSERT INTO appointment_event (id, appointment_id, at, kind, starts_at, is_late) VALUES (:event, :appointment, to_timestamp(0), 'booked', to_timestamp(:start::float8), false);
INSERT INTO account_link (id, purpose, person_id, subject_id, token_digest, created_at, expires_at) VALUES (uuidv7(), 'appointment', md5('patient:0:' || :patient::text)::uuid, :appointment, sha256(:event::text::bytea), to_timestamp(0), to_timestamp(:start::float8));
INSERT INTO outbox_message (id, kind, subject_id, moment, recipient_id, channel, state, not_before_at, next_try_at, attempts, message_id, queued_at) VALUES (uuidv7(), 'booking.confirmed', :event, to_timestamp(:start::float8), md5('patient:0:' || :patient::text)::uuid, 'email', 'queued', to_timestamp(0), to_timestamp(0), 0, gen_random_uuid()::text, to_timestamp(0)), (uuidv7(), 'booking.reminder.24h', :event, to_timestamp(:start::float8), md5('patient:0:' || :patient::text)::uuid, 'email', 'queued', to_timestamp(0), to_timestamp(0), 0, gen_random_uuid()::text, to_timestamp(0)) ON CONFLICT DO NOTHING;
COMMIT;

"""Where a therapist meets by video, where one session takes place, and where each client is when it begins."""

from alembic import op

revision = "0032_video"
down_revision = "0031_unsettled"
branch_labels = None
depends_on = None

# One row for each client of a session, so that saying it again replaces it. Who gives the session and cares for the
# client reads it, and the client their own; it is behind the wall, since the partner attends the same session. The
# workers, who write all messages, see none of this.
TABLES = """
CREATE TABLE video_room (
    therapist_id uuid CONSTRAINT pk_video_room PRIMARY KEY
        CONSTRAINT fk_video_room_therapist_id_therapist REFERENCES therapist (person_id),
    address bytea NOT NULL,
    changed_at timestamptz NOT NULL
);
CREATE TABLE session_video (
    appointment_id uuid CONSTRAINT pk_session_video PRIMARY KEY
        CONSTRAINT fk_session_video_appointment_id_appointment REFERENCES appointment (id) ON DELETE CASCADE,
    therapist_id uuid NOT NULL
        CONSTRAINT fk_session_video_therapist_id_therapist REFERENCES therapist (person_id),
    address bytea NOT NULL,
    changed_at timestamptz NOT NULL
);
CREATE TABLE whereabouts (
    appointment_id uuid NOT NULL,
    client_id uuid NOT NULL,
    starts_at timestamptz NOT NULL,
    place bytea NOT NULL,
    phone bytea NOT NULL,
    said_at timestamptz NOT NULL,
    CONSTRAINT pk_whereabouts PRIMARY KEY (appointment_id, client_id),
    CONSTRAINT fk_whereabouts_appointment_id_client_id_attendee FOREIGN KEY (appointment_id, client_id)
        REFERENCES attendee (appointment_id, client_id) ON DELETE CASCADE
);
ALTER TABLE whereabouts ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON whereabouts TO clinic_web USING (client_id = (SELECT clinic_own_client()));
CREATE POLICY care ON whereabouts FOR SELECT TO clinic_web USING (clinic_cares_for(client_id) AND EXISTS (
    SELECT FROM appointment
    WHERE appointment.id = whereabouts.appointment_id AND appointment.therapist_id = clinic_person()
));
GRANT SELECT, INSERT, UPDATE, DELETE ON video_room, session_video TO clinic_web;
GRANT SELECT, INSERT, UPDATE ON whereabouts TO clinic_web;
"""


def upgrade() -> None:
    """Make the three tables."""
    op.execute(TABLES)


def downgrade() -> None:
    """Every address is forgotten, and where anybody was."""
    op.execute("DROP TABLE whereabouts, session_video, video_room")

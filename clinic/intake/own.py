"""The intake of whoever is signed in, as each of their pages begins with it."""

from dataclasses import dataclass

from flask_login import current_user

from clinic.clients.models import Client
from clinic.intake import queries, second, service
from clinic.intake.models import IntakePacket
from clinic.intake.rules import Progress, State


@dataclass(frozen=True, slots=True)
class Own:
    """The signed-in client's intake."""

    client: Client
    packet: IntakePacket | None
    progress: Progress
    second: Progress | None

    @property
    def is_over(self) -> bool:
        """True for a packet that ended kindly."""
        return self.packet is not None and self.packet.state == State.ENDED


def load_own() -> Own:
    """The intake of whoever is signed in; raises NotVisibleError for somebody who is no client."""
    client = queries.own_client(current_user.person_id)
    packet, progress = service.progress_for(client.id)
    is_finished = packet is not None and packet.state == State.FINISHED
    return Own(client, packet, progress, second.progress_of(packet) if packet is not None and is_finished else None)

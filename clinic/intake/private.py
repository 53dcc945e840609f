"""The page of the second part that is sent in private: once, in one go, or left out; from outside both look alike."""

from collections.abc import Mapping
from uuid import UUID

from clinic.audit import service as audit
from clinic.database.session import db
from clinic.intake import rules, second, service
from clinic.intake.errors import OtherStepFirstError
from clinic.intake.rules import State
from clinic.questionnaires import queries as questionnaires
from clinic.questionnaires.errors import AnswersError
from clinic.questionnaires.rules import check, missing
from clinic.questionnaires.values import Raw, Reading
from clinic.safety import service as safety


def send(client_id: UUID, raws: Mapping[str, Raw] | None, reading: Reading) -> None:
    """Keep the page, or that it was left out (None). What is sent after that has no effect.

    Raises AnswersError, and then keeps nothing; OtherStepFirstError where the page is not asked for.
    """
    packet = service.open_packet(client_id, reading.now)
    if packet.private_sent_at is not None:
        return
    if packet.state != State.FINISHED or rules.PRIVATE not in second.progress_of(packet).steps:
        raise OtherStepFirstError
    answers = None
    if raws is not None:
        fields = tuple(questionnaires.definition(questionnaires.latest(rules.PRIVATE.key).id).fields())
        checked = check(fields, raws, reading)
        errors = checked.errors | missing(fields, checked.answers)
        if errors:
            raise AnswersError(errors)
        answers = checked.answers
    safety.keep(client_id, packet.episode_id, answers, reading.now)
    packet.private_sent_at = reading.now
    second.note_sent(packet, rules.PRIVATE, {}, reading.now)
    db.session.flush()
    audit.record("intake.send", "intake_packet", packet.id, client_id=client_id, detail=rules.PRIVATE.key)

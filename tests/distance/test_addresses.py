"""Where a therapist meets: set by them or the owner, one session apart, sealed, and never shown again."""

import pytest

from clinic.booking.models import Appointment
from clinic.distance import service
from clinic.practice.models import Therapist
from tests.conftest import Acting
from tests.distance.conftest import HERE, OPENS, ROOM, SECRETS, START, Meeting


@pytest.mark.parametrize("who", ["dana", "owner"])
def test_a_therapist_and_the_owner_set_where_video_sessions_take_place(meeting: Meeting, who: str) -> None:
    practice = meeting.practice
    path = f"/hours/{practice.dana}/video"
    setter = meeting.open(getattr(practice, who))
    assert "Video address" in setter.get(f"/hours/{practice.dana}").text
    answer = setter.submit(path, address=f"  {ROOM} ")
    assert answer.status_code == 303
    assert "Saved." in setter.get(answer.location).text
    page = setter.get(path).text
    assert "At video.example.org" in page
    assert [secret for secret in SECRETS if secret in page] == []
    sealed = meeting.owner.execute("SELECT address FROM video_room").fetchall()
    assert len(sealed) == 1
    assert b"heron" not in bytes(sealed[0][0])  # type: ignore[call-overload]  # the driver's bytes
    assert setter.submit(f"{path}/remove").status_code == 303
    assert "At video.example.org" not in setter.get(path).text
    assert meeting.owner.execute("SELECT count(*) FROM video_room").fetchone() == (0,)


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("", "Please paste the address."),
        ("http://video.example.org/heron", "It begins with https://"),
        ("https://localhost/heron", "It begins with https://"),
        ("https://127.0.0.1/heron", "It begins with https://"),
        (f"https://video.example.org/heron{'a' * 1000}", "longer than an address can be"),
    ],
)
def test_a_wrong_address_is_explained_and_kept_in_the_form(meeting: Meeting, address: str, words: str) -> None:
    for path in (f"/hours/{meeting.practice.dana}/video", f"{meeting.path}/video"):
        answer = meeting.open(meeting.practice.dana).submit(path, address=address)
        assert answer.status_code == 422
        assert words in answer.text
        assert f'value="{address}"' in answer.text
    assert meeting.owner.execute("SELECT count(*) FROM video_room").fetchone() == (0,)
    assert meeting.owner.execute("SELECT count(*) FROM session_video").fetchone() == (0,)


def test_the_address_of_this_practice_is_refused(meeting: Meeting, acting: Acting) -> None:
    with acting(), pytest.raises(Exception, match="address of this practice"):
        service.set_room(meeting.practice.dana, "https://clinic.example.org/a", "clinic.example.org", START)


def test_one_session_has_an_address_of_its_own_until_it_is_removed(meeting: Meeting) -> None:
    meeting.set_room()
    dana = meeting.open(meeting.practice.dana)
    assert dana.submit(f"{meeting.path}/video", address="https://other.example.com/pipit").status_code == 303
    meeting.at(OPENS)
    assert "At other.example.com" in meeting.page(meeting.practice.dana)
    assert meeting.join(meeting.practice.dana) == "https://other.example.com/pipit"
    assert meeting.open(meeting.practice.dana).submit(f"{meeting.path}/video/remove").status_code == 303
    assert meeting.join(meeting.practice.dana) == ROOM


def test_the_address_that_one_therapist_set_does_not_count_for_another(meeting: Meeting, acting: Acting) -> None:
    dana = meeting.open(meeting.practice.dana)
    dana.submit(f"{meeting.path}/video", address="https://other.example.com/pipit")
    with acting() as session:
        appointment = session.get_one(Appointment, meeting.id)
        assert service.address_for(appointment) == "https://other.example.com/pipit"
        session.expunge(appointment)
        appointment.therapist_id = session.get_one(Therapist, meeting.practice.erik).person_id
        assert service.address_for(appointment) is None


def test_without_an_address_the_therapist_is_told_and_the_client_is_not_left_alone(meeting: Meeting) -> None:
    practice = meeting.at(OPENS).practice
    page = meeting.page(practice.dana)
    assert "You have not said yet where you meet by video." in page
    assert f'href="/hours/{practice.dana}/video"' in page
    for _ in range(2):
        assert "Dana will phone you, or send word how you meet." in meeting.page(practice.alice)
        assert "Join by video" not in meeting.page(practice.alice)
        assert meeting.say(practice.alice) == 303
    assert meeting.join(practice.alice) == meeting.join(practice.dana) == meeting.path
    assert HERE["place"] in meeting.page(practice.dana)

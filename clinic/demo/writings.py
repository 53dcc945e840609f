"""What the demo practice's clients and therapists write. All of it is invented."""

from typing import Final

WHEEL_ACTIONS: Final = (
    "Call my sister on Sunday, before I look at my messages.",
    "Ten minutes of guitar after dinner, door closed.",
    "Walk to work by the river on Wednesday.",
    "Ask Ravi whether he still plays badminton.",
    "Cook the lentils I like, even if I eat alone.",
    "Put the bills into one folder on Saturday morning.",
    "Go to the library for an hour and read nothing useful.",
    "Say yes to the choir rehearsal.",
)
WHEEL_VALUES: Final = (
    "being a friend who shows up",
    "a body I live in",
    "curiosity",
    "something that is only mine",
    "peace at home, mine included",
)
INITIALS: Final = ("M. K.", "R.", "T. L.", "Aunt S.", "J. P.", "D.", "H. W.", "C.")
SHARED_LINES: Final = (
    "I had forgotten how loud I laugh with R.",
    "I was nervous to go, and glad that I went.",
    "I missed you on the way home, and it was a nice missing.",
)
TRIGGERS: Final = (
    "The message was read at six, and the answer came at nine.",
    "He said he would rather go alone this time.",
    "She sighed when I asked about Saturday.",
    "Dinner was quiet, and I could not tell why.",
    "He laughed on the phone in the next room.",
    "She went to bed without saying good night.",
)
REACTIONS: Final = (
    "I wrote four more messages.",
    "I said it was fine, and then cleaned the kitchen for an hour.",
    "I asked three times whether something was wrong.",
    "I went quiet and waited to be asked.",
)
FEELINGS: Final = ("small", "lonely", "ashamed", "scared", "left out")
FEARS: Final = (
    "That I am too much, and that it is only a question of time.",
    "That when it is quiet, it is already over.",
    "That I do not matter when I am not useful.",
)
BELIEFS: Final = ("I have to earn my place.", "If I let go, nobody holds on.", "I am the difficult one.")
OTHER_VIEWS: Final = (
    "The day had been long, and quiet was how it ended.",
    "Somebody can want an hour alone and still want me.",
    "I can ask tomorrow, when I am calm.",
)
NEEDS: Final = ("To hear that we are fine.", "A hand on my shoulder.", "To be asked how my day was.")
SENTENCES: Final = (
    "When it goes quiet I get scared that I have lost you.",
    "I would like to know when you need an hour, so that I do not have to guess.",
)
KEPT_NOTES: Final = (
    "This is more about my father than about us.",
    "I do not want to talk about this yet.",
    "I was proud of myself, a little.",
)
REASONS: Final = (
    "You said that the week has no corner of its own any more. This looks for one.",
    "So that the two of us can see what comes before the sharp words.",
    "We agreed to try it small: once is enough.",
)
WHEN_AND_WHERE: Final = (
    "Sunday after breakfast, at the kitchen table.",
    "On the tram home.",
    "Thursday evening, in the bath.",
)
OBSTACLES: Final = ("Late shifts.", "I might feel silly.", "He could ask what I am writing.")
FEEDBACK: Final = (
    "Thank you. The third line says a lot: you noticed it, and you waited. Let us look at that together.",
    "You went although you were nervous. Keep the size of it, not the number.",
    "It is all right that it did not happen. What got in the way is the interesting part.",
)
RETURN_REASONS: Final = ("Could you add how strong it was when you were calm again? Then we can see the shift.",)
STUCK_WORDS: Final = ("I do not know whom to ask.", "The evenings are too full at the moment.")
NOTES: Final = {
    "text": (
        "Came rested. We went through the week and found two evenings that were their own. Next: a third one.",
        "Talked about the visit of the parents, and about saying no without a speech. Agreed to try it once, small.",
    ),
    "data": (
        "Reported four talks, two of them ended by the pause. Both spoke of Sunday in the same words, for once.",
        "Told of the week with the sister, and of the hour on the bridge. Had gone without asking first.",
        "Spoke little at first, then of the message that was read and not answered. Slept five hours.",
    ),
    "subjective": (
        "“I keep the peace and I am tired of it.” Says that mornings are easier than they were.",
        "Reports less checking, and more quarrels about small things. Wonders whether that is progress.",
    ),
    "objective": (
        "Upright, slower speech than last time; laughed twice. Homework done in three of four days.",
        "Restless hands when the mother was named. On time, and stayed for the whole session.",
    ),
    "behavior": (
        "They sat further apart than usual and looked at each other more.",
        "Cried when speaking of the move, and went on speaking.",
    ),
    "intervention": (
        "Listening turns, two rounds, on an easy subject. Stopped once, at the first interruption.",
        "Asked for the feeling under the anger, and waited.",
    ),
    "response": (
        "Found it stiff at first; by the second round she restated him without my help.",
        "Took it up after a while, and was surprised by the answer.",
    ),
    "assessment": (
        "More room for two opinions at the table. The pull to read the other first is still strong.",
        "Holds on to a plan of their own for two weeks now; in line with the second goal.",
    ),
    "plan": (
        "One meeting with a friend a week. Next session: the visit at the end of the month.",
        "Two rounds at home with the timer. Bring the line that was hardest.",
        "Own circle, a smaller target. Look at sleep again next time.",
    ),
}
PHONE_NOTE: Final = (
    "Called to move Thursday. Mentioned that the evening with her sister went well, and rang off quickly."
)
ADDED: Final = "She also asked whether the session could be by video; I said yes."
ADDED_WHY: Final = "Forgotten when I wrote it."
BEGUN_NOTE: Final = "Came ten minutes early and waited in the stairwell."
KEPT_APART: Final = "I notice that I hurry when she goes quiet. Take this to supervision."

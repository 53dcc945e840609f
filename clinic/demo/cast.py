"""Who is in the demo practice. Every name, address and biography is invented."""

from dataclasses import dataclass
from typing import Final

MAIL_DOMAIN: Final = "elm-street.example"
PASSWORD: Final = "a long walk by the river"  # noqa: S105 -- printed on screen, for a practice where nobody is real


@dataclass(frozen=True, slots=True)
class TherapistSketch:
    """One therapist of the demo practice."""

    given: str
    family: str
    title: str
    summary: str
    about: str
    focus: tuple[str, ...]
    languages: tuple[str, ...]


THERAPISTS: Final = (
    TherapistSketch(
        "Dana",
        "Whitfield",
        "Couple and family therapist",
        "Helps two people hear each other again, without either giving themselves up.",
        "I work with couples who have grown so close that there is little air left, and with people who have"
        " spent years reading somebody else's mood before their own. We go slowly, we keep what works, and we"
        " practice small things between sessions. Most couples start with one talk a week and end with one walk.",
        ("Couples", "Boundaries", "Starting over after a crisis"),
        ("English", "Spanish"),
    ),
    TherapistSketch(
        "Erik",
        "Lindqvist",
        "Clinical psychologist",
        "For people who look after everyone, and are tired.",
        "I like plain questions and small experiments. Many people I see grew up as the reasonable one at home."
        " Together we find out what you want when nobody needs you, and how to say it without a speech.",
        ("Anxiety", "Self-worth", "Family patterns"),
        ("English", "Swedish"),
    ),
    TherapistSketch(
        "Mara",
        "Osei",
        "Marriage and family therapist",
        "Works with couples across two cultures, two families, two ideas of closeness.",
        "Where I come from a marriage is between two villages. I help you to sort out which voices belong at your"
        " table, and to set a place for your own. I see couples and individuals, in the office and by video.",
        ("Couples", "Culture and family", "New parents"),
        ("English", "Twi", "French"),
    ),
    TherapistSketch(
        "Jonas",
        "Reyes",
        "Clinical social worker",
        "For those who keep checking their phone, and would like to stop.",
        "I work with jealousy, with the fear of being left, and with the things we do to keep it quiet. We learn to"
        " notice the wave, to let it pass, and to ask for what you need while you are calm.",
        ("Jealousy and trust", "Separation", "Individuals"),
        ("English", "Spanish"),
    ),
)
DESK: Final = ("Fay", "Moreau")
OWNER: Final = ("Olga", "Sand")

# The first two are the couple whose sign-in the start prints; couples are neighbours in the first 24 names.
CLIENTS: Final = (
    ("Alice", "Hart"),
    ("Bob", "Hart"),
    ("Lena", "Fischer"),
    ("Noah", "Brandt"),
    ("Priya", "Raman"),
    ("Tom", "Ellery"),
    ("Grace", "Okafor"),
    ("Samuel", "Okafor"),
    ("Ines", "Duarte"),
    ("Paul", "Duarte"),
    ("Hannah", "Weiss"),
    ("Rachel", "Stern"),
    ("Miguel", "Santos"),
    ("Julia", "Santos"),
    ("Owen", "Price"),
    ("Nora", "Price"),
    ("Yuki", "Tanaka"),
    ("Daniel", "Cho"),
    ("Amira", "Haddad"),
    ("Karim", "Haddad"),
    ("Beth", "Larsen"),
    ("Anders", "Larsen"),
    ("Chloe", "Martin"),
    ("Louis", "Martin"),
    ("Carol", "Stone"),
    ("Peter", "Quinn"),
    ("Teresa", "Bloom"),
    ("Kofi", "Mensah"),
    ("Maya", "Levin"),
    ("Oscar", "Nilsson"),
    ("Ruth", "Abrams"),
    ("Felix", "Braun"),
    ("Dora", "Petrov"),
    ("Ian", "McBride"),
    ("Leila", "Nazari"),
    ("Simon", "Katz"),
    ("Vera", "Novak"),
    ("Marcus", "Hill"),
    ("Elena", "Rossi"),
    ("Jack", "Turner"),
    ("Aisha", "Bello"),
    ("Tim", "Foster"),
    ("Wendy", "Chang"),
    ("Rafael", "Lima"),
    ("Irene", "Costa"),
    ("Greg", "Olsen"),
    ("Nadia", "Farah"),
    ("Stefan", "Vogel"),
    ("Lucy", "Bennett"),
    ("Omar", "Siddiq"),
    ("Clara", "Jensen"),
    ("Victor", "Moreno"),
    ("Judith", "Klein"),
    ("Ben", "Ashworth"),
    ("Sofia", "Marin"),
    ("Alan", "Doyle"),
    ("Mei", "Lin"),
    ("Hugo", "Blanc"),
    ("Esther", "Wolf"),
    ("Adam", "Novotny"),
)
COUPLES: Final = 12


def address(given: str, family: str) -> str:
    """The demo address of somebody."""
    return f"{given}.{family}@{MAIL_DOMAIN}".lower()

"""RU13: thousands of spellings of a registered URI; only the registered bytes are accepted."""

import random
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from identity.kernel.errors import Invalid
from tenants.clients import redirects
from tenants.clients.uris import parsed
from tests.sizes import SEED, Record, sized
from tests.tenants.clients.test_redirects import Registration

URIS = (
    "https://app.example.com/cb",
    "https://app.example.com:8443/a/b?next=%2Fhome",
    "http://127.0.0.1:8001/callback",
)
MUTATIONS = sized(500, 50_000)

# What parsers disagree about, and what people put between the parts.
PIECES = [
    *"/\\@:#?*%.;&=+ \t\r\n\0'\"<>[]{}|^`~-_",
    *("%2e", "%2E", "%2f", "%5c", "%40", "%00", "%0a", "..", "//", "\\\\", "https://", "evil.tld"),
    *("\u3002", "\uff0e", "\u200b", "\u202e", "\u0430", "\u0131", "\u212a", "é", "\U0001f600"),
]


def mutated(uri: str, dice: random.Random) -> str:
    """The URI after one to three changes."""
    text = uri
    for _ in range(dice.randint(1, 3)):
        place = dice.randrange(len(text) + 1)
        match dice.randrange(8):
            case 0:
                text = text[:place] + dice.choice(PIECES) + text[place:]
            case 1:
                text = text[:place] + text[place + 1 :]
            case 2:
                text = text[:place] + dice.choice(PIECES) + text[place + 1 :]
            case 3:
                text = text[:place].swapcase() + text[place:]
            case 4:
                text = text[:place] + quote(text[place : place + 1], safe="") + text[place + 1 :]
            case 5:
                text += dice.choice(PIECES)
            case 6:
                text = dice.choice(PIECES) + text
            case _:
                text = text[:place] + text[place:][::-1]
    return text


@pytest.mark.soak
@pytest.mark.parametrize("uri", URIS)
def test_ru13_accepted_if_and_only_if_byte_equal(uri: str, record_property: Record) -> None:
    """RU13: accepted ⇔ byte-equal, over a corpus of mutations."""
    record_property("mutations", MUTATIONS)
    dice = random.Random(SEED)
    client = Registration(redirect_uris=" ".join(URIS))
    registered = {known.encode() for known in URIS}

    for _ in range(MUTATIONS):
        text = mutated(uri, dice)
        equal = text.encode("utf-8", "surrogatepass") in registered
        assert redirects.is_registered(client, text) == equal, ascii(text)


@pytest.mark.parametrize("uri", URIS)
def test_what_may_be_registered_stays_one_word_and_plain(uri: str) -> None:
    """RU08, RU11: an accepted mutation is ASCII, without white space, and read one way only."""
    dice = random.Random(SEED)
    accepted = 0
    for _ in range(MUTATIONS):
        text = mutated(uri, dice)
        try:
            redirects.require_acceptable(text)
        except Invalid:
            continue
        accepted += 1
        found = parsed(text)
        assert found is not None
        assert text.isascii()
        assert text.split() == [text]
        assert not set(text) & set('\\#*"<>\0')
        assert text.startswith((f"https://{found.host}", f"http://{found.host}"))

    assert 0 < accepted < MUTATIONS  # else the mutations are all harmless, or all absurd


@settings(max_examples=MUTATIONS // 5, deadline=None)
@given(st.text(max_size=60))
def test_any_text_is_answered(text: str) -> None:
    """RU11: no exception for any text, and only the registered one is accepted."""
    client = Registration(redirect_uris=URIS[0], application_type="native")

    assert redirects.is_registered(client, text) == (text == URIS[0])

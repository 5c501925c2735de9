"""The browser's reading of the image login meets the server's: neither was written from the other."""

from tests.devices.browser import Chromium
from tests.journeys.running import Running
from tests.vectors.zkp.browser.library import NEW, run

MEETING = """
  const { username } = given;
  const vault = await makeVault();
  const proof = { username, picture: vault.picture, ...given.secret };
  return {
    registered: await outcome(signet.register({ username, email: given.email, picture: vault, ...given.secret })),
    signed: await outcome(signet.authenticate(proof)),
    wrongPin: await outcome(signet.authenticate({ ...proof, pin: "482913" })),
    unknown: await outcome(signet.authenticate({ ...proof, username: "nobody-here" })),
  };
"""


def test_the_bundle_and_the_server_understand_each_other(
    signet: Running, chromium: Chromium
) -> None:
    """svzkp-1: the wire is what the text says, and not what two halves of one author agree on."""
    with chromium.person() as person:
        page = person.new_page()
        page.goto(f"{signet.url}/sign-in/demo/")
        told = run(
            page,
            MEETING,
            options={"tenant": "demo"},
            username="a.second.reading",
            email="second.reading@demo.example",
            secret=NEW,
        )

    assert told["registered"] == {"done": None}
    assert len(told["signed"]["done"]["nonce"]) == 43
    assert told["wrongPin"] == told["unknown"]
    assert (told["wrongPin"]["code"], told["wrongPin"]["status"]) == ("refused", 401)

"""The counterparts behave as the real ones do: otherwise tests would prove nothing."""

import smtplib
from email.message import EmailMessage

import pytest

from tests.devices import race
from tests.devices.callback import CallbackListener
from tests.devices.http import Browser
from tests.devices.relying_party import RelyingParty, answer_in
from tests.devices.scripted_provider import SUBJECT, ScriptedProvider
from tests.devices.smtp_sink import Mood, SmtpSink


def _mail(recipient: str = "ada@example.com") -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "us@example.com", recipient, "Hello, Åda"
    message.set_content("Your code is 123456.")
    return message


def test_the_mail_server_keeps_what_it_accepts_and_tells_each_refusal() -> None:
    """RFC 5321 §4.2.1: 4yz is transient, 5yz is permanent."""
    with SmtpSink() as sink, smtplib.SMTP("127.0.0.1", sink.port) as client:
        client.send_message(_mail())
        assert [mail.subject for mail in sink.wait_for(1)] == ["Hello, Åda"]
        assert "123456" in sink.mails[0].text

        for mood, status in ((Mood.BUSY, 451), (Mood.REFUSE, 550)):
            sink.mood = mood
            with pytest.raises(smtplib.SMTPDataError) as refused:
                client.send_message(_mail())
            assert refused.value.smtp_code == status

        sink.refused_recipients.add("gone@example.com")
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            client.send_message(_mail("gone@example.com"))
        assert len(sink.mails) == 1


def test_the_mail_server_can_say_nothing_for_longer_than_anybody_waits() -> None:
    """A tarpit: the sender must give up on its own."""
    with SmtpSink() as sink:
        sink.mood = Mood.TARPIT
        client = smtplib.SMTP("127.0.0.1", sink.port, timeout=0.3)
        with pytest.raises(smtplib.SMTPServerDisconnected, match="timed out"):
            client.send_message(_mail())
        sink.wait_for_attempt(1)


def test_the_relying_party_completes_a_sign_in_and_checks_its_tokens() -> None:
    """OpenID Connect Core §3.1, against a provider that shares no code with it."""
    with (
        ScriptedProvider(client_id="web", client_secret="a:secret%") as provider,
        CallbackListener() as listener,
        RelyingParty(
            issuer=provider.issuer,
            client_id="web",
            client_secret="a:secret%",
            redirect_uri=listener.redirect_uri,
        ) as party,
        Browser(provider.issuer) as browser,
    ):
        asked = party.ask(scope="openid email")
        browser.get(asked.url)
        answer = listener.wait()
        tokens = party.exchange(answer["code"], asked)
        claims = party.verify_id_token(
            tokens["id_token"], nonce=asked.nonce, access_token=tokens["access_token"]
        )

        assert answer["state"] == asked.state
        assert claims["sub"] == SUBJECT
        assert party.refresh(tokens["refresh_token"]).status == 200
        assert party.refresh(tokens["refresh_token"])["error"] == "invalid_grant"


def test_a_browser_stops_at_the_client_and_a_race_has_one_winner() -> None:
    """RFC 6749 §4.1.2: a code is good once, however many redeem it at the same time."""
    with (
        ScriptedProvider(client_id="web", client_secret="secret") as provider,
        RelyingParty(issuer=provider.issuer, client_id="web", client_secret="secret") as party,
        Browser(provider.issuer, stop_at=(party.redirect_uri,)) as browser,
    ):
        asked = party.ask()
        code = answer_in(browser.get(asked.url).headers["location"])["code"]
        headers, form = party.signed(
            {
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": party.redirect_uri,
                "code_verifier": asked.code_verifier,
            }
        )
        request = race.Request(url=party.metadata["token_endpoint"], form=form, headers=headers)
        results = race.run(race.spread(request, 20, [request.address()]))

    assert sorted(result.status for result in results) == [200] + [400] * 19

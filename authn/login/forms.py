"""What the pages ask for. Judged by the steps; here only that something was typed at all."""

from django import forms
from django.utils.translation import gettext_lazy as _


class IdentifierForm(forms.Form):
    """Who is signing in."""

    identifier = forms.CharField(
        max_length=254, error_messages={"required": _("Enter your e-mail address or username.")}
    )


class PasswordForm(forms.Form):
    """Their password: never trimmed (BF19), never longer than is hashed (BF18)."""

    password = forms.CharField(
        max_length=1024,
        strip=False,
        error_messages={
            "required": _("Enter your password."),
            "max_length": _("A password has at most 1,024 characters."),
        },
    )


class ImageForm(forms.Form):
    """What the page's script proved; people type nothing here. Judged by the step alone."""

    cipherKey = forms.CharField(max_length=64)  # noqa: N815 - the wire's name
    challenge_id = forms.CharField(max_length=64)
    challenge_data = forms.CharField(max_length=1024)


class CodeForm(forms.Form):
    """The code from the letter."""

    code = forms.CharField(
        max_length=32, error_messages={"required": _("Enter the code from the letter.")}
    )

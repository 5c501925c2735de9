"""The room authn.account as Django sees it."""

from django.apps import AppConfig


class AccountConfig(AppConfig):
    """Label `account`."""

    name = "authn.account"
    label = "account"

"""Mail into a folder instead of out of the house: one `.eml` file a letter."""

import os
import re
from collections.abc import Sequence
from pathlib import Path

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend


class EmailBackend(BaseEmailBackend):
    """Writes to EMAIL_FILE_PATH. The folder is closed to other users of the machine (0700), as are
    the files (0600): letters hold codes that open accounts."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Afterwards each letter is a whole file; a repetition replaces the first one."""
        folder = Path(settings.EMAIL_FILE_PATH or settings.DATA_DIR / "mail")
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
        for message in email_messages:
            name = _name(message)
            unfinished = folder / f".{name}"
            handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(handle, "wb") as file:
                file.write(message.message().as_bytes())
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(folder / f"{name}.eml")
        return len(email_messages)


def _name(message: EmailMessage) -> str:
    # `<uuid7@host>`: sorted by name is sorted by age.
    identifier = message.message()["Message-ID"].strip("<>").partition("@")[0]
    return re.sub(r"[^0-9A-Za-z-]", "-", identifier)

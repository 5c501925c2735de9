"""What the room registers, as any room does."""

from identity.outbox import mail

TESTING = mail.register("mail.testing", title="For tests")

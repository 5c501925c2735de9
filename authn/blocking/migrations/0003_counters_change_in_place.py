"""Each try changes one row: leave room on its page, and no index that would have to change too.

Without this a busy address leaves a dead row and a dead index entry behind at every sign-in.
"""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("blocking", "0002_a_block_set_in_advance")]

    operations = [
        migrations.RemoveIndex(model_name="failurecount", name="failure_count_age"),
        migrations.RunSQL(
            "ALTER TABLE blocking_failurecount SET (fillfactor = 50)",
            "ALTER TABLE blocking_failurecount RESET (fillfactor)",
        ),
    ]

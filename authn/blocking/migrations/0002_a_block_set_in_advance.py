"""A block that a try sets in advance is told from one that was earned."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("blocking", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="failurecount",
            name="is_confirmed",
            field=models.BooleanField(db_default=True, default=True),
        ),
    ]

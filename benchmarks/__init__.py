"""How fast Signet is, side by side with a tuned django-oauth-toolkit: ``make bench``.

Not part of the product: nothing imports this package.
"""

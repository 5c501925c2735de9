"""The demo relying party: a small OpenID Connect client in a process and on an origin of its own.

It shows what an application sees of the provider. It imports nothing of the platform, knows only
what any registered client knows, and is for development: it listens on the loopback alone.
"""

"""The roof: settings, URLs, processes. It sees every room; no room looks at it."""

"""Words that every room shares: no models, no queries, no knowledge of any other room."""

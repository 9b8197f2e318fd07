"""The web: headers, limits, forms, errors, and what turns typed pages into HTML."""

"""One module per JMAP type: its calls, its typed records, its reading.

Each has `get_call` and `parse` as pure functions, so that one batch can read them all, and functions that take a client
for what writes. A refused object is a `SetError`, returned and not raised.
"""

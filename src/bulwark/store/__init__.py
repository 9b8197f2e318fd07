"""The panel's own database: sealed values and rows, no web, no JMAP.

Every method is one short transaction; none is held over a network call. `open_store` is not needed: an application
opens one `Database`, one `Sealer`, and gives them to the stores it uses.
"""

"""The panel's own database: sealed values and rows, no web, no JMAP.

Every method is one short transaction; none is held over a network call. An application opens one `Database` and one
`Sealer` and gives them to the stores it uses.
"""

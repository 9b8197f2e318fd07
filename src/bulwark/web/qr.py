"""A QR code as one SVG path: no style, no script, black on white in every theme."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class QrCode:
    """`size` modules on a side, without the quiet zone (the white frame around gives it); `path` is SVG path data."""

    size: int
    path: str


def draw(text: str) -> QrCode:
    """The QR code of a text, error correction M: readable from a dim screen, still small."""
    import segno

    rows = segno.make(text, error="m", micro=False, boost_error=False).matrix
    runs: list[str] = []
    for y, row in enumerate(rows):
        x = 0
        while x < len(row):
            width = _run(row, x)
            if row[x]:
                runs.append(f"M{x} {y}h{width}v1h-{width}z")
            x += width
    return QrCode(size=len(rows), path="".join(runs))


def _run(row: bytes | bytearray, start: int) -> int:
    end = start
    while end < len(row) and row[end] == row[start]:
        end += 1
    return end - start

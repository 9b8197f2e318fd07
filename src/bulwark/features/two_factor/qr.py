"""The QR code of an authenticator; drawn as every QR code of the panel is."""

from __future__ import annotations

from bulwark.web.qr import QrCode, draw

__all__ = ["QrCode", "draw"]

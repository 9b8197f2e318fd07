"""JSON pointers as Stalwart's patches want them: no leading slash, `/` inside a key as `~1`, `~` as `~0` (RFC 6901)."""

from __future__ import annotations


def pointer(*keys: str) -> str:
    """Address a nested property (RFC 6901), such as `allowedIps/10.0.0.0~18` for the network `10.0.0.0/8`.

    Raises ValueError without any key.
    """
    if not keys:
        message = "a pointer needs at least one key"
        raise ValueError(message)
    return "/".join(key.replace("~", "~0").replace("/", "~1") for key in keys)

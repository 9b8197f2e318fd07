"""The protocol without I/O: JMAP (RFC 8620) as Stalwart 0.16 speaks it. Nothing here opens a socket or waits."""

"""Event streams: a thousand pages opened and closed; memory and file descriptors of the panel must stay flat.

Prints one table. `make bench` measures everything else; this runs by itself: python bench/streams.py
"""

from __future__ import annotations

import argparse
import socket
import statistics
import tempfile
import time
from pathlib import Path

from run import free_port, process, resident, sign_in

AT_ONCE = 5  # streams of one session; the panel takes no more
WARM_UP = 100


def descriptors(pid: int) -> int:
    return sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())


def open_stream(port: int, cookie: str) -> tuple[socket.socket, float]:
    """Open one and read until the page is told that it is live; gives the socket and the milliseconds it took."""
    begun = time.perf_counter()
    stream = socket.create_connection(("127.0.0.1", port), timeout=20)
    head = f"GET /identities/live HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept: text/event-stream\r\n"
    stream.sendall(f"{head}Cookie: {cookie}\r\n\r\n".encode())
    heard = b""
    while b'"live": true' not in heard:
        part = stream.recv(65_536)
        assert part, heard
        assert b"event: off" not in part, "no seat was left"
        heard += part
    return stream, (time.perf_counter() - begun) * 1000


def rounds(port: int, cookie: str, streams: int) -> list[float]:
    """Open and close so many, five at a time."""
    took = []
    for _ in range(streams // AT_ONCE):
        opened = [open_stream(port, cookie) for _ in range(AT_ONCE)]
        took += [milliseconds for _stream, milliseconds in opened]
        for stream, _milliseconds in opened:
            stream.close()
        time.sleep(0.01)  # the panel notices that they have gone
    return took


def settled(pid: int, expected: int) -> int:
    """The descriptors once everything that was closed has been noticed."""
    for _ in range(100):
        if descriptors(pid) <= expected:
            break
        time.sleep(0.05)
    return descriptors(pid)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--streams", type=int, default=1_000)
    arguments = parser.parse_args()
    server, panel = free_port(), free_port()
    with tempfile.TemporaryDirectory() as folder:
        environ = {
            "BULWARK_SERVER_URL": f"http://127.0.0.1:{server}",
            "BULWARK_DATA_DIR": folder,
            "BULWARK_LOG_LEVEL": "warning",
        }
        sandbox = ["sandbox", "--demo", "--listen", f"127.0.0.1:{server}"]
        with (
            process(sandbox, {}, server, "/healthz/live") as (mail, _),
            process(["serve", "--listen", f"127.0.0.1:{panel}"], environ, panel, "/readyz") as (child, _),
        ):
            cookie = sign_in(panel)["Cookie"]
            rounds(panel, cookie, WARM_UP)
            time.sleep(1)
            files, memory, at_server = descriptors(child.pid), resident(child.pid), descriptors(mail.pid)
            took = rounds(panel, cookie, arguments.streams)
            files_after, memory_after = settled(child.pid, files), resident(child.pid)
            server_after = settled(mail.pid, at_server)
            last, _ = open_stream(panel, cookie)
            begun = time.perf_counter()
            child.terminate()
            child.wait(timeout=20)
            stopped = time.perf_counter() - begun
            last.close()
    print(f"{'measured':46}{'before':>10}{'after':>10}")
    print(f"{'file descriptors of the panel':46}{files:>10}{files_after:>10}")
    print(f"{'memory of the panel, MB':46}{memory:>10.1f}{memory_after:>10.1f}")
    print(f"{'file descriptors of the mail server':46}{at_server:>10}{server_after:>10}")
    print(f"{'until a page is live, median of all, ms':46}{'':>10}{statistics.median(took):>10.1f}")
    print(f"{'stopping with a stream open, s':46}{'':>10}{stopped:>10.2f}")


if __name__ == "__main__":
    main()

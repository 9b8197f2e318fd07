"""Keeps the tests on this machine: a connection or a name look-up that leaves it is an error at once."""

from __future__ import annotations

import ipaddress
import socket
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

_REAL: dict[str, Callable[..., Any]] = {
    "connect": socket.socket.connect,
    "connect_ex": socket.socket.connect_ex,
    "sendto": socket.socket.sendto,
}
_REAL_GETADDRINFO = socket.getaddrinfo
_allowed_hosts: set[str] = set()


class LeftTheMachineError(RuntimeError):
    """A test tried to reach another machine."""


def allow(host: str) -> None:
    """Let the tests reach one named machine: the real mail server of `make live`."""
    _allowed_hosts.add(host)
    _allowed_hosts.update(str(entry[4][0]) for entry in _REAL_GETADDRINFO(host, None))


def _check(host: object) -> None:
    text = host.decode("ascii", "replace") if isinstance(host, bytes) else str(host)
    if text in {"", "None", "localhost"} or text.endswith(".localhost") or text in _allowed_hosts:
        return
    try:
        is_here = ipaddress.ip_address(text.partition("%")[0]).is_loopback or text in {"0.0.0.0", "::"}
    except ValueError:
        is_here = False
    if not is_here:
        raise LeftTheMachineError(f"the tests stay on this machine; this one wanted to reach {text}")


def _check_address(own: socket.socket, address: Any) -> None:
    if own.family in {socket.AF_INET, socket.AF_INET6}:
        _check(address[0])


class _Guards:
    @staticmethod
    def connect(own: socket.socket, address: Any) -> None:
        _check_address(own, address)
        _REAL["connect"](own, address)

    @staticmethod
    def connect_ex(own: socket.socket, address: Any) -> int:
        _check_address(own, address)
        return int(_REAL["connect_ex"](own, address))

    @staticmethod
    def sendto(own: socket.socket, *arguments: Any) -> int:
        _check_address(own, arguments[-1])
        return int(_REAL["sendto"](own, *arguments))

    @staticmethod
    def getaddrinfo(host: Any, *arguments: Any, **named: Any) -> Any:
        _check(host)
        return _REAL_GETADDRINFO(host, *arguments, **named)


def install() -> None:
    """Put the guard in place for the rest of this process."""
    for name in _REAL:
        setattr(socket.socket, name, _guard(name))
    socket.getaddrinfo = _Guards.getaddrinfo


def _guard(name: str) -> Any:
    guard = getattr(_Guards, name)

    def method(own: socket.socket, *arguments: Any) -> Any:
        return guard(own, *arguments)

    return method

"""A person at a shell: the command line as the installed program runs it, with the stand-in as its mail server."""

from __future__ import annotations

import io
import json
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import TYPE_CHECKING, TypeAlias

import json_documents
from bulwark import cli
from canaries import PASSWORD, TOTP_SECRET
from totp_code import totp_code

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest

    from canaries import Watch
    from stalwart_sandbox import Sandbox

NUMBERS = count(1)
Typed: TypeAlias = "str | Callable[[str], str]"


def now_code() -> str:
    """What the authenticator shows now."""
    return totp_code(TOTP_SECRET, datetime.now(UTC))


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a command left behind."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, object]:
        """The document it printed."""
        found: dict[str, object] = json.loads(self.out)
        return found


class Lines(io.TextIOBase):
    """Standard input: lines, some of which are made when they are asked for, by what was printed until then."""

    def __init__(self, typed: tuple[Typed, ...], printed: Callable[[], str]) -> None:
        super().__init__()
        self._typed = list(typed)
        self._printed = printed

    def isatty(self) -> bool:
        """No terminal: nothing is echoed, nothing is asked twice."""
        return False

    def readable(self) -> bool:
        """It is an input."""
        return True

    def readline(self, size: int | None = -1, /) -> str:  # type: ignore[override]  # as io has it
        """The next line; empty at the end."""
        del size
        if not self._typed:
            return ""
        line = self._typed.pop(0)
        return f"{line if isinstance(line, str) else line(self._printed())}\n"

    def read(self, size: int | None = -1, /) -> str:
        """All that is left."""
        del size
        return "".join(iter(self.readline, ""))


@dataclass(slots=True)
class Terminal:
    """A person at a shell without a terminal: what is asked for comes from standard input, one a line."""

    server: Sandbox
    home: Path
    monkeypatch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]
    watch: Watch
    default_server: list[str] = field(default_factory=list)

    def __call__(self, *arguments: str, typed: tuple[Typed, ...] = ()) -> Outcome:
        """Run one command as the installed program does; what it prints as JSON is held against its schema."""
        self.monkeypatch.setattr(sys, "argv", ["bulwark", *self.default_server, *arguments])
        out, err = "", ""

        def printed() -> str:
            nonlocal out, err
            said = self.capsys.readouterr()
            out, err = out + said.out, err + said.err
            return out

        self.monkeypatch.setattr(sys, "stdin", Lines(typed, printed))
        status = 0
        try:
            cli.main()
        except SystemExit as ended:
            status = int(ended.code or 0)
        printed()
        self.watch.see(f"the output of {arguments}", out + err)
        if "--json" in arguments:
            json_documents.check(arguments, out)
        return Outcome(status=status, out=out, err=err)

    def new_person(self, **options: object) -> str:
        """An account of this test's own; returns its login."""
        login = f"p{next(NUMBERS)}@example.org"
        self.server.add_account(login, PASSWORD, **options)  # type: ignore[arg-type]  # as the stand-in names them
        return login

    def signed_in(self, **options: object) -> str:
        """An account, and this machine signed in to it."""
        login = self.new_person(**options)
        code = (now_code(),) if "otp_secret" in options else ()
        assert self("sign-in", "--password", login, typed=(PASSWORD, *code)).status == 0
        return login

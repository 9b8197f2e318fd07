"""Questions on the terminal. Secrets are asked for without echo, or read from standard input, one a line.

No secret is ever taken as an argument: arguments stand in the shell's history and in the list of processes.
"""

from __future__ import annotations

import sys

import click

from bulwark.language import _
from stalwart_jmap import Secret

MAX_LINE = 64 * 1024


def ask_secret(label: str) -> Secret:
    """Ask for a secret without echo; from a pipe, read the next line.

    Raises:
        click.UsageError: standard input ended before the secret came.
    """
    if sys.stdin.isatty():
        return Secret(str(click.prompt(label, hide_input=True, err=True, default="", show_default=False)))
    line = sys.stdin.readline(MAX_LINE)
    if not line:
        raise click.UsageError(_("Standard input ended before this was given: %(label)s", label=label))
    return Secret(line.rstrip("\r\n"))


def ask_text(label: str) -> str:
    """Ask for something that is no secret; from a pipe, read the next line."""
    if sys.stdin.isatty():
        return str(click.prompt(label, err=True))
    line = sys.stdin.readline(MAX_LINE)
    if not line:
        raise click.UsageError(_("Standard input ended before this was given: %(label)s", label=label))
    return line.rstrip("\r\n")


def ask_text_or_nothing(label: str) -> str:
    """The same, where nothing is an answer."""
    if sys.stdin.isatty():
        return str(click.prompt(label, err=True, default="", show_default=False))
    return sys.stdin.readline(MAX_LINE).rstrip("\r\n")


def ask_code(label: str) -> Secret:
    """Ask for a one-time code; spaces and dashes do not count."""
    typed = ask_secret(label) if not sys.stdin.isatty() else Secret(str(click.prompt(label, err=True)))
    return Secret("".join(typed.reveal().split()).replace("-", ""))


def confirm(question: str) -> bool:
    """Ask yes or no; without a terminal the answer is no."""
    return sys.stdin.isatty() and bool(click.confirm(question, err=True))

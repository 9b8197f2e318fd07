"""What the shell around the command tells and gets: its language, and the script that completes commands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bulwark import language

if TYPE_CHECKING:
    from collections.abc import Mapping

    import click

SHELLS = ("bash", "zsh", "fish")
_NONE = frozenset({"", "C", "POSIX"})


def language_of(environ: Mapping[str, str]) -> str:
    """The language to speak, as gettext chooses it: LC_ALL, LC_MESSAGES or LANG; LANGUAGE before them if one is set.

    POSIX names (`zh_TW.UTF-8`, `sr_RS@latin`) become tags (`zh-TW`, `sr-Latn-RS`).
    """
    named = next((environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if environ.get(name)), "")
    if named.partition(".")[0] in _NONE:
        return language.negotiate(None)
    wanted = [*environ.get("LANGUAGE", "").split(":"), named]
    return language.negotiate(", ".join(tag for tag in map(tag_of, wanted) if tag))


def tag_of(posix: str) -> str:
    """A POSIX locale name as a BCP 47 tag; empty for none."""
    name, _at, modifier = posix.partition("@")
    name = name.partition(".")[0]
    if name in _NONE:
        return ""
    script = {"latin": "Latn", "cyrillic": "Cyrl"}.get(modifier.lower(), "")
    spoken, _underscore, region = name.partition("_")
    return "-".join(part for part in (spoken, script, region) if part)


def completion_script(program: click.Command, shell: str) -> str:
    """The script that makes a shell complete the command `bulwark`."""
    from click.shell_completion import get_completion_class

    found = get_completion_class(shell)
    if found is None:
        raise LookupError(shell)
    # The script's text alone: asking the class for it would look for the shell on this machine first.
    made = found(program, {}, "bulwark", "_BULWARK_COMPLETE")
    return str(made.source_template % made.source_vars())

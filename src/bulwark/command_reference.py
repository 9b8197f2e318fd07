"""Writes what is derived from the commands: the manual page, the list of JSON documents, and their JSON Schemas.

`make reference` runs it; a test holds the files in the repository against it, so that they never say something else
than the program.
"""

from __future__ import annotations

import inspect
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, get_args, get_origin

import click
import msgspec

from bulwark.cli import bulwark
from bulwark.console.output import shapes_of
from bulwark.console.statuses import MEANINGS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
ENVIRONMENT: Final[Mapping[str, str]] = {
    "BULWARK_SERVER_URL": "The mail server, as --server.",
    "BULWARK_PROFILE": "Which kept sign-in to use, as --profile.",
    "BULWARK_PUBLIC_URL": "The panel, as --panel: it keeps recovery codes, sessions, events and notices.",
    "BULWARK_CA_FILE": "Authorities to believe instead of the system's.",
    "BULWARK_OIDC_CLIENT_ID": "What this program is called at an identity provider, as --client-id of sign-in.",
    "LC_ALL, LC_MESSAGES, LANG, LANGUAGE": "The language of what is said.",
    "NO_COLOR": "Set to anything, nothing is coloured.",
    "XDG_STATE_HOME": "Where the files below are, instead of ~/.local/state.",
    "PYTHON_KEYRING_BACKEND": "Another keyring, or keyring.backends.null.Keyring for none.",
}
FILES: Final[Mapping[str, str]] = {
    "~/.local/state/bulwark/NAME.json": "A kept sign-in, where there is no system keyring: mode 0600.",
    "~/.local/state/bulwark/index": "The names of the sign-ins, and which is in use.",
}
EXAMPLES: Final = (
    ("Sign in, by a code that is approved in a browser:", "bulwark --server https://mail.example.org sign-in"),
    ("What should be done for this account:", "bulwark check"),
    (
        "A new app password, straight into a password store:",
        "bulwark app-passwords create Laptop | pass insert -m mail",
    ),
    ("Who has no second factor:", "bulwark admin accounts list --show without-two-factor --json"),
)


def verbs(command: click.Command = bulwark, name: str = "bulwark") -> Iterator[tuple[str, click.Command]]:
    """Every command that does something, with its whole name."""
    if isinstance(command, click.Group):
        for child_name, child in sorted(command.commands.items()):
            yield from verbs(child, f"{name} {child_name}")
    else:
        yield name, command


def files() -> dict[str, str]:
    """Every derived file, by its path below the folder, with its text."""
    found = {"bulwark.1": manual(), "json.md": list_of_documents()}
    for name, command in verbs():
        for number, shape in enumerate(shapes_of(command), 1):
            found[f"schemas/{schema_name(name, number)}"] = schema(name, shape)
    return found


def schema_name(name: str, number: int) -> str:
    """The file of a verb's schema; a verb that prints several documents has one for each."""
    stem = name.removeprefix("bulwark ").replace(" ", "-")
    return f"{stem}.json" if number == 1 else f"{stem}.{number}.json"


def schema(name: str, shape: Any) -> str:
    """The JSON Schema of what a verb prints."""
    made = {"$schema": DIALECT, "title": f"{name} --json", **msgspec.json.schema(shape)}
    for part in made.get("$defs", {}).values():
        part["description"] = _about(part.get("description", ""))
    return msgspec.json.format(msgspec.json.encode(made), indent=2).decode() + "\n"


def _about(docstring: str) -> str:
    """A docstring on one line, in the words of JSON."""
    return re.sub(r"\bNone\b", "null", " ".join(docstring.split()))


# The list of documents


def list_of_documents() -> str:
    """`json.md`: every verb with its fields."""
    lines = [
        "# What `--json` prints",
        "",
        "Made from the program by `make reference`. Each verb prints one document unless two are listed; they come",
        "one after the other. A name, once printed, keeps its meaning; new ones may be added. Moments are ISO 8601",
        "with their offset. Sentences in a document are in the language of the shell, everything else is the same in",
        "all. When a verb fails, standard output is empty or ends before its last document, the sentence is on",
        "standard error, and the [status](../use/command-line.md#exit-statuses) tells the reason.",
        "",
    ]
    for name, command in verbs():
        shapes = shapes_of(command)
        if not shapes:
            continue
        lines += [f"## `{name}`", ""]
        for number, shape in enumerate(shapes, 1):
            lines += [*_document(shape), "", f"[Schema](schemas/{schema_name(name, number)})", ""]
    return "\n".join(lines)


def _document(shape: Any) -> list[str]:
    is_list = get_origin(shape) is tuple
    struct = get_args(shape)[0] if is_list else shape
    about = _about(struct.__doc__ or "")
    names = ", ".join(f"`{field.encode_name}`" for field in msgspec.structs.fields(struct))
    return [f"A list. Each entry: {about}" if is_list else about, "", f"Fields: {names}."]


# The manual page


def manual() -> str:
    """`bulwark.1`, in the macros of man(7)."""
    lines = [
        ".TH BULWARK 1",
        ".SH NAME",
        "bulwark " + r"\- account security for people whose mail lives on a Stalwart server",
        ".SH SYNOPSIS",
        r".B bulwark",
        r"[\fB\-\-server\fR \fIURL\fR] [\fB\-\-profile\fR \fINAME\fR] \fICOMMAND\fR \.\.\.",
        ".SH DESCRIPTION",
        *_paragraphs(
            "Does what the panel's pages do, with the same rules and the same words: passwords, two-factor"
            " authentication, app passwords, API keys, encryption at rest, sender identities, and administration.\n\n"
            "Secrets are asked for without echo, or read from standard input, one a line, in the order in which they"
            " would be asked for. They are never taken as arguments.\n\n"
            "Every command tells one of three outcomes: done, refused with the reason, or unknown because the answer"
            " was lost. Nothing is sent a second time by itself."
        ),
        ".SH OPTIONS",
        *_options(bulwark),
        ".SH COMMANDS",
    ]
    for name, command in verbs():
        lines += [f".SS {_text(_usage(name, command))}", *_paragraphs(command.help or ""), *_options(command)]
    lines += [".SH EXIT STATUS", *_terms({str(status): meaning for status, meaning in MEANINGS.items()})]
    lines += [".SH ENVIRONMENT", *_terms(ENVIRONMENT), ".SH FILES", *_terms(FILES), ".SH EXAMPLES"]
    for about, example in EXAMPLES:
        lines += [_text(about), ".PP", ".RS", ".nf", _text(example), ".fi", ".RE", ".PP"]
    return "\n".join(lines) + "\n"


def _usage(name: str, command: click.Command) -> str:
    with click.Context(command, info_name=name) as context:
        return " ".join([name.removeprefix("bulwark "), *command.collect_usage_pieces(context)])


def _options(command: click.Command) -> list[str]:
    found: list[str] = []
    with click.Context(command) as context:
        for parameter in command.params:
            record = parameter.get_help_record(context) if isinstance(parameter, click.Option) else None
            if record is not None:
                found += [".TP", rf"\fB{_text(record[0])}\fR", _text(record[1])]
    return found


def _terms(named: Mapping[str, str]) -> list[str]:
    return [line for name, about in named.items() for line in (".TP", rf"\fB{_text(name)}\fR", _text(about))]


def _paragraphs(text: str) -> list[str]:
    parts = (" ".join(part.split()) for part in inspect.cleandoc(text).split("\n\n"))
    return [line for number, part in enumerate(parts) for line in ((".PP",) if number else ()) + (_text(part),)]


def _text(text: str) -> str:
    """Text that troff takes as it is."""
    plain = text.replace("\\", r"\e").replace("-", r"\-").replace("\b", "").strip()
    return rf"\&{plain}" if plain.startswith((".", "'")) else plain


def main(folder: Path) -> None:
    """Write every file, and remove schemas of verbs that are gone."""
    made = files()
    (folder / "schemas").mkdir(parents=True, exist_ok=True)
    for old in (folder / "schemas").glob("*.json"):
        if f"schemas/{old.name}" not in made:
            old.unlink()
    for name, text in made.items():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))

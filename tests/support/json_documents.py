"""What a command printed with `--json`, held against the shapes that its schema is made of."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click
import msgspec

from bulwark.cli import bulwark
from bulwark.console.output import shapes_of

if TYPE_CHECKING:
    from collections.abc import Sequence

WITH_VALUE = {"--server", "--profile"}


def verb_of(arguments: Sequence[str]) -> tuple[str, click.Command]:
    """The command that these arguments name, and its whole name."""
    command: click.Command = bulwark
    words = iter(arguments)
    name = "bulwark"
    for word in words:
        if word in WITH_VALUE:
            next(words)
        elif isinstance(command, click.Group) and word in command.commands:
            command, name = command.commands[word], f"{name} {word}"
    return name, command


def documents(text: str) -> list[Any]:
    """Several JSON documents, one after the other."""
    found, decoder, place = [], json.JSONDecoder(), 0
    while place < len(text):
        document, end = decoder.raw_decode(text, place)
        found.append(document)
        place = end + len(text[end:]) - len(text[end:].lstrip())
    return found


def check(arguments: Sequence[str], out: str) -> list[Any]:
    """The documents; each is of the shape that the verb declares, with no field besides."""
    name, command = verb_of(arguments)
    shapes = shapes_of(command)
    found = documents(out)
    for shape, document in zip(shapes, found, strict=False):
        read = msgspec.convert(document, shape)
        assert json.loads(msgspec.json.encode(read)) == document, f"{name} prints more than its schema says"
    assert len(found) <= len(shapes) or name.endswith(" watch"), f"{name} prints {len(found)} documents"
    return found

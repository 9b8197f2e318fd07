"""A call with curl and one in Python that a new key can make at once. Neither holds the key.

Both read it from the environment variable `API_KEY`; curl gets it by standard input, because a command line stands in
the list of processes. The tests run both.
"""

from __future__ import annotations

from dataclasses import dataclass

# The first call that the key's permissions allow: method, arguments, and what it needs in `using`.
_CALLS = (
    ("sysAccountQuery", "x:Account/query", '{"limit": 5}', "urn:stalwart:jmap"),
    ("jmapMailboxGet", "Mailbox/get", '{"ids": null}', "urn:ietf:params:jmap:mail"),
    ("sysAccountSettingsGet", "x:AccountSettings/get", '{"ids": ["singleton"]}', "urn:stalwart:jmap"),
    ("jmapCoreEcho", "Core/echo", '{"hello": true}', "urn:ietf:params:jmap:core"),
)
CORE = "urn:ietf:params:jmap:core"


@dataclass(frozen=True, slots=True, kw_only=True)
class Snippets:
    """Three texts to copy: how to put the key into the variable, the call with curl, the call in Python."""

    export: str
    curl: str
    python: str


def snippets_for(server_url: str, account_id: str, permissions: frozenset[str]) -> Snippets:
    """Calls that work with these permissions; a key that allows none of them is refused the last one, and says so."""
    method, arguments, using = _call(permissions)
    if not method.startswith(("x:", "Core/")):  # standard methods want the account named
        arguments = f'{{"accountId": "{account_id}", {arguments[1:]}'
    names = f'"{CORE}"' if using == CORE else f'"{CORE}", "{using}"'
    body = f'{{"using": [{names}], "methodCalls": [["{method}", {arguments}, "0"]]}}'
    curl = (
        "printf 'Authorization: Bearer %s' \"$API_KEY\" |\n"
        "  curl --silent --show-error --fail-with-body --header @- \\\n"
        "    --header 'Content-Type: application/json' \\\n"
        f"    --data '{body}' \\\n"
        f"    '{server_url}/jmap/'"
    )
    python = "\n".join(
        (
            "import json, os, urllib.request",
            "",
            "request = urllib.request.Request(",
            f'    "{server_url}/jmap/",',
            f"    data={body!r}.encode(),",
            "    headers={",
            '        "Authorization": "Bearer " + os.environ["API_KEY"],',
            '        "Content-Type": "application/json",',
            "    },",
            ")",
            "with urllib.request.urlopen(request, timeout=30) as answer:",
            '    print(json.load(answer)["methodResponses"])',
        )
    )
    return Snippets(export="read -rs API_KEY && export API_KEY", curl=curl, python=python)


def _call(permissions: frozenset[str]) -> tuple[str, str, str]:
    for needed, method, arguments, using in _CALLS:
        if needed in permissions:
            return method, arguments, using
    return _CALLS[-1][1:]

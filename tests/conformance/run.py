#!/usr/bin/env python3
"""
Conformance suite: what a real Stalwart 0.16.18 answered, as data, and the program that compares.

    run.py check  --base http://127.0.0.1:8080 --admin admin:secret [scenario.json ...]
    run.py list

Each scenario file is a list of HTTP exchanges recorded from the real server. `check` plays the requests
against another server (the sandbox, or a real one) and compares every answer with the recorded one.
It needs nothing but the standard library. Exit status: 0 all equal, 1 something differs, 2 usage.
It ends with one line: "N passed, N failed".

Scenario format (JSON):
  name, about, server (version it was recorded from), steps: [step]
  step: {name, wait? (seconds before), auth?, request: {method, path, headers?, json? | form? | text?}, response: {status, headers?, json? | text?},
         save?: {variable: JSON-pointer into the response body}, repeat?: n, note?}
  auth: {"basic": [login, password]} | {"bearer": token} | "admin" (the administrator of --admin) | absent
Strings in requests may contain:
  ${variable}            a value saved by an earlier step; ${run} is new in every run (names stay unique),
                         ${base} is the server's own URL
  ${totp:BASE32}         the current code (RFC 6238, SHA-1, 30 s, 6 digits); ${totp:BASE32:+2} = two steps later;
                         options after further colons: sha256, sha512, digits=8
  ${wrong:BASE32}        a code that is certainly wrong now
  ${date:+3600}          now plus seconds, as YYYY-MM-DDTHH:MM:SSZ
Expected values may contain matchers, alone in a string:
  <any> <date> <hex> <id> <token> <secret:app> <secret:api> <code> <jwt> <uint>, or ${variable};
  {"$set": [...]} compares an array without regard to order; {"$keys": [...]} compares only an object's key names.
"""

from __future__ import annotations

import argparse
import base64
import hmac
import http.client
import json
import pathlib
import re
import secrets
import struct
import sys
import time
import urllib.parse

HERE = pathlib.Path(__file__).resolve().parent
KEPT_HEADERS = ("content-type", "www-authenticate", "cache-control", "location", "retry-after", "ratelimit-policy")
MATCHERS = {
    "<any>": r"(?s).*",
    "<date>": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ",
    "<hex>": r"[0-9a-f]{1,16}",
    "<id>": r"[a-z0-9]{1,14}",
    "<token>": r"sw1\.\S+",
    "<secret:app>": r"app_[a-z0-9]{36}",
    "<secret:api>": r"API_[A-Za-z0-9_-]{38}",
    "<code>": r"[A-Za-z0-9]{20,64}",
    "<jwt>": r"[\w-]+\.[\w-]+\.[\w-]*",
    "<uint>": r"\d+",
}


def totp(secret: str, *, step: int = 0, algorithm: str = "sha1", digits: int = 6, now: float | None = None) -> str:
    """The RFC 6238 code of an unpadded base32 secret, `step` time steps away from now."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    counter = int((time.time() if now is None else now) // 30) + step
    mac = hmac.new(key, struct.pack(">Q", counter), algorithm).digest()
    offset = mac[-1] & 15
    value = (struct.unpack(">I", mac[offset : offset + 4])[0] & 0x7FFFFFFF) % 10**digits
    return str(value).zfill(digits)


def expand(text: str, variables: dict[str, str]) -> str:
    def replace(match: re.Match[str]) -> str:
        kind, _, rest = match[1].partition(":")
        if kind in ("totp", "wrong"):
            secret, *options = rest.split(":")
            arguments: dict = {}
            for option in options:
                if option[:1] in "+-":
                    arguments["step"] = int(option)
                elif option.startswith("digits="):
                    arguments["digits"] = int(option[7:])
                else:
                    arguments["algorithm"] = option
            if kind == "totp":
                return totp(secret, **arguments)
            near = {totp(secret, step=step) for step in range(-3, 4)}
            return next(code for code in ("000000", "111111", "222222", "333333", "444444", "555555", "666666", "777777")
                        if code not in near)
        if kind == "date":
            return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + int(rest)))
        return str(variables[match[1]])

    return re.sub(r"\$\{([^}]*)\}", replace, text)


def expand_all(value, variables):
    if isinstance(value, str):
        return expand(value, variables)
    if isinstance(value, list):
        return [expand_all(item, variables) for item in value]
    if isinstance(value, dict):
        return {expand(key, variables): expand_all(item, variables) for key, item in value.items()}
    return value


def pointer(document, path: str):
    for part in path.strip("/").split("/"):
        part = part.replace("~1", "/").replace("~0", "~")
        document = document[int(part)] if isinstance(document, list) else document[part]
    return document


def send(base: str, step: dict, variables: dict[str, str], admin: str) -> dict:
    request = expand_all(step["request"], variables)
    headers = dict(request.get("headers", {}))
    auth = expand_all(step.get("auth"), variables)
    if auth == "admin":
        auth = {"basic": admin.split(":", 1)}
    if auth and "basic" in auth:
        headers["Authorization"] = "Basic " + base64.b64encode(":".join(auth["basic"]).encode()).decode()
    elif auth and "bearer" in auth:
        headers["Authorization"] = "Bearer " + auth["bearer"]
    body = None
    if "json" in request:
        body = json.dumps(request["json"]).encode()
        headers.setdefault("Content-Type", "application/json")
    elif "form" in request:
        body = urllib.parse.urlencode(request["form"]).encode()
        headers.setdefault("Content-Type", "application/x-www-form-urlencoded")
    elif "text" in request:
        body = request["text"].encode()
    url = urllib.parse.urlsplit(base)
    connection = http.client.HTTPConnection(url.hostname, url.port or 80, timeout=60)
    try:
        connection.request(request["method"], request["path"], body=body, headers=headers)
        answer = connection.getresponse()
        raw = answer.read()
    finally:
        connection.close()
    got: dict = {"status": answer.status, "headers": {}}
    for name in KEPT_HEADERS:
        values = [value for key, value in answer.getheaders() if key.lower() == name]
        if values:
            got["headers"][name] = values if name == "www-authenticate" else values[0]
    if "json" in got["headers"].get("content-type", ""):
        got["json"] = json.loads(raw) if raw else None
    else:
        got["text"] = raw.decode("utf-8", "replace")
    return got


def differences(expected, actual, variables, path="") -> list[str]:
    """Every place where `actual` is not what `expected` describes, as readable lines."""
    if isinstance(expected, dict) and set(expected) == {"$set"}:
        wanted, found = sorted(expected["$set"]), sorted(actual) if isinstance(actual, list) else actual
        if wanted == found:
            return []
        missing = sorted(set(wanted) - set(found or []))
        extra = sorted(set(found or []) - set(wanted))
        return [f"{path}: missing {missing[:8]}, unexpected {extra[:8]}"]
    if isinstance(expected, dict) and set(expected) == {"$keys"}:
        found = sorted(actual) if isinstance(actual, dict) else actual
        return [] if sorted(expected["$keys"]) == found else [f"{path}: keys {found!r}, expected {sorted(expected['$keys'])!r}"]
    if isinstance(expected, dict) and isinstance(actual, dict):
        wanted = {expand(key, variables): (key, value) for key, value in expected.items()}
        lines = [f"{path}/{key}: missing" for key in wanted if key not in actual]
        lines += [f"{path}/{key}: unexpected {actual[key]!r}" for key in actual if key not in wanted]
        for key, (_, value) in wanted.items():
            if key in actual:
                lines += differences(value, actual[key], variables, f"{path}/{key}")
        return lines
    if isinstance(expected, list) and isinstance(actual, list):
        if len(expected) != len(actual):
            return [f"{path}: {len(actual)} items, expected {len(expected)}: {actual!r}"]
        return [line for index, pair in enumerate(zip(expected, actual)) for line in differences(*pair, variables, f"{path}/{index}")]
    if isinstance(expected, str):
        if expected in MATCHERS:
            ok = re.fullmatch(MATCHERS[expected], str(actual)) is not None
            return [] if ok else [f"{path}: {actual!r} is not {expected}"]
        expected = expand(expected, variables)
    if type(expected) is type(actual) and expected == actual:
        return []
    return [f"{path}: {actual!r}, expected {expected!r}"]


def play(scenario: dict, base: str, admin: str, *, on_step=None, stop_on_failure=False) -> list[tuple[str, list[str]]]:
    """Send each step; return (step name, differences) per step."""
    variables: dict[str, str] = {"run": secrets.token_hex(3), "base": base}
    results = []
    for step in scenario["steps"]:
        time.sleep(step.get("wait", 0))
        if "${totp:" in json.dumps(step) and time.time() % 30 > 28:
            time.sleep(2.1)  # do not let a code grow old on its way
        for _ in range(step.get("repeat", 1)):
            try:
                got = send(base, step, variables, admin)
            except Exception as error:  # a dropped connection is a result too
                got = {"status": 0, "headers": {}, "text": f"{type(error).__name__}: {error}"}
        if on_step:
            on_step(step, got, variables)
        lines = differences(step["response"], got, variables) if "response" in step else []
        for name, path in step.get("save", {}).items():
            try:
                variables[name] = pointer(got.get("json"), path)
            except (KeyError, IndexError, TypeError, ValueError):
                lines.append(f"cannot save {name} from {path}")
        results.append((step["name"], lines))
        if lines and stop_on_failure:
            break
    return results


def load(paths: list[str]) -> list[dict]:
    files = [pathlib.Path(path) for path in paths] or sorted((HERE / "scenarios").glob("*.json"))
    return [json.loads(file.read_text()) for file in files]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    check = commands.add_parser("check", help="play scenarios against a server and compare")
    check.add_argument("--base", required=True, help="for example http://127.0.0.1:8080")
    check.add_argument("--admin", required=True, help="login:password of the recovery administrator")
    check.add_argument("--verbose", action="store_true", help="also name the steps that pass")
    check.add_argument("scenarios", nargs="*")
    listing = commands.add_parser("list", help="name the scenarios")
    listing.add_argument("scenarios", nargs="*")
    arguments = parser.parse_args()
    if arguments.command == "list":
        for scenario in load(arguments.scenarios):
            print(f"{scenario['name']:28} {len(scenario['steps']):3} steps  {scenario['about']}")
        return 0
    passed = failed = 0
    for scenario in load(arguments.scenarios):
        for name, lines in play(scenario, arguments.base, arguments.admin):
            if lines:
                failed += 1
                print(f"FAIL {scenario['name']} / {name}")
                for line in lines[:12]:
                    print(f"       {line}")
            else:
                passed += 1
                if arguments.verbose:
                    print(f"ok   {scenario['name']} / {name}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

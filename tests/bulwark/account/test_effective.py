"""Rights computed here are the rights the server hands out, whatever the roles look like."""

from __future__ import annotations

import json
from typing import Any

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulwark.account.effective import compute
from canaries import ADMIN_PASSWORD, PASSWORD
from sandbox_wire import SandboxWire
from stalwart_jmap.objects.account import Permissions
from stalwart_jmap.objects.role import Role
from stalwart_sandbox import Sandbox, ids

NAMES = (
    "authenticate",
    "sysAccountPasswordGet",
    "sysAppPasswordCreate",
    "jmapIdentityGet",
    "emailSend",
    "sysApiKeyGet",
)
names = st.frozensets(st.sampled_from(NAMES))
links = st.frozensets(st.integers(0, 6), max_size=4)
graphs = st.lists(st.tuples(names, names, links), min_size=1, max_size=6)
own = st.one_of(
    st.just(Permissions()),
    st.builds(Permissions, kind=st.sampled_from(["Merge", "Replace"]), enabled=names, disabled=names),
)


@pytest.mark.anyio
@given(graph=graphs, start=links, permissions=own)
async def test_our_computation_equals_the_servers(
    graph: list[tuple[frozenset[str], frozenset[str], frozenset[int]]], start: frozenset[int], permissions: Permissions
) -> None:
    sandbox = Sandbox(base_url="https://mail.test", admin=f"admin:{ADMIN_PASSWORD}")
    made = [
        sandbox.add_role(f"Role {place}", enabled=enabled, disabled=denied)
        for place, (enabled, denied, _) in enumerate(graph)
    ]
    for place, (_, _, built_on) in enumerate(graph):
        role = sandbox.state.roles[ids.decode(made[place]) or 0]
        role.role_ids = {made[other]: True for other in built_on if other < len(made)} | {"zz": True}
    chosen = {made[place] for place in start if place < len(made)}
    written: dict[str, Any] = {"@type": permissions.kind}
    if permissions.kind != "Inherit":
        written |= {
            "enabledPermissions": dict.fromkeys(permissions.enabled, True),
            "disabledPermissions": dict.fromkeys(permissions.disabled, True),
        }
    sandbox.add_account(
        "alice@example.org",
        PASSWORD,
        roles={"@type": "Custom", "roleIds": dict.fromkeys(chosen, True)},
        permissions=written,
    )
    book = {
        ids.encode(role.number): Role(
            id=ids.encode(role.number),
            description=role.description or "",
            role_ids=frozenset(role.role_ids),
            enabled=frozenset(role.enabled),
            disabled=frozenset(role.disabled),
        )
        for role in sandbox.state.roles.values()
    }

    held = compute(book, chosen, permissions).held

    assert held == await _told(sandbox, may_sign_in="authenticate" in held)


async def _told(sandbox: Sandbox, *, may_sign_in: bool) -> frozenset[str]:
    """What `/api/account` says; whoever may not sign in is told nothing there, so the server's own memory is asked."""
    async with httpx2.AsyncClient(base_url="https://mail.test", transport=SandboxWire(sandbox)) as http:
        answer = await http.get("/api/account", auth=("alice@example.org", PASSWORD))
    assert (answer.status_code == httpx2.codes.OK) is may_sign_in
    if not may_sign_in:
        return sandbox.state.held(sandbox.account("alice@example.org"))
    return frozenset(json.loads(answer.text)["permissions"])


def test_who_grants_and_who_denies_is_named() -> None:
    roles = {
        "a": Role(id="a", description="User", enabled=frozenset({"one", "two"}), role_ids=frozenset({"b", "a"})),
        "b": Role(id="b", description="No two", disabled=frozenset({"two"}), role_ids=frozenset({"a"})),
    }
    found = compute(roles, ["a"], Permissions(kind="Merge", enabled=frozenset({"two", "three"})))

    assert found.held == {"one", "three"}
    assert found.roles == ("a", "b")
    assert found.denying == {"two": ("b",)}
    assert found.granting["one"] == ("a",)


def test_an_account_that_replaces_ignores_its_roles() -> None:
    roles = {"a": Role(id="a", description="User", enabled=frozenset({"one"}), disabled=frozenset({"two"}))}
    found = compute(roles, ["a"], Permissions(kind="Replace", enabled=frozenset({"two"})))

    assert found.held == {"two"}

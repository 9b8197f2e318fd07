"""Sample pages of what went wrong and of what is unavailable."""

from __future__ import annotations

from dataclasses import replace

from bulwark.language import _
from bulwark.web import problem_pages as problems
from bulwark.web import unavailable
from bulwark.web.frame import OtherAccount
from bulwark.web.page_types import Link
from gallery_types import Sample

SERVER = "mail.example.org"
REFERENCE = "7F3K-20QD-9XWA"
ALICE = OtherAccount(address="alice@example.org", mark="mark-of-alice")


def samples() -> list[Sample]:
    """Every reason, every problem."""
    return [*_problems(), *_reasons()]


def _problems() -> list[Sample]:
    found = {
        "unreachable": problems.unreachable(
            SERVER, "14:32:17", "/", nothing_changed=True, signed_in=True, reference=REFERENCE
        ),
        "unreachable-outcome-open": problems.unreachable(
            SERVER, "14:32:17", "/", nothing_changed=False, signed_in=False
        ),
        "unsupported-server": problems.unsupported_server(SERVER, "/sign-in", REFERENCE),
        "protocol-broken": problems.protocol_broken(SERVER, "/", nothing_changed=True, reference=REFERENCE),
        "slow-down": problems.slow_down("/", 30),
        "address-blocked-yours": problems.address_blocked("yours", SERVER, "/"),
        "address-blocked-panel": problems.address_blocked("panel", SERVER, "/", REFERENCE),
        "not-found": problems.not_found(),
        "method-not-allowed": problems.method_not_allowed(),
        "panel-fault": problems.panel_fault(REFERENCE),
        "store-unavailable": problems.store_unavailable("/", REFERENCE),
        "store-unavailable-after": problems.store_unavailable("/", REFERENCE, nothing_changed=False),
        "forbidden": problems.forbidden(_("Your account lacks the permission %(name)s.", name="sysAppPasswordCreate")),
        "switched-accounts": problems.switched_accounts("bob@example.org"),
        "switched-accounts-back": problems.switched_accounts("bob@example.org", ALICE),
        "switched-accounts-ended": problems.switched_accounts("bob@example.org", replace(ALICE, ended="Signed out")),
        "switched-meanwhile": problems.switched_meanwhile(ALICE, "/profile"),
        "account-signed-out": problems.account_signed_out("bob@example.org"),
        "body-too-large": problems.body_too_large(),
        "form-unreadable": problems.form_unreadable(),
        "wrong-host": problems.wrong_host("https://account.example.org"),
        "foreign-origin": problems.foreign_origin(),
        "plain-http": problems.plain_http(None),
        "session-ended": problems.session_ended(),
    }
    return [Sample(f"problem-{name}", problems.PROBLEM, page) for name, page in found.items()]


def _reasons() -> list[Sample]:
    path = "/app-passwords"
    heading = _("App passwords")
    found = {
        "permission": unavailable.permission_missing(
            _("You cannot create app passwords"),
            ("sysAppPasswordCreate",),
            account="alice@example.org",
            contact="postmaster@example.org",
            still=_("You can still see and revoke the ones you have."),
            role="User",
        ),
        "directory": unavailable.managed_elsewhere(
            "example.org", Link(label="Example Staff Login", href="https://login.example.org/")
        ),
        "old-server": unavailable.server_too_old(SERVER),
        "sign-in-client": unavailable.sign_in_limited("postmaster@example.org"),
        "not-answered": unavailable.not_answered(heading, path),
        "not-understood": unavailable.not_understood(heading, path),
        "edition": unavailable.other_edition(),
        "slow-down": unavailable.slow_down(path, 12),
    }
    return [
        Sample(
            f"unavailable-{name}",
            unavailable.SECTION,
            unavailable.SectionPage(heading=heading, reason=reason),
            path=path,
            as_of=True,
        )
        for name, reason in found.items()
    ]

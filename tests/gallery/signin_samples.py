"""Sample pages of signing in, each state once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bulwark.language import _
from bulwark.signin import pages, redirect_pages
from bulwark.web import provider_pages
from bulwark.web.frame import OtherAccount
from bulwark.web.page_types import Link, wait
from bulwark.web.problem_pages import PROBLEM
from gallery_types import Sample

NOW = datetime(2026, 11, 23, 13, 37, 10, tzinfo=UTC)


def samples() -> list[Sample]:
    """Every state of the sign-in pages."""
    staff = Link(label="Example Staff Login", href="/sign-in/redirect")
    waiting = wait(NOW + timedelta(seconds=530), NOW)
    error, advice = pages.wrong_sign_in()
    changed, changed_advice = pages.authenticator_changed()
    both, both_advice = pages.wrong_step_up_or_code()
    about = _("You are about to make new recovery codes.")
    login = "alice@example.org"
    make = pages.SignInPage
    bob = OtherAccount(address="bob@example.org", mark="mark-of-bob")
    full, sign_out_first = pages.no_more_accounts(6)
    return [
        Sample("sign-in", pages.SIGN_IN, make(provider=staff)),
        Sample("sign-in-elsewhere-only", pages.SIGN_IN, make(provider=staff, asks_password=False)),
        Sample("sign-in-elsewhere", redirect_pages.ELSEWHERE, redirect_pages.ElsewherePage(login=login, way=staff)),
        Sample(
            "sign-in-elsewhere-failed",
            PROBLEM,
            provider_pages.problem("issuer", "/sign-in", "7F3K-20QD-9XWA"),
        ),
        Sample(
            "signed-out-elsewhere",
            PROBLEM,
            redirect_pages.signed_out(staff.label, Link(label=_("Sign out there too"), href="/", icon="out")),
        ),
        Sample("signed-out-not-there", PROBLEM, redirect_pages.signed_out(staff.label, None)),
        Sample("sign-in-wrong", pages.SIGN_IN, make(login=login, provider=staff, form_error=error, form_advice=advice)),
        Sample("sign-in-wait", pages.SIGN_IN, make(login=login, provider=staff, wait=waiting)),
        Sample("sign-in-timed-out", pages.SIGN_IN, make(notice=pages.timed_out(30), next="/password")),
        Sample("sign-in-signed-out", pages.SIGN_IN, make(notice=pages.signed_out())),
        Sample("sign-in-session-ended", pages.SIGN_IN, make(notice=pages.session_ended())),
        Sample("sign-in-password-changed", pages.SIGN_IN, make(notice=pages.password_changed())),
        Sample(
            "sign-in-app-password",
            pages.SIGN_IN,
            make(login=login, errors={"password": pages.wrong_kind_of_secret("app-password")}),
        ),
        Sample("sign-in-percent", pages.SIGN_IN, make(login="a%b", errors={"login": pages.login_not_allowed()})),
        Sample("sign-in-add", pages.SIGN_IN, make(beside=login)),
        Sample("sign-in-add-again", pages.SIGN_IN, make(beside=login, login=bob.address, notice=pages.timed_out(30))),
        Sample(
            "sign-in-add-full",
            pages.SIGN_IN,
            make(beside=login, is_full=True, form_error=full, form_advice=sign_out_first),
        ),
        Sample("sign-in-others", pages.SIGN_IN, make(notice=pages.session_ended(), others=(bob,))),
        Sample("sign-in-code", pages.CODE, pages.CodePage(login=login)),
        Sample("sign-in-code-wrong", pages.CODE, pages.CodePage(login=login, errors={"code": pages.wrong_code()})),
        Sample("sign-in-recovery", pages.RECOVERY, pages.RecoveryPage(login=login)),
        Sample(
            "sign-in-recovery-wrong",
            pages.RECOVERY,
            pages.RecoveryPage(login=login, errors={"recovery_code": pages.wrong_recovery_code()}),
        ),
        Sample(
            "sign-in-recovery-drift",
            pages.RECOVERY,
            pages.RecoveryPage(login=login, form_error=changed, form_advice=changed_advice),
        ),
        Sample(
            "step-up-elsewhere",
            redirect_pages.STEP_UP,
            redirect_pages.StepUpPage(purpose=about, way=staff, cancel_href="/two-factor"),
            path="/two-factor",
            unlocked=False,
        ),
        Sample(
            "step-up-go-on",
            redirect_pages.GO_ON,
            redirect_pages.GoOnPage(purpose=about, carried="x"),
            path="/two-factor",
        ),
        Sample(
            "step-up",
            pages.STEP_UP,
            pages.StepUpPage(purpose=about, proof="code", switch_href="/step-up?proof=recovery-code", carried="x"),
            path="/two-factor",
            unlocked=False,
        ),
        Sample(
            "step-up-wrong",
            pages.STEP_UP,
            pages.StepUpPage(purpose=about, proof="code", form_error=both, form_advice=both_advice),
            path="/two-factor",
            unlocked=False,
        ),
        Sample(
            "step-up-recovery",
            pages.STEP_UP,
            pages.StepUpPage(purpose=about, proof="recovery-code", switch_href="/step-up"),
            path="/two-factor",
            unlocked=False,
        ),
    ]

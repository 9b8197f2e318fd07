"""Sample pages of the password, each state once."""

from __future__ import annotations

from datetime import UTC, datetime

from bulwark.features.password import pages
from bulwark.language import _
from bulwark.web.page_types import Link
from gallery_types import Sample

AT = datetime(2026, 11, 23, 13, 32, 7, tzinfo=UTC)
PATH = "/password"
LONG = "wilhelmine.von-und-zu-hohenlohe@example.org"


def samples() -> list[Sample]:
    """Every state of the password pages."""
    policy = pages.usual_policy()
    error, advice = pages.wrong_password_or_code("mail.example.org")
    missing, missing_advice = pages.not_saved_look_below()
    again = pages.wrong_one_of_two()
    phone = "Chrome on Android, 2001:db8:85a3::8a2e, active yesterday at 19:40"
    return [
        Sample(
            "password",
            pages.PASSWORD,
            pages.PasswordPage(
                needs_code=True,
                policy=policy,
                app_passwords=3,
                can_revoke_app_passwords=True,
                other_sessions=(phone,),
                strength=pages.strength(3),
            ),
            path=PATH,
        ),
        Sample(
            "password-plain",
            pages.PASSWORD,
            pages.PasswordPage(needs_code=False, policy=policy, app_passwords=0),
            path=PATH,
            two_factor="Off",
            account=LONG,
        ),
        Sample(
            "password-wrong-or-code",
            pages.PASSWORD,
            pages.PasswordPage(
                needs_code=True,
                policy=policy,
                form_error=error,
                form_advice=advice,
                errors={"password": again, "code": again},
            ),
            path=PATH,
        ),
        Sample(
            "password-weak",
            pages.PASSWORD,
            pages.PasswordPage(
                needs_code=False,
                policy=policy,
                form_error=missing,
                form_advice=missing_advice,
                errors={
                    "new_password": pages.weak_password("Password is too weak."),
                    "new_password_again": pages.passwords_differ(),
                },
                strength=pages.strength(1),
                app_passwords=1,
                can_revoke_app_passwords=True,
                revoke=True,
            ),
            path=PATH,
            two_factor="Off",
        ),
        Sample(
            "password-saved",
            pages.SAVED,
            pages.PasswordSavedPage(
                confirmed=pages.confirmed_sentence("mail.example.org", AT),
                points=(
                    pages.signed_in_again(),
                    pages.sessions_ended(1),
                    pages.browsers_signed_out(),
                    pages.app_passwords_kept(3, "/app-passwords"),
                    pages.app_passwords_not_revoked(1),
                ),
                report_href="/activity/not-me",
            ),
            path=PATH,
        ),
        Sample(
            "password-unknown",
            pages.UNKNOWN,
            pages.PasswordUnknownPage(sent_at="14:32:07", needs_code=True, reference="7F3K-20QD", app_passwords=3),
            path=PATH,
        ),
        *(
            Sample(
                f"password-checked-{holds}",
                pages.CHECKED,
                pages.PasswordCheckedPage(
                    holds=holds,
                    next_step=Link(label=_("Back to overview"), href="/")
                    if holds == "new"
                    else Link(label=_("Change password"), href="/password"),
                    app_passwords=3,
                ),
                path=PATH,
            )
            for holds in ("new", "old", "neither")
        ),
        Sample(
            "password-expired",
            pages.EXPIRED,
            pages.PasswordExpiredPage(needs_code=False, policy=policy),
            account="alice@example.org",
        ),
        Sample(
            "password-expired-refused",
            pages.EXPIRED,
            pages.PasswordExpiredPage(
                needs_code=True,
                policy=policy,
                errors={"new_password": pages.weak_password("Password is too weak.")},
                form_error=missing,
            ),
            account="alice@example.org",
        ),
    ]

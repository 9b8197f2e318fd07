"""Sample pages of two-factor authentication and recovery codes, each state once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from bulwark.features.two_factor import pages, refusal_texts, texts
from bulwark.language import _, long_date
from bulwark.web import qr
from bulwark.web.page_types import Link
from gallery_types import Sample

AT = datetime(2026, 11, 23, 13, 32, 7, tzinfo=UTC)
PATH = "/two-factor"
CODES = (
    "7K2M-Q9TX-4VBH",
    "B4RN-8WZE-1MHD",
    "HX6D-2PVA-Y7CE",
    "9TQF-T3MC-0RWK",
    "W8ZE-5YKR-N2PJ",
    "D3PV-J7NH-6GXA",
    "Q6TB-4XSA-ZM9V",
    "M2YH-9CFD-K5TE",
    "V5XJ-R8MP-3QBW",
    "T7NC-6BKW-HA1D",
)
KEY = "JBSWY3DPEHPK3PXPMFRGGZDFMZTWQ2LK"
OTPAUTH = (
    f"otpauth://totp/mail.example.org:alice%40example.org?secret={KEY}&issuer=mail.example.org"
    "&algorithm=SHA1&digits=6&period=30"
)


def samples() -> list[Sample]:
    """Every state of the two-factor pages."""
    return [*_off(), *_set_up(), *_on(), *_codes(), *_results()]


def _off() -> list[Sample]:
    mail = pages.Use(
        icon="mail",
        heading="Reading mail over IMAP",
        text="Last used today at 13:58 from 203.0.113.7",
        replaceable=True,
    )
    send = pages.Use(
        icon="send", heading="Sending mail over SMTP", text="Last used yesterday from 198.51.100.23", replaceable=True
    )
    asked = pages.OffPage(choices=texts.use_choices(frozenset({"mail"})), keeps=texts.keeps(None))
    known = pages.OffPage(
        stops=(mail, send),
        keeps=texts.keeps(("Thunderbird on work laptop", "Phone")),
        app_password_href="/app-passwords/create",
        how_known="The mail server tells this panel about sign-ins.",
    )
    return [
        Sample("two-factor-off", pages.OFF, asked, path=PATH, two_factor="Off", as_of=True),
        Sample("two-factor-off-known", pages.OFF, known, path=PATH, two_factor="Off", as_of=True),
        Sample(
            "two-factor-off-begun",
            pages.OFF,
            replace(asked, resume_href="/two-factor/set-up/2", notice=texts.set_up_cancelled()),
            path=PATH,
            two_factor="Off",
        ),
    ]


def _set_up() -> list[Sample]:
    add = pages.AddPage(
        qr=qr.draw(OTPAUTH),
        otpauth=OTPAUTH,
        key=KEY,
        issuer="mail.example.org",
        label="alice@example.org",
        device="Pixel 8",
    )
    save = pages.SavePage(codes=CODES, asked=4)
    heading, text = texts.ticked_will_stop(frozenset({"mail", "send"}))
    confirm = pages.ConfirmPage(device="Pixel 8", stops_heading=heading, stops_text=text)
    error, advice = refusal_texts.wrong_password_or_code("mail.example.org")
    found = {
        "two-factor-1": (pages.ADD, add, "Off"),
        "two-factor-2": (pages.SAVE, save, "Off"),
        "two-factor-2-wrong": (pages.SAVE, replace(save, errors={"proof": refusal_texts.wrong_proof(4)}), "Off"),
        "two-factor-3": (pages.CONFIRM, confirm, "Off"),
        "two-factor-3-wrong": (pages.CONFIRM, replace(confirm, errors={"code": refusal_texts.wrong_code()}), "Off"),
        "two-factor-3-clock": (pages.CONFIRM, replace(confirm, errors={"code": refusal_texts.clock_is_off(4)}), "Off"),
        "replace-1": (pages.ADD, replace(add, replacing="Pixel 8", device=""), "On"),
        "replace-3": (
            pages.CONFIRM,
            pages.ConfirmPage(
                device="Pixel 10",
                replacing="Pixel 8",
                needs_old_code=True,
                form_error=error,
                form_advice=advice,
            ),
            "On",
        ),
    }
    return [
        Sample(name, template, page, path=PATH, two_factor=state) for name, (template, page, state) in found.items()
    ]


def _on() -> list[Sample]:
    on = pages.OnPage(
        since=texts.since(long_date(AT)),
        device="Pixel 8",
        device_note="Added 12 March 2026, last code accepted today at 14:11",
        codes_left=7,
        codes_note="Made 12 March 2026, last one used 30 August 2026",
        app_passwords=3,
        app_passwords_href="/app-passwords",
    )
    elsewhere = pages.OnPage(
        since=texts.set_up_elsewhere(), device=_("Your authenticator app"), codes_note=texts.codes_not_possible()
    )
    turn_off = pages.TurnOffPage(radius=texts.turning_off(7, 3), device="Pixel 8", switch_href="/two-factor/off?x")
    return [
        Sample("two-factor-on", pages.ON, on, path=PATH, as_of=True),
        Sample(
            "two-factor-on-came-with-code",
            pages.ON,
            replace(on, codes_left=2, notice=texts.signed_in_with_recovery_code(2)),
            path=PATH,
            as_of=True,
        ),
        Sample("two-factor-on-elsewhere", pages.ON, elsewhere, path=PATH, as_of=True),
        Sample("two-factor-turn-off", pages.TURN_OFF, turn_off, path=PATH),
        Sample("two-factor-turn-off-code", pages.TURN_OFF, replace(turn_off, proof="recovery-code"), path=PATH),
    ]


def _codes() -> list[Sample]:
    test = pages.TestPage()
    return [
        Sample("codes-new", pages.NEW_CODES, pages.NewCodesPage(radius=texts.making_codes(7)), path=PATH),
        Sample(
            "codes-shown",
            pages.CODES,
            pages.CodesPage(codes=CODES, asked=9, old_codes=texts.old_codes_until_saved()),
            path=PATH,
        ),
        Sample(
            "codes-sheet",
            pages.SHEET,
            pages.SheetPage(codes=CODES, made="23 November 2026 at 14:32", address="https://account.example.org"),
            path=PATH,
        ),
        Sample("codes-test", pages.TEST, test, path=PATH),
        Sample("codes-test-good", pages.TEST, replace(test, result=texts.belong_together()), path=PATH),
        Sample("codes-test-bad", pages.TEST, replace(test, result=texts.do_not_belong()), path=PATH),
    ]


def _results() -> list[Sample]:
    next_step = Link(label=_("Go to two-factor"), href=PATH)
    confirmed = texts.confirmed("mail.example.org", AT)
    receipts = {
        "on": texts.turned_on(),
        "replaced": texts.replaced(),
        "off": texts.turned_off(),
        "codes": texts.new_codes_made(),
    }
    return [
        *(
            Sample(
                f"two-factor-done-{name}",
                pages.DONE,
                pages.DonePage(heading=heading, confirmed=confirmed, points=points, next_step=next_step),
                path=PATH,
            )
            for name, (heading, points) in receipts.items()
        ),
        *(
            Sample(
                f"two-factor-unknown-{what}",
                pages.UNKNOWN,
                pages.UnknownPage(what=what, sent_at="14:32:07", reference="7F3K-20QD"),
                path=PATH,
            )
            for what in ("on", "off", "replaced")
        ),
        *(
            Sample(f"two-factor-settled-{what}", pages.SETTLED, texts.settled(what), path=PATH)
            for what in ("on", "off", "new-app", "old-app", "neither")
        ),
    ]

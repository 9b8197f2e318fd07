"""Every template in every state: valid, tied together, escaped, honest about refusals; samples are the gallery’s."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from jinja2 import UndefinedError

import gallery
import page_rules
from bulwark import language
from bulwark.features.password import pages as password
from bulwark.signin import pages as signin
from bulwark.web import pages, qr
from bulwark.web.frame import Frame, OtherAccount, Theme
from frames import outside, signed_in
from gallery import frame_of
from html_page import Page

if TYPE_CHECKING:
    from gallery_types import Sample

ALL_SAMPLES = {sample.name: sample for sample in gallery.all_samples()}
GOOD_HEADERS = {
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
}
BERLIN = ZoneInfo("Europe/Berlin")
HOSTILE = '"><script>alert(1)</script>{{ 7*7 }}'


def read(html: str) -> Page:
    return Page(url="/", status=200, headers=GOOD_HEADERS, html=html)


@pytest.fixture(params=sorted(ALL_SAMPLES))
def sample(request: pytest.FixtureRequest) -> Sample:
    return ALL_SAMPLES[request.param]


def test_a_page_breaks_no_rule(sample: Sample) -> None:
    page = read(pages.render(frame_of(sample), sample.template, sample.page))

    assert page_rules.broken(page) == []


def test_the_title_says_error_exactly_when_something_was_refused(sample: Sample) -> None:
    page = read(pages.render(frame_of(sample), sample.template, sample.page))

    assert page.title.startswith("Error: ") == sample.page.refused
    assert page.title.endswith(" - Account security - mail.example.org")


def test_every_post_form_of_a_signed_in_page_names_its_account(sample: Sample) -> None:
    frame = frame_of(sample)
    page = read(pages.render(frame, sample.template, sample.page))

    for form in page.forms:
        if form.method == "get":  # a filter: it changes nothing, whoever sends it
            continue
        marks = [field.value for field in form.fields if field.name == "account"]
        assert marks == ([frame.account_mark] if frame.account_mark else [])


def test_a_page_has_one_main_button_per_card(sample: Sample) -> None:
    page = read(pages.render(frame_of(sample), sample.template, sample.page))

    for card in page.root.all("section", "form"):
        classes = [element.get("class").split() for element in card.all("a", "button")]
        assert sum("main" in names or "danger" in names for names in classes) <= 1


def test_controls_of_the_script_are_hidden_until_it_runs(sample: Sample) -> None:
    page = read(pages.render(frame_of(sample), sample.template, sample.page))

    for button in page.root.all("button"):
        if button.get("type") == "button" and "popovertarget" not in button:
            assert "hidden" in button, button.attrs


def test_german_pages_hold_no_placeholder(sample: Sample) -> None:
    with language.use("de", BERLIN):
        text = pages.render(frame_of(sample), sample.template, sample.page)

    assert "%(" not in text
    assert read(text).language == "de"


def test_names_are_escaped_wherever_they_come_from() -> None:
    page = signin.SignInPage(login=HOSTILE, next=HOSTILE, form_error=HOSTILE, errors={"login": HOSTILE})
    frame = Frame(server_name=HOSTILE, title=HOSTILE, contact=HOSTILE, path=HOSTILE)

    text = pages.render(frame, signin.SIGN_IN, page)

    assert "<script>alert" not in text
    assert "49" not in read(text).text
    assert read(text).forms[0].field("login").value == HOSTILE


def test_an_address_in_a_sentence_is_escaped() -> None:
    text = pages.render(outside(), signin.CODE, signin.CodePage(login="<b>x</b>@example.org"))

    assert "&lt;b&gt;x&lt;/b&gt;@example.org" in text


def test_a_name_the_page_does_not_have_is_an_error_and_not_an_empty_string() -> None:
    with pytest.raises(UndefinedError):
        pages.render(outside(), signin.CODE, signin.SignInPage(login="a").notice or object())


def test_the_waiting_note_disables_the_button() -> None:
    page = read(pages.render(outside(), signin.SIGN_IN, ALL_SAMPLES["sign-in-wait"].page))
    button = next(element for element in page.main.all("button") if "main" in element.get("class").split())

    assert "disabled" in button
    assert "in about 9 minutes" in page.text


def test_passwords_and_codes_are_told_to_password_managers() -> None:
    page = read(pages.render(signed_in("/password"), password.PASSWORD, ALL_SAMPLES["password"].page))
    tokens = {field.name: field.autocomplete for form in page.forms for field in form.fields}

    assert tokens["password"] == "current-password"
    assert tokens["new_password"] == tokens["new_password_again"] == "new-password"
    assert tokens["code"] == "one-time-code"


def test_the_code_field_is_there_only_when_it_is_needed() -> None:
    page = read(pages.render(signed_in("/password"), password.PASSWORD, ALL_SAMPLES["password-plain"].page))

    assert "code" not in {field.name for form in page.forms for field in form.fields}


def test_the_lock_chip_is_absent_when_locked() -> None:
    page = ALL_SAMPLES["password"].page
    unlocked = pages.render(signed_in("/password", unlock_minutes=9), password.PASSWORD, page)
    locked = pages.render(signed_in("/password", unlock_minutes=None), password.PASSWORD, page)

    assert "Unlocked, 9 min left" in unlocked
    assert "Lock now" not in locked


def test_other_accounts_of_this_browser_can_be_switched_to() -> None:
    frame = Frame(
        server_name="mail.example.org",
        account="alice@example.org",
        account_mark="a",
        other_accounts=(OtherAccount(address="bob@example.org", mark="b"),),
    )

    page = read(pages.render(frame, password.PASSWORD, ALL_SAMPLES["password"].page))

    assert "Switch to bob@example.org" in page.text


@pytest.mark.parametrize("theme", list(Theme))
def test_the_theme_stands_on_the_document(theme: Theme) -> None:
    text = pages.render(outside(theme=theme), signin.SIGN_IN, signin.SignInPage())

    assert f'data-theme="{theme.value}"' in text


def test_right_to_left_turns_the_document() -> None:
    text = pages.render(outside(direction="rtl"), signin.SIGN_IN, signin.SignInPage())

    assert 'dir="rtl"' in text


def test_the_qr_code_draws_every_dark_module_once() -> None:
    code = qr.draw("otpauth://totp/mail.example.org:alice?secret=JBSWY3DPEHPK3PXP")
    widths = [int(run.split("h")[1].split("v")[0]) for run in code.path.split("M")[1:]]

    assert code.size % 4 == 1
    assert 0.3 * code.size**2 < sum(widths) < 0.7 * code.size**2

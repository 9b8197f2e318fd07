"""How errors and successes of two-factor authentication are told: the refusal at its field, the receipt."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from bulwark import errors, language
from bulwark.features.two_factor import FEATURE, pages, refusal_texts, texts
from bulwark.language import _
from bulwark.signin.routes import wait_for
from bulwark.web.page_types import Link, Point

if TYPE_CHECKING:
    from starlette.responses import Response

    from bulwark.features.two_factor.progress import Receipt
    from bulwark.sessions.visit import Visit


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A refusal as a form tells it: sentences at fields, one above the form with advice, the status."""

    fields: dict[str, str] = field(default_factory=dict)
    sentence: str = ""
    advice: str = ""
    status: int = 422


def refused_by(visit: Visit, error: errors.BulwarkError) -> Refused:  # noqa: C901 - one branch per error is the table
    """What the form says about an error; one that no form can tell is raised again.

    Raises:
        BulwarkError: the error itself, for a page of its own.
    """
    match error:
        case errors.CodeDoesNotMatch():
            told = refusal_texts.clock_is_off(error.minutes) if error.minutes else refusal_texts.wrong_code()
            return Refused(fields={"code": told})
        case errors.WrongRecoveryCode():
            return Refused(fields={"recovery_code": refusal_texts.wrong_recovery_code()})
        case errors.RecoveryCodeBusy():
            return Refused(fields={"recovery_code": refusal_texts.recovery_code_busy()})
        case errors.WrongPassword():
            return Refused(fields={"password": refusal_texts.wrong_password()})
        case errors.WrongPasswordOrCode():
            sentence, advice = refusal_texts.wrong_password_or_code(visit.panel.settings.server_name)
            return Refused(sentence=sentence, advice=advice)
        case errors.AuthenticatorChanged():
            sentence, advice = refusal_texts.authenticator_changed()
        case errors.CodeRequired():
            sentence, advice = refusal_texts.turned_on_elsewhere()
        case errors.NoPassword():
            sentence, advice = refusal_texts.no_password()
        case errors.NotApplied():
            sentence, advice = refusal_texts.not_applied()
        case errors.Refused():
            sentence, advice = refusal_texts.not_saved(error.text)
        case errors.TooManyAttempts():
            sentence, advice = refusal_texts.too_many(wait_for(visit.panel, error.until).at.text)
            return Refused(sentence=sentence, advice=advice, status=429)
        case _:
            raise error
    return Refused(sentence=sentence, advice=advice)


def with_both_marked(told: Refused, *names: str) -> Refused:
    """The refusal of password and code together: both fields are marked."""
    if told.fields or told.status != 422:  # noqa: PLR2004 - an ordinary refusal
        return told
    return replace(told, fields=dict.fromkeys(names, refusal_texts.type_again()))


def receipt_page(visit: Visit, receipt: Receipt) -> Response:
    """The receipt of a write."""
    heading, points = {
        "on": texts.turned_on,
        "replaced": texts.replaced,
        "off": texts.turned_off,
        "codes": texts.new_codes_made,
    }[receipt.what]()
    if receipt.answer_was_lost:
        points = (texts.answer_was_lost(), *points)
    if receipt.what == "codes":
        confirmed = _("Made by this panel on %(moment)s.", moment=language.long_moment(receipt.at))
    else:
        confirmed = texts.confirmed(visit.panel.settings.server_name, receipt.at)
    page = pages.DonePage(
        heading=heading,
        confirmed=confirmed,
        points=tuple(_with_link(visit, point) for point in points),
        next_step=Link(label=_("Go to two-factor"), href="/two-factor"),
    )
    return visit.page(pages.DONE, page, slug=FEATURE.slug)


def _with_link(visit: Visit, point: Point) -> Point:
    """What is said about mail apps leads to where app passwords are made, if this panel has the page."""
    href = next((feature.path for feature in visit.panel.features if feature.slug == "app-passwords"), "")
    if point.icon != "mail" or not href:
        return point
    return replace(point, link=Link(label=_("Make an app password"), href=href))

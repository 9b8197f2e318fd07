"""The three steps on an account: what each does before it is done, its receipt, and why it was refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bulwark import errors
from bulwark.account import credential_pages
from bulwark.features.accounts import service
from bulwark.features.accounts.pages import PATH, held_by, kind_name, power
from bulwark.language import _, series
from bulwark.web.page_types import BlastRadius, Link, Notice, Point

if TYPE_CHECKING:
    from bulwark.features.accounts.service import Person
    from stalwart_jmap.objects.account import Secondary


def _question(person: Person, *, heading: str, action: str, submit: str, radius: BlastRadius) -> object:
    address = person.row.account.address
    return credential_pages.RevokePage(
        heading=heading,
        back=Link(label=address, href=f"{PATH}/{person.row.account.id}"),
        action=f"{PATH}/{person.row.account.id}/{action}",
        submit=submit,
        keep=_("Keep it as it is"),
        marks=(),
        radius=radius,
        footnote=_("%(address)s finds it in the list of their activity, with your address.", address=address),
    )


def reset_question(person: Person) -> object:
    """What resetting the second factor does."""
    radius = BlastRadius(
        changes=True,
        stops=(
            _("From now on the password alone opens the account."),
            _("The authenticator app and the recovery codes of this account stop counting."),
        ),
        stays=(_("The password, open sessions, app passwords and API keys."),),
        way_back=(_("The person sets up a new authenticator on their own page. Make sure who asks you to do this."),),
    )
    heading = _("Reset two-factor of %(address)s", address=person.row.account.address)
    return _question(person, heading=heading, action="two-factor", submit=_("Reset two-factor"), radius=radius)


def force_question(person: Person) -> object:
    """What forcing a new password does."""
    radius = BlastRadius(
        changes=True,
        stops=(
            _("The present password ends now. Signing in with it opens nothing but the page to change it."),
            _("Mail programs that use the main password stop working."),
        ),
        stays=(_("App passwords, API keys and two-factor. Mail goes on arriving."),),
        way_back=(_("The person signs in once more and chooses a new password."),),
    )
    heading = _("Demand a new password of %(address)s", address=person.row.account.address)
    return _question(person, heading=heading, action="password", submit=_("Demand a new password"), radius=radius)


def revoke_question(person: Person, one: Secondary) -> object:
    """What revoking somebody's credential does."""
    radius = BlastRadius(
        stops=(
            _("%(kind)s “%(name)s” opens nothing any more, at once.", kind=kind_name(one), name=one.description),
            _("Whatever uses it stops: %(power)s.", power=power(one, held_by(person)).text),
        ),
        stays=(_("The password, two-factor and every other app password and key."),),
        way_back=(_("None. The person makes a new one and enters it where this one was."),),
    )
    heading = _("Revoke “%(name)s” of %(address)s", name=one.description, address=person.row.account.address)
    action = f"revoke/{service.mark_of(one)}"
    return _question(person, heading=heading, action=action, submit=_("Revoke it"), radius=radius)


def done_page(*, address: str, person_id: str, status: str, confirmed: str, points: tuple[str, ...]) -> object:
    """The receipt of a step."""
    return credential_pages.DonePage(
        heading=address,
        back=Link(label=address, href=f"{PATH}/{person_id}"),
        tone="ok",
        icon="check",
        status=status,
        confirmed=confirmed,
        points=tuple(Point(text=text) for text in points),
    )


def refused(error: errors.BulwarkError) -> Notice:
    """Why a step was not done."""
    match error:
        case errors.Gone():
            text = _("It changed meanwhile: what you saw is not there any more. This is how it is now.")
        case errors.ManagedElsewhere():
            text = _("The account lives in an external directory; the mail server does not change it.")
        case errors.PermissionMissing():
            text = _("Your account lacks a permission for it: %(names)s.", names=series(error.names))
        case errors.Refused():
            text = _("The server refused it: “%(text)s”", text=error.text)
        case errors.OwnAccount():
            text = _("This is your own account. Your own pages do this, and ask for your password.")
        case _:
            text = _("The mail server refused it.")
    return Notice(heading=_("Nothing was changed."), text=text, tone="bad", alert=True)

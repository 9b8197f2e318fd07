"""`Panel`: the parts of a running panel, handed to every request. Wiring happens in `bulwark.app` alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.requests import Request

    from bulwark.account.enrolment import Waiting
    from bulwark.account.intake import Intake
    from bulwark.account.last_use import LastUses
    from bulwark.account.notices import Notices
    from bulwark.account.provider import Providers
    from bulwark.account.recovery import Recovery
    from bulwark.clock import Clock
    from bulwark.feature import Feature
    from bulwark.sessions.keeper import Sessions
    from bulwark.sessions.live import Hub
    from bulwark.settings import Settings
    from bulwark.store.attempts import Attempts
    from bulwark.store.engine import Database
    from bulwark.store.events import EventStore
    from bulwark.store.pending import PendingStore
    from bulwark.store.rates import RateStore
    from bulwark.store.sealed import Sealer
    from stalwart_jmap import Transport


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """Everything a request may need; no request changes it."""

    settings: Settings
    clock: Clock
    database: Database
    sealer: Sealer
    transport: Transport
    providers: Providers
    sessions: Sessions
    pending: PendingStore
    waiting: Waiting
    recovery: Recovery
    rates: RateStore
    attempts: Attempts
    events: EventStore
    live: Hub
    intake: Intake
    last_uses: LastUses
    notices: Notices
    features: tuple[Feature, ...]


def panel_of(request: Request) -> Panel:
    """The panel that serves this request."""
    panel: Panel = request.app.state.panel
    return panel

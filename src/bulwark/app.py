"""The panel as an ASGI application: wiring only.

request → `web` → `sessions` → `features/<slug>` → `account` → `stalwart_jmap` → mail server, and the same way back.
"""

from __future__ import annotations

import os
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Route

from bulwark import catalog, health, housekeeping, master_keys
from bulwark.account.enrolment import Waiting
from bulwark.account.intake import Intake
from bulwark.account.last_use import LastUses
from bulwark.account.notices import Notices
from bulwark.account.provider import Providers
from bulwark.account.recovery import Recovery
from bulwark.clock import SystemClock
from bulwark.features.accounts import api as accounts_api
from bulwark.features.accounts import routes as accounts
from bulwark.features.activity import api as activity_api
from bulwark.features.activity import routes as activity
from bulwark.features.api_keys import routes as api_keys
from bulwark.features.app_passwords import routes as app_passwords
from bulwark.features.doctor import routes as doctor
from bulwark.features.encryption import routes as encryption
from bulwark.features.identities import routes as identities
from bulwark.features.overview import api as overview_api
from bulwark.features.overview import routes as overview
from bulwark.features.password import routes as password
from bulwark.features.permissions import routes as permissions
from bulwark.features.profile import routes as profile
from bulwark.features.two_factor import api as two_factor_api
from bulwark.features.two_factor import routes as two_factor
from bulwark.hooks import metrics_page, stalwart
from bulwark.sessions.error_responses import error_response, not_found, wrong_method
from bulwark.sessions.keeper import Sessions
from bulwark.sessions.live import Hub
from bulwark.sessions.middleware import OpensSession
from bulwark.sessions.panel import Panel
from bulwark.settings import Settings
from bulwark.signin import recovery as recovery_sign_in
from bulwark.signin import redirect, redirect_step_up, sign_out_elsewhere, step_up, switching
from bulwark.signin import routes as sign_in
from bulwark.store.attempts import Attempts
from bulwark.store.engine import Database
from bulwark.store.events import EventStore
from bulwark.store.pending import PendingStore
from bulwark.store.rates import RateStore
from bulwark.store.sealed import Sealer
from bulwark.web import logs
from bulwark.web.front_door import FrontDoor
from bulwark.web.static_files import serve_asset
from stalwart_jmap import Transport

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx2

    from bulwark.clock import Clock
    from bulwark.hooks.metrics import Metrics

ROUTES = (
    Route("/static/{name}", serve_asset, methods=["GET"]),
    Route("/healthz", health.alive, methods=["GET"]),
    Route("/readyz", health.ready, methods=["GET"]),
    *stalwart.ROUTES,
    *metrics_page.ROUTES,
    *sign_in.ROUTES,
    *recovery_sign_in.ROUTES,
    *redirect.ROUTES,
    *redirect_step_up.ROUTES,
    *sign_out_elsewhere.ROUTES,
    *step_up.ROUTES,
    *switching.ROUTES,
    *overview.ROUTES,
    *password.ROUTES,
    *two_factor.ROUTES,
    *two_factor_api.ROUTES,
    *overview_api.ROUTES,
    *accounts_api.ROUTES,
    *activity_api.ROUTES,
    *activity.ROUTES,
    *app_passwords.ROUTES,
    *encryption.ROUTES,
    *identities.ROUTES,
    *profile.ROUTES,
    *api_keys.ROUTES,
    *accounts.ROUTES,
    *permissions.ROUTES,
    *doctor.ROUTES,
)

HANDLERS: dict[Any, Any] = {404: not_found, 405: wrong_method}  # Starlette's own type cannot say "by status"


def create_app(
    settings: Settings, *, transport: httpx2.AsyncBaseTransport | None = None, clock: Clock | None = None
) -> Starlette:
    """Build the panel; `transport` replaces the network to the mail server, `clock` the machine's own, in tests.

    Raises:
        MasterKeyFileError: the master keys cannot be read or made.
    """
    now = clock or SystemClock()
    database = Database.open(settings.database_url)
    sealer = Sealer(master_keys.read_or_make(settings.master_key_file))
    metrics = _metrics(settings)
    make_transport = Transport if metrics is None else metrics.transport
    server = make_transport(settings.server_url, ca_file=settings.ca_file, http=transport, clock=now.now)
    pending = PendingStore(database)
    notices = Notices(
        database=database,
        sealer=sealer,
        clock=now,
        server_name=settings.server_name,
        public_url=settings.public_url,
        default_language=settings.default_language,
    )
    panel = Panel(
        settings=settings,
        clock=now,
        database=database,
        sealer=sealer,
        transport=server,
        providers=Providers.of(settings, now),
        sessions=Sessions(database=database, sealer=sealer, settings=settings, clock=now),
        pending=pending,
        waiting=Waiting(pending, sealer),
        recovery=Recovery(database=database, sealer=sealer, server_url=settings.server_url, clock=now),
        attempts=(Attempts if metrics is None else metrics.attempts)(
            database,
            sealer,
            limit=settings.attempts_limit,
            window=settings.attempts_window,
            longest_wait=settings.attempts_longest_wait,
            clock=now,
        ),
        events=EventStore(
            database,
            sealer,
            addresses=settings.event_addresses,
            also=notices.heard if metrics is None else metrics.also(notices.heard),
        ),
        rates=RateStore(database),
        live=Hub(),
        intake=Intake(
            database=database,
            sealer=sealer,
            server_url=settings.server_url,
            clock=now,
            addresses=settings.event_addresses,
        ),
        last_uses=LastUses(database, sealer),
        notices=notices,
        features=catalog.features_for(settings),
    )

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        await database.prepare()
        async with server, housekeeping.running(panel), panel.live.running(), panel.intake.running(), notices.running():
            yield
        await database.dispose()

    app = Starlette(
        routes=ROUTES,
        lifespan=lifespan,
        middleware=[
            *(metrics.around() if metrics is not None else ()),
            Middleware(
                FrontDoor,
                error_page=error_response(panel),
                public_url=settings.public_url,
                trusted_proxies=settings.trusted_proxies,
            ),
            Middleware(OpensSession, panel=panel),
        ],
        exception_handlers=HANDLERS,
    )
    app.router.redirect_slashes = False  # such a redirect would name the scheme behind the proxy
    app.state.panel = panel
    app.state.metrics = metrics
    return app


def _metrics(settings: Settings) -> Metrics | None:
    """Counters, where somebody may read them; loading Prometheus's client takes as long as all the rest."""
    if settings.metrics_token is None:
        return None
    from bulwark.hooks.metrics import Metrics

    return Metrics()


def from_environment() -> Starlette:
    """The panel as `bulwark serve` starts it: settings from the environment and the file it names."""
    settings = Settings.load(os.environ, None).settings
    logs.configure(form=settings.log_format, level=settings.log_level)
    return create_app(settings)

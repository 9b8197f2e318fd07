"""One event stream from the mail server per account and process, shared by everybody of that account who looks.

The stream only says that something changed. Each open page (a `Seat`) then asks for itself, with the token of its own
session, so nobody is told more than their own reading returns. A server's stream outlives the credential it was opened
with, so it proves nothing: every seat checks its session, and its token by an ordinary request, each minute.

Law: a seat holds no database connection while it waits; the stream stops when the last seat is given up; it moves to
another seat's token when its owner leaves or gets a new token.
"""

from __future__ import annotations

import asyncio
import signal
import threading
from collections import Counter
from contextlib import asynccontextmanager, contextmanager
from random import SystemRandom
from typing import TYPE_CHECKING, TypeVar

import anyio
import structlog

import stalwart_jmap as jmap
from bulwark import errors
from bulwark.account import refusals
from bulwark.account.identities import DATA_TYPE
from bulwark.sessions.keeper import Session
from bulwark.sessions.tokens import account_of, needs_refresh, refresh

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

    from bulwark.account.account import Account
    from bulwark.sessions.panel import Panel

MOST_PER_SESSION = 5
MOST_ALTOGETHER = 2000
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0  # seconds between attempts to open a stream
GOOD_AFTER = 30.0  # seconds after which an open stream counts as a success
_STOPPING = (signal.SIGTERM, signal.SIGINT)

log = structlog.get_logger("bulwark.live")
Answer = TypeVar("Answer")


class Seat:
    """One open page that wants to hear of changes; given out by `Hub.take`, held as long as its block lasts."""

    def __init__(self, panel: Panel, session: Session, account: Account, address: str) -> None:
        self._panel = panel
        self._session = session
        self._account = account
        self._address = address
        self._woken = anyio.Event()
        self.channel: _Channel | None = None

    @property
    def is_connected(self) -> bool:
        """Whether the stream from the mail server is open just now."""
        return self.channel is not None and self.channel.is_connected

    @property
    def is_over(self) -> bool:
        """Whether the panel is stopping, so that the page should come back later."""
        return self.channel is None or self.channel.is_over

    @property
    def token(self) -> str:
        """Tells one access token from the next; never shown."""
        return self._session.state.access

    def wake(self) -> None:
        """Something may have changed."""
        self._woken.set()

    async def wait(self, seconds: float) -> bool:
        """Wait until something may have changed; False when the time passed first. Wakes at once if it already has."""
        with anyio.move_on_after(seconds):
            await self._woken.wait()
            self._woken = anyio.Event()
            return True
        return False

    async def ask(self, question: Callable[[Account], Awaitable[Answer]]) -> Answer:
        """Ask the mail server something as this seat's session, which must still be open; a dead token is renewed once.

        Raises:
            SignInExpired: the session has ended, or its tokens have. BulwarkError: what the question raises.
        """
        account = await self._open()
        try:
            return await question(account)
        except errors.SignInExpired:
            log.info("live-token-died")
        try:
            return await question(await self._open(renew=True))
        except errors.SignInExpired:
            await self._panel.sessions.end(self._session)
            raise

    async def _open(self, *, renew: bool = False) -> Account:
        found = await self._panel.sessions.find(self._session.id.reveal())
        if not isinstance(found, Session) or found.state.account_id != self._session.state.account_id:
            raise errors.SignInExpired
        if renew or needs_refresh(self._panel, found):
            found = await refresh(self._panel, found)
        if found.state.access != self._session.state.access:
            rights = self._account.rights
            self._account = account_of(self._panel, found, self._address)
            self._account.rights = max(rights, self._account.rights, key=lambda one: one.read_at)
        self._session = found
        return self._account


class _Channel:
    """The stream of one account, and the seats that listen to it."""

    def __init__(self, pause: Callable[[int], float]) -> None:
        self.seats: list[Seat] = []
        self.is_connected = False
        self.is_over = False
        self._pause = pause
        self._owner: Seat | None = None
        self._attempt: anyio.CancelScope | None = None

    def leave(self, seat: Seat) -> None:
        """Give a seat up; when its token carried the stream, the stream moves on at once."""
        self.seats.remove(seat)
        if self._attempt is not None and (seat is self._owner or not self.seats):
            self._attempt.cancel()

    def end(self) -> None:
        """The panel stops."""
        self.is_over = True
        if self._attempt is not None:
            self._attempt.cancel()
        self._tell()

    async def run(self) -> None:
        """Keep the stream open while anybody listens: back-off with jitter, each attempt with the next seat's token."""
        failures = 0
        while self.seats and not self.is_over:
            self._owner = self.seats[0]
            began = anyio.current_time()
            with anyio.CancelScope() as self._attempt:
                try:
                    if await self._owner.ask(self._listen):
                        continue  # only its token is a new one
                    log.info("live-stream-ended")
                except errors.BulwarkError as error:
                    log.info("live-stream-lost", kind=type(error).__name__)
                    self._pass_over(self._owner)
                self._say(is_connected=False)
                failures = 1 if anyio.current_time() - began > GOOD_AFTER else failures + 1
                await anyio.sleep(self._pause(failures))

    async def _listen(self, account: Account) -> bool:
        """Hear until the stream ends; True when it is only to be opened anew with another token.

        Raises:
            BulwarkError: it could not be opened, or broke.
        """
        owner = self._owner
        token = owner.token if owner is not None else ""
        try:
            async with account.client.state_changes([DATA_TYPE]) as changes:
                self._say(is_connected=True)
                self._tell()  # what happened before the stream was open is asked for
                async for change in changes:
                    if isinstance(change, jmap.StateChange) and change.of(account.account_id, DATA_TYPE):
                        self._tell()
                    if owner is None or owner.token != token:
                        return True
        except jmap.StalwartError as error:
            raise refusals.from_wire(error) from error
        return False

    def _pass_over(self, seat: Seat) -> None:
        """Let another seat's token carry the next attempt; this one finds out about its own by itself."""
        seat.wake()
        if seat in self.seats:
            self.seats.remove(seat)
            self.seats.append(seat)

    def _say(self, *, is_connected: bool) -> None:
        if self.is_connected != is_connected:
            self.is_connected = is_connected
            self._tell()

    def _tell(self) -> None:
        for seat in self.seats:
            seat.wake()


class Hub:
    """All streams of this process. Runs while the panel does (`running`)."""

    def __init__(
        self,
        *,
        most_per_session: int = MOST_PER_SESSION,
        most_altogether: int = MOST_ALTOGETHER,
        first_pause: float = FIRST_PAUSE,
    ) -> None:
        self._most_per_session = most_per_session
        self._most_altogether = most_altogether
        self._first_pause = first_pause
        self._channels: dict[str, _Channel] = {}
        self._sessions: Counter[bytes] = Counter()
        self._tasks: set[asyncio.Task[None]] = set()
        self._random = SystemRandom().random
        self._is_running = False

    @property
    def streams(self) -> int:
        """How many streams from the mail server are kept."""
        return len(self._channels)

    @property
    def seats(self) -> int:
        """How many pages listen."""
        return self._sessions.total()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Serve seats inside the block; streams end as soon as the process is told to stop, so that it can."""
        self._is_running = True
        try:
            with _on_stop_signal(self.close):
                yield
        finally:
            self.close()
            for task in tuple(self._tasks):
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def close(self) -> None:
        """End every stream; every seat is told that it is over."""
        self._is_running = False
        for channel in tuple(self._channels.values()):
            channel.end()

    @asynccontextmanager
    async def take(self, panel: Panel, session: Session, account: Account, address: str) -> AsyncIterator[Seat | None]:
        """A seat for one open page, given up at the end of the block; None when there is none left."""
        of_session = session.row.id_hash
        is_full = self._sessions[of_session] >= self._most_per_session or self.seats >= self._most_altogether
        if is_full or not self._is_running:
            yield None
            return
        seat = Seat(panel, session, account, address)
        channel = self._channel_of(account.account_id)
        seat.channel = channel
        channel.seats.append(seat)
        self._sessions[of_session] += 1
        if len(channel.seats) == 1:
            self._start(account.account_id, channel)
        try:
            yield seat
        finally:
            self._sessions[of_session] -= 1
            self._sessions += Counter()
            channel.leave(seat)
            if not channel.seats and self._channels.get(account.account_id) is channel:
                del self._channels[account.account_id]

    def _channel_of(self, account_id: str) -> _Channel:
        if account_id not in self._channels:
            self._channels[account_id] = _Channel(self._pause)
        return self._channels[account_id]

    def _start(self, account_id: str, channel: _Channel) -> None:
        """Run a channel in a task of its own: a fault in one stream must not take the panel down."""
        task = asyncio.get_running_loop().create_task(channel.run())
        self._tasks.add(task)

        def ended(done: asyncio.Task[None]) -> None:
            self._tasks.discard(done)
            if not done.cancelled() and (error := done.exception()) is not None:
                log.error("live-stream-fault", exc_info=error)
                channel.end()
                if self._channels.get(account_id) is channel:
                    del self._channels[account_id]

        task.add_done_callback(ended)

    def _pause(self, failures: int) -> float:
        """Seconds before another attempt: doubling, at most half a minute, and never all at the same moment."""
        whole = min(LONGEST_PAUSE, self._first_pause * 2.0 ** min(failures - 1, 10))
        return whole * (0.5 + self._random() / 2)


@contextmanager
def _on_stop_signal(act: Callable[[], None]) -> Iterator[None]:
    """Also `act` when the process is told to stop: a web server waits for open answers, and these never end alone."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()
    before = {number: signal.getsignal(number) for number in _STOPPING}

    def stop(number: int, frame: object) -> None:
        loop.call_soon_threadsafe(act)
        previous = before[signal.Signals(number)]
        if callable(previous):
            previous(number, frame)  # type: ignore[arg-type]  # the frame is handed on as it came

    for number in _STOPPING:
        if callable(before[number]):
            signal.signal(number, stop)
    try:
        yield
    finally:
        for number, previous in before.items():
            if signal.getsignal(number) is stop:
                signal.signal(number, previous)

import httpx2
import pytest

from hand_clock import HandClock
from mail_server import MailServer
from panel_kit import RunningPanel


async def mail(scope, receive, send):
    await send({"type": "http.response.start", "status": 404, "headers": []})
    await send({"type": "http.response.body", "body": b""})


@pytest.mark.anyio
async def test_a(tmp_path, watch):
    clock = HandClock()
    ms = MailServer(url="https://mail.test", admin=("a", "b"), clock=clock, transport=httpx2.ASGITransport(app=mail))
    async with RunningPanel(mail_server=ms, clock=clock, watch=watch, data_dir=tmp_path / "data") as p:
        b = p.browser()
        page = await b.open("/")
        print(page, page.links, page.forms[0].fields)
        page = await b.fill_in({"username": "x@y", "current-password": "cAnArY9 foo"})
        print(page, page.alerts, page.text)
        for path in ("/nothing", "/password", "/static/none.css"):
            page = await b.open(path)
            print(page)

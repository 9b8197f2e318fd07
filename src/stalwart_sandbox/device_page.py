"""The page that approves a device: like the server's own, it sends what was typed to POST /api/auth by a script."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stalwart_sandbox.http import Response

if TYPE_CHECKING:
    from stalwart_sandbox.http import Request

_PAGE: Final = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Approve a device</title>
<style>body{font:1rem/1.5 sans-serif;max-width:24rem;margin:2rem auto;padding:0 1rem}
label,input,button{display:block;width:100%;box-sizing:border-box;font:inherit}
input,button{margin:.25rem 0 1rem;padding:.5rem}
</style>
<h1>Approve a device</h1>
<p>A program on another device wants to sign in as you. The code must be the one that it shows.</p>
<form>
<label for="code">Code that the device shows</label>
<input id="code" name="code" required autocomplete="off">
<label for="login">Account name</label>
<input id="login" name="login" required autocomplete="username">
<label for="password">Password</label>
<input id="password" name="password" type="password" required autocomplete="current-password">
<label for="mfa">Code from your authenticator app, if you use one</label>
<input id="mfa" name="mfa" inputmode="numeric" autocomplete="one-time-code">
<button>Approve</button>
</form>
<p role="status"></p>
<script>
const form = document.querySelector("form"), status = document.querySelector("[role=status]");
form.code.value = new URLSearchParams(location.search).get("code") ?? "";
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const body = { type: "authDevice", accountName: form.login.value, accountSecret: form.password.value,
    mfaToken: form.mfa.value || null, code: form.code.value };
  const answer = await fetch("/api/auth", { method: "POST", body: JSON.stringify(body),
    headers: { "content-type": "application/json" } });
  const said = answer.ok ? (await answer.json()).type : "failure";
  status.textContent = { verified: "Approved. You can close this page.",
    mfaRequired: "A code from your authenticator app is needed." }[said] ?? "Not approved. Check what you typed.";
  if (said === "verified") form.remove();
});
</script>
</html>
"""


def show(request: Request) -> Response:
    """GET /device."""
    del request
    return Response(headers=[("Content-Type", "text/html; charset=utf-8")], body=_PAGE.encode())

"""`GET /login`: the server's own sign-in page, which posts to `/api/auth` and leads back with code, state and issuer.

It keeps no cookie: every visit asks anew. Who needs a code is asked for it in a second step.
"""

from __future__ import annotations

from typing import Final

from stalwart_sandbox.http import Response

_PAGE: Final = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Mail server sign-in</title>
<h1>Mail server sign-in</h1>
<form id="form">
<p><label>Account <input id="login" autocomplete="username" required></label></p>
<p><label>Password <input id="password" type="password" autocomplete="current-password" required></label></p>
<p id="second" hidden><label>Code <input id="code" inputmode="numeric" autocomplete="one-time-code"></label></p>
<p><button>Sign in</button></p>
<p id="said" role="alert"></p>
</form>
<script>
"use strict";
const asked = new URLSearchParams(location.search);
const field = (name) => document.getElementById(name);
field("login").value = asked.get("login_hint") || "";
field("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const answer = await fetch("/api/auth", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({
      type: "authCode",
      accountName: field("login").value,
      accountSecret: field("password").value,
      mfaToken: field("code").value || undefined,
      clientId: asked.get("client_id"),
      redirectUri: asked.get("redirect_uri"),
      codeChallenge: asked.get("code_challenge"),
      codeChallengeMethod: asked.get("code_challenge_method"),
      scope: asked.get("scope"),
      state: asked.get("state"),
    }),
  });
  const said = answer.ok ? await answer.json() : { type: "failure" };
  if (said.type === "authenticated") {
    const back = new URL(asked.get("redirect_uri"));
    back.searchParams.set("code", said.client_code);
    back.searchParams.set("state", asked.get("state"));
    back.searchParams.set("iss", said.iss);
    location.assign(back);
  } else if (said.type === "mfaRequired") {
    field("second").hidden = false;
    field("code").focus();
  } else {
    field("said").textContent = "That is not right.";
  }
});
</script>
</html>
"""


def page() -> Response:
    """The page; its address carries what is asked for."""
    return Response(headers=[("Content-Type", "text/html; charset=utf-8")], body=_PAGE.encode())

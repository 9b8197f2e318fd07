"""A real OpenID Connect provider, as a program: Django with django-oauth-toolkit on a loopback port.

    python django_provider.py PORT FOLDER '{"people": {"alice@example.org": "password"}, "clients": [{…}]}'

It is somebody else's provider: PKCE is demanded, refresh tokens are rotated, access tokens are opaque, the answer
carries `iss`, `prompt=login` asks anew, and there is a sign-out with `id_token_hint`.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"  # loopback has no TLS
_LOGIN = """<form method="post">{% csrf_token %}{{ form }}
<input type="hidden" name="next" value="{{ next }}"><button>Log in</button></form>"""


def configure(folder: Path) -> None:
    """Set Django up in `folder`."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa
    from django.conf import settings

    key = rsa.generate_private_key(65537, 2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    settings.configure(
        SECRET_KEY="of the tests",
        ALLOWED_HOSTS=["127.0.0.1", "localhost"],
        ROOT_URLCONF=__name__,
        USE_TZ=True,
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": str(folder / "provider.db")}},
        INSTALLED_APPS=[
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.sessions",
            "oauth2_provider",
        ],
        MIDDLEWARE=[
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
        ],
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "OPTIONS": {
                    "loaders": [
                        ("django.template.loaders.locmem.Loader", {"registration/login.html": _LOGIN}),
                        "django.template.loaders.app_directories.Loader",
                    ],
                    "context_processors": ["django.template.context_processors.request"],
                },
            }
        ],
        LOGIN_URL="/accounts/login/",
        OAUTH2_PROVIDER={
            "OIDC_ENABLED": True,
            "OIDC_RSA_PRIVATE_KEY": key.decode(),
            "OIDC_RP_INITIATED_LOGOUT_ENABLED": True,
            "OIDC_RP_INITIATED_LOGOUT_ALWAYS_PROMPT": False,
            "COMPLIANT_BCP_RFC9700_AUTHZ_RESPONSE_ISS": True,
            "OAUTH2_VALIDATOR_CLASS": f"{__name__}.validator",
            "PKCE_REQUIRED": True,
            "ACCESS_TOKEN_EXPIRE_SECONDS": 300,
            "SCOPES": {"openid": "OpenID Connect", "email": "the address", "profile": "the name"},
        },
    )


def validator(*arguments: Any, **named: Any) -> Any:
    """Django OAuth Toolkit's rules, and the address as a further claim."""
    from oauth2_provider.oauth2_validators import OAuth2Validator

    class WithAddress(OAuth2Validator):  # type: ignore[misc] # the toolkit ships no types
        oidc_claim_scope = None

        def get_additional_claims(self, request: Any) -> dict[str, object]:
            return {"email": request.user.email, "email_verified": True}

    return WithAddress(*arguments, **named)


def populate(wanted: dict[str, Any]) -> None:
    """Make the tables, the people and the registered clients."""
    from django.contrib.auth import get_user_model
    from django.core.management import call_command
    from oauth2_provider.models import get_application_model

    call_command("migrate", verbosity=0)
    for address, password in wanted["people"].items():
        get_user_model().objects.create_user(address, address, password)
    for client in wanted["clients"]:
        get_application_model().objects.create(
            authorization_grant_type="authorization-code", algorithm="RS256", skip_authorization=True, **client
        )


class Server(ThreadingMixIn, WSGIServer):
    """Many at a time: signing in asks the provider while the mail server does."""

    daemon_threads = True


class Quiet(WSGIRequestHandler):
    """Addresses carry codes and tokens: none is printed."""

    def log_message(self, *_arguments: Any) -> None:
        """Say nothing."""


def main() -> None:
    """Serve until killed."""
    port, folder, wanted = int(sys.argv[1]), Path(sys.argv[2]), json.loads(sys.argv[3])
    sys.modules["django_provider"] = sys.modules[__name__]
    configure(folder)
    import django

    django.setup()
    from django.contrib.auth.views import LoginView
    from django.core.wsgi import get_wsgi_application
    from django.urls import include, path

    globals()["urlpatterns"] = [
        path("accounts/login/", LoginView.as_view()),
        path("o/", include("oauth2_provider.urls", namespace="oauth2_provider")),
    ]
    populate(wanted)
    make_server("127.0.0.1", port, get_wsgi_application(), server_class=Server, handler_class=Quiet).serve_forever()


if __name__ == "__main__":
    main()

"""REST of accounts: registering, tokens, passwords, and the current user."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace

from vphost.rules.mode import Json, Rejected
from vphost.services.accounts.registration import Outcome, Registration
from vphost.services.accounts.sign_in import Pair, SignIn
from vphost.services.file_ports import OwnFiles
from vphost.services.uploads import Uploads
from vphost.web.rest.permissions import resource
from vphost.wire.rest import Ask, Refused, Reply, Verb

AREA = "auth"
PAIR, SAID = "rest/auth/pair.json", "rest/auth/said.json"
SLOWLY = "Too many attempts; Retry-After says when to try again."
AVATARS = "player_avatars"
DEVICE_COOKIE = "vphost_device"
_DEVICE = re.compile(rf"(?:^|;)\s*{DEVICE_COOKIE}=([A-Za-z0-9._-]{{1,2048}})\s*(?:;|$)")
OVERWORKED = "Too many passwords are being checked."


@dataclass(slots=True)
class AccountsSite:
    """What this area works with.

    profile: what a user sees of themselves. set_avatar: (user, address of a picture, "" for none).
    own_files: the uploads that lie on this host, None where they lie elsewhere.
    """

    sign_in: SignIn
    registration: Registration
    profile: Callable[[str], Awaitable[Mapping[str, Json]]]
    set_avatar: Callable[[str, str], Awaitable[object]]
    uploads: Uploads
    own_files: OwnFiles | None


async def register(ask: Ask[AccountsSite]) -> Reply:
    """Create an account."""
    body = ask.body
    _judge(await ask.host.registration.register(
        body["email"], body["username"], body["password"], ask.address
    ))
    return Reply({"detail": "We have sent an e-mail to the address."}, 201)


async def confirm_email(ask: Ask[AccountsSite]) -> Reply:
    """Confirm a mail address with a key from an e-mail."""
    _judge(await ask.host.registration.confirm(ask.body["key"]))
    return Reply({"detail": "The mail address is confirmed."})


async def token(ask: Ask[AccountsSite]) -> Reply:
    """Sign in."""
    body = ask.body
    known = _DEVICE.search(ask.headers.get("Cookie", ""))
    outcome = await ask.host.sign_in.sign_in(
        body["email"], body["password"], ask.address, known[1] if known else ""
    )
    reply = _pair(outcome)
    assert isinstance(outcome, Pair), "a refusal has been raised"
    return replace(reply, headers={"Set-Cookie": _cookie(ask, outcome.device)})


async def refresh(ask: Ask[AccountsSite]) -> Reply:
    """Exchange a refresh token."""
    return _pair(await ask.host.sign_in.refresh(ask.body["refresh"]))


async def verify(ask: Ask[AccountsSite]) -> Reply:
    """Check a token."""
    refused = await ask.host.sign_in.verify(ask.body["token"])
    if refused is not None:
        raise Refused(refused.code, status=401)
    return Reply({})


async def short(ask: Ask[AccountsSite]) -> Reply:
    """Issue a one-time token for a socket."""
    table = (ask.body or {}).get("table", "")
    return _pair(ask.host.sign_in.ticket(ask.user, ask.session, table, ask.expires_in_s))


async def logout(ask: Ask[AccountsSite]) -> Reply:
    """End this sign-in."""
    await ask.host.sign_in.end(ask.user, ask.session)
    return Reply(status=204)


async def change_password(ask: Ask[AccountsSite]) -> Reply:
    """Change the password."""
    body = ask.body
    _judge(await ask.host.registration.change_password(
        ask.user, ask.session, body["old_password"], body["new_password"], ask.address
    ))
    return Reply({"detail": "The password is changed; you are signed out everywhere else."})


async def ask_reset(ask: Ask[AccountsSite]) -> Reply:
    """Have a key for a new password mailed."""
    _judge(await ask.host.registration.ask_reset(ask.body["email"], ask.address))
    return Reply({"detail": "If there is such an account, we have sent an e-mail to it."})


async def reset(ask: Ask[AccountsSite]) -> Reply:
    """Set a new password."""
    body = ask.body
    _judge(await ask.host.registration.reset(
        body["key"], body["new_password"], ask.address
    ))
    return Reply({"detail": "The password is changed; please sign in."})


async def current_user(ask: Ask[AccountsSite]) -> Reply:
    """Return the user that the token names."""
    return Reply(await ask.host.profile(ask.user))


async def change_user(ask: Ask[AccountsSite]) -> Reply:
    """Change the caller's own profile: the picture, which has to be uploaded here."""
    if "avatar_url" in ask.body:
        url = ask.body["avatar_url"] or ""
        if url and not await _is_picture(ask.host, url):
            raise Refused(fields={"avatar_url": ["Is not a picture that was uploaded here."]})
        await ask.host.set_avatar(ask.user, url)
    return Reply(await ask.host.profile(ask.user))


async def _is_picture(site: AccountsSite, url: str) -> bool:
    """Return whether an address is that of an uploaded picture.

    In a remote storage only the form of the address is checked, not that the file exists.
    """
    if not site.uploads.is_at(url, AVATARS):
        return False
    own = site.own_files
    return own is None or await own.find("/".join(url.split("/")[-2:])) is not None


def _cookie(ask: Ask[AccountsSite], device: str) -> str:
    """Return the cookie that marks a device; scripts cannot read it, and it signs nobody in."""
    is_secure = ask.headers.get("Origin", "").startswith("https:")
    return (
        f"{DEVICE_COOKIE}={device}; Path=/api/v1/auth/; HttpOnly; SameSite=Strict; "
        f"Max-Age={ask.host.sign_in.limits.device_s}{'; Secure' if is_secure else ''}"
    )


def _judge(outcome: Outcome) -> None:
    """Raise the refusal or the field errors of an outcome, if any."""
    if isinstance(outcome, Rejected):
        raise Refused.of(outcome)
    if outcome is not None:
        raise Refused(fields=outcome)


def _pair(outcome: Pair | Rejected) -> Reply:
    if isinstance(outcome, Rejected):
        raise Refused.of(outcome)
    return Reply({
        "access": outcome.access, "refresh": outcome.refresh,
        "expires_in_s": outcome.expires_in_s,
    })


routes = (
    resource("auth/registration/", {"POST": Verb(
        register, "Create an account; it waits until the mail address is confirmed.", {201: SAID},
        body="rest/auth/registration.json", refusals={429: SLOWLY, 503: OVERWORKED},
    )}, area=AREA),
    resource("auth/confirm-email/", {"POST": Verb(
        confirm_email, "Confirm a mail address with the key from the e-mail.", {200: SAID},
        body="rest/auth/key.json", refusals={409: "The address belongs to another account."},
    )}, area=AREA),
    resource("auth/token/", {"POST": Verb(
        token, "Sign in: an access token and a refresh token.", {200: PAIR},
        body="rest/auth/credentials.json",
        refusals={401: "Not a confirmed account, or the wrong password.", 429: SLOWLY,
                  503: OVERWORKED},
    )}, area=AREA),
    resource("auth/token/refresh/", {"POST": Verb(
        refresh, "Exchange a refresh token, once; a used one ends the whole sign-in.", {200: PAIR},
        body="rest/auth/refresh.json", refusals={401: "The token is not valid, or was used."},
    )}, area=AREA),
    resource("auth/token/verify/", {"POST": Verb(
        verify, "Check whether a token is valid.", {200: "rest/nothing.json"},
        body="rest/auth/token.json", refusals={401: "The token is not valid."},
    )}, area=AREA),
    resource("auth/token/short/", {"POST": Verb(
        short, "A one-time token that opens one socket, and a token that gets the next one.",
        {200: PAIR},
        body="rest/auth/table.json", body_optional=True,
    )}, area=AREA),
    resource("auth/logout/", {"POST": Verb(
        logout, "End this sign-in; its sockets are closed.", {204: None},
        body="rest/nothing.json", body_optional=True,
    )}, area=AREA),
    resource("auth/password/change/", {"POST": Verb(
        change_password, "Change the password and end all other sign-ins.", {200: SAID},
        body="rest/auth/password_change.json",
        refusals={409: "It was changed meanwhile.", 429: SLOWLY, 503: OVERWORKED},
    )}, area=AREA),
    resource("auth/password/reset/", {"POST": Verb(
        ask_reset, "Have a key for a new password mailed; the same for any address.", {200: SAID},
        body="rest/auth/email.json", refusals={429: SLOWLY},
    )}, area=AREA),
    resource("auth/password/reset/confirm/", {"POST": Verb(
        reset, "Set a new password with the key from the e-mail, once.", {200: SAID},
        body="rest/auth/password_reset.json", refusals={503: OVERWORKED},
    )}, area=AREA),
    resource("users/current/", {
        "GET": Verb(
            current_user, "The user that the token names.", {200: "rest/users/current.json"}
        ),
        "PATCH": Verb(
            change_user, "Change one's own picture.", {200: "rest/users/current.json"},
            body="rest/users/patch.json",
        ),
    }, area="users"),
)

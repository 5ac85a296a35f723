"""What wraps every response: security headers, a bound on the size of a request's body, and no
writes from other sites' pages.
"""

from collections.abc import Mapping
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.web.failures import Problem

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)

SECURITY_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class SecurityHeaders:
    """Adds the security headers that a response does not set itself."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, with_headers)


class SameOrigin:
    """Refuses writes under /api that a page of another site makes a browser send, with its cookie.

    A browser says where a request comes from, in Sec-Fetch-Site and in Origin, and no page can
    make it say otherwise. Programs say neither, and hold no cookie but their own.
    """

    SAFE = frozenset({"GET", "HEAD", "OPTIONS"})

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] == "http" and scope["method"] not in self.SAFE and _in_api(scope):
            reason = _from_elsewhere(Headers(scope=scope))
            if reason is not None:
                refusal = Problem(403, "This request comes from another site", reason)
                await refusal(scope, receive, send)
                return
        await self.app(scope, receive, send)


def _in_api(scope: Scope) -> bool:
    path: str = scope["path"]
    return path == "/api" or path.startswith("/api/")


def _from_elsewhere(headers: Headers) -> str | None:
    """How a request's headers tell that another site's page made it; None if they do not."""
    site = headers.get("sec-fetch-site")
    if site is not None and site not in {"same-origin", "none"}:
        return (
            f"The browser calls this request {site[:40]!r}. Only this site's own pages may write."
        )
    origin = headers.get("origin")
    if origin is None:
        return None
    host = headers.get("host", "")
    if _same_host(origin, host):
        return None
    return (
        f"A page of {origin[:200]!r} made this request, and this is {host[:200]!r}. Only this "
        "site's own pages may write. (A proxy in front of it has to pass the Host header on.)"
    )


def _same_host(origin: str, host: str) -> bool:
    """Whether the origin's host and port are those of the Host header.

    Either may leave the scheme's usual port out. The scheme itself is not compared: behind a
    proxy that ends TLS, only the origin knows it.
    """
    try:
        theirs, ours = urlsplit(origin), urlsplit(f"//{host}")
        usual = {"http": 80, "https": 443}.get(theirs.scheme)
        if usual is None or theirs.hostname is None:
            return False
        return (theirs.hostname, theirs.port or usual) == (ours.hostname, ours.port or usual)
    except ValueError:  # a port that is no number
        return False


class BodyLimit:
    """Refuses a body over `limit` bytes with 413: before it is read where its length is declared,
    and otherwise (a chunked body) as soon as the limit is passed. `larger` has other limits for
    some paths, whose handlers do not take the body into memory.
    """

    def __init__(self, app: ASGIApp, limit: int, larger: Mapping[str, int] | None = None) -> None:
        self.app = app
        self.limit = limit
        self.larger = larger or {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        limit = self.larger.get(scope["path"], self.limit)
        declared = Headers(scope=scope).get("content-length", "")
        if declared.isdecimal() and int(declared) > limit:
            refusal = Problem(413, "This body is too large", _too_large(int(declared), limit))
            await refusal(scope, receive, send)
            return
        received = 0

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            if message["type"] == "http.request":
                received += len(message.get("body", b""))
                if received > limit:
                    raise HTTPException(413, _too_large(received, limit))
            return message

        await self.app(scope, counted, send)


def _too_large(got: int, limit: int) -> str:
    return f"The body has {got:,} bytes or more; {limit:,} are read at most."

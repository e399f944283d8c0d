"""Refuses bodies that are larger than they may be, told or not."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from citra.api.problems import ProblemError, respond


class BodyLimit:
    """ASGI middleware: at most ``most`` bytes."""

    def __init__(self, app: ASGIApp, most: int) -> None:
        self.app, self.most = app, most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        told = dict(scope["headers"]).get(b"content-length", b"0")
        detail = f"a body has at most {self.most:,} bytes"
        if not told.isdigit() or int(told) > self.most:
            wrong = ProblemError("too-large", detail, {"Connection": "close"})
            await respond(scope["path"], wrong)(scope, receive, send)
            return
        seen = 0

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > self.most:  # a chunked body tells no length beforehand
                raise HTTPException(413, detail)
            return message

        await self.app(scope, counted, send)

"""Alerts posted to a server."""

from __future__ import annotations

import json
from collections.abc import Callable
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from lineage_stats.gate._alerts import Alert


def webhook(url: str, *, timeout: float = 10.0) -> Callable[[Alert], None]:
    """Return a function that posts an alert as JSON.

    Parameters
    ----------
    url : str
        Where to; ``http`` or ``https``. The field ``text`` is what chats show.
    timeout : float, default=10.0
        Seconds to wait for the answer.

    Returns
    -------
    callable
        Takes an `Alert`; raises `OSError` where it is not taken. An answer that points elsewhere
        is a refusal: what was posted would not arrive there.

    Raises
    ------
    ValueError
        If `url` is of another kind.

    Examples
    --------
    >>> from lineage_stats.gate import webhook
    >>> send = webhook("https://chat.example/hooks/data")  # for `Alerts`
    """
    if urlsplit(url).scheme not in ("http", "https"):
        raise ValueError("The 'url' parameter of webhook must begin with http:// or https://.")

    def send(alert: Alert) -> None:
        request = Request(
            url,
            data=json.dumps(alert.to_dict()).encode(),
            headers={"Content-Type": "application/json", "User-Agent": "lineage-stats"},
            method="POST",
        )
        try:
            # Another status than one of success raises.
            build_opener(_Stay).open(request, timeout=timeout).close()
        except HTTPError as error:
            error.close()
            raise
        except HTTPException as error:
            raise ConnectionError(f"the server's answer cannot be read: {error!r}") from error

    return send


class _Stay(HTTPRedirectHandler):
    """Follows nobody: what was posted would become a question without content."""

    def redirect_request(self, *_: Any) -> None:
        """Let the answer be an error."""

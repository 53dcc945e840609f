"""A browser over real HTTP, as far as a form needs one: cookies, the page's token, no redirect followed by itself."""

import http.client
import re
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from http.cookiejar import CookieJar
from typing import IO

from clinic.core.ids import new_id

PATIENCE = 60.0  # seconds that a page may take on a busy machine
_TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


@dataclass(frozen=True, slots=True)
class Page:
    """An answer: `location` is where a redirect leads, empty otherwise."""

    status: int
    text: str
    location: str

    def ids(self, before: str) -> list[str]:
        """The ids that follow `before` in the page's addresses, each once, in their order."""
        return list(dict.fromkeys(re.findall(re.escape(before) + r"([0-9a-f-]{36})", self.text)))


class _StayHere(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object, **__: object) -> None:
        return None


class Visitor:
    """One browser at the address `url`. It remembers every address that it asked for or was sent to."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.addresses: list[str] = []
        self._opener = urllib.request.build_opener(_StayHere, urllib.request.HTTPCookieProcessor(CookieJar()))
        self._token = ""

    def sign_in(self, email: str, password: str) -> None:
        """Sign in through the page; raises RuntimeError when that does not let us in."""
        self.get("/sign-in")
        answer = self.submit("/sign-in", email=email, password=password)
        if answer.status not in {302, 303}:
            raise RuntimeError(f"{email} was not let in: {answer.status}")
        self.get("/today")

    def get(self, path: str) -> Page:
        """Ask for a page. Raises OSError when nobody answers."""
        return self._ask(urllib.request.Request(self.url + path))

    def submit(self, path: str, /, **fields: str | list[str]) -> Page:
        """Post a form with its tokens; an `idempotency_key` of one's own overrides the fresh one."""
        form: dict[str, str | list[str]] = {"csrf_token": self._token, "idempotency_key": str(new_id())}
        return self._post(path, urllib.parse.urlencode(form | fields, doseq=True).encode(), {})

    def send_json(self, path: str, text: str) -> Page:
        """Post JSON, as the page's script saves a draft."""
        return self._post(path, text.encode(), {"Content-Type": "application/json", "X-CSRFToken": self._token})

    def _post(self, path: str, body: bytes, headers: Mapping[str, str]) -> Page:
        return self._ask(urllib.request.Request(self.url + path, body, dict(headers), method="POST"))

    def _ask(self, request: urllib.request.Request) -> Page:
        self.addresses.append(request.full_url)
        try:
            answer: IO[bytes] = self._opener.open(request, timeout=PATIENCE)
        except urllib.error.HTTPError as error:
            answer = error
        except http.client.HTTPException as error:
            raise OSError(str(error)) from error
        with answer:
            try:
                text = answer.read().decode("utf-8", "replace")
            except http.client.HTTPException as error:
                raise OSError(str(error)) from error
        status, headers = int(getattr(answer, "status", 0)), getattr(answer, "headers", {})
        if found := _TOKEN.search(text):
            self._token = found[1]
        location = str(headers.get("Location") or "")
        if location:
            self.addresses.append(location)
        return Page(status, text, location)

"""The installation whose workspace is measured: one worker, its own PostgreSQL, and a vendor that paces its words."""

import json
import re
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final
from urllib.request import Request, urlopen

from bench.gateway.drawbridge import Prepared
from bench.gateway.requests import CHAT_ONLY_MODEL
from bench.installation import Installation
from bench.workspace.store import principal_id
from drawbridge.chat.records import Owner
from drawbridge.core.ids import OrganisationId, PrincipalId

MODEL: Final = CHAT_ONLY_MODEL
_CREDENTIAL: Final = {"BENCH_KEY": "any", "DRAWBRIDGE_WORKERS": "1"}
_TIMEOUT_S: Final = 60.0
_LINK: Final = re.compile(r"/set-up#(\S+)")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a key that opens the workspace's API."""

    owner: Owner
    key: str


@dataclass(frozen=True, slots=True)
class Site:
    """Where it listens, and what opens it."""

    installation: Installation
    key: str
    set_up_token: str
    pid: int

    @property
    def url(self) -> str:
        """The one address under which there are pages."""
        return f"http://localhost:{self.installation.port}"

    def add_person(self, name: str) -> Person:
        """Add somebody."""
        self._ask("PUT", f"/api/users/{name}", {})
        key: str = self._ask("POST", "/api/keys", {"owner": name, "name": "bench", "admin": True})["key"]
        return Person(self.owner(name), key)

    def owner(self, name: str) -> Owner:
        """Return somebody as the owner of conversations."""
        organisation_id, person_id = principal_id(self.installation.data, name)
        return Owner(OrganisationId(organisation_id), PrincipalId(person_id))

    # Any: JSON of the API.
    def _ask(self, method: str, path: str, body: Mapping[str, object]) -> dict[str, Any]:
        headers = {"authorization": f"Bearer {self.key}", "content-type": "application/json"}
        request = Request(self.url + path, json.dumps(body).encode(), headers, method=method)
        with urlopen(request, timeout=_TIMEOUT_S) as reply:
            return json.loads(reply.read())


@contextmanager
def running(prepared: Prepared) -> Generator[Site]:
    """Run an installation that has no account yet, until the end."""
    installation = prepared.installation
    with installation.up(_CREDENTIAL) as process:
        assert process.stdout is not None
        token = next((found[1] for line in process.stdout if (found := _LINK.search(line))), None)
        if token is None:
            raise RuntimeError("drawbridge up ended without printing where the first account is made")
        body = {"model": MODEL, "messages": [{"role": "user", "content": "Hello!"}]}
        installation.call_when_possible(prepared.key, "/v1/chat/completions", body)
        yield Site(installation, prepared.key, token, process.pid)

"""Signing in by name and password, and managing users, in the real server over HTTP."""

from __future__ import annotations

import hmac
import json
import re
import urllib.parse
from collections.abc import Callable
from dataclasses import dataclass, field
from http.client import HTTPConnection

import pytest
from tests.live import Server, becomes

pytestmark = pytest.mark.shell
SENTENCE, OTHER = "la cigüeña vuelve en febrero", "el erizo duerme en diciembre"


def token_of(cookie: str) -> str:
    """What the forms of this session carry."""
    return hmac.digest(cookie.encode(), b"ambos form", "sha256").hex()


@dataclass
class Browser:
    """Just enough of one: cookies of the console, forms of its own pages."""

    server: Server
    cookies: dict[str, str] = field(default_factory=dict)
    status: int = 0
    location: str = ""
    page: str = ""

    def go(self, method: str, path: str, form: dict[str, str] | None = None, **headers: str) -> Browser:
        connection = HTTPConnection("127.0.0.1", self.server.port, timeout=60)
        body = urllib.parse.urlencode(form) if form is not None else None
        sent = {"accept-language": "en", "cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items())}
        if method != "GET":
            sent |= {"origin": self.server.url, "content-type": "application/x-www-form-urlencoded"}
            sent |= {"x-ambos-form": token_of(self.cookies.get("ambos_session", ""))}
        connection.request(method, path, body, {**sent, **{k.replace("_", "-"): v for k, v in headers.items()}})
        answer = connection.getresponse()
        self.status, self.page = answer.status, answer.read().decode()
        self.location = answer.headers.get("location", "")
        for line in answer.headers.get_all("set-cookie", []):
            name, _, value = line.partition("=")
            value = value.partition(";")[0].strip('"')
            self.cookies.pop(name, None) if not value else self.cookies.update({name: value})
        connection.close()
        return self

    def log_in(self, name: str, password: str) -> Browser:
        return self.go("POST", "/console/login", {"name": name, "password": password})


def make(server: Server, name: str, role: str = "user", **more: str) -> str:
    """Make a user who has chosen SENTENCE."""
    told = server.control("users.create", name=name, role=[role], **more)
    browser = Browser(server).log_in(name, told["password"])
    form = {"do": "password", "old": told["password"], "new": SENTENCE, "again": SENTENCE}
    assert browser.go("POST", "/console/account", form).location == "/console/login"
    return str(told["id"])


def test_a_first_password_opens_only_the_account(serve: Callable[..., Server]) -> None:
    server = serve(workers=2)
    first = json.loads(server.run("users", "create", "ana", "--role", "user", "--json").stdout)["password"]
    browser = Browser(server).log_in("ana", first)
    assert (browser.status, browser.location) == (303, "/console/")
    for path in ("/console/", "/console/chat", "/console/requests"):
        assert browser.go("GET", path).location == "/console/account"
    assert "Somebody else knows" in browser.go("GET", "/console/account").page
    form = {"do": "password", "old": first, "new": SENTENCE, "again": SENTENCE}
    assert browser.go("POST", "/console/account", form | {"again": OTHER}).status == 400
    assert browser.go("POST", "/console/account", form | {"old": OTHER}).status == 401
    assert browser.go("POST", "/console/account", form).location == "/console/login"
    assert browser.log_in("ana", first).status == 401
    assert browser.log_in("ANA", SENTENCE).status == 303
    assert browser.go("GET", "/console/").status == 200
    assert "ana" not in json.dumps(server.entries())
    assert server.run("audit", "verify").returncode == 0


def test_a_user_who_is_shut_out_is_out_everywhere(serve: Callable[..., Server]) -> None:
    server = serve(workers=2)
    make(server, "ana")
    browsers = [Browser(server).log_in("ana", SENTENCE) for _ in range(4)]
    key = server.control("keys.create", user="ana")["key"]
    server.run("users", "disable", "ana")
    # Within a second in every worker, which answer as they come.
    becomes(lambda: all(one.go("GET", "/console/").location == "/console/login" for one in browsers))
    assert Browser(server).log_in("ana", SENTENCE).status == 401
    bearer = f"Bearer {key}"
    becomes(lambda: all(one.go("GET", "/v1/models", authorization=bearer).status == 401 for one in browsers))
    server.control("users.disable", name="ana", enable=True)
    assert Browser(server).log_in("ana", SENTENCE).status == 303


def test_an_owner_manages_users_in_the_console(serve: Callable[..., Server]) -> None:
    server = serve()
    make(server, "lucia", "owner")
    make(server, "ana")
    owner, user = Browser(server).log_in("lucia", SENTENCE), Browser(server).log_in("ana", SENTENCE)
    assert user.go("GET", "/console/users").status == 403
    assert user.go("POST", "/console/users", {"do": "create", "name": "eve", "roles": "owner"}).status == 403
    page = owner.go("POST", "/console/users", {"do": "create", "name": "luis", "roles": "auditor", "groups": ""}).page
    first = re.search(r'<p class="mono big">([a-z2-7]{24})</p>', page)
    assert first is not None
    assert Browser(server).log_in("luis", first[1]).status == 303
    assert first[1] not in owner.go("GET", "/console/users").page
    # Nobody raises themselves, runs and watches, or shuts themselves out.
    for form in (
        {"do": "roles", "name": "lucia", "roles": "owner data_steward"},
        {"do": "roles", "name": "luis", "roles": "auditor owner"},
    ):
        assert owner.go("POST", "/console/users", form).status == 403
    assert owner.go("POST", "/console/users", {"do": "disable", "name": "lucia"}).status == 400
    assert owner.go("POST", "/console/users", {"do": "disable", "name": "ana"}).status == 200
    assert user.go("GET", "/console/").location == "/console/login"
    for wrong in ({"do": "create", "name": "x y"}, {"do": "create", "name": "a", "roles": "king"}, {"do": "eval"}, {}):
        assert owner.go("POST", "/console/users", wrong).status == 400


def test_forms_of_other_pages_and_names_change_nothing(serve: Callable[..., Server]) -> None:
    server = serve()
    make(server, "lucia", "owner")
    owner = Browser(server).log_in("lucia", SENTENCE)
    form = {"do": "create", "name": "eve", "roles": "user"}
    for headers in ({"origin": "http://evil.example"}, {"origin": "null"}, {"sec_fetch_site": "cross-site"}):
        assert owner.go("POST", "/console/users", form, **headers).status == 403
        assert (
            Browser(server).go("POST", "/console/login", {"name": "lucia", "password": SENTENCE}, **headers).status
            == 403
        )
    assert owner.go("POST", "/console/users", form, host="evil.example").status == 403
    assert owner.go("PUT", "/console/users", form).status == 405
    assert [one["name"] for one in json.loads(server.run("users", "list", "--json").stdout)] == ["lucia"]


def test_wrong_log_ins_are_told_alike_and_limited(serve: Callable[..., Server]) -> None:
    server = serve(workers=2)
    make(server, "ana")
    pages = {Browser(server).log_in(name, OTHER).page.replace(name, "") for name in ("ana", "nobody")}
    assert len(pages) == 1
    statuses = [Browser(server).log_in("ana", OTHER).status for _ in range(6)]
    assert statuses == [401, 401, 401, 401, 429, 429]
    assert Browser(server).log_in("ana", SENTENCE).status == 429
    assert [Browser(server).log_in("nobody", OTHER).status for _ in range(5)] == [401, 401, 401, 401, 429]


def test_in_spanish(serve: Callable[..., Server], environment: dict[str, str]) -> None:
    environment["AMBOS_LANG"] = "es"
    server = serve()
    told = server.run("users", "create", "ana", "--role", "user").stdout
    assert "ana puede entrar como: user" in told
    assert "contraseña (se muestra una vez" in told
    assert "Contraseña" in Browser(server).go("GET", "/console/login", accept_language="es").page


def test_a_form_without_the_token_of_its_session_changes_nothing(serve: Callable[..., Server]) -> None:
    server = serve()
    make(server, "ana")
    make(server, "luis")
    ana, luis = (Browser(server).log_in(name, SENTENCE) for name in ("ana", "luis"))
    others = token_of(luis.cookies["ambos_session"])
    for wrong in ("", others, "é", "0" * 64):
        sent = {"x_ambos_form": wrong} if wrong.isascii() else {"x_ambos_form": ""}
        told = ana.go("POST", "/console/account", {"do": "end_all", "form_token": wrong}, **sent)
        assert told.status == 403
    page = ana.go("GET", "/console/account").page
    forms = re.findall(r"<form\b[^>]*>(<input[^>]*>)?", page)
    assert len(forms) > 2
    assert len(set(forms)) == 1  # every form of the page carries it, the first thing in it
    token = re.findall(r'name="form_token" value="([0-9a-f]{64})"', page)[0]
    assert ana.go("POST", "/console/account", {"do": "end_all", "form_token": token}, x_ambos_form="").status == 303
    assert ana.go("GET", "/console/account").status == 303

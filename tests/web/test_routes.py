"""Every route with every role, and with whatever comes: what is not allowed is denied, and nothing ends in a 500.

O27 to O33 are attack cases on access; each is named in its test.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.routing import Mount, Route
from tests.web.asgi import Answer, Doorstep, doorstep
from tests.web.test_people import token_of

from ambos.identity import Action, Role
from ambos.identity.permissions import PERMISSIONS
from ambos.store import NewKey, NewUser
from ambos.web.console.pages import console_app
from ambos.web.control import OPERATIONS

pytestmark = pytest.mark.shell

# What the console serves and which action opens it. A page that is not in this table fails the test below.
OPEN = "open"
OWN = "own"
PAGES: dict[str, Action | str] = {
    "/console": OPEN,
    "/console/login": OPEN,
    "/console/language": OPEN,
    "/console/": Action.CONSOLE_HOME,
    "/console/logout": OWN,
    "/console/account": OWN,
    "/console/chat": Action.CONSOLE_CHAT,
    "/console/playground": Action.CONSOLE_PLAYGROUND,
    "/console/requests": Action.RECORDS_OWN,
    "/console/requests/{id}": Action.RECORDS_OWN,
    "/console/openings": Action.CONSOLE_HOME,
    "/console/users": Action.USERS_MANAGE,
    "/console/experiments": Action.EXPERIMENT_VIEW,
    "/console/experiments/new": Action.EXPERIMENT_MANAGE,
    "/console/experiments/{id}": Action.EXPERIMENT_VIEW,
    "/console/experiments/{id}/run": Action.EXPERIMENT_MANAGE,
    "/console/experiments/{id}/report": Action.EXPERIMENT_VIEW,
    "/console/ratings": Action.EXPERIMENT_RATE,
    "/console/ratings/{id}": Action.EXPERIMENT_RATE,
    "/console/grades/{id}": Action.EXPERIMENT_RATE,
    "/console/adapted": Action.EXPERIMENT_VIEW,
    "/console/adapted/new": Action.CORPUS_BUILD,
    "/console/adapted/runs/{id}": Action.EXPERIMENT_VIEW,
    "/console/adapted/runs/{id}/act": Action.MODELS_ADAPT,
    "/console/adapted/{id}": Action.EXPERIMENT_VIEW,
    "/console/adapted/{id}/act": Action.MODELS_SIGN,
}
# Where looking is for more roles than changing.
CHANGES = {
    "/console/experiments": Action.EXPERIMENT_MANAGE,
    "/console/experiments/{id}": Action.EXPERIMENT_MANAGE,
    "/console/experiments/{id}/report": Action.EXPERIMENT_MANAGE,
}
SENTENCE = "la cigüeña vuelve en febrero"


class Ward:
    """A house with a key and a session of each role."""

    def __init__(self, step: Doorstep) -> None:
        self.step = step
        step.key(Role.OWNER)
        self.keys: dict[Role, NewKey] = {role: step.key(role) for role in Role}
        self.sessions = {role: step.session(key) for role, key in self.keys.items()}

    def api(self, role: Role | None, method: str, path: str, **more: Any) -> Answer:
        headers = [("authorization", f"Bearer {self.keys[role].key}")] if role else []
        return self.step.ask(method, path, headers=[*headers, *more.pop("headers", [])], **more)

    def page(self, role: Role | None, method: str, path: str, **more: Any) -> Answer:
        headers = [("cookie", f"ambos_session={self.sessions[role]}")] if role else []
        if method != "GET":
            headers += [("origin", "http://localhost:8800")]
            headers += [("x-ambos-form", token_of(self.sessions[role] if role else ""))]
        return self.step.ask(method, path, headers=[*headers, *more.pop("headers", [])], **more)


@pytest.fixture(scope="module")
def ward(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ward]:
    directory = tmp_path_factory.mktemp("routes")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CONFIG_HOME", str(directory / "config"))
        identity = '[identity]\nprofile = "organisation"\nrequests_per_minute = 1000000\n'
        with doorstep(directory / "data", identity) as step:
            yield Ward(step)


@pytest.mark.parametrize("role", [*Role, None])
def test_every_route_of_the_table_with_every_role(ward: Ward, role: Role | None) -> None:
    for route in ward.step.front.routes:
        told = ward.api(role, route.method, route.path, body=b"{}")
        allowed = role is not None and route.action in PERMISSIONS[role]
        if role is None:
            assert told.status == 401, route
        else:
            assert (told.status == 403) is not allowed, (route, told)
        for method in ("DELETE", "PATCH", "PUT", "OPTIONS", "TRACE", "CONNECT", "get", ""):
            assert ward.api(role, method, route.path).status == 405, (route, method)


def test_the_console_serves_nothing_that_is_not_in_the_table(ward: Ward) -> None:
    routes = console_app(ward.step.house).routes
    served = {route.path for route in routes if isinstance(route, Route)}
    assert served == set(PAGES)
    assert [route.path for route in routes if isinstance(route, Mount)] == ["/static"]


@pytest.mark.parametrize("role", [*Role, None])
def test_every_page_of_the_console_with_every_role(ward: Ward, role: Role | None) -> None:
    for path, action in PAGES.items():
        if action == OPEN or path == "/console/logout":
            continue
        for method in ("GET", "POST"):
            told = ward.page(role, method, path.replace("{id}", "r_x"))
            if told.status == 405:
                continue
            if role is None:
                assert (told.status, told.headers["location"]) == (303, "/console/login"), path
            elif isinstance(action, Action):
                needed = CHANGES.get(path, action) if method == "POST" else action
                assert (told.status == 403) is (needed not in PERMISSIONS[role]), (path, method, told)


def test_an_account_that_may_do_nothing_sees_its_account_alone(ward: Ward) -> None:
    house = ward.step.house
    new = NewUser("ana", frozenset({Role.OWNER}), password=SENTENCE, is_temporary=True)
    ward.step.run(house.store.users.create(new, tenant=house.config.tenant))
    work = house.store.log_ins.log_in("ana", SENTENCE, tenant=house.config.tenant, address="192.0.2.7")
    headers = [("cookie", f"ambos_session={ward.step.run(work)}")]
    for path, action in PAGES.items():
        told = ward.step.ask("GET", path.replace("{id}", "r_x"), headers=headers)
        if isinstance(action, Action) and told.status != 405:
            assert told.headers.get("location") == "/console/account", (path, told)
    token = headers[0][1].partition("=")[2]
    for route in ward.step.front.routes:  # a session is no key
        told = ward.step.ask(route.method, route.path, headers=[("authorization", f"Bearer {token}")])
        assert told.status == 401


def test_the_control_socket_is_not_on_the_network(ward: Ward) -> None:
    for operation in OPERATIONS:
        for role in (Role.OWNER, None):
            assert ward.api(role, "POST", f"/control/{operation}", body=b"{}").status == 404


# --- attack cases ----------------------------------------------------------------------------------------------------


def test_O27_no_key_an_empty_one_two_headers_or_one_in_the_address(ward: Ward) -> None:
    key, other = ward.keys[Role.USER].key, ward.keys[Role.OWNER].key
    bearer, header = ("authorization", f"Bearer {key}"), ("x-api-key", other)
    for headers in ([], [("authorization", "")], [("authorization", "Bearer ")], [bearer, bearer], [bearer, header]):
        assert ward.step.ask("GET", "/v1/models", headers=headers).status == 401, headers
    for query in (f"api_key={key}", f"KEY={key}", f"x=1;access_token={key}", f"x={key}", f"%6bey={key}"):
        told = ward.step.ask("GET", "/v1/models", query=query, headers=[bearer])
        assert told.status == 401
        assert key not in told.body
    assert ward.step.ask("GET", "/v1/models", headers=[bearer]).status == 200


@pytest.mark.parametrize(
    "text", ["' OR '1'='1", '{"$ne": null}', "*)(uid=*))(|(uid=*", "amb_'; DROP TABLE api_keys; --", "\x00", "%00", "ñ"]
)
def test_O28_query_languages_in_keys_and_names(ward: Ward, text: str) -> None:
    for headers in ([("authorization", f"Bearer {text}")], [("x-api-key", text)]):
        assert ward.step.ask("GET", "/v1/models", headers=headers).status == 401
    assert ward.step.ask("GET", "/console/", headers=[("cookie", f"ambos_session=ams_{text}")]).status == 303
    form = f"name={text}&password={text}".encode()
    told = ward.page(None, "POST", "/console/login", body=form, headers=[("x", os.urandom(2).hex())])
    assert told.status in (401, 429)
    assert ward.api(Role.USER, "GET", "/v1/models").status == 200


def test_O30_what_is_anothers_does_not_exist(ward: Ward) -> None:
    for handle in ("r_x", "../login", "r_" + "a" * 300, "%2e%2e"):
        assert ward.page(Role.USER, "GET", f"/console/requests/{handle}").status in (303, 404)
    told = ward.page(Role.PRIVACY_OFFICER, "POST", "/console/openings", body=b"do=ask&record=r_x&reason=x")
    assert told.status == 400
    told = ward.page(Role.AUDITOR, "POST", "/console/openings", body=b"do=confirm&id=i_x")
    assert told.status == 400


def test_O31_nobody_raises_themselves(ward: Ward) -> None:
    house = ward.step.house
    lucia = NewUser("lucia", frozenset({Role.OWNER}), password=SENTENCE)
    made = ward.step.run(house.store.users.create(lucia, tenant=house.config.tenant))
    token = ward.step.run(
        house.store.log_ins.log_in("lucia", SENTENCE, tenant=house.config.tenant, address="192.0.2.8")
    )
    headers = [("cookie", f"ambos_session={token}"), ("origin", "http://localhost:8800")]
    headers += [("x-ambos-form", token_of(token))]
    for form in (
        "do=roles&name=lucia&roles=owner+auditor",
        "do=roles&name=lucia&roles=owner+data_steward",
        "do=create&name=lucia3&roles=privacy_officer+operator",
        "do=create&name=lucia4&roles=auditor&same_as=lucia&id=p_x&person=p_x",
    ):
        told = ward.step.ask("POST", "/console/users", headers=headers, body=form.encode())
        assert told.status in (200, 403), form
    users = {one.login: one for one in house.store.users.list(tenant=house.config.tenant)}
    assert users["lucia"].roles == {Role.OWNER}
    assert users["lucia4"].person != made.person  # fields that the form does not have are not read
    assert "lucia3" not in users


def test_the_session_goes_by_tls_alone_where_the_browser_does(ward: Ward) -> None:
    form = f"key={ward.keys[Role.USER].key}".encode()
    for scheme, is_secure in (("https", True), ("http", False)):
        told = ward.step.ask("POST", "/console/login", body=form, headers=[("origin", f"{scheme}://localhost:8800")])
        cookie = told.headers["set-cookie"].lower()
        assert ("secure" in cookie) is is_secure
        assert "httponly" in cookie
        assert "samesite=strict" in cookie


@pytest.mark.parametrize(
    "path",
    [
        "/metrics/", "/METRICS", "//metrics", "/metrics;x", "/metrics%2f", "/./metrics", "/v1/../metrics", "/metrics\x00",
        "/console/users/", "/console//users", "/Console/users", "/console/users%2f", "/console/x/../users", "/console/users;x",
        "/static/../console/users", "/static/%2e%2e/pages.py", "/static//etc/passwd", "/log/tile/entries/../0/000",
        "/control/users.list", "/log/../metrics", "/log/tile/entries/000",
    ],
)  # fmt: skip
def test_O32_an_admin_route_by_another_way(ward: Ward, path: str) -> None:
    for method in ("GET", "POST", "HEAD"):
        for told in (ward.api(Role.USER, method, path), ward.page(Role.USER, method, path)):
            assert told.status in (303, 307, 308, 401, 403, 404, 405), (path, method, told)
            assert "ambos_requests" not in told.body


def test_O33_guessing_is_limited(ward: Ward) -> None:
    statuses = [
        ward.page(None, "POST", "/console/login", body=b"name=victim&password=guess+number+%d" % number).status
        for number in range(12)
    ]
    assert statuses.count(401) <= 5
    assert statuses[-1] == 429


# --- whatever comes --------------------------------------------------------------------------------------------------

DOCUMENTED = {200, 303, 307, 308, 400, 401, 403, 404, 405, 413, 415, 429}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=8,
)
WORDS = st.sampled_from(
    ["do", "name", "role", "roles", "group", "id", "record", "subject", "reason", "key", "second", "user", "password",
     "opening", "text", "model", "create", "ask", "confirm", "break_glass", "review", "end", "list", "owner", "r_x", "i_x",
     "s_x", "ana", "ana@example.org", "12345678Z", "k_x", "GDPR-17", "2030-01-01", "\ud800", "\x00"]
)  # fmt: skip
FORM = st.dictionaries(WORDS | st.text(max_size=10), WORDS | st.text(max_size=40), max_size=6)
SOME = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


def coded(form: dict[str, str]) -> bytes:
    from urllib.parse import urlencode

    return urlencode({k.encode("utf-8", "replace"): v.encode("utf-8", "replace") for k, v in form.items()}).encode()


@SOME
@given(
    role=st.sampled_from([*Role, None]),
    method=st.sampled_from(["GET", "POST", "HEAD", "PUT", "x"]),
    path=st.sampled_from(
        [*PAGES, "/v1/models", "/v1/models/", "/metrics", "/log/checkpoint", "/log/tile/0/", "/healthz"]
    )
    | st.text(max_size=30).map(lambda text: f"/console/{text}"),
    form=FORM | st.none(),
    raw=st.binary(max_size=100),
    query=st.text(max_size=30),
)
def test_forms_and_paths_end_in_a_documented_status(
    ward: Ward, role: Role | None, method: str, path: str, form: dict[str, str] | None, raw: bytes, query: str
) -> None:
    if path == "/console/logout":
        return  # the sessions of this test are needed again
    body = raw if form is None else coded(form)
    if b"end_all" in body or b"password=" in body:
        return
    path = "".join(char for char in path if not "\ud800" <= char <= "\udfff").replace("{id}", "r_x")
    query = query.encode("utf-8", "replace").decode()
    for told in (
        ward.page(role, method, path, body=body, query=query),
        ward.api(role, method, path, body=body, query=query),
    ):
        assert told.status in DOCUMENTED, (method, path, told)


_TOUCHES = {"backup", "knock", "witness.ask", "keys.revoke"}  # the disk, the network, and the keys of this test


@SOME
@given(
    operation=st.sampled_from(sorted(set(OPERATIONS) - _TOUCHES)),
    arguments=st.dictionaries(WORDS | st.text(max_size=8), JSON | WORDS | st.lists(WORDS, max_size=3), max_size=6)
    | JSON,
)
def test_operations_end_in_a_result_or_our_error(ward: Ward, operation: str, arguments: Any) -> None:
    try:
        body = json.dumps(arguments).encode()
    except UnicodeEncodeError:
        return
    told = ward.step.ask("POST", f"/control/{operation}", body=body, is_control=True)
    assert told.status in DOCUMENTED | {502, 503, 504}, (operation, arguments, told)
    answer = json.loads(told.body)
    assert set(answer) == ({"result"} if told.status == 200 else {"error"})


@SOME
@given(query=st.text(max_size=80), cookie=st.text(st.characters(max_codepoint=255), max_size=60))
def test_cookies_and_queries_open_nothing(ward: Ward, query: str, cookie: str) -> None:
    cookie = "".join(char for char in cookie if char not in "\r\n")
    told = ward.step.ask("GET", "/console/", query=query, headers=[("cookie", f"ambos_session={cookie}")])
    assert told.status in (303, 400)


def test_after_all_of_it_the_log_is_whole(ward: Ward, tmp_path: Path) -> None:
    assert ward.step.house.store.verify(deep=True).fault is None
    assert ward.api(Role.USER, "GET", "/v1/models").status == 200

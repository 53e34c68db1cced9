"""Web addresses: whose they are is masked, what everybody links to is not."""

from __future__ import annotations

import pytest

from ambos.messages import Kind
from ambos.privacy.detector import Detector
from ambos.privacy.recogniser import finish
from ambos.privacy.settings import Settings

DETECTOR = Detector(Settings())
# Apart from what follows: no file of ours names a folder of a machine.
HOME, HOME_OF_MACS = "/home", "/Users"


def _urls(text: str) -> list[str]:
    return [text[one.start : one.end] for one in finish(DETECTOR.steps(text)) if one.kind is Kind.URL]


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("mira https://www.talleres-ruiz.es/contacto?id=7 y dime", "https://www.talleres-ruiz.es/contacto?id=7"),
        ("my page is www.annabaker.net.", "www.annabaker.net"),
        ("[cv](https://linkedin.com/in/anna-baker-8812)", "https://linkedin.com/in/anna-baker-8812"),
        ("(see http://intranet.acme-tools.com/staff_(old)), please", "http://intranet.acme-tools.com/staff_(old)"),
        (
            "https://docs.google.com/document/d/1AbC-9/edit#gid=0",
            "https://docs.google.com/document/d/1AbC-9/edit#gid=0",
        ),
        ("https://www.youtube.com/@annabakes it is", "https://www.youtube.com/@annabakes"),
        ("https://stackoverflow.com/users/22656/anna!", "https://stackoverflow.com/users/22656/anna"),
        ('{"web": "HTTPS://Clinica-Sol.ES/cita"}', "HTTPS://Clinica-Sol.ES/cita"),
        ("ftp://files.ruizhermanos.com/a.zip", "ftp://files.ruizhermanos.com/a.zip"),
        ("https://notwikipedia.org/x", "https://notwikipedia.org/x"),
        ("git clone ssh://git.ruizhermanos.com:22/web.git", "ssh://git.ruizhermanos.com:22/web.git"),
        ("mira talleres-ruiz.es/citas, por favor", "talleres-ruiz.es/citas"),
    ],
)
def test_an_address_is_found_to_its_end(text: str, address: str) -> None:
    assert _urls(text) == [address]


@pytest.mark.parametrize(
    "text",
    [
        "https://es.wikipedia.org/wiki/Madrid",
        '{"$schema": "http://json-schema.org/draft-07/schema#"}',
        'xmlns="http://www.w3.org/2000/svg"',
        "curl https://api.example.com/v1/orders",
        "http://localhost:8080/admin and http://127.0.0.1/x",
        "https://intranet/staff",
        "www.example.net, www.ejemplo.es",
        "https://docs.python.org/3/library/re.html",
        "https://www.google.com/search?q=tortilla",
        "https://www.youtube.com/watch?v=abc",
        "www. and https:// alone",
        "file:///etc/hosts",
        "en.wikipedia.org/wiki/Madrid",
        "import com/acme/Main",
    ],
)
def test_what_everybody_links_to_is_nobodys(text: str) -> None:
    assert _urls(text) == []


def test_what_stands_inside_keeps_its_kind() -> None:
    text = "https://x.es/?doc=53123456B&mail=ana.ruiz@correo.es"
    kinds = {(text[one.start : one.end], one.kind) for one in finish(DETECTOR.steps(text))}
    assert {("53123456B", Kind.GOV_ID)} <= kinds
    assert all(any(one in value for value, _ in kinds) for one in ("ana.ruiz@correo.es",))


def test_a_key_in_an_address_stays_a_secret() -> None:
    text = "https://api.talleres.es/v1?api_key=abcdef1234567890"
    assert Kind.SECRET in {one.kind for one in finish(DETECTOR.steps(text))}


@pytest.mark.parametrize("tail", ["/" + ")" * 60_000, ".a" * 30_000, "/" + "(" * 60_000, "@" * 60_000, "/x" * 30_000])
def test_a_monstrous_address_is_settled_at_once(tail: str) -> None:
    assert len(_urls("https://talleres-ruiz.es" + tail)) == 1


def _users(text: str) -> list[str]:
    return [text[one.start : one.end] for one in finish(DETECTOR.steps(text)) if one.kind is Kind.USERNAME]


@pytest.mark.parametrize(
    ("text", "user"),
    [
        (f"open('{HOME}/aruiz/notes.txt')", "aruiz"),
        (f'File "{HOME_OF_MACS}/anna.baker/app.py", line 3', "anna.baker"),
        (r"C:\Users\Ana Ruiz\Desktop\cv.docx", "Ana Ruiz"),
        (r'{"path": "D:\\Users\\abaker\\x"}', "abaker"),
        (f"file://{HOME}/aruiz/a.html", "aruiz"),
        ("c:/usuarios/aruiz/a", "aruiz"),
    ],
)
def test_a_home_folder_tells_whose_machine_it_is(text: str, user: str) -> None:
    assert _users(text) == [user]


@pytest.mark.parametrize(
    "text",
    [
        f"{HOME}/ubuntu/app",
        r"C:\Users\Public\x",
        f"GET {HOME_OF_MACS.lower()}/42/orders",
        f"shop.com.xx{HOME}/products",
        f"{HOME}/user/project",
        "cd /home",
    ],
)
def test_an_account_of_a_machine_or_manual_is_nobodys(text: str) -> None:
    assert _users(text) == []

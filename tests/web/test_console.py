"""The console in a real headless Chromium: log in, ask, see where it ran and what was sent."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Page, expect, sync_playwright
from tests.cli.test_adapt import new, say, table
from tests.live import PROVIDER, Recorder, Server

pytestmark = pytest.mark.browser
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
SHOTS = os.environ.get("AMBOS_SCREENSHOTS")
LETTER = "Estimada señora: escriba a laura.gil@example.com o llame al 612 345 678. Atentamente, Laura Gil Moreno."


PLAN = """question = "¿Terminan antes?"
control = "antes"
treatment = "despues"
metric = "minutos"
design = "parallel"
direction = "lower"
population = "personas de la oficina"
ethics = { information = "a notice", basis = "consent", leave = "say so", stop = "a complaint of harm" }
n = 8
"""


@pytest.fixture
def page() -> Iterator[Page]:
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"],
        )
        context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="es-ES")
        opened = context.new_page()
        problems: list[str] = []
        opened.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
        opened.on("pageerror", lambda error: problems.append(str(error)))
        yield opened
        browser.close()
        assert problems == []


def shoot(page: Page, name: str) -> None:
    """A picture of the page in light and dark, when AMBOS_SCREENSHOTS names a folder."""
    if SHOTS is not None:
        schemes: tuple[Literal["light", "dark"], ...] = ("light", "dark")
        for scheme in schemes:
            page.emulate_media(color_scheme=scheme)
            page.screenshot(path=Path(SHOTS) / f"{name}-{scheme}.png", full_page=True)


def log_in(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/")
    page.get_by_label("Clave").fill(server.key)
    page.get_by_role("button", name="Iniciar sesión").click()
    expect(page.get_by_role("heading", name="Inicio")).to_be_visible()


@pytest.fixture
def acme(serve: Callable[..., Server], recorder: Recorder) -> Server:
    return serve(PROVIDER.format(url=recorder.url, agreement="DPA-2026-01"))


def test_chat_says_where_it_ran_and_what_was_sent(page: Page, acme: Server, recorder: Recorder) -> None:
    log_in(page, acme)
    page.get_by_role("link", name="Chat").click()
    page.get_by_label("Modelo").select_option("acme/big-1")
    page.get_by_label("Su pregunta").fill(LETTER)
    page.get_by_role("button", name="Preguntar", exact=True).click()
    turn = page.locator("article.turn").last
    expect(turn.locator(".badge")).to_have_text("ENMASCARADO")
    expect(turn.locator(".said.card > .text")).to_contain_text("laura.gil@example.com")
    turn.get_by_text("Qué se envió").click()
    expect(turn.locator("details").first).to_contain_text("[EMAIL-")
    assert "laura.gil@example.com" not in recorder.everything
    shoot(page, "chat")
    turn.get_by_role("link", name="El recorrido completo").click()
    expect(page.get_by_role("cell", name="egress")).to_be_visible()
    shoot(page, "request")
    page.get_by_role("link", name="Peticiones").click()
    expect(page.locator("table .badge").first).to_have_text("ENMASCARADO")
    shoot(page, "requests")
    page.get_by_role("link", name="Inicio").click()
    shoot(page, "home")


def test_what_must_stay_says_so_and_can_be_asked_again_without_it(page: Page, acme: Server, recorder: Recorder) -> None:
    log_in(page, acme)
    page.get_by_role("link", name="Chat").click()
    page.get_by_label("Su pregunta").fill(
        "Mi paciente Lucía Hernández Ortega, DNI 53123456B, ingresó ayer con neumonía"
    )
    page.get_by_role("button", name="Preguntar", exact=True).click()
    turn = page.locator("article.turn").last
    expect(turn.get_by_role("alert")).to_contain_text("debe quedarse dentro")
    turn.get_by_text("¿Por qué dentro?").click()
    expect(turn).to_contain_text("health_of_person")
    shoot(page, "refused")
    assert recorder.bodies == []
    turn.get_by_role("button", name="Quitar esta parte").click()
    expect(page.locator("article.turn").last.locator(".badge")).to_have_text("EXTERNO")
    assert "Lucía" not in recorder.everything
    assert "53123456B" not in recorder.everything


def test_playground_colours_findings_and_shows_the_outgoing_text(page: Page, acme: Server, recorder: Recorder) -> None:
    log_in(page, acme)
    page.get_by_role("link", name="Pruebas").click()
    page.get_by_label("Texto").fill(LETTER)
    page.get_by_role("button", name="Analizar").click()
    expect(page.locator("mark.contact").first).to_be_visible()
    expect(page.locator("#found")).to_contain_text("[PHONE-")
    assert recorder.bodies == []
    shoot(page, "playground")


def test_english_by_one_button_and_sign_out(page: Page, acme: Server) -> None:
    log_in(page, acme)
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", name="Home")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.goto(f"{acme.url}/console/requests")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_a_plan_is_sealed_watched_and_reported_in_spanish(page: Page, acme: Server) -> None:
    acme.key = acme.new_key("developer")
    log_in(page, acme)
    page.get_by_role("link", name="Experimentos").click()
    page.get_by_text("Tengo un plan en un fichero").click()
    page.get_by_label("Plan (TOML)").fill(PLAN)
    shoot(page, "experiments")
    page.get_by_role("button", name="Sellar").click()
    expect(page.get_by_role("heading", name="¿Terminan antes?")).to_be_visible()
    experiment = page.url.rpartition("/")[2]
    for at in range(8):
        acme.run("experiment", "assign", experiment, "--participant", f"p{at}")
        acme.run("experiment", "record", experiment, "--participant", f"p{at}", "--score", str((at * 3) % 5))
    page.reload()
    expect(page.locator("#progress tr").nth(1)).to_contain_text("4")
    shoot(page, "experiment")
    page.get_by_role("button", name="Calcularlo ahora").click()
    expect(page.get_by_text("Confirmatorio:").first).to_be_visible()
    expect(page.get_by_role("img", name="Efecto e intervalo")).to_be_visible()
    shoot(page, "experiment-report")
    page.goto(f"{acme.url}/console/experiments")
    expect(page.get_by_role("link", name="¿Terminan antes?")).to_be_visible()


@pytest.mark.timeout(400)
def test_a_recommended_model_is_read_signed_promoted_and_taken_back(
    page: Page, serve: Callable[..., Server], tmp_path: Path
) -> None:
    server = serve()
    server.key = server.new_key("owner")
    log_in(page, server)
    page.get_by_role("link", name="Modelos").click()
    expect(page.get_by_text("Aún no hay ningún modelo adaptado.")).to_be_visible()
    recipe = new(server, table(tmp_path))["recipe"]
    assert say(server, "iterate", recipe)["state"] == "recommended"
    page.reload()
    shoot(page, "adapted")
    page.get_by_role("link", name="ambos/preguntas").click()
    expect(page.get_by_text("demostrado en preguntas")).to_be_visible()
    expect(page.get_by_role("img", name="prevalence")).to_be_visible()
    expect(page.get_by_text("Filas recordadas")).to_be_visible()
    shoot(page, "adapted-one")
    form: dict[str, str | float | bool] = {
        "action": "promote",
        "form_token": page.locator('input[name="form_token"]').first.get_attribute("value") or "",
    }
    early = page.request.post(f"{page.url}/act", form=form, headers={"origin": server.url})
    assert (early.status, "a signature is missing" in early.text()) == (409, True)
    page.get_by_label("Por qué, en palabras").fill("He leído las cifras.")
    page.get_by_role("button", name="Firmar a favor").click()
    expect(page.get_by_text("a favor · He leído las cifras.")).to_be_visible()
    page.get_by_role("button", name="Ponerlo en servicio").click()
    expect(page.locator(".big").first).to_have_text("en servicio")
    page.get_by_role("button", name="Volver al anterior").click()
    expect(page.locator(".big").first).to_have_text("retirado")
    page.get_by_role("button", name="English").click()
    expect(page.locator(".big").first).to_have_text("retired")


@pytest.mark.timeout(400)
def test_a_table_is_sent_looked_at_trained_on_and_judged(
    page: Page, serve: Callable[..., Server], tmp_path: Path
) -> None:
    server = serve()
    server.key = server.new_key("owner")
    log_in(page, server)
    page.get_by_role("link", name="Modelos").click()
    page.get_by_role("link", name="Enviar una tabla").click()
    shoot(page, "adapted-new")
    page.get_by_label("Tabla, CSV o XLSX").set_input_files(table(tmp_path))
    page.get_by_label("De dónde vienen los datos").fill("mesa de ayuda")
    page.get_by_label("Base jurídica").fill("GDPR-6.1.f")
    page.get_by_role("button", name="Examinarla").click()
    expect(page.get_by_role("status")).to_have_text("lista para entrenar", timeout=60_000)
    expect(page.get_by_text("180 filas con 3 etiquetas")).to_be_visible()
    expect(page.get_by_text("min en esta máquina")).to_be_visible()
    shoot(page, "adapted-ready")
    page.get_by_role("button", name="Entrenar, comparar y juzgar").click()
    expect(page.get_by_text("pliegues de terms")).to_be_visible(timeout=60_000)  # live, without a click
    expect(page.get_by_role("status")).to_have_text("terminado", timeout=120_000)
    expect(page.get_by_text("recomendado: ya se puede firmar")).to_be_visible()
    expect(page.get_by_role("img", name="Pérdida por paso")).to_be_visible()
    expect(page.get_by_role("heading", name="Las filas que más dicen")).to_be_visible()
    shoot(page, "adapted-run")
    run = page.url
    for path in (server.directory / "runs").iterdir():
        assert b"tarjeta" not in path.read_bytes()
    assert not list((server.directory / "spool").iterdir())
    page.get_by_role("link", name="El modelo, sus cifras y quién firma").click()
    expect(page.get_by_text("demostrado en preguntas")).to_be_visible()
    # Somebody else sees how far it is, and no row.
    page.get_by_role("button", name="Cerrar sesión").click()
    server.key = server.new_key("auditor")
    log_in(page, server)
    page.goto(run)
    expect(page.get_by_role("status")).to_have_text("terminado")
    expect(page.get_by_role("heading", name="Las filas que más dicen")).to_have_count(0)
    expect(page.get_by_role("button", name="Entrenar, comparar y juzgar")).to_have_count(0)

"""A whole experiment without a command line, in a real Chromium: planned, sized, sealed, run, looked at, decided."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from tests.cli.test_sealed import TWO_MODELS, adds
from tests.live import Recorder, Server
from tests.web.test_console import log_in, page, shoot

from ambos.web.console.plan_form import toml_of, values_of

__all__ = ["page"]
pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]


def test_a_form_becomes_the_plan_that_its_file_says() -> None:
    form = {"question": 'Is "b" as good?\\', "control": "a", "treatment": "b", "metric": "m", "design": "parallel"}
    form |= {"margin": "0,05", "n": "12", "strata": "north, south", "stopping": "looks", "looks": "6, 12", "alpha": " "}
    form |= {"ethics_information": "a notice", "items": "", "control_model": "x/y", "population": "¿quién?"}
    values = values_of(form)
    assert tomllib.loads(toml_of(values)) == values
    assert (values["margin"], values["looks"], values["strata"]) == (0.05, [6, 12], ["north", "south"])
    assert values["ethics"] == {"information": "a notice"}
    assert not {"arms", "alpha", "stopping", "scoring"} & set(values)


def test_participants_are_enrolled_and_recorded_by_forms(page: Page, serve: Callable[..., Server]) -> None:
    server = serve()
    server.key = server.new_key("developer")
    log_in(page, server)
    page.goto(f"{server.url}/console/experiments")
    page.get_by_role("link", name="Planear un experimento").click()
    page.get_by_label("¿Qué quiere saber?").fill("¿Terminan más personas?")
    page.get_by_label("¿Qué se mide?").fill("terminado")
    page.get_by_label("Diseño").select_option("parallel")
    page.get_by_label("Control: lo que tiene").fill("antes")
    page.get_by_label("Tratamiento: lo nuevo").fill("ahora")
    page.get_by_label("¿Cuántos ítems o participantes").fill("54")
    page.get_by_label("Menor mejora que merece").fill("0,15")
    page.get_by_label("Proporción de éxitos hoy").fill("0,6")
    page.get_by_role("button", name="Calcular el tamaño").click()
    expect(page.locator("#sizing")).to_contain_text("152 unidades por brazo", timeout=60_000)
    expect(page.locator("#sizing")).to_contain_text("se encontraría solo con probabilidad 0.2")
    shoot(page, "plan-sized")
    page.get_by_role("button", name="Sellar").click()
    expect(page.get_by_role("alert")).to_contain_text("participan personas")  # without ethics nothing is sealed
    page.get_by_label("¿Cuántos ítems o participantes").fill("8")
    for name, words in (
        ("information", "un aviso"),
        ("basis", "consentimiento"),
        ("leave", "avisando"),
        ("stop", "una queja"),
    ):
        page.locator(f"#ethics_{name}").fill(words)
    page.get_by_role("button", name="Sellar").click()
    expect(page.get_by_role("heading", name="¿Terminan más personas?")).to_be_visible()
    trial = page.url
    for at in range(8):
        page.get_by_label("Participante").fill(f"mesa {at}")
        page.get_by_role("button", name="Asignar por sorteo").click()
        expect(page.get_by_role("status").first).to_contain_text(f"mesa {at} está en el brazo")
        page.get_by_label("De quién").fill(f"mesa {at}")
        page.get_by_label("terminado").fill("0,5" if at == 3 else str(at % 2))
        page.get_by_role("button", name="Anotar", exact=True).click()
        expect(page.get_by_role("status").first).to_contain_text(f"El resultado de mesa {at} queda anotado")
        if at == 5:
            page.get_by_label("Participante").fill("mesa 0")
            page.get_by_label("De quién").fill("nadie")
            page.get_by_role("button", name="Anotar", exact=True).click()
            expect(page.get_by_role("status").first).to_contain_text("nunca fue asignado")
            page.get_by_text("Algo se hizo de otro modo").click()
            page.get_by_label("¿Qué se hizo de otro modo").fill("la mesa 2 respondió en papel")
            page.get_by_role("button", name="Anotarlo").click()
            expect(page.get_by_text("la mesa 2 respondió en papel")).to_be_visible()
            page.get_by_role("button", name="Calcularlo ahora").click()
            expect(page.get_by_text("Mirada intermedia:").first).to_be_visible(timeout=60_000)
            page.goto(trial)
    page.get_by_role("button", name="Calcularlo ahora").click()
    expect(page.get_by_text("Confirmatorio:").first).to_be_visible(timeout=60_000)
    expect(page.get_by_text("tras 1 miradas anteriores")).to_be_visible()
    page.goto(trial)
    expect(page.locator("#figures").get_by_role("img", name="Efecto e intervalo")).to_be_visible()
    expect(page.get_by_text("Desviaciones del plan")).to_be_visible()
    shoot(page, "experiment-decided")
    page.goto("about:blank")  # the page asks its server every 5 s, which the fixture now stops
    assert "mesa 3" not in json.dumps(server.entries())


def test_items_are_answered_and_judged_from_the_console(
    page: Page, serve: Callable[..., Server], recorder: Recorder
) -> None:
    recorder.behave = adds
    server = serve(TWO_MODELS.format(url=recorder.url, agreement="DPA-1"))
    server.key = server.new_key("developer")
    log_in(page, server)
    page.goto(f"{server.url}/console/experiments/new")
    page.get_by_label("¿Qué quiere saber?").fill("¿Suma igual?")
    page.get_by_label("¿Qué se mide?").fill("acierto")
    for side, model in (("control", "acme/big-1"), ("treatment", "acme/big-2")):
        page.locator(f"#{side}").fill(model.rpartition("/")[2])
        page.locator(f"#{side}_model").select_option(model)
        page.locator(f"#{side}_treatment").select_option("raw")
    page.get_by_label("¿Quién puntúa?").select_option("number")
    page.get_by_label("Qué se pregunta").fill(
        "Please add the following two numbers and answer with the sum alone: {input}"
    )
    rows: list[dict[str, Any]] = [{"id": f"s{at}", "input": f"{at} + {3 * at}", "answer": 4 * at} for at in range(6)]
    rows += [{"id": f"o{at}", "input": f"{at} + {at + 1}", "answer": 2 * at + 1} for at in range(6)]
    items = "\n".join(map(json.dumps, rows))
    page.get_by_label("Items (JSON").or_(page.get_by_label("Ítems (líneas JSON")).fill(items)
    page.locator("#max_cost").fill("1")
    page.get_by_role("button", name="Sellar").click()
    expect(page.get_by_role("heading", name="¿Suma igual?")).to_be_visible()
    trial = page.url
    page.get_by_label("Los ítems que se sellaron").fill(items.splitlines()[0])
    page.get_by_role("button", name="Responder lo que queda").click()
    expect(page.get_by_role("status").first).to_contain_text("a los elementos les falta")
    page.get_by_label("Los ítems que se sellaron").fill(items)
    page.get_by_role("button", name="Responder lo que queda").click()
    expect(page.locator("#progress tr").nth(1)).to_contain_text("12", timeout=60_000)
    expect(page.locator("#progress tr").nth(2)).to_contain_text("12", timeout=60_000)
    page.get_by_role("button", name="Calcularlo ahora").click()
    expect(page.get_by_text("Confirmatorio:").first).to_be_visible(timeout=60_000)
    page.goto(trial)
    shoot(page, "experiment-run")
    expect(page.locator("#figures")).to_contain_text("Efecto -0.5 en 12 unidades")
    page.goto("about:blank")

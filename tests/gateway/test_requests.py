"""The requests of the first page, through the real server and a recording upstream."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import openai
import pytest
from tests.live import PROVIDER, Recorder, Server, echo

pytestmark = pytest.mark.shell

LETTER = (
    "Estimada señora: le ruego que envíe el contrato a laura.gil@example.com o que llame al 612 345 678. "
    "Atentamente, Laura Gil Moreno."
)
ORIGINALS = ("laura.gil@example.com", "612 345 678", "Laura Gil Moreno")
IBAN = "ES91 2100 0418 4502 0005 1332"
PATIENT = "Mi paciente Lucía Hernández Ortega, DNI 53123456B, ingresó ayer con neumonía"


@pytest.fixture
def acme(serve: Callable[..., Server], recorder: Recorder) -> Server:
    return serve(PROVIDER.format(url=recorder.url, agreement="DPA-2026-01"))


def client(server: Server) -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{server.url}/v1", api_key=server.key, max_retries=0)


def ask(server: Server, *messages: dict[str, Any], headers: dict[str, str] | None = None, **more: Any) -> Any:
    with client(server) as one:
        return one.chat.completions.with_raw_response.create(
            model=more.pop("model", "acme/big-1"),
            messages=list(messages),  # type: ignore[arg-type]  # plain dictionaries, as users write them
            extra_headers=headers,
            **more,
        )


def user(text: str) -> dict[str, Any]:
    return {"role": "user", "content": text}


def test_harmless_question_may_go_outside_as_it_is(acme: Server, recorder: Recorder) -> None:
    answer = ask(acme, user("¿Qué es la hipertensión?"))
    assert answer.headers["x-ambos-route"] == "external"
    assert answer.headers["x-ambos-level"] == "public"
    assert "¿Qué es la hipertensión?" in recorder.everything
    assert "I received: ¿Qué es la hipertensión?" in answer.parse().choices[0].message.content


def test_patient_stays_inside(acme: Server, recorder: Recorder) -> None:
    with pytest.raises(openai.InternalServerError) as caught:
        ask(acme, user(PATIENT))
    assert caught.value.status_code == 503
    assert caught.value.response.headers["x-ambos-route"] == "none"
    assert "This must stay inside" in str(caught.value)
    assert recorder.bodies == []


@pytest.mark.parametrize("is_stream", [False, True])
def test_letter_leaves_masked_and_comes_back_restored(acme: Server, recorder: Recorder, is_stream: bool) -> None:
    if is_stream:
        with client(acme) as one:
            chunks: Any = one.chat.completions.create(model="acme/big-1", messages=[user(LETTER)], stream=True)  # type: ignore[list-item]
            text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    else:
        answer = ask(acme, user(LETTER))
        assert answer.headers["x-ambos-route"] == "masked"
        text = answer.parse().choices[0].message.content
    assert LETTER in text
    for original in ORIGINALS:
        assert original not in recorder.everything


def test_letter_with_the_holders_iban_stays_inside(acme: Server, recorder: Recorder) -> None:
    with pytest.raises(openai.InternalServerError):
        ask(acme, user(f"{LETTER} Mi cuenta es {IBAN}."))
    assert recorder.bodies == []


def test_union_over_messages_and_tool_results_stays_inside(acme: Server, recorder: Recorder) -> None:
    call = {"id": "call_1", "type": "function", "function": {"name": "drugs", "arguments": "{}"}}
    messages = (
        user("La señora Lucía Hernández Ortega vendrá el martes."),
        {"role": "assistant", "content": "De acuerdo."},
        user("Tiene diabetes mellitus tipo 2."),
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "call_1", "content": "metformina 850 mg, enalapril 10 mg"},
    )
    headers = {"x-ambos-conversation": "visit-7"}
    with pytest.raises(openai.InternalServerError):
        ask(acme, *messages, headers=headers)
    with pytest.raises(openai.InternalServerError):
        ask(acme, user("¿Y la dosis?"), headers=headers)
    assert recorder.bodies == []
    assert (
        ask(acme, user("¿Y la dosis?"), headers={"x-ambos-conversation": "other"}).headers["x-ambos-route"]
        == "external"
    )


def test_calls_to_the_outside_equal_egress_entries(acme: Server, recorder: Recorder) -> None:
    ask(acme, user("What is a haiku?"))
    ask(acme, user(LETTER))
    with pytest.raises(openai.InternalServerError):
        ask(acme, user(PATIENT))
    events = [entry["event"] for entry in acme.entries()]
    assert events.count("egress") == len(recorder.bodies) == 2
    assert events.count("completed") == 2
    assert events.count("refused") == 1
    assert acme.run("audit", "verify").returncode == 0


def test_without_agreement_only_public_text_leaves(serve: Callable[..., Server], recorder: Recorder) -> None:
    server = serve(PROVIDER.format(url=recorder.url, agreement=""))
    assert ask(server, user("What is a haiku?")).headers["x-ambos-route"] == "external"
    with pytest.raises(openai.InternalServerError):
        ask(server, user(LETTER))
    assert len(recorder.bodies) == 1


def test_strict_refuses_instead_of_redirecting(acme: Server, recorder: Recorder) -> None:
    with pytest.raises(openai.PermissionDeniedError) as caught:
        ask(acme, user(PATIENT), headers={"x-ambos-strict": "true"})
    assert caught.value.code == "policy_blocked"
    assert caught.value.response.headers["x-should-retry"] == "false"
    assert recorder.bodies == []


def test_sensitivity_header_tightens(acme: Server, recorder: Recorder) -> None:
    with pytest.raises(openai.InternalServerError):
        ask(acme, user("What is a haiku?"), headers={"x-ambos-sensitivity": "restricted"})
    assert recorder.bodies == []


def test_no_caller_header_and_no_key_of_ours_reaches_the_provider(acme: Server, recorder: Recorder) -> None:
    ask(acme, user("What is a haiku?"), headers={"x-secret-thing": "s3", "openai-organization": "org"})
    sent = {name.lower(): value for name, value in recorder.headers[0].items()}
    assert sent["authorization"] == "Bearer sk-acme-test"
    assert "x-secret-thing" not in sent
    assert "openai-organization" not in sent
    assert acme.key not in json.dumps(recorder.headers)


def test_models_are_listed_and_retrieved(acme: Server) -> None:
    with client(acme) as one:
        names = [model.id for model in one.models.list()]
        assert {"ambos/auto", "acme/big-1"} <= set(names)
        assert one.models.retrieve("acme/big-1").id == "acme/big-1"


def test_two_installations_refuse_each_others_keys(serve: Callable[..., Server]) -> None:
    first, second = serve(), serve()
    with (
        openai.OpenAI(base_url=f"{second.url}/v1", api_key=first.key, max_retries=0) as one,
        pytest.raises(openai.AuthenticationError),
    ):
        one.models.list()


@pytest.mark.parametrize("is_stream", [False, True])
def test_a_date_that_stands_in_for_a_birth_and_comes_back_alone_is_named(
    acme: Server, recorder: Recorder, *, is_stream: bool
) -> None:
    def bare(handler: Any, request: dict[str, Any]) -> None:
        """As a model that drops the code, and says the date in pieces."""
        sent = request["messages"][-1]["content"]
        date = sent.partition(" ~ ")[2].partition("]")[0]
        assert date
        request["messages"][-1]["content"] = f"born on {date}."
        echo(handler, request)

    recorder.behave = bare
    text = "Ana Ruiz Peña, nacida el 4 de mayo de 1961, vino el 10 de enero de 2025. ¿Qué edad tenía?"
    with client(acme) as one:
        answer: Any = one.chat.completions.create(model="acme/big-1", messages=[user(text)], stream=is_stream)  # type: ignore[list-item]  # plain dictionaries, as users write them
        said: str = (
            "".join(event.choices[0].delta.content or "" for event in answer if event.choices)
            if is_stream
            else answer.choices[0].message.content
        )
    assert not re.search(r"\b4 de mayo de 1961", recorder.everything)  # it may be the 14th or the 24th
    spoken, _, notice = said.partition("— Ambos: ")
    date = spoken.partition("born on ")[2].partition(".")[0]
    assert notice.startswith(f"{date} is no true date of birth")

"""The document pass: told from an earlier turn, it is the one made anew."""

from hypothesis import given
from hypothesis import strategies as st

from ambos.messages import Finding, Json, Kind
from ambos.privacy.cache import Cache
from ambos.privacy.detector import Detector
from ambos.privacy.leaves import leaves
from ambos.privacy.reader import Reader, Reading
from ambos.privacy.recogniser import finish
from ambos.privacy.settings import Settings

DETECTOR = Detector(Settings())

# Texts that hold values, mention those of others in other forms, contradict them, or hold nothing.
TEXTS = (
    "Mi paciente Lucía Hernández Ortega, NHC: 98765431, ingresó ayer.",
    "lucia preguntó por 987 654 31 y por HERNANDEZ.",
    "Llame a la señora Carmen Ortega al 612 345 678.",
    "El número 612-345-678 no contesta; carmen tampoco.",
    "DNI 612345678 y tarjeta sanitaria 98765431.",
    "¿Qué dieta conviene con cirrosis?",
    "Vive en la calle Mayor 12, 3º B, 28013 Madrid.",
    "calle mayor 12, otra vez",
    "Ok, gracias.",
    "Blanco es blanco. Estimado Sr. Blanco: adiós.",
    "lucia y ortega, dos veces, y lucia otra vez" + " y nada más que relleno" * 300,
)


def chat(texts: list[str]) -> Json:
    return {"messages": [{"role": "user", "content": text} for text in texts], "metadata": {"dni": "98765431"}}


def read(by: Reader, texts: list[str], scope: bytes = b"t/p") -> Reading:
    return finish(by.read(leaves(chat(texts)), scope=scope))


def fresh(detector: Detector = DETECTOR) -> Reader:
    return Reader(detector, Cache(key=b"k" * 32, entries=1000, size_bytes=1 << 22))


CONVERSATION = st.lists(st.sampled_from(TEXTS), max_size=7)


@given(st.lists(CONVERSATION, min_size=1, max_size=5))
def test_pass_after_any_other_requests_is_the_pass_anew(requests: list[list[str]]) -> None:
    by = fresh()
    for texts in requests:
        assert read(by, texts) == read(fresh(), texts)


@given(CONVERSATION, CONVERSATION)
def test_pass_of_a_growing_conversation_is_the_pass_anew(first: list[str], more: list[str]) -> None:
    by = fresh()
    for end in range(len(more) + 1):
        texts = first + more[:end]
        assert read(by, texts) == read(fresh(), texts)


def test_known_conversation_tells_nothing_to_another_scope() -> None:
    by = fresh()
    read(by, list(TEXTS))
    kept = len(by._cache.joints)
    other = read(by, list(TEXTS), b"t/another")
    assert other == read(fresh(), list(TEXTS))
    assert len(by._cache.joints) == kept + 1


def test_values_of_a_learned_recogniser_are_spread_too() -> None:
    class Learned:
        name, version = "learned", "1"

        def steps(self, text: str):  # type: ignore[no-untyped-def]  # a recogniser made for this test
            yield
            place = text.find("Xoel")
            return [Finding(place, place + 4, Kind.PERSON, "", 0.9, "learned")] if place >= 0 else []

    by = fresh(Detector(Settings(), [Learned()]))
    one = read(by, [*TEXTS[5:9], "viene Xoel"])
    two = read(by, [*TEXTS[5:9], "viene Xoel", "¿y xoel?"])
    assert sum(map(len, two.findings)) == sum(map(len, one.findings)) + 1
    assert two == read(fresh(by.detector), [*TEXTS[5:9], "viene Xoel", "¿y xoel?"])

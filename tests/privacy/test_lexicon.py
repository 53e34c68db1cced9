"""Word lists: facts in both languages, and everyday words that are none."""

import pytest

from ambos.messages import Kind
from ambos.privacy.detector import Detector
from ambos.privacy.lexicon import Lexicon, WordList
from ambos.privacy.normalise import fold
from ambos.privacy.recogniser import finish
from ambos.privacy.settings import Settings

DETECTOR = Detector(Settings())
_FACTS = {Kind.HEALTH, Kind.SPECIAL, Kind.FINANCE}


def facts(text: str) -> set[Kind]:
    return {finding.kind for finding in finish(DETECTOR.steps(text))} & _FACTS


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Ingresa por neumonía bilateral", Kind.HEALTH),
        ("tratamiento: metformina 850 mg, enalapril 20mg", Kind.HEALTH),
        ("She was diagnosed with lupus last year", Kind.HEALTH),
        ("Dx: J18.9", Kind.HEALTH),
        ("CIE-10 E11", Kind.HEALTH),
        ("le hicieron una colecistectomía", Kind.HEALTH),
        ("tiene FIEBRE y disnea", Kind.HEALTH),
        ("takes sertraline for depression", Kind.HEALTH),
        ("es alérgica a la penicilina", Kind.HEALTH),
        ("the patient was prescribed some tablets", Kind.HEALTH),
        ("está afiliado al sindicato", Kind.SPECIAL),
        ("she is a trade union member", Kind.SPECIAL),
        ("es musulmán", Kind.SPECIAL),
        ("his sexual orientation", Kind.SPECIAL),
        ("tiene antecedentes penales", Kind.SPECIAL),
        ("convicted of fraud", Kind.SPECIAL),
        ("sufrió malos tratos", Kind.SPECIAL),
        ("asylum seeker", Kind.SPECIAL),
        ("de etnia gitana", Kind.SPECIAL),
        ("su salario es bajo", Kind.FINANCE),
        ("her mortgage", Kind.FINANCE),
        ("me han visto algo raro en el ojo, una mancha en la retina", Kind.HEALTH),
        ("se partió la pierna y lleva muletas", Kind.HEALTH),
        ("the scan showed a shadow on her lung", Kind.HEALTH),
        ("he needs help to dress since January", Kind.HEALTH),
        ("un timoma, pT2 N0 M0", Kind.HEALTH),
        ("celebra el Ramadán con su familia", Kind.SPECIAL),
        ("su exmarido la amenaza", Kind.SPECIAL),
        ("no tiene papeles todavía", Kind.SPECIAL),
        ("he threatened me twice", Kind.SPECIAL),
        ("is out on bail", Kind.SPECIAL),
        ("cobra el ingreso mínimo vital", Kind.FINANCE),
        ("we are in rent arrears", Kind.FINANCE),
        ("she had a TIA last year", Kind.HEALTH),
    ],
)
def test_fact_is_found(text: str, kind: Kind) -> None:
    assert kind in facts(text)


@pytest.mark.parametrize(
    "text",
    [
        "Sin embargo, la empatía y la simpatía son importantes en la academia",
        "Las judías verdes y el poder judicial de la comunidad",
        "Its performance has been great and the tea was good",
        "Por favor, sea paciente mientras se instala la aplicación",
        "El hospital está junto a la plaza",
        "Nostalgia de la bohemia en tiempos de furia",
        "The patient developer fixed the anatomy of the code",
        "Los datos fueron procesados por el servidor",
        "Me han cobrado dos veces y quiero un reintegro; la columna B está mal",
        "Bypass the cache, abort the job and disable the add-on",
        "Un lump sum is paid on exit; spot on, thanks",
        "El diploma, el idioma y el aroma de la paloma",
        "Can't see my transaction, my visa was charged twice",
        "You will be charged with a fee of two pounds",
        "Hemos ingresado el importe de la operación",
        "A stroke of luck and a bypass road",
        "Raza de perro más tranquila",
        "Flutter y la inyección de dependencias",
        "Parar no es una opción: el paro del motor",
        "Mi tía viene a cenar y trae el postre",
    ],
)
def test_everyday_language_is_no_fact(text: str) -> None:
    assert facts(text) == set()


def test_weak_words_count_in_company_only() -> None:
    lists = (
        WordList("weak", Kind.HEALTH, "context", "paciente*, ingresad*", weak=True),
        WordList("strong", Kind.HEALTH, "c", "asma"),
    )
    lexicon = Lexicon(lists)
    assert list(lexicon.scan(fold("el paciente y los demás"), 0)) == []
    assert len(list(lexicon.scan(fold("el paciente ingresado"), 0))) == 2
    assert len(list(lexicon.scan(fold("paciente con asma"), 0))) == 2


def test_longest_entry_wins_and_line_ends_count_as_spaces() -> None:
    lexicon = Lexicon([WordList("x", Kind.HEALTH, "c", "fibrosis, fibrosis quística")])
    (finding,) = lexicon.scan(fold("Fibrosis\nquística"), 10)
    assert (finding.start, finding.end) == (10, 27)


def test_house_words_are_found() -> None:
    detector = Detector(Settings(secrets=("Proyecto Cóndor, fase 2",), internal=("Hormiga",)))
    found = finish(detector.steps("El proyecto cóndor fase 2 y la hormiga"))
    assert [finding.detail for finding in found] == ["house_secret", "house_internal"]

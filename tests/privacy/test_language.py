"""Another language is told only from running text that clearly is in it."""

import pytest

from ambos.privacy.language import foreign_language
from ambos.privacy.normalise import fold

_EXPECTED = frozenset({"es", "en"})


def guess(text: str) -> str:
    return foreign_language(text, fold(text).lower, _EXPECTED)


# ruff: noqa: E501 - sentences


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("ca", "Bon dia, voldria saber si puc canviar la data de la meva reunió perquè aquesta setmana no hi seré"),
        (
            "gl",
            "Bos días, quería saber se podo cambiar a data da miña reunión, porque esta semana non estou na oficina",
        ),
        (
            "eu",
            "Kaixo, jakin nahi nuke nire bileraren data alda daitekeen, ez naiz bulegoan egongo eta ez dut denborarik",
        ),
        ("pt", "Bom dia, gostaria de saber se posso mudar a data da minha reunião, porque não estou no escritório"),
        ("fr", "Bonjour, je voudrais savoir si je peux changer la date de ma réunion, car je ne suis pas au bureau"),
        ("de", "Guten Tag, ich möchte wissen, ob ich den Termin ändern kann, weil ich diese Woche nicht im Büro bin"),
        ("it", "Buongiorno, vorrei sapere se posso cambiare la data della mia riunione perché non sono in ufficio"),
        (
            "und",
            "Dzień dobry, chciałbym zmienić termin wizyty, ponieważ w tym tygodniu nie będzie mnie w biurze, dziękuję bardzo",
        ),
        (
            "und",
            "Hej, jag skulle vilja ändra tiden för mötet eftersom jag inte är på kontoret den här veckan, tack så mycket",
        ),
        (
            "und",
            "Merhaba, bu hafta ofiste olmayacağım için toplantının tarihini değiştirmek istiyorum, yardımınız için şimdiden teşekkür ederim",
        ),
        (
            "und",
            "Selamat pagi, saya ingin mengubah tanggal pertemuan karena minggu ini saya tidak berada di kantor, terima kasih banyak",
        ),
        ("und", "Здравствуйте, я хочу изменить дату встречи"),
        ("und", "你好，我想更改会议日期，因为这周我不在办公室"),
        ("und", "مرحبا، أريد تغيير موعد الاجتماع"),
    ],
)
def test_running_text_in_another_language_is_told(code: str, text: str) -> None:
    assert guess(text) == code


@pytest.mark.parametrize(
    "text",
    [
        "ok gracias",
        "",
        "1 2 3 4 5 6 7 8 9 10 11 12",
        "for (int i = 0; i < n; i++) { sum += a[i]; } return sum;\n" * 5,
        "La reunión del comité se celebrará el martes en la sala grande y asistirán todos los jefes de área",
        "Please summarise the main points of the meeting and list the actions for each department",
        "¿Cómo se dice 'je ne sais pas' en español? Lo he leído en un libro y no lo entiendo bien",
        "Say 'добрый день' in English, please, and explain when people would use it in a letter",
        "paracetamol ibuprofeno omeprazol metformina enalapril simvastatina sertralina lorazepam diazepam",
        "def total(items, rate):\n    subtotal = sum(item.price * item.count for item in items)\n    return subtotal + subtotal * rate\n"
        * 3,
        "SELECT name, price FROM products JOIN stock USING (product_id) WHERE price > 10 ORDER BY name LIMIT 20 OFFSET 40",
        "Marta Gil, Juan Soto, Luis Vega, Ana Ruiz, Pedro Sanz, Carmen Mora, Laura Díaz, Hugo Paz",
    ],
)
def test_expected_languages_short_texts_and_code_are_not(text: str) -> None:
    assert guess(text) == ""


def test_language_in_the_middle_of_a_long_text_is_not_hidden_by_its_head() -> None:
    head = "Please read the following text with care. " * 12
    french = "Je voudrais savoir si vous pouvez changer la date de la réunion, car je ne suis pas au bureau. " * 40
    assert guess(head + french) == "fr"


def test_house_may_expect_other_languages() -> None:
    text = "Bon dia, voldria saber si puc canviar la data de la meva reunió perquè aquesta setmana no hi seré"
    assert foreign_language(text, fold(text).lower, frozenset({"es", "en", "ca"})) == ""


@pytest.mark.parametrize(
    "text",
    [
        "Bună ziua, aș dori să schimb data întâlnirii deoarece săptămâna aceasta nu voi fi la birou, vă mulțumesc frumos",
        "Goedemorgen, ik zou graag de datum van mijn afspraak willen wijzigen omdat ik deze week niet op kantoor ben, bedankt",
    ],
)
def test_neighbours_of_known_languages_are_at_least_foreign(text: str) -> None:
    assert guess(text) != ""

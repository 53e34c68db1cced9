"""Rules of all packs: loose forms are found, look-alikes are not."""

import pytest
from tests.spent import spent

from ambos.messages import Finding
from ambos.privacy.detector import Detector
from ambos.privacy.recogniser import finish
from ambos.privacy.recognisers import PACKS
from ambos.privacy.settings import Settings

DETECTOR = Detector(Settings())
_FACTS = {"HEALTH", "SPECIAL", "FINANCE"}


def find(text: str) -> tuple[Finding, ...]:
    return finish(DETECTOR.steps(text))


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("DNI 53123456B", "GOV_ID"),
        ("mi dni es 53.123.456-b", "GOV_ID"),
        ("dni: 5 3 1 2 3 4 5 6 B", "GOV_ID"),
        ("su DNI\n53123456\nB", "GOV_ID"),
        ("DNI ５３１２３４５６Ｂ", "GOV_ID"),
        ("DNI 53\u200b123456B", "GOV_ID"),
        ("DNI ٥٣١٢٣٤٥٦B", "GOV_ID"),
        ("12345678Z", "GOV_ID"),
        ("NIE X-1234567-L", "GOV_ID"),
        ("x1234567l", "GOV_ID"),
        ("X1234567A nie", "GOV_ID"),
        ("CIF B58818501", "TAX_ID"),
        ("B-58818501", "TAX_ID"),
        ("NSS 28/12345678/40", "HEALTH_ID"),
        ("seguridad social 281234567840", "HEALTH_ID"),
        ("ES91 2100 0418 4502 0005 1332", "BANK_ACCOUNT"),
        ("es9121000418450200051332", "BANK_ACCOUNT"),
        ("iban ES91.2100.0418.4502.0005.1333", "BANK_ACCOUNT"),
        ("2100 0418 45 0200051332", "BANK_ACCOUNT"),
        ("GB82 WEST 1234 5698 7654 32", "BANK_ACCOUNT"),
        ("DE89370400440532013000", "BANK_ACCOUNT"),
        ("FR14 2004 1010 0505 0001 3M02 606", "BANK_ACCOUNT"),
        ("Llámame al 612 34 56 78", "PHONE"),
        ("612345678", "PHONE"),
        ("+34 91 123 45 67", "PHONE"),
        ("+1 (415) 555-2671", "PHONE"),
        ("call me on 020 7946 0958", "PHONE"),
        ("(415) 555-2671", "PHONE"),
        ("tel 0049 30 123456", "PHONE"),
        ("matrícula 1234 BCD", "VEHICLE"),
        ("mi coche 1234-BCD", "VEHICLE"),
        ("CIP ABCD123456789012", "HEALTH_ID"),
        ("pasaporte PAA123456", "GOV_ID"),
        ("passport no. 123456789", "GOV_ID"),
        ("NHC: 123456", "HEALTH_ID"),
        ("historia clínica nº 98765", "HEALTH_ID"),
        ("MRN 00123456", "HEALTH_ID"),
        ("juan.perez@gmail.com", "EMAIL"),
        ("juan punto perez arroba gmail punto com", "EMAIL"),
        ("john dot smith at gmail dot com", "EMAIL"),
        ("ana[at]correo[dot]es", "EMAIL"),
        ("4111 1111 1111 1111", "CARD"),
        ("4111-1111-1111-1111", "CARD"),
        ("tarjeta 4111111111111112", "CARD"),
        ("amex 3782 822463 10005", "CARD"),
        ("５４１１ 1111 1111 1115 mastercard", "CARD"),
        ("from 81.45.12.9", "IP"),
        ("2a02:9130:8123:4567:89ab:cdef:1234:5678", "IP"),
        ("00:1B:44:11:3A:B7", "DEVICE_ID"),
        ("IMEI 490154203237518", "DEVICE_ID"),
        ("https://user:hunter22@host.com/x", "SECRET"),
        ("https://api.foo.com/v1?api_key=abcdef1234567890", "SECRET"),
        ("-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA\nabc+/=\n-----END RSA PRIVATE KEY-----", "SECRET"),
        ("password: hunter2!", "SECRET"),
        ("mi contraseña es Patito.2024", "SECRET"),
        ("la clave del wifi es gato1234", "SECRET"),
        ("el PIN de la tarjeta es 4821", "SECRET"),
        ("CVV 123", "SECRET"),
        ("DB_PASSWORD=s3cr3tpw", "SECRET"),
        ("my password is Tr0ub4dor", "SECRET"),
        ("PIN: 4821", "SECRET"),
        ('{"password": "hunter2x"}', "SECRET"),
        ("SSN 123-45-6789", "GOV_ID"),
        ("123-45-6789", "GOV_ID"),
        ("NHS number 943 476 5919", "HEALTH_ID"),
        ("Sr. Pérez", "PERSON"),
        ("Dra. María José García-Ruiz", "PERSON"),
        ("Me llamo Lucía", "PERSON"),
        ("me llamo lucía hernández", "PERSON"),
        ("My name is John O'Neill", "PERSON"),
        ("Dear Mr. Smith,", "PERSON"),
        ("Dear Anna,\n", "PERSON"),
        ("Un saludo,\nJavier Ruiz", "PERSON"),
        ("Best regards,\nJohn Smith", "PERSON"),
        ("Nombre: María del Carmen Ruiz", "PERSON"),
        ("Doña Carmen", "PERSON"),
        ("MI PACIENTE LUCÍA HERNÁNDEZ ORTEGA", "PERSON"),
        ("vive en la calle Mayor 12, 3º B", "ADDRESS"),
        ("C/ Alcalá, 45, 28014 Madrid", "ADDRESS"),
        ("Avda. de la Constitución 7", "ADDRESS"),
        ("221B Baker Street", "ADDRESS"),
        ("10 Downing Street, London SW1A 2AA", "ADDRESS"),
        ("CP 28013", "ADDRESS"),
        ("Springfield, IL 62704", "ADDRESS"),
        ("fecha de nacimiento: 12/03/1985", "DATE"),
        ("nacida el 3 de mayo de 1990", "DATE"),
        ("born on March 3, 1990", "DATE"),
        ("DOB 1990-03-03", "DATE"),
        ("niño de 7 años", "AGE"),
        ("mi hija, de 12 años,", "AGE"),
        ("a 7-year-old boy", "AGE"),
        ("Edad: 45", "AGE"),
        ("aged 12", "AGE"),
        ("menor de edad", "AGE"),
        ("tiene neumonía", "HEALTH"),
        ("metformina 850 mg", "HEALTH"),
        ("diagnosed with lupus", "HEALTH"),
        ("CIE-10: J18.9", "HEALTH"),
        ("es musulmana practicante", "SPECIAL"),
        ("víctima de violencia de género", "SPECIAL"),
        ("is gay", "SPECIAL"),
        ("solicitante de asilo", "SPECIAL"),
        ("antecedentes penales", "SPECIAL"),
        ("su nómina", "FINANCE"),
    ],
)
def test_value_is_found_in_any_of_its_forms(text: str, kind: str) -> None:
    assert kind in {finding.kind.value for finding in find(text)}


@pytest.mark.parametrize(
    "text",
    [
        "550e8400-e29b-41d4-a716-446655440000",
        "ISBN 978-84-376-0494-7",
        "ISBN 8437604947",
        "pedido 612345678",
        "order number 12345678A",
        "versión 3.2.1.4",
        "v10.0.0.1",
        "2024-03-12",
        "12/03/2024",
        "d41d8cd98f00b204e9800998ecf8427e",
        "def check(dni: str) -> bool: return dni[-1] == letter",
        "if not valid_dni(dni): raise ValueError('dni')",
        "user@example.com",
        "127.0.0.1",
        "192.168.1.10",
        "¿Qué es un DNI?",
        "El 12 de octubre de 1492 llegó Colón a América",
        "La Guerra Civil (1936-1939)",
        "1.250.000 euros",
        "const x = 4111;",
        "El IBAN tiene 24 caracteres",
        "Escribe una función que valide un IBAN",
        "password: str = Field(...)",
        "La contraseña caduca cada 90 días",
        "How do I reset my password?",
        "The password is required",
        "token = get_token()",
        "contrato de 5 años",
        "hace 7 años",
        "¿Cuál es la capital de Francia?",
        "Explain quicksort in Python",
        "call 911",
        "1000 2000 3000",
        "3.14159265358979",
        "0.123456789",
        "timestamp 1700000000",
        "1700000000000",
        "SELECT * FROM users WHERE id = 12345678",
        "#include <stdio.h>",
        "Room 1234 ABC Corp",
        "tracking 1Z999AA10123456784",
        "Estimado cliente:",
        "Dear Sir or Madam,",
        "Atentamente,\nEl equipo de soporte",
        "Plaza de España",
        "a 5 km de la calle principal",
        "git commit 9fceb02d0ae598e95dc970b74767f19372d61af8",
        "El artículo 12345678 está agotado",
        "precio 6.123.456,78 €",
        "api_key = os.environ['API_KEY']",
        "password=<your password>",
        "Beethoven nació el 16 de diciembre de 1770",
        "página 612 345",
        "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "tiene 20 años de experiencia",
        "https://example.org/a?token=abc",
        "Hola, buenos días",
        "Gracias,\nPor favor",
        "la empresa tiene 7 años",
        # Spans that real texts held falsely.
        "849 892 426 6970 72 568",
        "1 663 000 162 habitantes",
        '{"id": 833340777, "parent": 529912212496}',
        "took 675.758883 s",
        "timestamp=6668547212959 size=334",
        "EAN 4621878246643",
        "Order #CC-22177912",
        "part number 282-5078-80",
        "hematíes 4.860.000 (4.400.000-5.800.000)",
        "Otra placa de 2 cm de diámetro",
        "residente en España desde 2005",
        "vive en España desde hace más de 30 años",
        "N1 Mx. Estadio III",
        "PR 160 ms. QRS estrecho",
        "débito mayor de 1.000 cc/d. Al analizarlo",
        "osteosíntesis con placa LISS de 5 agujeros",
        "hepatitis B o C. Medicado con 160 mg",
        "I AM MISSING CASH FROM MY ACCOUNT",
        "falleció 6 meses más tarde",
        "El paciente cursó 10 días de estancia",
        "Cumple 10 días de antibiótico",
        "percentil 5 para su edad: 43 mmHg",
        "el paciente se encuentra con 3 años de postoperatorio",
        "se citó a la paciente en 4 semanas",
        "itoken = getattr(token, label)",
        "self.user, self.password = user, password",
        "password = bytes(memoryview(password))",
        "secret = settings_of.house.value",
        "La clave: escuchar al cliente",
        "la clave del éxito es trabajar",
        "def f(coro, *, loop=None, name=None):",
        "h = h * 69069 + 407133923",
        "the HTML 5 spec, section 8.1.2.2",
        "reunión @ google.com",
    ],
)
def test_look_alike_is_no_identifier(text: str) -> None:
    assert [finding for finding in find(text) if finding.kind.value not in _FACTS] == []


# In two parts, so that no scanner of repositories takes them for real ones.
@pytest.mark.parametrize(
    ("head", "tail"),
    [
        ("sk-", "proj-abcdEFGH1234567890abcdEFGH"),
        ("sk-", "ant-api03-AAAAbbbbCCCCdddd1111"),
        ("AKI", "AIOSFODNN7EXAMPLE"),
        ("ghp", "_abcdefghijklmnopqrstuvwxyz0123456789"),
        ("glp", "at-abcdefghij1234567890"),
        ("xox", "b-123456789012-abcdefABCDEF"),
        ("AIz", "aSyA1234567890abcdefghijklmnopqrstuv"),
        ("sk_", "live_abcdefghijklmnopqrstuvwx"),
        ("hf_", "abcdefghijklmnopqrstuvwxyz"),
        ("eyJ", "hbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U"),
        ("amb", "_abcdefghijklmnopqrstuvwxyz01234"),
        ("hvs", ".CAESIJabcdefghijklmnopqrstuvwx"),
        ("dapi", "0123456789abcdef0123456789abcdef"),
        ("dckr_", "pat_abcdefghij1234567890ABC"),
        ("shpa", "t_0123456789abcdef0123456789ABCDEF"),
        ("NRA", "K-ABCDEFGHIJKLMNOPQRSTUVWXYZ0"),
        ("glsa", "_abcdefghijklmnopqrstuvwxyzABCDEF_0a1b2c3d"),
        ("PMA", "K-0123456789abcdef01234567-0123456789abcdef0123456789abcdef01"),
        ("lin_", "api_abcdefghijklmnopqrstuvwxyzABCDEF01"),
        ("LTA", "I5tFabcdefghijklmnop"),
        ("AGE-SECRET", "-KEY-1QQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQ"),
    ],
)
def test_token_of_a_service_is_a_secret(head: str, tail: str) -> None:
    text = f"usa {head}{tail} ahora"
    assert ("SECRET", 4, len(text) - 6) in {(finding.kind.value, finding.start, finding.end) for finding in find(text)}


@pytest.mark.parametrize("letter", "ABCDEFGHJKLMNPQRSTVWXYZ")
def test_any_letter_after_a_dni_keyword_is_found(letter: str) -> None:
    (finding,) = [found for found in find(f"DNI 53123456{letter}") if found.kind == "GOV_ID"]
    assert (finding.start, finding.end) == (4, 13)


def test_failed_checksum_without_keyword_drops_a_common_shape() -> None:
    assert find("4111 1111 1111 1112") == ()
    assert find("5312 3456 c y nada más") == ()


@pytest.mark.parametrize("text", ["CIPA: nhc-150679.", "CIP: NHC 150679", "NHC-150679"])
def test_keyword_before_a_record_number_is_no_part_of_it(text: str) -> None:
    (finding,) = [found for found in find(text) if found.kind == "HEALTH_ID"]
    assert text[finding.start : finding.end].strip("-") == "150679"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("transfer from GB56HXDO88167774656119 to other bank", "GB56HXDO88167774656119"),
        ("Dr. Vicente Baz Unidad de Oncología Médica", "Vicente Baz"),
        ("Fax: 345-899-3560x4587", "345-899-3560x4587"),
        ("(579)888-3058 fax", "(579)888-3058"),
        ("Desk: +1-903-140-4508x769", "+1-903-140-4508x769"),
        ("Edad: 65 años", "65 años"),
        ('"password": "correct horse battery staple"', "correct horse battery staple"),
        ("mi contra es Gatito99", "Gatito99"),
        ("53123456B/612", "53123456B"),
        ("https://x.es/?doc=53123456B", "53123456B"),
        ("dni 53l23456B", "53l23456B"),
        ("my cell's 4155552671", "4155552671"),
        ("ana.ruiz[arroba]correo[punto]es", "ana.ruiz[arroba]correo[punto]es"),
        ("escribe a juan@correo.es.Gracias por todo", "juan@correo.es"),
        ("escribe a juan@mail.es.ibm.com ya", "juan@mail.es.ibm.com"),
        ("de:juan@correo.com.mx, hoy", "juan@correo.com.mx"),
        ("clave wifi: perro2020", "perro2020"),
        ("curl -u ana:s3cret99 https://x.y", "s3cret99"),
        ("los tres dígitos de atrás son 123", "123"),
        ("the three digits on the back: 4 5 6", "4 5 6"),
        ("mi código de verificación es 482913", "482913"),
        ("PIN 4 8 2 1", "4 8 2 1"),
        ("backup code: a1b2-c3d4", "a1b2-c3d4"),
        ("Pwd=Sup3r;Database=x", "Sup3r"),
        ("password = hunter22", "hunter22"),
    ],
)
def test_value_ends_where_it_ends(text: str, value: str) -> None:
    assert value in {text[each.start : each.end] for each in find(text) if each.kind.value not in _FACTS}


def test_offsets_are_code_points_of_the_original() -> None:
    text = "¡Ñandú! 😀 e\u0301l: DNI 53\u200b123\u200b456-B."
    (finding,) = [found for found in find(text) if found.kind == "GOV_ID"]
    assert text[finding.start : finding.end] == "53\u200b123\u200b456-B"


def test_every_rule_has_its_own_name() -> None:
    names = [rule.name for rules in PACKS.values() for rule in rules]
    assert len(names) == len(set(names))


def test_pack_or_rule_can_be_switched_off() -> None:
    text = "coche 1234 BCD, correo ana.ruiz@correo.es"
    without = Detector(Settings(off=frozenset({"es", "email"})))
    assert {finding.kind.value for finding in find(text)} >= {"VEHICLE", "EMAIL"}
    assert not {"VEHICLE", "EMAIL"} & {finding.kind.value for finding in finish(without.steps(text))}
    assert without.version != DETECTOR.version


@pytest.mark.parametrize(
    "piece",
    [
        "1 ",
        "1.",
        "A ",
        "Aa ",
        "password=",
        "-----BEGIN RSA PRIVATE KEY-----",
        "Sr. ",
        "eyJ",
        "a\u200b",
        "Ж ",
        "calle A ",
        "@a.",
        "un: 1 2 3 ",
        "a,b\n1,2\n",
        "a;a;a;a\n1;1;1;1\n",
        "insert into a(b) values ('",
        "''",
        "%41",
        "&#1;",
        "=C3=",
        "\\u0041",
        "YWJj",
        "0044 ",
        "dni: 1 2 3 ",
        "GB12 a",
        "-----BEGIN RSA PRIVATE KEY----- a",
        "curl -u a",
        "mi clave de a ",
    ],
)
def test_time_grows_with_the_length_only(piece: str) -> None:
    finish(DETECTOR.steps(piece * 50))
    short, long = ((piece * size)[:size] for size in (20_000, 80_000))
    # Four times the text may take four times as long; the rest is room for a busy machine.
    assert spent(lambda: finish(DETECTOR.steps(long))) < 12 * spent(lambda: finish(DETECTOR.steps(short))) + 0.05


def test_long_token_is_found_to_its_end() -> None:
    token = "eyJhbGciOiJIUzI1NiJ9." + "eyJzdWIiOiIx" * 900 + ".sig-nature"
    text = f"x {token} y"
    assert any(finding.kind == "SECRET" and finding.end >= len(text) - 14 for finding in find(text))


def test_private_key_is_one_finding() -> None:
    text = "-----BEGIN PRIVATE KEY-----\n" + "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n" * 40 + "-----END PRIVATE KEY-----"
    (finding,) = find(text)
    assert (finding.start, finding.end, finding.detail) == (0, len(text), "private_key")


@pytest.mark.parametrize(
    "text",
    [
        "DOI: 10.1016/j.cell.2020.02.052",
        "write to usuario@example.com please",
        "Estimado cliente: GRACIAS POR SU COMPRA",
    ],
)
def test_a_cue_inside_a_token_and_a_cry_after_a_cue_tell_nobody(text: str) -> None:
    assert finish(DETECTOR.steps(text)) == ()


def test_a_name_in_capitals_ends_where_the_sentence_goes_on() -> None:
    text = "Paciente: JUAN PEREZ GARCIA POR FAVOR PASE A CONSULTA"
    assert [text[one.start : one.end] for one in finish(DETECTOR.steps(text))] == ["JUAN PEREZ GARCIA"]

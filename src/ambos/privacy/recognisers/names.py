"""Names, addresses, births and ages by cues: a baseline below the tagger, which knows them without cues."""
# ruff: noqa: E501 - a pattern is read as one line

import re

from ambos.messages import Kind
from ambos.privacy.ages import is_time
from ambos.privacy.rule import Rule

# One name: a capitalised word, or one in capitals; parts are joined by particles. Folded: no accents.
# Words are not bounded in length here and below: each bound is a counter, of which a matcher without backtracking keeps a
# state for every value; without one it is as linear, and three times faster on fresh text.
_W = r"(?:[A-Z][a-z]+(?:[-'][A-Z][a-z]+)?|[A-Z]'[A-Z][a-z]+|[A-Z][A-Z]+|Mc[A-Z][a-z]+)"
_P = r"(?:(?:de la|de los|de las|de|del|la|los|y|e|i|van der|van den|van|von|da|do|dos|das|bin|al|san|O') ?)"
_NAMES = rf"{_W}(?:[ ]{_P}?(?:{_W}|[A-Z]\.)){{0,5}}"
_FULL = rf"{_W}(?:[ ]{_P}?(?:{_W}|[A-Z]\.)){{1,5}}"
_I = "(?i:"

# Capitalised words that follow a cue and are nobody.
_NOBODY = frozenset(
    b"equipo senor senora senores todos todas team all sir madam sirs customer cliente clientes support hiring manager everyone amigo "
    b"amiga colega friend friends colleagues colleague usuario user students companeros vecinos doctor doctora hr recursos humanos "
    b"atencion director directora comite committee professor profesor profesora profesores parents padres world god dios diary "
    b"gracias por para thank thanks please welcome bienvenido bienvenida buenos buenas "
    b"none true false null string str int number store must "
    b"dni nif nie nhc nss iban cif con que para por the and from esta este ayer hoy tiene presenta acude ingreso ingresa el la los las un una the our your my nuestro nuestra su si no".split()
)


def _is_somebody(lower: bytes, start: int, end: int) -> bool:
    return lower[start:end].split(b" ")[0].strip(b".,") not in _NOBODY


# After it: what lasted so long, or a unit that makes it no age.
_LASTED = re.compile(
    rb" (?:mas tarde|despues|antes|previos|later|earlier|ago|before|after)\b| (?:de|of) (?:evolucion|estancia|postoperatorio|seguimiento|tratamiento|duracion|"
    rb"supervivencia|antibi[a-z]*|ingreso|reposo|baja|experiencia|antiguedad|gestacion|embarazo|historia|treatment|follow|survival|gestation|experience)"
    rb"| ?(?:mm[a-z]*|kg|cm|%|mg|ml|dias|days|semanas|weeks|meses|months|horas|hours|puntos|points|veces|times|goles|goals)\b"
)
_VERBS = re.compile(
    rb"\b(?:en|hace|lleva|llevan|fallecio|murio|curso|tras|durante|despues|cada|cito|reevaluad[oa]|control|revision|mas|desde|por|lived|for|since|after|"
    rb"in|within|during|over|died|every|encuentra|padecimiento|seguimiento)\b[a-z, ]{0,16}$"
)


_COUNTS = re.compile(
    rb"(?:total|sum|group|team|score|maximum|minimum|average|mean|median|set|list|batch|class|number|series|crew|party|family|"
    rb"staff|sample|cohort|limit|rate|temperature|speed|value|cost|price|weight|population|panel|range) of $"
)


def _is_somebodys(lower: bytes, start: int, _: int) -> bool:
    """ "A total of 40 with ..." is nobody's age."""
    return _COUNTS.search(lower, max(0, start - 24), start) is None


def _is_age(lower: bytes, start: int, end: int) -> bool:
    before = lower[max(0, start - 28) : start]
    return not (is_time(lower, start, end) or _LASTED.match(lower, end) or _VERBS.search(before))


def _is_number_of_years(lower: bytes, _: int, end: int) -> bool:
    """ "Edad: 43 mmHg", "cumple 10 días de antibiótico"."""
    return _LASTED.match(lower, end) is None


# "Vive en España desde 2005", "lives in Texas for 30 years".
_SPANS = re.compile(rb"\b(?:desde|hace|hasta|durante|con|por|los|las|since|for|until|from|about|over|more)\b")


def _is_home(lower: bytes, start: int, end: int) -> bool:
    return _SPANS.search(lower, start, end) is None


_BEFORE_TITLE = re.compile(rb"(?:[0-9] ?(?:ms|d)|/d|\bn[0-3x][a-z0-9()]*[ .]{1,2}mx)\.? {1,2}$")


def _is_titled(lower: bytes, start: int, end: int) -> bool:
    """ "160 ms. QRS", "1.000 cc/d. Al", "T3 N1 Mx. Estadio" have no title."""
    return _BEFORE_TITLE.search(lower[max(0, start - 16) : start]) is None and _is_somebody(lower, start, end)


def _name_end(lower: bytes, start: int, end: int) -> int:
    past = _PAST_NAME.search(lower, start, end)
    return past.start() if past else end


def _is_recent(lower: bytes, start: int, end: int) -> bool:
    """Births before 1900 are history."""
    year = re.search(rb"[0-9]{4}", lower[start:end])
    return year is None or int(year.group()) >= 1900


# What stands after a name in a letter's head or foot: its bearer's place of work, the next field.
_PAST_NAME = re.compile(
    rb"\b(?:gracias|por|para|que|please|thanks?|your|unidad|servicio|hospital|departamento|dpto|dept|department|seccion|centro|clinica|instituto|facultad|universidad|university|jef[ea]|medic[oa]|"
    rb"facultativ[oa]|especialista|enfermer[oa]|calle|avenida|plaza|paseo|correo|email|e-mail|mail|tel|telefono|phone|movil|dni|nif|nie|nhc|nass|nss|"
    rb"edad|sexo|fecha|age|sex|date|address|direccion|domicilio|no?col)\b"
)
_CUES = (
    r"mi paciente|la paciente|el paciente|nuestr[oa] paciente|paciente|my patient|the patient|patient|me llamo|mi nombre es|se llama|"
    r"llamad[oa]|my name is|i am called|name is|named|soy|(?-i:[Ii] am)|i'm|this is|le escribe|les escribe|firmado por|firmado|firma|signed by|signed|a nombre de|"
    r"on behalf of|en nombre de|titular|holder|cliente|client|customer|emplead[oa]|employee|trabajador[a]?|alumn[oa]|student|demandante|"
    r"demandad[oa]|acusad[oa]|inquilin[oa]|tenant|landlord|mi (?:hij[oa]|herman[oa]|madre|padre|marido|mujer|espos[oa]|novi[oa]|jef[ea]|"
    r"amig[oa]|abuel[oa]|ti[oa]|prim[oa]|pareja|vecin[oa]|companer[oa])|my (?:son|daughter|wife|husband|mother|father|brother|sister|boss|"
    r"friend|partner|colleague|neighbour|neighbor|manager|boyfriend|girlfriend|uncle|aunt|cousin|mum|mom|dad)|contact(?:o|ar con)?|"
    r"llamar a|hable con|hablar con|ask for|speak to|atendid[oa] por|seen by|remitid[oa] por|referred by"
)
_TITLES = r"sr|sra|srta|sres|don|dona|dr|dra|mr|mrs|miss|prof|profa|lic|ing|doctor|doctora|senor|senora|senorita|sir|lady|fray|sor|lord"
_FORM = (
    r"nombre(?: y apellidos| completo| del paciente| del titular| del cliente)?|apellidos?|primer apellido|segundo apellido|paciente|titular|"
    r"name|full name|first name|last name|surname|given name|patient(?: name)?|customer(?: name)?|cliente|client|employee(?: name)?|"
    r"remitente|destinatario|from|to|de|para|medico|doctor|facultativo|firmado|fdo|contacto|contact|beneficiario|beneficiary|holder|"
    r"account holder|alumno|alumna|student|tutor|tutora|trabajador|empleado|solicitante|applicant|asegurado|insured|testigo|witness"
)
_STREETS = (
    r"calle|avenida|avda|paseo|plaza|pza|plza|camino|carretera|ctra|ronda|travesia|gran via|glorieta|rambla|pasaje|urbanizacion|"
    r"urb|poligono|callejon|cuesta|carrer|rua|avinguda|(?-i:Placa)|passeig"
)
_STREET_EN = (
    r"street|st|road|rd|avenue|ave|lane|ln|drive|dr|close|court|ct|crescent|terrace|way|boulevard|blvd|square|sq|gardens|mews|parkway|pkwy|"
    r"place|pl|highway|hwy|grove|row|hill"
)
_MONTHS = r"(?:ene|feb|mar|abr|may|jun|jul|ago|sep|set|oct|nov|dic|jan|apr|aug|dec)[a-z]{0,8}"
_DATE = (
    rf"(?:[0-9]{{1,2}}[ ]?[/.\-][ ]?[0-9]{{1,2}}[ ]?[/.\-][ ]?(?:[0-9]{{4}}|[0-9]{{2}})|[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}|"
    rf"[0-9]{{1,2}}(?:st|nd|rd|th)?(?: de| of)? {_MONTHS}(?: de| del|,)? [0-9]{{4}}|{_MONTHS} [0-9]{{1,2}}(?:st|nd|rd|th)?,? [0-9]{{4}})"
)
_PEOPLE = (
    r"nin[oa]s?|bebe|hij[oa]s?|varon|mujer|hombre|chic[oa]|alumn[oa]|menor|paciente|niet[oa]|sobrin[oa]|herman[oa]|joven|adolescente|lactante|"
    r"pequen[oa]|senora?|ancian[oa]|boy|girl|son|daughter|child|kid|man|woman|male|female|patient|student|baby|toddler|infant|"
    r"nephew|niece|grandson|granddaughter"
)

NAMES = (
    Rule("name.cue", Kind.PERSON, "", rf"\b{_I}{_CUES}),?:? ({_FULL})\b", bare=0.85, cased=True, cut=_name_end, accept=_is_somebody, decoys=False),
    Rule(
        "name.cue_one", Kind.PERSON, "",
        rf"\b{_I}me llamo|mi nombre es|se llama|my name is|mi (?:hij[oa]|herman[oa]|madre|padre|marido|mujer|espos[oa]|novi[oa]|jef[ea]|amig[oa]|pareja)|"
        rf"my (?:son|daughter|wife|husband|mother|father|brother|sister|boss|friend|partner)),?:? ({_NAMES})\b",
        bare=0.8, cased=True, cut=_name_end, accept=_is_somebody, decoys=False,
    ),
    Rule(
        "name.said", Kind.PERSON, "", r"\b(?:me llamo|mi nombre es|my name is) ([a-z]{3,}(?: (?:de |del |la )?[a-z]{3,}){0,3}?)(?:[,.;:\n!?]|$| y | and | con | tengo | i )",
        bare=0.75, accept=_is_somebody, decoys=False,
    ),
    Rule(
        "name.title", Kind.PERSON, "", rf"\b(?:{_I}{_TITLES})\.?|D\.|D[Nn][Aa]\.|Dna|Ms\.?|MS\.|Mx\.?)[ ]{{1,2}}({_NAMES})\b",
        bare=0.8, cased=True, cut=_name_end, accept=_is_titled, decoys=False,
    ),
    Rule(
        "name.greeting", Kind.PERSON, "",
        rf"(?:^|\n|\. |\"){_I}dear|estimad[oa]s?|querid[oa]s?|apreciad[oa]s?|distinguid[oa]s?|hola|hi|hello|hey|buenos dias|buenas tardes),? "
        rf"(?:{_I}{_TITLES}|d|dna|ms|mx)\.? )?({_NAMES})[ ]?[,:\n.!]",
        bare=0.75, cased=True, cut=_name_end, accept=_is_somebody, decoys=False,
    ),
    Rule(
        "name.signature", Kind.PERSON, "",
        rf"(?:^|\n|[.!,;] ){_I}atentamente|un (?:cordial )?saludo|saludos(?: cordiales)?|cordialmente|un abrazo|gracias|fdo\.?:?|"
        rf"(?:kind |best |warm )?regards|best wishes|sincerely|yours(?: sincerely| faithfully| truly)?|sincerely yours|thanks|thank you|cheers|love|best)"
        rf"[,.:]?\s{{1,4}}({_NAMES})(?:\s|$|[,.])",
        bare=0.8, cased=True, cut=_name_end, accept=_is_somebody, decoys=False,
    ),
    Rule(
        "name.form", Kind.PERSON, "", rf"(?:^|\n|[|;,\"{{] ?){_I}{_FORM})\"?[ ]?[:=|][ ]{{0,4}}\"?({_NAMES})(?:\s|$|[,.;|\"<])", bare=0.8, cased=True,
        cut=_name_end, accept=_is_somebody, decoys=False,
    ),
    Rule(
        "name.before_id", Kind.PERSON, "", rf"\b({_FULL}),? (?:\(|{_I}con|with|y|and) )?(?:{_I}dni|nif|nie|d\.n\.i|pasaporte|passport|ssn|nhs))\b",
        bare=0.9, cased=True, cut=_name_end, accept=_is_somebody, decoys=False,
    ),
    Rule(
        "address.es", Kind.ADDRESS, "street",
        rf"(?:\b{_I}{_STREETS})\.?[ ]{{1,2}}|\b[Cc]/[ ]?|\b(?i:cl|av|pl|po|urb|ctra)\.[ ])(?:de la |del |de los |de las |de )?[A-Z0-9a-z][A-Za-z.\-']+(?: [A-Za-z.\-']+){{0,5}}?,?[ ]{{0,2}}(?:{_I}n[o.]?|num\.?|numero|#) ?)?"
        rf"[0-9]{{1,4}}\b(?:[ ]?[a-zA-Z]\b)?(?:,? ?[0-9]{{1,2}}[oa.]{{0,2}} ?(?:[A-Z]\b|{_I}izq[a-z.]*|dcha?[a-z.]*|der[a-z.]*|centro|puerta [0-9a-z]+)))?"
        rf"(?:,? {_I}piso|portal|bajo|atico|escalera|esc\.?|puerta) ?[0-9A-Za-z]{{0,3}}){{0,2}}(?:[,.]? {{0,2}}(?:{_I}c\.?p\.?) )?[0-5][0-9]{{4}}(?: {_NAMES})?)?",
        bare=0.8, cased=True, decoys=False,
    ),
    Rule(
        "address.short", Kind.ADDRESS, "street",
        r"\bC\. (?:de la |del |de los |de las |de )?[A-Z][a-z]+(?: (?:(?:de la|del|de los|de las|de|la|y) )?[A-Z][a-z]+){0,3},? {0,2}(?:(?:n[o.]?|num\.?) ?)?[0-9]{1,3}\b(?:,? ?[0-9]{1,2}[oa.]{1,2} ?[A-Z]\b)?",
        bare=0.75, cased=True, decoys=False,
    ),
    Rule(
        "address.en", Kind.ADDRESS, "street",
        rf"\b(?:{_I}flat|apt\.?|apartment|unit|suite) [0-9A-Z]{{1,5}},? )?[0-9]{{1,5}}[A-Za-z]?,? (?:(?:N|S|E|W|North|South|East|West)\.? )?(?:[A-Z][a-z']+|[0-9]{{1,3}}(?:st|nd|rd|th))(?: [A-Z][a-z']+){{0,3}} "
        rf"(?i:{_STREET_EN})\b\.?(?:,? (?:{_I}flat|apt\.?|apartment|unit|suite|#) ?[0-9A-Z]{{1,5}}))?"
        rf"(?:,? [A-Z][a-z]+(?: [A-Z][a-z]+){{0,2}},? (?:[A-Z]{{2}} )?(?:[0-9]{{5}}(?:-[0-9]{{4}})?|[A-Z]{{1,2}}[0-9][0-9A-Z]? ?[0-9][A-Z]{{2}}))?",
        bare=0.8, cased=True, decoys=False,
    ),
    Rule(
        "address.said", Kind.ADDRESS, "home",
        rf"\b{_I}vivo en|vive en|domicilio(?: en)?|con domicilio en|direccion|resid[eo]n?(?:te)? en|empadronad[oa] en|i live (?:at|in)|lives? at|address(?: is)?|home address)[: ]{{1,3}}"
        rf"((?:{_I}la |el )?(?:{_I}{_STREETS})\.? )?[A-Z][A-Za-z'][A-Za-z']+(?:,? [A-Za-z0-9']+){{0,4}}? [0-9]{{1,5}}[A-Za-z]?)\b)",
        bare=0.75, cased=True, accept=_is_home, decoys=False,
    ),
    Rule("postcode.es", Kind.ADDRESS, "postcode", rf"\b(?:{_I}c\.?p\.?|codigo postal|postal code)[ .:]{{0,4}})([0-5][0-9]{{4}})\b", bare=0.85, cased=True, decoys=False),
    Rule(
        "birth", Kind.DATE, "birth",
        rf"\b(?:fecha de nacimiento|fecha nacimiento|f\. ?nac|f\. ?nacimiento|fnac|nacid[oa](?: el| en)?|nacio el|naci el|nacimiento|date of birth|d\.?o\.?b\.?|born(?: on)?|birth ?date|birthday)"
        rf"(?: (?:el|dia|es|is|on))*[ .:#=\"'|]{{0,6}}({_DATE})",
        bare=0.9, decoys=False, accept=_is_recent,
    ),
    Rule(
        "age.name", Kind.AGE, "age", rf"\b{_W}(?: {_W})?,? (?:de |aged |\()?([0-9]{{1,2}} (?:anos|years old|yo)\b|[0-9]{{1,2}}-year-old\b)", bare=0.8,
        cased=True, decoys=False, accept=_is_age,
    ),
    Rule(
        "age.person", Kind.AGE, "age",
        rf"\b(?:{_PEOPLE})(?:[ ,]+(?:[a-z\-']+,? ){{0,4}}?)?(?:de |tiene |con |is |aged |,)? ?([0-9]{{1,3}}[ \-]?(?:anos?|meses|dias|semanas|years?(?:[ \-]old)?|months?(?:[ \-]old)?|weeks?(?:[ \-]old)?|yo|y/o))\b",
        bare=0.8, decoys=False, accept=_is_age,
    ),
    Rule(
        "age.said", Kind.AGE, "age",
        r"\b([0-9]{1,3}[ \-]?(?:anos|meses|dias) de edad|[0-9]{1,3}[ \-](?:years?|months?|weeks?|days?)[ \-]old|[0-9]{1,3} ?y/?o)\b|\b(?:aged|edad|age)(?: (?:de|of|is))?[ :=\"]{1,4}([0-9]{1,3}(?: (?:anos|years old))?)\b",
        bare=0.85, accept=_is_number_of_years, decoys=False,
    ),
    Rule(
        "age.turn", Kind.AGE, "age",
        r"\b(?:cumple|cumplio|cumplira|tengo|turns|turned|turning) ([0-9]{1,2}(?: anos| years old)?)\b",
        bare=0.0, keyword=r"anos|years|birthday|cumpleanos|cumple", accept=_is_number_of_years, decoys=False,
    ),
    # "A potter of 63 from ...", "She's 101, lives in ...": of tens that are no minor's, since "a group of 12 from ..." is none.
    Rule("age.of", Kind.AGE, "age", r"\ban? [a-z\-]+(?: [a-z\-]+)? of ([2-9][0-9]) (?:from|living|who|with)\b", bare=0.8, decoys=False, accept=_is_somebodys),
    Rule("age.is", Kind.AGE, "age", r"\b(?:s?he(?:'s| is)|i'm|i am) ([1-9][0-9]?|1[01][0-9])(?:,|\.(?:\s|$)| and (?:lives?|has|was|is|have|am)\b)", bare=0.8, decoys=False),
    Rule("age.minor", Kind.AGE, "minor", r"\b(?:menor(?:es)? de edad|underage|under age|under-age)\b", bare=0.85, decoys=False),
)  # fmt: skip

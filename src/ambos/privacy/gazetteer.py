"""Which lists a word is on: people's names, places, months, kin, streets, institutions, professions.

Long lists (names, surnames, municipalities) come hashed with the model; short closed ones stand here.
Only folded words (lower case, no accents) are looked up.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping

# One bit for each long list; the order is part of the model file.
LONG_LISTS = ("first", "last", "place")

_SHORT = {
    "month": "enero febrero marzo abril mayo junio julio agosto septiembre setiembre octubre noviembre diciembre "
    "january february march april may june july august september october november december jan feb mar apr jun jul aug "
    "sep sept oct nov dec ene abr ago dic",
    "day": "lunes martes miercoles jueves viernes sabado domingo monday tuesday wednesday thursday friday saturday "
    "sunday",
    "kin": "padre madre padres hijo hija hijos hijas hermano hermana hermanos hermanas abuelo abuela abuelos abuelas "
    "tio tia primo prima sobrino sobrina marido esposo esposa mujer novio novia pareja suegro suegra cunado "
    "cunada nieto nieta father mother parents son daughter brother sister grandfather grandmother grandma "
    "grandpa uncle aunt cousin nephew niece husband wife boyfriend girlfriend partner dad mum mom fiance "
    "fiancee grandson granddaughter stepson hijastro gemelo gemela mellizo mellizos viuda viudo",
    "street": "calle c avda avenida av paseo plaza pza pl camino carretera ctra ronda travesia trav via glorieta "
    "rambla pasaje urbanizacion urb poligono carrer cami kalea rua praza carrera calzada boulevard bulevar costanilla "
    "cuesta callejon jiron street st road rd avenue ave lane ln drive dr close court ct crescent terrace grove "
    "way blvd square gardens mews parkway pkwy highway hwy hill apt apartment flat suite",
    "unit": "piso portal escalera esc bajo atico izquierda izq izda derecha dcha puerta bloque km kilometro sn floor "
    "unit apt block door house entresuelo duplicado cp postcode zip",
    "health_place": "hospital clinica complejo consultorio sanatorio ambulatorio policlinica residencia hospitalario "
    "hospitalario clinic infirmary surgery hospice centro centre center",
    "body": "universidad university instituto institute colegio school academia facultad faculty fundacion foundation "
    "ayuntamiento council juzgado tribunal court banco bank ministerio ministry consejeria universitat "
    "universidade college ltd limited plc inc llc gmbh sl sa slu sociedad asociacion association cooperativa "
    "servicio agencia agency departamento department comisaria notaria bufete gestoria parroquia church",
    "title": "sr sra srta don dona d dna dr dra doctor doctora mr mrs ms miss mx sir madam prof profesor profesora "
    "professor lic ing fray sor padre nurse enfermero enfermera matrona letrado letrada abogado abogada sres",
    "sex": "varon mujer hombre nino nina masculino femenino masculina femenina male female man woman boy girl h m f v",
    "role": "paciente patient cliente client customer alumno alumna student empleado empleada employee inquilino "
    "inquilina tenant vecino vecina neighbour demandante demandado plaintiff defendant trabajador trabajadora "
    "candidato candidata applicant candidate usuario usuaria user titular holder companero companera colleague "
    "jefe jefa boss manager tutor tutora teacher amigo amiga friend testigo witness acusado acusada",
    "country": "espana spain argentina chile mexico colombia peru ecuador venezuela bolivia paraguay uruguay cuba "
    "nicaragua honduras guatemala panama brasil brazil portugal francia france italia italy alemania germany "
    "inglaterra england reino kingdom irlanda ireland escocia scotland gales wales estados states unidos united "
    "usa eeuu uk suiza switzerland belgica belgium holanda netherlands polonia poland rumania romania bulgaria "
    "ucrania ukraine rusia russia china india pakistan bangladesh japon japan filipinas philippines marruecos "
    "morocco argelia algeria tunez tunisia egipto egypt senegal nigeria ghana mali turquia turkey siria syria "
    "iran irak iraq israel canada australia austria suecia sweden noruega norway dinamarca denmark finlandia "
    "finland grecia greece hungria hungary salvador rica dominicana kenya etiopia ethiopia moldavia moldova "
    "georgia armenia",
    "job": "abogado abogada albanil arquitecto arquitecta auxiliar azafata bombero bombera camarero camarera camionero "
    "carpintero cocinero cocinera conductor conductora conserje contable dependiente dependienta director "
    "directora economista electricista enfermero enfermera farmaceutico farmaceutica fontanero ganadero "
    "agricultor agricultora ingeniero ingeniera jardinero jornalero jubilado jubilada limpiadora maestro "
    "maestra mecanico militar minero modista monitor monitora musico panadero peluquero peluquera periodista "
    "pescador pintor policia profesor profesora programador programadora psicologo psicologa secretaria "
    "secretario soldador taxista tecnico tecnica teleoperadora vendedor vendedora veterinario veterinaria "
    "vigilante accountant actor architect baker barber builder butcher carpenter cashier chef cleaner clerk "
    "cook dentist designer developer driver electrician engineer farmer firefighter gardener hairdresser "
    "journalist lawyer librarian mechanic midwife miner nurse painter paramedic pharmacist pilot plumber "
    "policeman policewoman postman receptionist salesman secretary seamstress solicitor surveyor tailor teacher "
    "technician therapist translator waiter waitress welder retired",
}
_SHORT_OF: dict[str, tuple[str, ...]] = {}
for _name, _words in _SHORT.items():
    for _word in _words.split():
        _SHORT_OF[_word] = tuple(dict.fromkeys((*_SHORT_OF.get(_word, ()), _name)))
_MEMBERS = tuple(tuple(name for bit, name in enumerate(LONG_LISTS) if mask >> bit & 1) for mask in range(8))


def digest(folded: str) -> int:
    """What stands for a word in the long lists: CRC-32 of its UTF-8 form (ISO 3309).

    40,000 words among 2**32 values: a foreign word is taken for a listed one about once in 100,000.
    """
    return zlib.crc32(folded.encode("utf-8", "surrogatepass"))


def hashed(lists: Mapping[str, Iterable[str]]) -> dict[int, int]:
    """Digest of each word -> bits of the long lists it is on. `lists` is keyed by names of LONG_LISTS."""
    masks: dict[int, int] = {}
    for bit, name in enumerate(LONG_LISTS):
        for word in lists.get(name, ()):
            key = digest(word)
            masks[key] = masks.get(key, 0) | 1 << bit
    return masks


def lists_with(folded: str, long_lists: Mapping[int, int]) -> tuple[str, ...]:
    """Names of the lists that hold this folded word."""
    return _MEMBERS[long_lists.get(digest(folded), 0)] + _SHORT_OF.get(folded, ())

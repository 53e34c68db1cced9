import pytest

from ambos.messages import Kind
from ambos.privacy import Detector, Settings
from ambos.privacy.recogniser import finish

DETECTOR = Detector(Settings())
HINTS = """
A Marta le han sacado lo del pecho
Me han visto una sombra en el pulmón
A mi padre le encontraron algo raro en el colon
Tras una larga enfermedad, Julio se despidió
Mi cuñado ha vuelto a beber
Lleva la bolsa desde marzo porque le operaron del colon
Ya no nos conoce y se le va la cabeza
Raúl dice que oye voces
Carla habla de quitarse de en medio
Mi vecino estuvo entre rejas
Su marido le levanta la mano
Salió del armario el año pasado
Llegó en patera con quince años
My sister got the C word in June
They found a lump in her breast
He had his prostate out last year
Tom fell off the wagon again
She hears voices at night
He did time for it
She is scared of her husband
Ruth lost the baby in spring
Dad forgets everything these days
He came out to his parents
They came over in a boat
"""
NOTHING = """
Lo del contrato está hecho
Me han quitado la beca
Le han sacado una foto en la oficina
Hay una mancha en la alfombra
Espera un correo de mi parte
Deja la bolsa en la silla
Se me va el tren
Lleva el proyecto sin retraso
El deporte y los deportistas del club
La sombra del edificio llega a la calle
We did the work in time
They found a bug in her code
He took the trash out
The big company came out with a phone
She is on the board
Put a spot on the map
Something in the report is wrong
Hit the button again
The papers are in order
He has a record player
"""


def facts(text: str) -> list[str]:
    return [
        text[one.start : one.end] for one in finish(DETECTOR.steps(text)) if one.kind in (Kind.HEALTH, Kind.SPECIAL)
    ]


@pytest.mark.parametrize("text", HINTS.strip().split("\n"))
def test_what_is_hinted_at_is_found(text: str) -> None:
    assert facts(text)


@pytest.mark.parametrize("text", NOTHING.strip().split("\n"))
def test_what_only_sounds_alike_is_none(text: str) -> None:
    assert facts(text) == []

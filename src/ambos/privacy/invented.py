"""Names, streets, towns and bodies that nobody has, for the realistic style; months as written in Spanish and English."""

from typing import Final

_FIRST_NAMES = """
Alda Bruno Celia Darío Elsa Fidel Gala Hilario Inés Julián Kenia Lino Mara Nuria Olga Pía Rut Simón Tesa Ubay Vera Walda
Yago Zoe Adela Basilio Carina Delia Efrén Flora Gema Héctor Irma Jonás Leire Marcos Nadia Orlando Petra Ramiro Sara
Tadeo Úrsula Valerio
"""
_SURNAMES = """
Abrilar Bastenes Calderuela Dobarrio Encinares Fontalba Garrapino Hontalvo Iruñuela Jaramazo Lanzuela Mondéjaro Novalbos
Olmazo Pedralba Quintarro Robledano Sotillano Tejadillo Urbanzo Valdemoral Yebranes Zarzalejo Arenzano Berruguilla
Cantareno Dehesano Espinaredo Frailejo Granjuela Herradilla Linarejo Montalvillo Navalejo Otañez Pinarejo Romeralo
Salcedillo Torralbilla Villarejano
"""
_STREETS = """
Calle de las Acacias Nuevas, Calle del Pozo Seco, Avenida de los Tilos Altos, Calle Molino Quemado, Plaza del Olmo Viejo
Calle de la Noria Baja, Paseo de las Moreras, Calle Cuesta del Herrador, Calle Fuente Hundida, Avenida del Alcornocal
"""
_TOWNS = """
Villasombra, Aldeaclara del Monte, Puente Hondo, Torremolina, Valdecierzo, Fuentenegra, Santa Rita del Páramo
Peñalvilla, Robledal de Arriba, Casas del Encinar, Navafría la Nueva, Hoyo Largo
"""
_BODIES = """
San Elías, Las Encinas, Virgen del Olmo, Monteclaro, Los Almendros, Río Manso, La Serrana, Puerta Nueva, Aguaviva
El Robledal
"""
_MONTHS = (
    "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "january february march april may june july august september october november december",
    "jan feb mar apr may. jun jul aug sep oct nov dec",
)


def _entries(text: str) -> tuple[str, ...]:
    return tuple(entry.strip() for line in text.strip().split("\n") for entry in line.split(","))


FIRST_NAMES: Final = tuple(_FIRST_NAMES.split())
SURNAMES: Final = tuple(_SURNAMES.split())
STREETS: Final = _entries(_STREETS)
TOWNS: Final = _entries(_TOWNS)
BODIES: Final = _entries(_BODIES)
# Name of a month to its number; names of one number stand in the order of their language.
MONTHS: Final = {name: number for names in _MONTHS for number, name in enumerate(names.split(), 1)}

"""Places of 100,000 people and more, countries and regions, and bodies that are everybody's: they say little of a person.

Spain: municipalities by the municipal register of 2024 and all provinces and communities; elsewhere capitals and the cities that texts
in Spanish and English name most. A place that is not here counts as small.
"""
# ruff: noqa: E501 - lists are data

from ambos.privacy.normalise import fold

_LARGE = """
Madrid, Barcelona, Valencia, Sevilla, Zaragoza, Málaga, Murcia, Palma, Palma de Mallorca, Las Palmas, Las Palmas de Gran Canaria, Bilbao, Alicante, Córdoba, Valladolid, Vigo
Gijón, L'Hospitalet, L'Hospitalet de Llobregat, Hospitalet, Vitoria, Vitoria-Gasteiz, La Coruña, A Coruña, Coruña, Granada, Elche, Oviedo, Tarrasa, Terrassa, Badalona, Cartagena, Sabadell
Jerez, Jerez de la Frontera, Móstoles, Santa Cruz de Tenerife, Pamplona, Iruña, Almería, Alcalá de Henares, Fuenlabrada, Leganés, San Sebastián, Donostia, Getafe, Burgos, Albacete
Santander, Castellón, Castellón de la Plana, Alcorcón, San Cristóbal de La Laguna, La Laguna, Logroño, Badajoz, Huelva, Salamanca, Marbella, Lérida, Lleida, Dos Hermanas, Tarragona
Torrejón de Ardoz, Parla, Mataró, León, Algeciras, Alcobendas, Cádiz, Santa Coloma de Gramanet, Jaén, Reus, Roquetas de Mar, Orense, Ourense, Gerona, Girona, Telde, Barakaldo, Baracaldo
Rivas-Vaciamadrid, San Fernando, Santiago de Compostela, Santiago, Lugo, Las Rozas, San Cugat del Vallés, Lorca, Mijas, Cáceres, Torrevieja, Melilla, Ceuta, Toledo, Guadalajara
Álava, Asturias, Ávila, Baleares, Islas Baleares, Ciudad Real, Cuenca, Guipúzcoa, Gipuzkoa, Huesca, La Rioja, Navarra, Palencia, Pontevedra, Segovia, Soria, Teruel, Vizcaya, Bizkaia, Zamora
Andalucía, Aragón, Canarias, Islas Canarias, Cantabria, Castilla y León, Castilla-La Mancha, Castilla La Mancha, Cataluña, Catalunya, Comunidad de Madrid, Comunidad Valenciana, Extremadura, Galicia, País Vasco, Euskadi, Región de Murcia
Mallorca, Menorca, Ibiza, Tenerife, Gran Canaria, Lanzarote, Fuerteventura, La Palma
London, Londres, Manchester, Birmingham, Leeds, Glasgow, Edinburgh, Edimburgo, Liverpool, Bristol, Sheffield, Cardiff, Belfast, Leicester, Coventry, Nottingham, Newcastle, Southampton, Portsmouth, Plymouth, Derby
Wolverhampton, Norwich, Oxford, Cambridge, York, Brighton, Hull, Bradford, Swansea, Aberdeen, Dundee, Reading, Luton, Bolton, Sunderland, Stoke, Exeter, Kent, Essex, Surrey, Sussex, Devon, Cornwall, Yorkshire, Lancashire, Norfolk, Suffolk
Dublin, Dublín, Cork, Limerick, Galway, New York, Nueva York, Los Angeles, Los Ángeles, Chicago, Houston, Phoenix, Philadelphia, San Antonio, San Diego, Dallas, Austin, San Jose, Jacksonville, San Francisco, Columbus, Charlotte
Indianapolis, Seattle, Denver, Washington, Boston, Nashville, Detroit, Portland, Las Vegas, Memphis, Baltimore, Milwaukee, Albuquerque, Tucson, Fresno, Sacramento, Atlanta, Miami, Minneapolis, Oakland, Cleveland, Tampa, Pittsburgh, Cincinnati, Orlando
Alabama, Alaska, Arizona, Arkansas, California, Colorado, Connecticut, Delaware, Florida, Georgia, Hawaii, Idaho, Illinois, Indiana, Iowa, Kansas, Kentucky, Louisiana, Maine, Maryland, Massachusetts, Michigan, Minnesota, Mississippi, Missouri, Montana
Nebraska, Nevada, New Hampshire, New Jersey, New Mexico, North Carolina, North Dakota, Ohio, Oklahoma, Oregon, Pennsylvania, Rhode Island, South Carolina, South Dakota, Tennessee, Texas, Utah, Vermont, Virginia, West Virginia, Wisconsin, Wyoming
Ciudad de México, CDMX, Monterrey, Puebla, Tijuana, León, Buenos Aires, Rosario, Mendoza, La Plata, Santiago de Chile, Valparaíso, Concepción, Bogotá, Medellín, Cali, Barranquilla, Lima, Arequipa, Trujillo, Quito, Guayaquil, Caracas, Maracaibo
La Paz, Santa Cruz, Asunción, Montevideo, San José, Ciudad de Panamá, La Habana, Santo Domingo, Managua, Tegucigalpa, San Salvador, Ciudad de Guatemala, Paris, París, Lyon, Marseille, Marsella, Berlin, Berlín, Hamburg, Hamburgo, Munich, Múnich
Rome, Roma, Milan, Milán, Naples, Nápoles, Lisbon, Lisboa, Porto, Oporto, Brussels, Bruselas, Amsterdam, Ámsterdam, Vienna, Viena, Prague, Praga, Warsaw, Varsovia, Bucharest, Bucarest, Athens, Atenas, Moscow, Moscú, Tokyo, Tokio, Beijing, Pekín
Shanghai, Shanghái, Delhi, Mumbai, Bangalore, Sydney, Sídney, Melbourne, Toronto, Montreal, Vancouver, Casablanca, Rabat, Tánger, El Cairo, Cairo, Lagos, Nairobi
"""
_COUNTRIES = """
España, Spain, Francia, France, Portugal, Italia, Italy, Alemania, Germany, Reino Unido, United Kingdom, UK, U.K., Inglaterra, England, Escocia, Scotland, Gales, Wales, Irlanda, Ireland, Northern Ireland, Great Britain, Britain
Estados Unidos, EE.UU., EEUU, EE. UU., United States, USA, U.S., US, America, América, México, Mexico, Argentina, Chile, Colombia, Perú, Peru, Ecuador, Venezuela, Bolivia, Paraguay, Uruguay, Brasil, Brazil, Panamá, Cuba, Guatemala, Honduras
Nicaragua, El Salvador, Costa Rica, República Dominicana, Puerto Rico, Canadá, Canada, Australia, New Zealand, China, Japón, Japan, India, Rusia, Russia, Ucrania, Ukraine, Rumanía, Romania, Polonia, Poland, Marruecos, Morocco, Argelia, Algeria, Senegal, Mali, Malí
Nigeria, Pakistán, Pakistan, Bangladesh, Siria, Syria, Irak, Iraq, Irán, Iran, Afganistán, Afghanistan, Georgia, Turquía, Turkey, Grecia, Greece, Holanda, Países Bajos, Netherlands, Bélgica, Belgium, Suiza, Switzerland, Austria, Suecia, Sweden, Noruega, Norway
Dinamarca, Denmark, Finlandia, Finland, Egipto, Egypt, Sudáfrica, South Africa, Kenia, Kenya, Filipinas, Philippines, Europa, Europe, Unión Europea, UE, EU, European Union, África, Africa, Asia, Latinoamérica, Latin America, Sudamérica, english, español, inglés
"""
_BODIES = """
OMS, WHO, ONU, UN, NHS, Unión Europea, UE, EU, European Union, Seguridad Social, Hacienda, Agencia Tributaria, INSS, SEPE, INE, DGT, Congreso, Senado, Gobierno, Ministerio, Ministerio de Sanidad, Home Office, HMRC, DWP, Congress, Parliament, Senate
IRS, FDA, CDC, EMA, AEMPS, Google, Microsoft, Apple, Amazon, Facebook, Meta, OpenAI, Netflix, Wikipedia, WhatsApp, Instagram, Twitter, UNESCO, UNICEF, Cruz Roja, Red Cross, Cáritas, Universidad, University, Hospital, Ayuntamiento, Policía, Guardia Civil, Police
"""


def _names(text: str) -> frozenset[bytes]:
    entries = (entry.strip() for line in text.split("\n") for entry in line.split(","))
    return frozenset(b" ".join(fold(entry).lower.strip(b" .,").split()) for entry in entries if entry)


LARGE_PLACES = _names(_LARGE)
COUNTRIES = _names(_COUNTRIES)
KNOWN_BODIES = _names(_BODIES)

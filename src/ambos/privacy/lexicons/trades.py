"""Trades by their folded words, in Spanish and English: one in a hundred people or fewer has a given one.

For the rule of quasi-identifiers alone (`quasi.py`): no word here is a finding. Regular expressions; an underscore is a space.
"""

from __future__ import annotations

from typing import Final

# Not those whom people speak to about their health and children (doctor, nurse, teacher): they are seldom whom it is about.
TRADES: Final = """
abogad[oa] accountant acrobat afinadora? agricultora? albanil alfarer[oa] apicultora? apuntadora?
architect archivist arquitect[oa] arrier[oa] artesan[oa] astronom[oa] astronomer auctioneer azafata bailarina? baker barber
barquer[oa] bassoonist beekeeper bellringer biolog[oa] blacksmith boatbuilder bomber[oa] bookbinder bookkeeper bookseller
brewer bricklayer builder bus_driver butcher cabinetmaker camarer[oa] camioner[oa] campaner[oa] canter[oa] capataz
carboner[oa] carnicer[oa] carpenter carpinter[oa] carter[oa] cazadora? cellist cerrajer[oa] cester[oa] chatarrer[oa]
cheesemaker chef chimney_sweep chocolatier choirmaster clarinetista clockmaker cobbler cociner[oa] conductora?
confectioner conserje contable coroner costurera crofter curator curtidora? dancer draughtsman drummer ebanista electrician
electricista encuadernadora? engraver escultora? esquiladora? estibadora? falconer farer[oa] farmaceutic[oa]
farmer farrier ferroviari[oa] ferryman firefighter fireman fisherman fishmonger florist florista fontaner[oa] forense
forester fotograf[oa] fruter[oa] futbolista gaiter[oa] gamekeeper ganader[oa] gardener geolog[oa] geologist glassblower
glazier goldsmith granjer[oa] gravedigger greengrocer gruista guarda_forestal guardabosques guardesa guardia_civil guitarist
guitarrista gunsmith hairdresser harbormaster harbourmaster harpist herrer[oa] hilandera hortelan[oa] informatic[oa]
innkeeper janitor jardiner[oa] jeweler jeweller jinete jockey joiner journalist joyer[oa] labradora? lecher[oa] librer[oa]
lifeguard lighthouse_keeper linesman locksmith locutora? logger luthier mariner[oa] mariscadora? mecanic[oa] mechanic milkman
milliner miner[oa] modista moliner[oa] montadora? musician notari[oa] oboist orfebre organist
organista painter panader[oa] park_ranger park_warden pasteler[oa] pastora? peluquer[oa] percebeir[oa] periodista
pescader[oa] pescadora? pianist pianista
pilot(?!_(?:study|project|scheme|programme|trial)) musico
piloto pintora? plasterer platera? plumber porter[oa]_de_finca postman
postwoman pregoner[oa] puppeteer quarryman queser[oa] quiosquer[oa] relojer[oa] repartidora? restauradora? roofer
rower sacristana? saddler sailor saliner[oa] sastre sculptor seamstress segadora? sexton shearer shepherd shipwright
shoemaker signalman silversmith ski_instructor skipper soldadora? soldier sommelier stonemason sumiller surveyor
taberner[oa] tahoner[oa] tailor tamboriler[oa] tapicer[oa] taxidermist taxista tejedora? thatcher torer[oa] torner[oa]
traductora? trapecista trapper trompetista trucker tugboat_captain upholsterer vaquer[oa] vendimiadora? verger
veterinari[oa] veterinarian vintner violinist violinista viticultora? warder watchmaker weaver welder wheelwright winemaker
woodcarver yeser[oa] zapater[oa] zookeeper
vet cook potter cooper founder lock_keeper shopkeeper goalkeeper striker winger referee arbitr[oa] jugadora? porter
fitter glover groom
bell_?ringer candlemaker toymaker dressmaker puppet_maker wine_?grower ski_guide mountain_guide driver_of ferry_captain
captain farmhand gravestone_cutter stonecutter dyer tanner tiler thatcher tuner polisher printer sign_?writer screenwriter
novelist poet poeta poetisa singer cantante songwriter bagpiper piper accordionist trumpeter flautist percussionist
choreographer ballerina acupuncturist undertaker embalmer astrologer beadle town_crier night_watchman caretaker groundskeeper
park_keeper greenkeeper zoologist botanist botanic[oa] archaeologist arqueolog[oa] curate deacon diacono patrona?_mayor
estanquer[oa] sepulturer[oa] enterradora? matarife marmolista vidrier[oa] tramoyista acordeonista dulzainer[oa] socorrista
"""

# Whom "the only" may stand before, beside a trade.
PEOPLE: Final = """
woman man person boy girl pupil student resident survivor midwife nurse doctor dentist gp teacher surgeon farmer pilot
mujer hombre persona nin[oa] alumn[oa] vecin[oa] superviviente matrona enfermer[oa] medic[oa] dentista maestr[oa] cirujan[oa]
"""

# What ends as a Spanish trade does and is none, and those whom people speak to about their health and children.
NO_TRADES: Final = frozenset(
    b"acera acero agujero alrededor artista asador astillero autopista bandera barrera basurero cadera caldero cancionero "
    b"cantera carrera carretera cartera catalogo cero comedor companera companero comparador compradora conquista contador "
    b"corredor crucero cordillera dialogo dinero enero enfermera enfermero entera entrevista era escalera espera extranjera "
    b"extranjero febrero frontera fuera generador granero guerrera hoguera indicador ladera letrero lista logo madera manera "
    b"mirador monitor nevera numero obrador ordenador orientador orientadora paradero parador pasajera pasajero pista pradera "
    b"primavera primera primero prologo psicologa psicologo ribera revista romero sendero soltera soltero sombrero tablero "
    b"telegrafo tercera tercero tutora vertedero viajera viajero vista cardiologo cardiologa oncologo oncologa neurologo "
    b"neurologa ginecologo ginecologa urologo urologa dermatologo dermatologa logopeda especialista dentista educadora "
    b"educador cuidadora cuidador trabajadora trabajador heredera heredero usuaria jugadera obrero obrera prisionera".split()
)


# "The only pharmacy", "la primera causa": of these one is nobody.
THINGS: Final = frozenset(
    b"answer bar bus case cause centre center chance choice church clinic cure day doctors drug exception food hope hospital "
    b"hotel library medication medicine museum option part pharmacy place problem pub question reason remedy road school shop "
    b"sign solution source station step stop store surgery symptom test thing time town treatment use vaccine village way "
    b"ambulatorio biblioteca bus calle carretera cara caso causa centro clinica colegio consulta cosa cura dia escuela esperanza "
    b"estacion excepcion farmacia forma fuente hospital hotel iglesia instituto lugar manera medicamento medicina medida museo "
    b"opcion parte paso pregunta problema prueba pueblo razon remedio senal sintoma sitio solucion tienda tratamiento vacuna "
    b"vez via".split()
)

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
"""

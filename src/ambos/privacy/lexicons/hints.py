"""Facts that people hint at rather than name: "lo del pecho", "the C word", "ha vuelto a beber", "he did time"."""

# ruff: noqa: E501 - lists are data

from ambos.messages import Kind
from ambos.privacy.lexicon import WordList

_PARTS_ES = (
    "pecho|pechos|mama|colon|utero|matriz|ovarios?|prostata|pulmon|pulmones|higado|rinon|rinones|tiroides|corazon|pancreas|"
    "estomago|vejiga|vesicula|cerebro|cabeza|garganta|columna|cadera|rodilla|retina|piel"
)
_PARTS_EN = (
    "breasts?|bowel|womb|ovary|ovaries|prostate|lungs?|liver|kidneys?|thyroid|heart|pancreas|stomach|bladder|brain|head|"
    "throat|spine|hip|skin|neck|armpit|spleen|colon"
)
_WHOSE_EN = "my|his|her|their|your|the|mum's|mom's|dad's"

_HEALTH_ES = """
larga enfermedad, penosa enfermedad, enfermedad larga, una cosa mala, bicho malo, la palabra con c, el bicho ese, la enfermedad mala
esta en estado, estoy en estado, se quedo en estado, no le baja, no me baja la regla, un retraso de * semanas, espera un bebe, perdio el bebe
perdi el bebe, perdimos el bebe, perdio al nino, no puede tener hijos, no podemos tener hijos, no se queda embarazada
ha vuelto a beber, volvio a beber, vuelve a beber, bebe demasiado, bebe mas de la cuenta, empina el codo, se da a la bebida
le da a la botella, problemas con la bebida, problema con la bebida, problemas con el alcohol, lleva * sin beber, meses sin beber
se mete de todo, se pincha, se metia, enganchado a, enganchada a, esta limpio desde, esta limpia desde, recayo, ha recaido
no tiene ganas de vivir, no tengo ganas de vivir, quitarse de en medio, quitarme de en medio, no quiere seguir viviendo
hacer una tonteria, oye voces, oigo voces, se hace cortes, se corta los brazos, se provoca el vomito, vomita lo que come
apenas come, ha dejado de comer, no sale de la cama, no levanta cabeza, mal de la cabeza, mal de los nervios, esta de los nervios
esta muy tocado, esta muy tocada, fatal de los nervios, le dan ataques, le dio un yuyu, le dio un patatus, le dio algo al corazon
le queda poco, le quedan meses, le quedan semanas, no le queda mucho, le han dado * meses, se esta apagando, se nos va
ya no nos conoce, no me reconoce, se le va la cabeza, se le olvida todo, pierde la cabeza, se le olvidan las cosas, chochea
va en silla, usa bolsa, lleva una bolsa, lleva una sonda, lleva panales, se orina encima, no controla esfinteres, se lo hace encima
le han puesto una protesis, le han puesto un stent, lo ingresan manana, la ingresan manana, entra en quirofano, pasa por quirofano
le abrieron, lo abrieron, la abrieron, lo rajaron, le sacaron un, me sacaron un, le dan quimio, le dan radio, se le cae el pelo por
no salieron bien las pruebas, salio mal la prueba, dio positivo, di positivo, ha dado positivo, salio positivo, algo raro en las pruebas
"""
_HEALTH_EN = """
the c word, the c-word, the big c, long illness, long battle with, not long left, weeks to live, months to live, weeks left to live, months left to live
down below problems, women's problems, womens problems, lady problems, problems down there, itching down there, downstairs problems
in the family way, bun in the oven, expecting a baby, expecting in *, lost the baby, losing the baby, lost our baby, lost a baby
can't have children, cannot have children, trying for a baby, her period is late, my period is late, late period
fell off the wagon, off the wagon, on the wagon, back on the bottle, hit the bottle, hitting the bottle, drinks too much, drinking too much
drink problem, drinking problem, drinking again, one drink too many every, months sober, years sober, weeks sober, days sober, got clean, been clean since
using again, shoots up, shooting up, hooked on, popping pills, in a dark place, no will to live, end it all, ending it all, end her life
end his life, end my life, do something silly to, doesn't want to be here any more, doesn't want to be here anymore, hears voices
hearing voices, cuts herself, cuts himself, cutting herself, cutting himself, makes herself sick, makes himself sick, making herself sick, making himself sick
hardly eats, stopped eating, can't get out of bed, bad with her nerves, bad with his nerves, bad nerves, had a funny turn, had a turn
going under the knife, under the knife, went under the knife, losing her hair from, losing his hair from, wears a bag, wears nappies
wears pads, wets herself, wets himself, can't hold his water, losing her marbles, losing his marbles, losing his mind, losing her mind
doesn't know us any more, doesn't know us anymore, doesn't recognise us, doesn't recognize us, forgets everything, gone a bit funny in the head
tested positive, test came back positive, results weren't good, results were not good, bad news from the hospital, found something on the scan
found something on her scan, found something on his scan, found something on my scan, not going to make it, getting her affairs in order
"""
_SPECIAL_ES = """
salir del armario, salio del armario, ha salido del armario, es de la otra acera, le van los hombres, le gustan los hombres y
esta dentro por, estuvo dentro, a la sombra, estuvo entre rejas, entre rejas, sale con permiso, tiene antecedentes, tuvo lio con la policia
lo cogio la policia, lo pillo la policia, la pillo la policia, le levanta la mano, le pone la mano encima, le puso la mano encima, le pega
me pega, me levanta la mano, me pone la mano encima, tiene miedo de su marido, tengo miedo de mi marido, miedo a su pareja, miedo a mi pareja
sin los papeles en regla, no tiene los papeles, no tengo los papeles, papeles en regla, llego en patera, cruzo sin papeles
reza cinco veces, reza mirando a la meca, va a la mezquita, va a la sinagoga, carne del partido, milita en
"""
_SPECIAL_EN = """
came out to *, came out as, coming out to *, in the closet, bats for the other team, prefers men, did time, doing time, served time, inside for, been inside
has a criminal record, got a record for, in trouble with the police, in trouble with the law, picked up by the police, raised his hand to, raises his hand to
lays hands on her, laid hands on her, hits her, hits me, hit her again, hit me again, scared of her husband, scared of my husband, afraid of her husband
afraid of my husband, scared of her partner, scared of my partner, papers aren't in order, no papers, without papers, came over in a boat
prays five times, goes to mosque, goes to the mosque, goes to synagogue, keeps kosher, keeps the sabbath, party card
"""

HINTS: tuple[WordList, ...] = (
    WordList(
        "health.es.hint", Kind.HEALTH, "hint", _HEALTH_ES,
        patterns=(
            rf"lo (?:de |del |de la |de los |de las |de su |de mi )(?:{_PARTS_ES}|azucar|tension|nervios|memoria|alcohol)",
            rf"(?:bulto|mancha|sombra|masa|algo|cosa|quiste|lesion|zona) (?:feo |fea |raro |rara )?(?:en|de) (?:el |la |los |las |un |una |su |mi )(?:{_PARTS_ES})",
            rf"(?:sacado|quitado|extirpado|operado|abierto|tocado) (?:de |del |un |una |el |la |parte del |parte de la )?(?:trozo de |trozo del )?(?:{_PARTS_ES})",
            rf"mal (?:de |del |de la |de los )(?:{_PARTS_ES})",
        ),
    ),
    WordList(
        "health.en.hint", Kind.HEALTH, "hint", _HEALTH_EN,
        patterns=(
            rf"(?:lump|shadow|spot|growth|mass|something|thing|patch) (?:on|in|under) (?:{_WHOSE_EN}) (?:{_PARTS_EN})",
            rf"(?:had|have|having|took|taken|taking|lost|removed) (?:part of )?(?:{_WHOSE_EN}) (?:{_PARTS_EN}) (?:out|off|removed|done|looked at)",
            rf"(?:took|taken|taking) out (?:part of )?(?:{_WHOSE_EN}) (?:{_PARTS_EN})",
            rf"(?:trouble|problems?|bother) with (?:my|his|her|their) (?:{_PARTS_EN})",
        ),
    ),
    WordList("special.es.hint", Kind.SPECIAL, "hint", _SPECIAL_ES),
    WordList("special.en.hint", Kind.SPECIAL, "hint", _SPECIAL_EN),
)  # fmt: skip

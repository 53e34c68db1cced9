"""Health, Spanish, in everyday words: what hurts, what broke, what was found, what one takes, what one can no longer do."""
# ruff: noqa: E501 - lists are data

from ambos.messages import Kind
from ambos.privacy.lexicon import WordList

_BODY = (
    r"(?:cabeza|cuello|nuca|garganta|oidos?|ojos?|nariz|boca|lengua|dientes?|muelas?|mandibula|pechos?|mamas?|tetas?|costillas?|espalda|columna vertebral|vertebras?|lumbares|"
    r"hombros?|brazos?|codos?|munecas?|manos?|dedos?|piernas?|muslos?|rodillas?|tobillos?|pies?|talon|caderas?|pelvis|femur|tibia|perone|humero|clavicula|ingle|"
    r"barriga|vientre|abdomen|tripas?|estomago|esofago|intestinos?|colon|recto|ano|higado|bazo|pancreas|vesicula|rinon(?:es)?|vejiga|prostata|testiculos?|pene|"
    r"utero|matriz|ovarios?|vagina|trompas|pulmon(?:es)?|bronquios?|corazon|aorta|arterias?|venas?|cerebro|tiroides|ganglios?|piel|huesos?|musculos?|tendon(?:es)?|"
    r"ligamentos?|menisco|nervios?|medula|retina|corneas?|encias?|axilas?|cervicales?|cervix|cuero cabelludo|sangre)"
)
_THE = r"(?:(?:el|la|los|las|un|una|su|sus|mi|mis|del|al|otro|otra)[ \n]+)*"
_OF = r"(?:(?:de|del|en|a|al|por)[ \n]+)?" + _THE
_FINDING = (
    r"(?:manchas?|bultos?|bultitos?|sombras?|masas?|nodulos?|lunar(?:es)?|heridas?|llagas?|golpes?|dolor(?:es)?|problemas?|lesion(?:es)?|molestias?|operacion|operaciones|"
    r"intervencion|cirugia|inflamacion|infeccion|hinchazon|picor(?:es)?|ardor(?:es)?|presion|opresion|punzadas?|calambres?|quistes?|piedras?|arenilla|desgarro|rotura|"
    r"fisura|trasplante|protesis|cancer|tumor|derrame|coagulo|soplo|enfermedad|revision|prueba|placa|radiografia|ecografia|resonancia|pinchazos?|debilidad|rigidez)"
)
_HURT = (
    r"(?:romp(?:i|io|ido|ieron|erse)|rot[oa]s?|fractur[a-z]+|torci[a-z]*|torcid[oa]s?|dislo[cq][a-z]+|lesion[a-z]+|opera(?:ron|do|da|dos|das|n|r|rme|rle|rse)|"
    r"intervenid[oa]s?|extirpa[a-z]*|amput[a-z]+|implanta[a-z]*|duelen?|dolia|doliendo|sangran?|sangraba|hincha(?:do|da|dos|das)?|hinchan|inflama(?:do|da|dos|das)?|"
    r"quem(?:o|e|ado|ada)|pican|pica|escuece|afectad[oa]s?|danad[oa]s?|enferm[oa]s?|mal|delicad[oa]s?|fastidiad[oa]s?|quitad[oa]s?|quitaron|quitan|tiemblan?|temblaban|fallan?|fallaba|cosid[oa]s?|cosieron|vendad[oa]s?|escayolad[oa]s?)"
)

_WORDS = """
sin la regla, me baja la regla, no me baja la regla, retraso de la regla, test de embarazo, test positivo
test ha dado positivo, dio positivo, da positivo, prueba positiva, salio positivo, salir positivo, esta esperando un bebe
esperando un hijo, encinta, quedarse embarazada, quedarme embarazada, esta de * semanas, esta de * meses, embarazo de riesgo
perdio al bebe, perdi al bebe, perdido al bebe, esta de parto, ha dado a luz, dio a luz, posparto, postparto, fertilidad
reproduccion asistida, tratamiento de fertilidad, virus del vih, el vih, carga viral, cd4, portador del virus
tengo el virus, retroviral*, silla de ruedas, muletas, andador, audifono*, implante coclear, bolsa de colostomia, colostomi*
ileostomi*, sonda vesical, sonda nasogastrica, oxigeno en casa, oxigeno domiciliario, cpap, bomba de insulina, marcapasos
protesis, ortesis, baston para ciegos, perro guia, ciego, ciega, ceguera, invidente*, sordo, sorda, sordomud*, no ve bien
no oye, no puede andar, no puede caminar, no puedo andar, no puedo caminar, no camina, no se levanta de la cama
no me levanto de la cama, encamad*, postrad*, inmovilizad*, movilidad reducida, dependient* severo, dependencia severa
gran dependencia, dependencia moderada, grado ii, grado iii, ley de dependencia, valoracion de dependencia, alzeimer
demenci*, demente, senil, perdida de vision, perdida de audicion, parapleji*, minusvalid*, discapacid*, diversidad funcional
altas capacidades, necesidades educativas especiales, acnee, adaptacion curricular, trastorno del espectro *
retraso madurativo, retraso mental, deficit de atencion, hiperactiv*, deficiencia *, tartamud*, logoped*, psicopedagog*
orientacion psicologica, psicolog*, psiquiatr*, psicoanal*, terapeuta*, en terapia, va a terapia, voy a terapia
sesion* de terapia, salud mental, crisis nerviosa, ataque de nervios, ataque de ansiedad, ansios*, deprimid*, agorafob*
claustrofob*, fobia social, ansiedad social, trastorn*, brote psicotico, brote de *, intento quitarse la vida
quitarse la vida, quitarme la vida, cortarse, se corta los brazos, autoles*, lesiones autoinfligidas, no quiere vivir
no quiero vivir, duelo patologico, estres laboral, burnout, quemad* en el trabajo, alcoholicos anonimos
problema con la bebida, problemas con el alcohol, dejar la bebida, dejar de beber, dejado de beber, borracher*, recaid*
desintoxica*, desintox, centro de adicciones, adict*, cocain*, heroina, hachis, marihuana, porros, drogas, consume drogas
consumo de drogas, metadona, ludopat*, juego patologico, fumador*, exfumador*, ex fumador*, bebedor*, toma pastillas
tomo pastillas, tomando pastillas, toma medicacion, tomo medicacion, medicad*, se medica, me medico, subido la medicacion
bajado la medicacion, cambiado la medicacion, subido la dosis, bajado la dosis, inyecta*, inhalador*, nebulizador*
parches de *, en tratamiento, ingresad* en, estuvo ingresad*, estuve ingresad*, estado ingresad*, ingresa por *
hospitaliza*, uci, en coma, quirofano, anestesia*, postoperatorio, preoperatorio, puntos de sutura
dada de alta del hospital, oncolog*, hematolog*, cardiolog*, neurolog*, nefrolog*, endocrin*, reumatolog*, neumolog*
ginecolog*, urolog*, dermatolog*, traumatolog*, oftalmolog*, otorrino*, alergolog*, geriatr*, rehabilitador*, matrona, fisio
fisioterapeuta, logopeda, podolog*, odontolog*, dentista, endodoncia, ortodoncia, implante dental, caries, gingivitis
flemon, positivo en, salido mal los analisis, analisis salieron mal, analitica*, resultados de la biopsia
resultado de la biopsia, pruebas medicas, segunda opinion, cuidados intensivos, cuidados paliativos, enfermedad grave
enfermedad degenerativa, enfermedad hereditaria, enfermedad rara, enfermedad larga, larga enfermedad, esta muy enferm*
enfermo de *, enferma de *, cayo enferm*, enfermo terminal, fase terminal, estadio ii, estadio iii, estadio iv
le queda* meses de vida, se esta muriendo, murio de *, fallecio de *, fallecio por *, metasta*, quimioterapia
radio y quimio, ciclo de quimio, sesiones de quimio, la quimio, la radio*terapia, baja por *, esta de baja, estoy de baja
estar de baja, de baja desde, de baja laboral, baja medica, parte de baja, parte medico, justificante medico
certificado medico, incapacidad*, invalidez, pension de invalidez, gran invalidez, accidente laboral, accidente de trabajo
enfermedad profesional, mutua laboral, reconocimiento medico, apto con restricciones, celiac*, alergic*, alergia*
shock anafilactico, sin gluten por *, dieta blanda, dieta sin sal, se pincha insulina, insulinodependiente*
azucar en sangre, bajada de azucar, subida de azucar, glucemia capilar, glucosa en ayunas, diabetic*, tension alta
tension baja, hipotens*, sat o2, spo2, frecuencia cardiaca, latidos por minuto, fiebre alta, decimas de fiebre, destemplad*
vomit*, diarre*, estrenid*, mocos, resfriad*, constipad*, catarro*, gripe, gripazo, anginas, faringo*, bronqui*, asma
crisis de asma, asmatic*, ahog*, falta el aire, no respira bien, no puede respirar, respira mal, le cuesta respirar, ronqu*
apnea*, mareos, mareos y *, desmay*, perdio el conocimiento, perdida de conocimiento, convulsion*, temblor*, hormigue*
adormecid*, paraliz*, disnea*, disnea de esfuerzo, taquicard*, palpitacion*, infarto*, ictus, derrame, angina de *, arritmi*
menopaus*, sofocos, flujo vaginal, citologia, mamografia, pildora del dia despues, pildora anticonceptiva, aborto*, abortar
abortado, aborte, legrado, vasectom*, impoten*, ereccion*, eyacul*, venerea*, lo operan, la operan, le operan, me operan
nos operan, operarse, operarme, lista de espera quirurgica, trasplantad*, donante de *, dialisis, hemodialisis, cirujan*
cojera, cojea, lumbalgia*, lumbago, ciatica, hernia*, contractura*, esguinc*, escayol*, ferula*, puntos en la cabeza
tendinit*, artros*, artrit*, fibromialgi*, osteoporo*, escolios*, juanete*, psorias*, dermatitis, eccema*, verruga*, sarna
piojos, herpes, acne, melanoma*, lunar que *, cataratas, glaucoma, miopia, astigmatismo, vista cansada, desprendimiento de *
degeneracion macular, colitis, crohn, gastritis, ulcera*, reflujo, hemorroides, almorranas, colon irritable, higado graso
cirrosis, hepatitis, pancreatitis, calculo*, piedras en el rinon, colico*, infeccion de orina, cistitis, incontinen*
parkinson, alzheimer, esclerosis, epilepsi*, epileptic*, migran*, jaquec*, cefale*, neuralgi*, paralisis*, distrofia*
ataxia*, huntington, narcolepsia, insomni*, sonambul*, anemi*, leucemi*, linfom*, mielom*, trombo*, hemofil*
plaquetas bajas, sintrom, anticoagul*, colesterol, trigliceridos, obes*, sobrepeso, anorex*, bulimi*, trastorno aliment*
atracones, vomita despues de comer, se salta las comidas, bipolar*, esquizo*, psicosis, psicot*, paranoi*
limite de personalidad, tlp, tept, tdah, asperger, autis*, dislex*, discalcul*, disgraf*, borderline, ataque de gota
con tea, tiene tea, intolerante a *, no apto para el puesto, no apta para el puesto, ingreso en planta
tuvo que ser ingresad*, la operaron, lo operaron, le operaron, me operaron, nos operaron, panal* de adulto, contagiad*
lleva sonda, malignidad, malign*, celulas malignas, neoformac*, neoformativ*, implantes peritoneales, implante peritoneal
gist, carcinomatos*, adenopat*, progresion osea, progresion tumoral, progresion de la enfermedad, afectacion osea
lesion* osea*, lesion* cerebral*, lesion* cutanea*, lesion* suprarrenal, masa suprarrenal, masa pulmonar
masa de partes blandas, masa abdominal, tumoracion*, recidiva*, afectacion leptomeningea, afectacion a distancia
afectacion pleural, afectacion peritoneal, afectacion ganglionar, afectacion hepatica, afectacion cerebral
afectacion pulmonar, infiltracion de *, progresion cerebral, progresion peritoneal, progresion hepatica, progresion pulmonar
lesiones a distancia, lesiones hepaticas, lesiones pulmonares, carcinoide*, mielodisplasic*, linfoproliferativ*
micrometastas*, implantes pleurales, silicosis, silicotic*, neumoconiosis, asbestosis, hipoacusia laboral, escorbuto
raquitismo, brucelosis, ambulancia, ambulancias, camilla, uvi, suero fisiologico, gotero, con goteo, vendaje*, vendad*
collarin, cabestrillo, faja lumbar, plantillas ortopedicas, tacataca, baston para andar, panales de adulto, cuidadora
cuidador, residencia de mayores, residencia de ancianos, geriatrico, centro de dia, teleasistencia, eutanasia
testamento vital, voluntades anticipadas, autopsia, defensas bajas, globulos blancos, globulos rojos, lunar sospechoso
reaccion alergica, regla dolorosa, menstruaci*, reglas abundantes, parir, pario, partera, mordedura, picadura, descalabr*
moraton*, ojo morado, amputa*, parche en el ojo, ambliop*, estrab*, ojo vago, presbicia, hipermetrop*, tiene azucar
tiene el azucar, tiene la tension *, tiene tension, perdido * kilos, ha perdido peso, perdio * kilos, ha adelgazado, no come
no duerme, no puede dormir, no puede comer, jamacuco, patatus, le dio un mareo, le dio un infarto, le dio un ictus
no nos reconoce, no me reconoce, no la reconoce, no lo reconoce, no reconoce a *, no conoce a nadie, se le olvida todo
pierde la memoria, perdida de memoria, se desorienta, desorientad*, le tiembla *, le tiemblan *, bebe prematuro
nacio prematur*, incubadora, test de drogas, control de drogas, se droga, se drogaba, ha estado de baja
la dieron de baja por *, infeccion de *, infeccion en *, una infeccion, cuarentena, extirp*, espera de trasplante
espera para un rinon, donar un rinon, dono un rinon, recetado, le recetan, le receto, me receto, me ha recetado
le ha recetado, tomar la pastilla, se automedica, enganchad* a *, dependencia al *, dependencia de la *, sobredos*
malnutri*, desnutric*, anorexic*, se provoca el vomito, ataque al corazon, del corazon, padece del *, padece de *
sufre del *, le falla *, transfus*, plaquetas, quimio oral, mamograf*, densitometr*, colposcop*, vph, histeroscop*
prueba de esfuerzo, prueba del sueno, prueba de alergia, cita con el especialista, baja maternal, baja de maternidad
riesgo en el embarazo, una valvula, valvula cardiaca, valvula mitral, valvula aortica, quitado la vesicula
quitado el apendice, quitado un pecho, quitado un rinon, quitado la matriz, quitado las amigdalas, quitado un tumor
contagio de *, se contagio, dado de alta del hospital, le dan el alta medica, alta medica, espalda fatal, corse ortopedico
lleva corse, pastillas para *, gotas para los ojos, coja de *, cojo de *, quedado coja, quedado cojo, no puede tener hijos
no pueden tener hijos, no puedo tener hijos, no consigue quedarse embarazada, no se queda embarazada, manchas en la piel
manchas rojas, granos por todo *, lavado de estomago, lavado gastrico, llevaron al hospital, llevo al hospital
llevado al hospital, llevaron a urgencias, fue a urgencias, acabo en urgencias, acabo en el hospital, esta en el hospital
sigue en el hospital, en la uci, esta muy debil, esta muy malo, esta muy mala, esta fatal de *, esta delicado de *
esta delicada de *, limpio de drogas, limpia de drogas, sin probar una gota, sin beber desde *, escucha voces, oye voces
oigo voces, ve cosas que no existen, manias persecutorias, sonda, le pusieron una sonda, sacado una muela, se pone a morir
se le hincha *, se le hinchan *, le sale sangre, echa sangre, sangre en la *, sangre en el *, sangre en las *, se hace pis
moja la cama, se orina encima, no controla el esfinter, no tiene fuerza en *, no siente *, no nota *, se le cae el pelo
se le ha caido el pelo, se le duermen *, se ahoga al *, se fatiga, se marea, se cansa mucho, tiene nauseas, mal de la cabeza
mal de los nervios, de los nervios, ha tocado fondo, no levanta cabeza, ideas de muerte, se quiere morir, quiere morirse
ataque de asma, ataque de tos, crisis de panico, crisis epileptica, reaccion a un marisco, reaccion a la penicilina
reaccion a la vacuna, pastillas de dormir, una bala del *, herida de bala
"""

_WEAK = """
sintoma*, medico, medica, doctor, doctora, ambulatorio, centro de salud, urgencias, hospital, clinica, pediatra, enfermer*
medicina*, medicacion, pastilla*, comprimido*, jarabe, pomada, dosis, receta, enferm*, malito, malita, pachuch*, cansad*
agotad*, dolor*, duele*, mareo*, fiebre, tos, tension, azucar, adelgaz*, engord*, regla, embaraz*, parto, aborto, virus
contagio, infeccion, herida*, sangre, operacion, turno de noche, avisad* la dra, avisado el dr, corazon, pulmon*, rinon*
higado, cerebro, rodilla*, cadera*, espalda, tobillo*, hombro*, muneca, pecho, cabeza, estomago, barriga, piel, hueso*, ojo*
oido*, diagnostic*, tratamiento*, terapia, analisis, vacuna*, alergi*, cronic*, recuper*, rehabilit*, paciente*, analisis
"""

EVERYDAY_ES = (
    WordList(
        "health.es.everyday", Kind.HEALTH, "everyday", _WORDS,
        patterns=(
            # "Una mancha en el pulmón", "la prótesis de cadera"; "me rompí el tobillo", "operado del corazón"; "el tobillo roto".
            rf"{_FINDING}[ \n]+{_OF}{_BODY}",
            rf"{_HURT}[ \n]+{_OF}{_BODY}",
            rf"{_BODY}[ \n]+(?:rot[oa]s?|fracturad[oa]s?|hinchad[oa]s?|inflamad[oa]s?|infectad[oa]s?|operad[oa]s?|mal|dolorid[oa]s?|torcid[oa]s?|escayolad[oa]s?)",
            r"(?:tension|ta|pa|tension arterial)[ :]+(?:de )?[0-9]{2,3} ?/ ?[0-9]{2,3}",
            r"(?:fc|fr|sato2|satura|saturacion|spo2|glucemia|glucosa|temperatura|t)[ :]+(?:capilar |de |al |basal )*[0-9]{2,3}(?:[.,][0-9])? ?(?:%|lpm|rpm|mg|c|grados)?",
            r"3[6-9][.,][0-9] ?(?:de fiebre|grados)|(?:3[7-9]|4[0-2]) de fiebre",
            # Tumours by their ending, stages as written (TNM classification).
            r"[a-z]{3,}omas?",
            r"(?:[cpy]{0,2}t[0-4][a-d]?)? ?n[0-3][a-c]? ?m[01][a-c]?|[cp]?m[01]",
            r"[0-9]{1,3} ?(?:%|por ciento) (?:de )?(?:discapacidad|minusvalia)",
        ),
        but="protesis capilar, aroma, aromas, idioma, idiomas, diploma, diplomas, axioma, axiomas, genoma, cromosoma, cromosomas, paloma, palomas, oklahoma, tacoma, "
        "maroma, bromas, asoma, asomas, rizoma, carcoma, autonoma, autonomas, economa, gastronoma, agronoma, astronoma, sonoma, redoma, retoma, sintomas, symptoma, "
        "subtoma, monocroma, policroma, m0, m1, tacomas",
    ),
    WordList("health.es.everyday.weak", Kind.HEALTH, "context", _WEAK, weak=True),
)  # fmt: skip

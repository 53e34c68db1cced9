"""Health, Spanish: conditions, symptoms, drugs, procedures, and the phrases of clinical notes. Accents and case do not matter."""
# ruff: noqa: E501 - lists are data

from ambos.messages import Kind
from ambos.privacy.lexicon import WordList

_CONDITIONS = """

neumon*, bronconeumon*, diabet*, prediabet*, hipertens*, hipotens*, hipotiroid*, hipertiroid*, tiroiditis, bocio
asma, asmatic*, epoc, enfisema*, bronquit*, bronquiolit*, bronquiectas*, fibrosis quistica, fibrosis pulmonar
apnea*, tuberculos*, coronavirus positiv*, gripe a, gripe b, faringit*, amigdalit*, sinusit*, rinit*, otit*
laringit*, cancer de *, cancer, cancerigen*, canceros*, carcinoma*, adenocarcinoma*, tumor, tumores, tumoral*
metastas*, metastatic*, melanoma*, sarcoma*, linfoma*, leucemi*, mieloma*, glioma*, glioblastoma*, neoplasi*
neoplasic*, oncologic*, adenoma*, quiste*, polipo*, lesion maligna, tumor maligno, tumor benigno, displasi*
hiperplasi*, infarto*, angina de pecho, cardiopati*, miocardiopati*, insuficiencia cardiaca, insuficiencia renal
insuficiencia respiratoria, insuficiencia hepatica, arritmi*, fibrilacion auricular, taquicardi*, bradicardi*
soplo cardiaco, aneurism*, trombos*, tromboembol*, embolia*, flebit*, varices, ictus, derrame cerebral
accidente cerebrovascular, acv, hemiplej*, hemipares*, parapleji*, tetrapleji*, hemorragi*, aterosclerosis
arterioesclerosis, dislipemi*, dislipidemi*, hipercolesterolem*, colesterol alto, trigliceridos altos, hiperlipidem*
hipertrigliceridem*, obesidad, obesidad morbida, sobrepeso, sindrome metabolico, anemi*, hemofil*, talasemi*
drepanocit*, leucopeni*, neutropeni*, trombopeni*, plaquetopeni*, hemocromatosis, gastrit*, gastroenterit*, ulcera*
ulcera gastrica, reflujo gastroesofagico, hernia*, hernia de hiato, hernia discal, colit*, colitis ulcerosa
enfermedad de crohn, crohn, celiac*, celiaqui*, colon irritable, diverticul*, apendicit*, pancreatit*, cirros*
cirrotic*, hepatit*, hepatic*, esteatos*, higado graso, colelitias*, colecistit*, litias*, calculos renales
calculos biliares, colico*, hemorroid*, fisura anal, estrenimiento, diarrea*, intolerancia a la lactosa
intolerancia al gluten, nefrit*, nefropat*, pielonefrit*, cistit*, infeccion de orina, infeccion urinaria
prostatit*, hiperplasia de prostata, incontinencia, artrit*, artros*, osteoporos*, osteopeni*, fibromialgi*, lupus
espondilit*, escolios*, lumbalgi*, lumbago, ciatic*, cervicalgi*, tendinit*, tendinopat*, bursit*, esguince*
fractura*, luxaci*, contractura*, rotura fibrilar, rotura de ligamento*, tunel carpiano, menisco*, epilep*
convulsion*, migran*, cefalea*, alzheimer, demencia*, parkinson, enfermedad de parkinson, esclerosis multiple
esclerosis, esclerosis lateral amiotrofica, neuropat*, neuralgi*, ataxi*, corea de huntington, huntington
distrofia muscular, miasteni*, meningit*, encefalit*, hidrocefali*, paralisis cerebral, paralisis facial, autis*
autismo, asperger, tdah, hiperactividad, dislexi*, sindrome de down, sindrome de tourette, depresion, depresiv*
ansiedad, trastorno bipolar, bipolar, esquizofreni*, psicos*, psicotic*, toc, trastorno obsesivo*
estres postraumatico, tept, fobia*, anorexi*, bulimi*, insomnio, ataque de panico, ataques de panico
crisis de ansiedad, ideacion suicida, ideas suicidas, intento de suicidio, suicid*, autolesi*, adiccion*, alcoholi*
alcoholismo, drogadic*, drogodepend*, ludopat*, toxicoman*, sobredosis, tabaquismo, vih, sida, seropositiv*, sifilis
gonorre*, clamidi*, herpes, vph, papiloma*, candidias*, enfermedad de transmision sexual
infeccion de transmision sexual, endometrios*, ovario poliquistico*, mioma*, amenorre*, dismenorre*, menopausi*
preeclampsi*, embaraz*, aborto*, interrupcion del embarazo, interrupcion voluntaria del embarazo, infertil*
esterilidad, disfuncion erectil, impotencia, vaginit*, mastit*, placenta previa, gestante*, psorias*, dermatit*
eccema*, eczema*, urticaria*, acne, vitiligo, rosacea, melasma, celulit*, erisipel*, impetigo, escabios*, sarna
pediculosis, alopecia, catarata*, glaucoma*, retinopat*, desprendimiento de retina, degeneracion macular, miopia
conjuntivit*, uveit*, sordera, hipoacusi*, acufeno*, vertigo*, sepsis, septic*, shock septico, bacteriemi*, malaria
paludismo, dengue, zika, varicela, sarampion, rubeola, paperas, tosferina, tetanos, mononucleos*, toxoplasmos*
leishmania*, brucelos*, legionel*, salmonelos*, lepra, ebola, mpox, viruela del mono, anafila*, anafilax*
enfermedad rara, enfermedad cronica, enfermedad autoinmune, enfermedad mental, enfermedad terminal
enfermedad renal cronica, discapacidad, discapacitad*, minusvalia, grado de dependencia, gran dependiente, invalidez
incapacidad permanente, incapacidad temporal, incapacidad laboral, baja medica, baja por enfermedad
baja por depresion, baja por ansiedad, de baja medica, parte de baja, politraumatis*, traumatismo*, quemadura*, quemado en, quemada en, intoxicado por
intoxicada por, envenenado, envenenada
intoxicacion*, cuidados paliativos, hipogluc*, hipergluc*, hipokal*, hiperkal*, hiponatr*, hipernatr*, deshidrata*
desnutri*, edema*, ascitis, ictericia, cianosis, sincope*, lipotimia*, ataque de gota, acido urico alto
covid persistente, positiv* en covid*, positiv* por covid*, tiene covid*, con covid*, por covid*, trastorno de *
trastorno del *, trastorno mental*, nodulo tiroideo, nodulo pulmonar, nodulos, flutter auricular, adicto a *
adicta a *, tiene ela, con ela, enfermos de ela
"""

_SYMPTOMS = """

fiebre, febril, febricula, escalofrios, disnea, dificultad para respirar, falta de aire, dolor abdominal
dolor toracico, dolor de pecho, dolor lumbar, dolor de cabeza, dolor articular, dolor muscular, dolores menstruales
dolor cronico, dolor en *, dolor neuropatico, nauseas, vomito*, mareo*, palpitaciones, hemoptisis, hematuria
disuria, polaquiuria, poliuria, polidipsia, melenas, rectorragia, hematemesis, expectoracion, esputo*, sibilancias
crepitantes, estertores, parestesi*, hormigueo*, temblores, espasticidad, disfagia, odinofagia, afonia, disfonia
otalgia, epistaxis, prurito, exantema, erupcion cutanea, sarpullido, petequia*, sudoracion nocturna, perdida de peso
perdida de conciencia, perdida de memoria, alucinacion*, delirio*, astenia, artralgia*, mialgia*, inflamacion de *
sangrado vaginal, tension alta, tension arterial, presion arterial, azucar alto, saturacion de oxigeno
sangrado rectal, sangrado nasal, sangrado abundante, sangrado uterino
"""

_DRUGS = """

paracetamol, ibuprofeno, aspirina, metamizol, nolotil, dexketoprofeno, enantyum, naproxeno, diclofenaco, celecoxib
tramadol, codeina, morfina, fentanilo, oxicodona, buprenorfina, metadona, naloxona, amoxicilin*, augmentine
clavulanico, azitromicin*, claritromicin*, ciprofloxacin*, levofloxacin*, doxiciclin*, cefuroxima, ceftriaxona
cefalexina, vancomicin*, gentamicin*, meropenem, piperacilina, fosfomicina, cotrimoxazol, metronidazol, clindamicin*
metformina, insulina*, glibenclamida, gliclazida, sitagliptina, linagliptina, vildagliptina, empagliflozina
dapagliflozina, semaglutida, ozempic, liraglutida, dulaglutida, enalapril, lisinopril, ramipril, captopril, losartan
valsartan, candesartan, telmisartan, irbesartan, olmesartan, amlodipino, nifedipino, diltiazem, verapamilo
bisoprolol, atenolol, propranolol, carvedilol, metoprolol, nebivolol, furosemida, hidroclorotiazida, torasemida
espironolactona, eplerenona, doxazosina, digoxina, amiodarona, flecainida, sacubitrilo, ivabradina, atorvastatina
simvastatina, rosuvastatina, pravastatina, ezetimiba, fenofibrato, acenocumarol, sintrom, warfarina, heparina*
enoxaparina, clexane, bemiparina, apixaban, rivaroxaban, dabigatran, edoxaban, clopidogrel, adiro
acido acetilsalicilico, ticagrelor, prasugrel, omeprazol, pantoprazol, lansoprazol, esomeprazol, ranitidina
domperidona, metoclopramida, ondansetron, loperamida, lactulosa, mesalazina, salbutamol, ventolin, budesonida
formoterol, salmeterol, fluticasona, tiotropio, ipratropio, montelukast, symbicort, prednisona, prednisolona
metilprednisolona, dexametasona, hidrocortisona, deflazacort, corticoide*, levotiroxina, eutirox, tiamazol
loratadina, cetirizina, ebastina, desloratadina, dexclorfeniramina, sertralina, fluoxetina, paroxetina, citalopram
escitalopram, venlafaxina, desvenlafaxina, duloxetina, mirtazapina, trazodona, bupropion, amitriptilina
vortioxetina, alprazolam, lorazepam, diazepam, clonazepam, bromazepam, lormetazepam, zolpidem, trankimazin, orfidal
valium, rivotril, lexatin, benzodiacepina*, antidepresivo*, ansiolitico*, antipsicotico*, quetiapina, olanzapina
risperidona, aripiprazol, haloperidol, clozapina, paliperidona, litio carbonato, carbonato de litio, plenur
lamotrigina, valproato, acido valproico, levetiracetam, keppra, carbamazepina, fenitoina, topiramato, gabapentina
pregabalina, levodopa, sinemet, pramipexol, rasagilina, donepezilo, rivastigmina, memantina, metilfenidato, concerta
lisdexanfetamina, elvanse, atomoxetina, metotrexato, azatioprina, ciclosporina, tacrolimus, micofenolato, adalimumab
humira, infliximab, etanercept, rituximab, trastuzumab, bevacizumab, pembrolizumab, nivolumab, tamoxifeno, letrozol
anastrozol, ciclofosfamida, cisplatino, carboplatino, oxaliplatino, doxorrubicina, paclitaxel, docetaxel
capecitabina, imatinib, interferon, alopurinol, colchicina, febuxostat, alendronato, denosumab, calcifediol
antirretroviral*, tenofovir, emtricitabina, efavirenz, dolutegravir, biktarvy, truvada, aciclovir, valaciclovir
oseltamivir, remdesivir, sofosbuvir, fluconazol, itraconazol, terbinafina, ivermectina, hidroxicloroquina
cloroquina, anticonceptiv*, misoprostol, mifepristona, clomifeno, progesterona, estradiol, testosterona, finasterida
dutasterida, tamsulosina, sildenafilo, viagra, tadalafilo, cialis, isotretinoina, roacutan, antibiotico*
antiinflamatorio*, antihipertensivo*, anticoagulant*, quimioterap*, inmunosupresor*, inmunoterap*, estatina*
nitroglicerina, epinefrina, dobutamina, noradrenalina
"""

_PROCEDURES = """

radioterap*, dialisis, hemodialisis, trasplant*, transplant*, cirugia*, quirurgic*, intervenid* quirurgicamente
paciente ingresad*, ingreso en uci, ingreso hospitalario, ingresad* en el hospital, operad* del *, operad* de la *
dolor agudo, apendicectomi*, colecistectomi*, mastectomi*, histerectomi*, prostatectomi*, amigdalectomi*
gastrectomi*, nefrectomi*, laparoscopi*, laparotomi*, colonoscopi*, gastroscopi*, endoscopi*, broncoscopi*
cistoscopi*, artroscopi*, biopsi*, citologia*, mamografi*, ecografi*, ecocardiogra*, electrocardiogra*, ecg, ekg
electroencefalogra*, eeg, resonancia magnetica, rmn, tac craneal, tac toracico, tac abdominal, tac de *, tomografi*
radiografi*, rx de torax, rx torax, gammagrafi*, densitometri*, espirometri*, holter, analitica*, analisis de sangre
hemograma*, hemoglobina glicosilada, glucemia*, creatinina, transaminasas, hba1c, proteina c reactiva, urocultivo*
hemocultivo*, cateterismo*, angioplasti*, stent*, marcapasos, desfibrilador, protesis de cadera, protesis de rodilla
traqueostomi*, intubacion*, intubad*, ventilacion mecanica, cesarea, amniocentesis, fecundacion in vitro
inseminacion artificial, vasectomi*, ligadura de trompas, transfusion*, quimio, vacunad* de *, ingresad* en uci
unidad de cuidados intensivos, ingreso en urgencias, alta hospitalaria, informe de alta, informe medico
historial medico, historia clinica, antecedentes personales, antecedentes familiares, exploracion fisica, anamnesis
juicio clinico, juicio diagnostico, diagnostico principal, evolucion clinica, pronostico reservado, plan terapeutico
tratamiento con *, tratamiento medico, tratamiento farmacologico, tratamiento psicologico, tratamiento psiquiatrico
en tratamiento por *, diagnosticad* de *, diagnosticad* con *, diagnostico de *, diagnostico clinico, alergic* a *
alergia a *, sin alergias, alergias medicamentosas, psiquiatr*, psicoterap*, psicologo clinico, terapia psicologica
logopeda, rehabilitacion fisica, fisioterap*, enfermedad de *, enfermedad, sindrome de *, padece *, sufre de *
operad* de *, le han operado, ingresad* por *, paciente oncologic*, tratamiento hormonal, hormonacion
bypass gastrico, bypass coronario, antigeno prostatico
"""

_WEAK = """
paciente*, sintoma*, diagnostic*, medicacion, medicamento*, comprimido*, capsula*, pastilla*, receta medica
hospital*, ingresad*, urgencias, consulta medica, dolor*, tos, infeccion*, herida*, alergi*, pulmon*, rinon*, higado
rodilla*, cadera, prostata, colesterol, embarazo, baja laboral, rehabilitacion, vacuna*, inyeccion*, alta medica
cardiolog*, neurolog*, ginecolog*, pediatr*, oncolog*, dermatolog*, traumatolog*, urolog*
"""

HEALTH_ES = (
    WordList(
        "health.es", Kind.HEALTH, "condition", _CONDITIONS,
        patterns=(
            r"[a-z]{3,16}(?:itis|ectomias?|algias?|patias?|emias?|penias?|plejias?|uria|rrea|rragias?|oscopias?|plastias?)",
            r"(?:cie|icd)[- ]?(?:9|10|11)(?:[- ]?(?:cm|es))?[ :.,=]{0,3}(?:codigo|code)?[ :]{0,2}[a-tv-z][0-9][0-9a-z](?:\.[0-9a-z]{1,4})?",
            r"(?:dx|diagnostico|diagnosis|codigo|code)[ :.=]{1,3}[a-tv-z][0-9][0-9a-z]\.[0-9a-z]{1,4}",
        ),
        but="academia, academias, bohemia, bohemias, epidemia, epidemias, pandemia, pandemias, premia, simpatia, simpatias, empatia, antipatia, "
        "antipatias, apatia, telepatia, nostalgia, nostalgias, furia, curia, penuria, lujuria, injuria, centuria, liguria, blasfemia, "
        "correa, chaparrea, guitarrea, mezquitis, noemia, asturia, manchuria, jeremias, vendimias, academemias, arremia, "
        "circuitis, infinitis, boheme, hemias, eufemia, eufemias, ineptias",
    ),
    WordList("health.es.symptom", Kind.HEALTH, "symptom", _SYMPTOMS),
    WordList(
        "health.es.drug", Kind.HEALTH, "drug", _DRUGS,
        patterns=(r"[a-z]{4,20} [0-9]{1,4}(?:[.,][0-9]{1,3})? ?(?:mg|mcg|ui|microgramos|miligramos)(?:/(?:[0-9]{1,2} ?h|dia|ml|kg))?",),
    ),
    WordList("health.es.procedure", Kind.HEALTH, "procedure", _PROCEDURES),
    WordList("health.es.weak", Kind.HEALTH, "context", _WEAK, weak=True),
)  # fmt: skip

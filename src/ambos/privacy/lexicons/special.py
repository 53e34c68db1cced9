"""Other special categories (GDPR 9), offences (GDPR 10), violence suffered, migration status; Spanish and English."""

from ambos.messages import Kind
from ambos.privacy.lexicon import WordList

_RELIGION = """
protestante*, evangelic*, musulman*, budist*, hinduista*, testigo de jehova, testigos de jehova, ateo*, atea*, agnostic*
creencias religiosas, confesion religiosa, su religion, va a misa, practicante del islam, mormon*, protestant*, evangelical*
muslim*, jewish, buddhist*, hindu*, jehovah's witness*, atheist*, religious belief*, his religion, her religion
their religion, converted to islam, convirtio al islam, sikh*, es catolic*, soy catolic*, catolic* practicante
familia catolica, religion catolica, es judi*, soy judi*, judio, judios, comunidad judia, origen judio, cristian* ortodox*
iglesia ortodoxa, is catholic, am catholic, practising catholic, practicing catholic, devout catholic, roman catholic
primera comunion, su comunion, mi comunion, hizo la comunion, bautizo, bautismo, se bautizo, bautizar*, ramadan
ayuno del ramadan, bar mitzva, bat mitzva, bar mitzvah, bat mitzvah, sinagoga, mezquita, catequesis, catequista, cofradia
cofrade, parroquia, feligres*, monja, seminarista, su fe, culto evangelico, iglesia evangelica, pentecostal*, adventista*
islam, islamic*, velo islamico, hiyab, hijab, burka, kosher, comida halal, menu halal, reza cinco veces, peregrinacion
la meca, opus dei, no creyente, apostat*, kipa, shabat, sabbath, synagogue, mosque, his church, her church, their church
my church, baptis*, baptiz*, first communion, goes to mass, went to mass, eid, prays five times, prayer room, wears a hijab
wears a turban, her faith, his faith, their faith, faith grounds, religious grounds, grounds of religion, religious reasons
motivos religiosos, por su religion, mi religion, de religion *, born again christian, quaker, methodist*, presbyterian*
scientolog*, orthodox jew*, orthodox christian*, jehovah*, jehova, elder of the church, becoming a priest, ordained
es creyente, soy creyente, muy creyente, va a la iglesia, de la iglesia *, church elder, goes to church, attends church
church every sunday, prays daily, prays at *, reza *, rezar, monaguillo, ayuna por *, va a la mezquita, va a la sinagoga
a misa, cuaresma, diocesis, su parroco, su imam, gurdwara, crucifix, viernes a rezar, domingos a misa, a rezar
kneels to pray, kneels in prayer, prays, praying, pray five times, sabbat, confirmacion catolica, comulga, se confiesa con *
keeps kosher, eats halal, only eats halal, ramadan fast
"""
_UNION = """
sindicad*, sindicalista*, afiliad* al sindicato, afiliad* a un sindicato, afiliad* a ccoo, afiliad* a ugt, afiliad* a la ugt
delegad* sindical*, afiliacion sindical, miembro del sindicato, cuota sindical, huelguista*, trade union member*
union member*, union membership, union dues, union rep, union representative, union organizer, union organiser, shop steward
joined the union, member of the union, ccoo, comisiones obreras, ugt, cgt, cnt, csif, comite de empresa, comite de huelga
delegad* de personal, enlace sindical, liberad* sindical, carne sindical, seccion sindical, secund* la huelga, hizo huelga
hace huelga, union activity, union official, union organis*, union organiz*, union meeting, unionis* the *, unioniz*
unionis*, on strike, went on strike, picket line, strike committee, collective bargaining rep, unison member
unite the union, teamster*, fue a la huelga, en huelga, derecho de huelga, piquete*, marched with the union, with the union
in the union, through the union, asamblea sindical, mitin sindical, afiliarse al sindicato, cuota del sindicato
carnet del sindicato, union card, union steward, union strike, delegada sindical, delegado sindical, teachers' union
nurses' union, miners' union, representante sindical, cotiza al sindicato
"""
_POLITICS = """
militante del *, militante de *, afiliad* al pp, afiliad* al psoe, afiliad* a vox, afiliad* a podemos, vota a *, voto a *
votante de *, ideologia politica, ideas politicas, opiniones politicas, afiliacion politica, simpatizante de *, comunista*
anarquista*, fascista*, independentista*, votes for *, voted for *, political opinion*, political belief*
political affiliation, party member, registered democrat, registered republican, member of the communist party, psoe
partido popular, militante de vox, militante del pp, militante del psoe, afiliad* al partido, afiliad* a un partido
afiliad* a sumar, carne del partido, simpatiza con *, vota al *, voto al *, voto por *, votar a *, vota vox, vota pp
es de vox, es de podemos, es del pp, es del psoe, de izquierdas, de derechas, de extrema derecha, de ultraderecha
extrema izquierda, franquista*, republican* convencid*, monarquic*, separatista*, campaign volunteer
volunteered for the campaign, far right, far-right, far left, left wing activist, right wing activist, marxist, anarchist
lib dem, green party, voted labour, voted conservative, votes labour, votes conservative, votes republican, votes democrat
party membership, political views, political activis*, activista politic*, protest march, was arrested at a protest
afiliado a *, afiliada a *, concejal de *, concejala de *, votado a la izquierda, votado a la derecha, ha votado a *
voto a la izquierda, vota a la derecha, vota a la izquierda, votes left, votes right, votes for the *, canvass* for *
knocks on doors for *
"""
_SEXUAL = """
homosexual*, gay, gays, lesbian*, bisexual*, transexual*, transgener*, transgender*, persona trans, mujer trans
hombre trans, trans woman, trans man, orientacion sexual, sexual orientation, identidad de genero, gender identity
vida sexual, sex life, lgtb*, lgbt*, queer, salio del armario, came out as *, infidelidad, extramarital, prostitut*
sex worker*, trabajadora sexual, transicion de genero, gender transition, asexual, pansexual, salir del armario
sale del armario, saliendo del armario, le gustan los hombres, le gustan las mujeres, le gustan los chicos
le gustan las chicas, me gustan los hombres, me gustan las mujeres, cambio de sexo, cambio de genero
cambio registral de sexo, empezar la transicion, empieza la transicion, hacer la transicion, haciendo la transicion
iniciar la transicion, no binari*, genero fluido, intersexual, disforia de genero, disforia, hormonas cruzadas, drag queen
relaciones sexuales, sexo oral, adicto al sexo, infiel, le puso los cuernos, me puso los cuernos, aventura con *, pornograf*
prostituta, prostituto, puta, come out as *, transitioning, transition surgery, transfem*, transmasc*, non-binary, nonbinary
gender dysphoria, gender reassign*, sex change, same-sex, same sex partner, likes men, likes women, attracted to men
attracted to women, having an affair, an affair with *, cheating on *, cheated on *, sexting, escort services, nudes
polyamor*, poliamor*, closeted, in the closet, pride march, otro hombre, es lesbiana, soy lesbiana, es gay, soy gay, es bi
es trans, soy trans, una amante, su amante, an open relationship, coming out as *, came out to *, come out to *
wants to be called * now, pronouns are *, his pronouns, her pronouns, they/them, deadname, hormone blockers
testosterone shots
"""
_ETHNIC = """
etnia *, origen etnico, origen racial, ethnic origin, racial origin, de etnia gitana, gitan*, romani, roma community
mestiz*, mulat*, afrodescendiente*, african american, afroamerican*, negr* de origen *, indigena*, latino*, hispanic
native american, of asian descent, of african descent, de raza *, ethnicity, raza negra, raza blanca, raza gitana
raza asiatica, de etnia *, de origen gitano, de raza negra, color de piel, color de su piel, por ser negra, por ser negro
por ser gitana, por ser gitano, por su raza, skin colour, skin color, because he is black, because she is black, black woman
black man, roma family, gypsy, gypsies, traveller family, mixed race, biracial, aboriginal, indigenous, colour of her skin
color of her skin, colour of his skin, color of his skin, por su color de piel, racial profiling, racist abuse
insultos racistas, because of his race, because of her race
"""
_GENETIC = """
datos geneticos, prueba genetica, test genetico, mutacion genetica, mutacion en *, portador* del gen, brca1, brca2
genetic test*, genetic mutation, carrier of the gene, genome sequenc*, secuenciacion del genoma, adn, dna test
prueba de paternidad, paternity test, cariotipo, test de adn, analisis genetico, gen brca, mutacion del gen, hereditari*
sindrome de lynch, dna profile, dna sample, carrier of *, genetic counsel*, hereditary cancer, muestra de adn
perfil genetico
"""
_BIOMETRIC = """
huella dactilar, huellas dactilares, datos biometricos, fingerprint scan*, retina scan, voiceprint, biometric data
biometric template, his fingerprints, her fingerprints, reconocimiento facial, escaneo de iris, iris scan
facial recognition template, face template, fingerprint, fingerprints, huella digital, fichaje por huella
"""
_OFFENCE = """
antecedentes penales, condenad* por *, condenad* a *, condena de *, imputad* por *, imputad* en *, detenid* por *
acusad* de *, denunciad* por *, en prision, preso, encarcelad*, carcel, libertad condicional, orden de alejamiento
trafico de drogas, blanqueo de capitales, homicidio, asesinat*, alcoholemia, conduccion bajo los efectos, criminal record
convicted of *, conviction for *, sentenced to *, arrested for *, accused of *, indicted *, on probation, on parole
in prison, in jail, prison sentence, restraining order, felony, misdemeanor, misdemeanour, drug trafficking
money laundering, shoplift*, dui, embezzle*, manslaughter, sex offender, agresor sexual, cometio un delito, delito de *
charged with theft, charged with murder, charged with assault, charged with fraud, charged with robbery
charged with possession, charged with a crime, charged with dui, condenad* en *, condenad*, condena por *, condenas
antecedentes policiales, hoja historico penal, cancelacion de antecedentes, sus antecedentes, tiene antecedentes
con antecedentes, investigado en *, arrestad*, fue arrestado, la policia se llevo, denuncia por *, denuncia contra *
denunciad*, querella, imputad*, inculpad*, culpable de *, estafa, estafador*, estafo, robo con *, robo en *, rob* en la *
hurt* en *, hurto, atraco, allanamiento, vandalismo, agresor, agresion, lesiones leves, lesiones graves
condena por lesiones, conducir bebido, conducir bebida, conducir borracho, conducir borracha, conduciendo borracho
conducir ebrio, dio positivo en alcoholemia, control de alcoholemia, retirada del carnet por alcohol, trafica*, narcotrafi*
camello, blanqueo, malversacion, cohecho, prevaricacion, fraude fiscal, falsificacion, falsedad documental, pederast*
pedofil*, abusador, violador, maltratador*, tercer grado, permiso penitenciario, centro penitenciario, penitenciari*
reclus*, cumple condena, cumplio condena, cumplir condena, salio de la carcel, en la carcel, estuvo preso, estuvo presa
expresidiari*, ex convicto, exconvicto, prision provisional, prision preventiva, trabajos en beneficio de la comunidad
medida judicial, menor infractor, juzgado de lo penal, juicio rapido, delincuen*, prior conviction, previous conviction*
past conviction*, found guilty, pleaded guilty, plead guilty, guilty of *, on bail, bailed, facing charges, pressed charges
under investigation for *, under caution, police caution, caution for *, burglar*, theft, stole from *, stealing from *
fraud charge*, fraudster, battery charge*, drink driving, drunk driving, drink-driving, drove drunk
driving while intoxicated, dwi, a dui, drug dealing, dealing drugs, drug possession, possession with intent, jailed
imprison*, behind bars, served time, time in prison, inmate*, ex-convict, ex-offender, offender*, tagged by the court
community service order, court martial, juvenile record, rap sheet, spent conviction*, plea in mitigation, sentenced
probation officer, extradit*, embezzl*, forgery, perjury, arson, prior conviction for *, shoplifting, theft conviction
theft charge*, fue detenid*, estuvo detenid*, convicted, ex-con, assault charge*, arrested, arresting me, acquitted of *
absuelt* de *, un delito, criminal past, conviction spent, charged with burglary, charged with arson, charged with battery
charged with stalking, charged with drug *, charged with trafficking, charged with rape, charged with driving *
charged with affray, charged with harassment, charged with perjury, charged with forgery, charged with embezzlement
charged with manslaughter, charged with conspiracy, charged with shoplifting, charged with money *, facing criminal *
procesad* por un delito, procesad* penalmente, investigad* por un delito, investigad* por estafa, investigad* por blanqueo
investigad* por corrupcion, investigad* por fraude, investigad* por agresion, investigad* por acoso
investigad* por malversacion, investigad* por trafico, investigad* por maltrato, investigad* por abuso*, le denuncio *
la denuncio *, me denuncio *, denuncio a *, ladron, robo un *, robar un *, robado un *, robar en *, atraco un *, navajazo*
reyerta, banda latina, trapichea*, vende droga*, vendia droga*, pertenencia a banda, fichad* por la policia, esposad*
calabozo, comisaria, did time, doing time, locked up, gang member, sold drugs, sells drugs, caught stealing, robbery
armed robbery, burglary, robbed a *, stole a *, stole money, gbh, abh, knife crime, in custody, police custody, handcuff*
bail hearing, criminal charges, criminal case, trespass*, caught driving *, speeding conviction, plea deal, plea bargain
kilos de coca, kilos de cocaina, gramos de coca, con coca encima, papelinas, positivo al volante, quitaron el carne
quitaron el carnet, retirado el carnet, dar positivo, with cocaine, with heroin, with drugs, drug mule, under arrest
loan shark, children into care, taken into care, kids into care, child services, social services took *, cps, in foster care
juvenile detention, young offender*, reformatorio, centro de menores
"""
_VIOLENCE = """
violencia de genero, violencia machista, violencia domestica, violencia sexual, malos tratos, maltratad*, maltrato*
la maltrata, le pega, me pega, agresion sexual, abusos sexuales, abuso sexual, violacion, violad*, acoso sexual
acoso laboral, acoso escolar, bullying, trata de personas, mutilacion genital, casa de acogida, domestic violence
gender violence, domestic abuse, abused by *, sexual assault, sexually assaulted, sexual abuse, rape, raped, raped by *
sexual harassment, sexually harassed, stalked by *, human trafficking, battered woman, women's shelter, beats me, hits me
child abuse, abusive husband, abusive partner, hate crime*, victima de abuso*, victima de violencia, victima de maltrato
victima de malos tratos, victima de una agresion, victima de acoso, victima de trata, victim of abuse, victim of domestic *
victim of violence, victim of rape, victim of trafficking, victim of sexual *, victim of assault, abusos a menores
pega a su *, pega a mi *, le pego, me pego, pegaba, me ha pegado, le ha pegado, nos pega, le dio una paliza
me dio una paliza, palizas, me golpea, la golpea, le golpea, amenaz*, me amenaza, la amenaza, la encierra, me encierra
me encerro, la encerro, no la deja salir, no me deja salir, con un cuchillo, intento matar*, intento estrangul*, estrangul*
mujer maltratada, mujeres maltratadas, piso de acogida, piso tutelado, casa de mujeres, victimas de violencia
violencia vicaria, viogen, orden de proteccion, pulsera telematica, abus* de ella, abus* de el, abusaron, tocamientos
acosad*, me acosa, la acosa, le acosa, acoso, acosador, acosan, ciberacoso, sextorsion, maltrato infantil, desamparo
retirada de tutela, guardia y custodia por *, secuestr*, le hacen bullying, le hacen el vacio, le insultan, la insultan
la insulta, le insulta, se rien de *, matrimonio forzado, ablacion, me viol*, la viol*, fue violada, fue violado, hit me
hits her, hits him, hit her, hit him, beat me, beat her, beats her, beaten by *, slapped me, slapped her, punched me
punched her, kicked me, choked me, choked her, strangl*, threatened me, threatened her, threatened him, threatens her
threatened to kill, threats from *, death threats, with a knife, at knifepoint, at gunpoint, locked me in *, locked her in *
won't let me leave, controlling behaviour, coercive control, abusive, abuser, abused, abuses, refuge for women
domestic incident*, non-molestation order, protective order, protection order, stalk*, stalker, harass*, groomed by *
child protection, child protection plan, safeguarding concern*, safeguarding referral, trafficked, forced marriage, fgm
honour-based *, honor-based *, bullied, being bullied, revenge porn, molest*, mugged, kidnapp*, torture*, tortur*
le dio un golpe, me dio un golpe, golpes, una paliza, victima de abusos, sufrio abusos, sufrio violencia, sufre violencia
sufre maltrato, sufre acoso, sexual abuse survivor, golpeaba*, golpeo a *, golpea a *, le golpeaba, la empuja, la empujo
le grita y la insulta, humilla*, la humilla, le hace dano, le tiene miedo a su *, tengo miedo de mi *, afraid of her *
afraid of his *, scared of her *, scared of my *, pushed me, shoved me, hurts her, hurts me, hits the kids, hit the kids
humiliates, belittles her, controls her money, le toca el culo, me toca el culo, le mete mano, me mete mano
comentarios sexuales, insinuaciones sexuales, no la deja ver *, no le deja ver *, le controla el movil, le mira el movil
le quita el dinero, won't let her see *, won't let her leave, won't let him see *, checks her phone, broke her phone
locked her out, controls what she *, touched her inappropriately, inappropriate touching, gropes, groped, unwanted advances
"""
_MIGRATION = """
sin papeles, indocumentad*, inmigrante irregular, situacion irregular, situacion administrativa irregular
solicitante de asilo, solicitud de asilo, peticion de asilo, refugiad*, asilo politico, orden de expulsion, deportad*
deportacion, permiso de residencia, arraigo social, proteccion internacional, visado caducado, undocumented
illegal immigrant*, asylum seeker*, seeking asylum, asylum application, asylum claim, refugee*, immigration status
deportation, deported, overstayed *, visa expired, residence permit, work visa, green card, daca, leave to remain, asilo
pidio asilo, pedir asilo, solicita asilo, solicitante de proteccion, no tiene papeles, sin documentacion en regla
no tengo papeles, por arraigo, arraigo laboral, arraigo familiar, arraigo para la formacion, extranjeria
oficina de extranjeria, ley de extranjeria, reagrupacion familiar, permiso de trabajo, residencia temporal, tarjeta roja
tarjeta de residencia, permiso de estancia, visado de *, visado denegado, llego en patera, patera, salto la valla
menores no acompanados, menor no acompanado, inmigrante*, migrante*, apatrid*, expulsion del pais, centro de internamiento
irregular en espana, asylum, claim asylum, claims asylum, claimed asylum, asylum interview, humanitarian protection
home office interview, fled from *, fled after *, persecut*, persecution, no papers, without papers, immigration case
immigration court, immigration lawyer, immigration detention, immigrant*, migrant*, overstay*, visa overstay*
visa application, visa refused, visa denied, spouse visa, student visa, h-1b, h1b, asylum support, removal order
removal directions, stateless
deport, deports, deporting, deportable, deportee, deportees, deportaron, deportar, deportaran
smuggled across *, crossed the border, dreamer, uscis, sponsor licence
indefinite leave, settled status, pre-settled status, brp, fled the *, fled their *, fled his *, fled her *, my visa expired
visa has expired, visa status, overstayed my visa, overstayed her visa, overstayed his visa, espera el arraigo
llego sin visado, fled eritrea, fled syria, fled ukraine, fled afghanistan, fled venezuela, fled her country
fled his country, fled with *, waiting for her papers, waiting for his papers, waiting for my papers, smuggled into *
small boat*, arrived by boat, llego a espana en patera, llego a espana sin *
"""
_FINANCE_ES = """
nomina*, salario*, sueldo*, cobra * euros, gana * euros, hipoteca, deuda*, deudor*, asnef, prestamo personal
credito impagado, impago*, impagad*, saldo de *, saldo en cuenta, saldo actual, saldo disponible, ahorros, patrimonio
renta anual, declaracion de la renta, irpf, base imponible, ingresos anuales, ingresos mensuales, insolven*
concurso de acreedores, bancarrota, ruina economica, plan de pensiones, cartera de inversion, fondo de inversion
extracto bancario, descubierto en cuenta, numeros rojos, scoring crediticio, riesgo crediticio, capacidad de pago
alquiler mensual, pension de viudedad, pension de jubilacion, pension alimenticia, indemnizacion, finiquito, subsidio
prestacion por desempleo, herencia, movimientos de la cuenta, moroso, morosa, morosos, morosidad, embargad*
orden de embargo, embargo de *, le han embargado, en el paro, cobra el paro, cobrar el paro, debe * cuotas
cuotas de la hipoteca, cuota de la hipoteca, cuotas impagadas, me han metido en asnef, fichero de morosos
ficheros de morosos, impagos, mi nomina, su nomina, ingreso minimo vital, imv, renta minima, rmi, renta garantizada
ayuda de 480 euros, subsidio de *, prestacion por *, prestacion no contributiva, pension no contributiva, bono social
cobra una pension, embargos, embargarme, embargado, ejecucion hipotecaria, desahuci*, ley de segunda oportunidad
refinanciar, reunificar deudas, tarjeta revolving, credito rapido, minicredito, minicreditos, avalista, patrimonio neto
sociedad patrimonial, declaracion complementaria, hacienda me reclama, deuda con hacienda, deuda con la seguridad social
aplazamiento de pago, fraccionamiento de pago, no llega a fin de mes, no llego a fin de mes, banco de alimentos, arruinad*
lo perdio todo en la bolsa, perdidas en bolsa, herede, heredo, gano * euros, debo * euros, debe * euros, cobro el paro
cobro una ayuda, debo tres *, debo dos *, gano la loteria, renta baja, rentas bajas, ayuda de * euros, ayuda de los * euros
cobra una ayuda, cobra la ayuda, vive de la ayuda, beca de comedor, beca comedor, cobra el subsidio, comedor social
ayuda de emergencia, ayuda al alquiler, lo que le da el ayuntamiento, ayudas sociales, ayuda social, servicios sociales le *
prestamista*, usurero*
"""
_FINANCE_EN = """
salary, salaries, payslip*, pay slip*, wages, earns *, net worth, mortgage, debt, debts, in debt, overdue payment*
bankrupt*, insolven*, credit score, credit report, credit history, loan default, defaulted on *, repossess*, foreclosure
account balance, balance of *, overdraft, overdrawn, bank statement*, savings account, tax return*, taxable income
annual income, monthly income, gross income, pension pot, pension plan, 401k, investment portfolio, inheritance, alimony
child support, severance, redundancy pay, unemployment benefit*, universal credit, debt collector*, debt collection
garnish*, payday loan, credit card debt, behind on my mortgage, payments behind, missed payments, missed a payment, arrears
rent arrears, owe *, owes *, i earn *, she earns *, he earns *, makes * a year, before tax, after tax, take home pay
take-home pay, pay cut, pay rise, bonus of *, my salary, her salary, his salary, credit score dropped, bad credit, maxed out
student loan*, debt relief, debt management plan, county court judgment, ccj, bailiff*, food bank, housing benefit
council tax support, benefits claim, on benefits, food stamps, medicaid, tax credits, carer's allowance, state pension
remortgag*, guarantor, evict*, eviction, wiped out my savings, lost his savings, inherited *, gambling debts, hardship fund
means-tested, means tested, loan shark, owe the *, owes the *, gets food stamps, snap card, lives on benefits, on the dole
signing on, jobseeker's allowance, hardship grant, paycheck to paycheck, can't pay the rent, can't make rent
"""


def _special(detail: str, words: str) -> WordList:
    return WordList(f"special.{detail}", Kind.SPECIAL, detail, words)


SPECIAL = (
    _special("religion", _RELIGION),
    _special("union", _UNION),
    _special("politics", _POLITICS),
    _special("sexual", _SEXUAL),
    _special("ethnic", _ETHNIC),
    _special("genetic", _GENETIC),
    _special("biometric", _BIOMETRIC),
    _special("offence", _OFFENCE),
    _special("violence", _VIOLENCE),
    _special("migration", _MIGRATION),
    WordList("finance.es", Kind.FINANCE, "finance", _FINANCE_ES),
    WordList("finance.en", Kind.FINANCE, "finance", _FINANCE_EN),
)

"""Other special categories (GDPR 9), offences (GDPR 10), violence suffered, migration status; Spanish and English."""

from ambos.messages import Kind
from ambos.privacy.lexicon import WordList

_RELIGION = """

protestante*, evangelic*, musulman*, budist*, hinduista*, testigo de jehova, testigos de jehova, ateo*, atea*
agnostic*, creencias religiosas, confesion religiosa, su religion, va a misa, practicante del islam, mormon*
protestant*, evangelical*, muslim*, jewish, buddhist*, hindu*, jehovah's witness*, atheist*, religious belief*
his religion, her religion, their religion, converted to islam, convirtio al islam, sikh*, es catolic*, soy catolic*
catolic* practicante, familia catolica, religion catolica, es judi*, soy judi*, judio, judios, comunidad judia
origen judio, cristian* ortodox*, iglesia ortodoxa, is catholic, am catholic, practising catholic
practicing catholic, devout catholic, roman catholic
"""
_UNION = """
sindicad*, sindicalista*, afiliad* al sindicato, afiliad* a un sindicato, afiliad* a ccoo, afiliad* a ugt
afiliad* a la ugt, delegad* sindical*, afiliacion sindical, miembro del sindicato, cuota sindical, huelguista*
trade union member*, union member*, union membership, union dues, union rep, union representative, union organizer
union organiser, shop steward, joined the union, member of the union
"""
_POLITICS = """
militante del *, militante de *, afiliad* al pp, afiliad* al psoe, afiliad* a vox, afiliad* a podemos, vota a *
voto a *, votante de *, ideologia politica, ideas politicas, opiniones politicas, afiliacion politica
simpatizante de *, comunista*, anarquista*, fascista*, independentista*, votes for *, voted for *
political opinion*, political belief*, political affiliation, party member, registered democrat
registered republican, member of the communist party
"""
_SEXUAL = """

homosexual*, gay, gays, lesbian*, bisexual*, transexual*, transgener*, transgender*, persona trans, mujer trans
hombre trans, trans woman, trans man, orientacion sexual, sexual orientation, identidad de genero, gender identity
vida sexual, sex life, lgtb*, lgbt*, queer, salio del armario, came out as *, infidelidad, extramarital, prostitut*
sex worker*, trabajadora sexual, transicion de genero, gender transition, asexual, pansexual
"""
_ETHNIC = """

etnia *, origen etnico, origen racial, ethnic origin, racial origin, de etnia gitana, gitan*, romani, roma community
mestiz*, mulat*, afrodescendiente*, african american, afroamerican*, negr* de origen *, indigena*, latino*, hispanic
native american, of asian descent, of african descent, de raza *, ethnicity, raza negra, raza blanca, raza gitana
raza asiatica
"""
_GENETIC = """

datos geneticos, prueba genetica, test genetico, mutacion genetica, mutacion en *, portador* del gen, brca1, brca2
genetic test*, genetic mutation, carrier of the gene, genome sequenc*, secuenciacion del genoma, adn, dna test
prueba de paternidad, paternity test, cariotipo
"""
_BIOMETRIC = """

huella dactilar, huellas dactilares, datos biometricos, fingerprint scan*, retina scan, voiceprint, biometric data
biometric template, his fingerprints, her fingerprints
"""
_OFFENCE = """

antecedentes penales, condenad* por *, condenad* a *, condena de *, imputad* por *, imputad* en *, detenid* por *
acusad* de *, denunciad* por *, en prision, preso, encarcelad*, carcel, libertad condicional, orden de alejamiento
trafico de drogas, blanqueo de capitales, homicidio, asesinat*, alcoholemia, conduccion bajo los efectos
criminal record, convicted of *, conviction for *, sentenced to *, arrested for *, accused of *, indicted *
on probation, on parole, in prison, in jail, prison sentence, restraining order, felony, misdemeanor, misdemeanour
drug trafficking, money laundering, shoplift*, dui, embezzle*, manslaughter, sex offender, agresor sexual
cometio un delito, delito de *, charged with theft, charged with murder, charged with assault, charged with fraud
charged with robbery, charged with possession, charged with a crime, charged with dui
"""
_VIOLENCE = """

violencia de genero, violencia machista, violencia domestica, violencia sexual, malos tratos, maltratad*, maltrato*
la maltrata, le pega, me pega, agresion sexual, abusos sexuales, abuso sexual, violacion, violad*, acoso sexual
acoso laboral, acoso escolar, bullying, trata de personas, mutilacion genital, casa de acogida, domestic violence
gender violence, domestic abuse, abused by *, sexual assault, sexually assaulted, sexual abuse, rape, raped
raped by *, sexual harassment, sexually harassed, stalked by *, human trafficking, battered woman, women's shelter
beats me, hits me, child abuse, abusive husband, abusive partner, hate crime*, victima de abuso*
victima de violencia, victima de maltrato, victima de malos tratos, victima de una agresion, victima de acoso
victima de trata, victim of abuse, victim of domestic *, victim of violence, victim of rape, victim of trafficking
victim of sexual *, victim of assault, abusos a menores
"""
_MIGRATION = """

sin papeles, indocumentad*, inmigrante irregular, situacion irregular, situacion administrativa irregular
solicitante de asilo, solicitud de asilo, peticion de asilo, refugiad*, asilo politico, orden de expulsion
deportad*, deportacion, permiso de residencia, arraigo social, proteccion internacional, visado caducado
undocumented, illegal immigrant*, asylum seeker*, seeking asylum, asylum application, asylum claim, refugee*
immigration status, deportation, deported, overstayed *, visa expired, residence permit, work visa, green card, daca
leave to remain
"""
_FINANCE_ES = """

nomina*, salario*, sueldo*, cobra * euros, gana * euros, hipoteca, deuda*, deudor*, asnef, prestamo personal
credito impagado, impago*, impagad*, saldo de *, saldo en cuenta, saldo actual, saldo disponible, ahorros
patrimonio, renta anual, declaracion de la renta, irpf, base imponible, ingresos anuales, ingresos mensuales
insolven*, concurso de acreedores, bancarrota, ruina economica, plan de pensiones, cartera de inversion
fondo de inversion, extracto bancario, descubierto en cuenta, numeros rojos, scoring crediticio, riesgo crediticio
capacidad de pago, alquiler mensual, pension de viudedad, pension de jubilacion, pension alimenticia, indemnizacion
finiquito, subsidio, prestacion por desempleo, herencia, movimientos de la cuenta, moroso, morosa, morosos
morosidad, embargad*, orden de embargo, embargo de *, le han embargado, en el paro, cobra el paro, cobrar el paro
"""
_FINANCE_EN = """
salary, salaries, payslip*, pay slip*, wages, earns *, net worth, mortgage, debt, debts, in debt, overdue payment*
bankrupt*, insolven*, credit score, credit report, credit history, loan default, defaulted on *, repossess*
foreclosure, account balance, balance of *, overdraft, overdrawn, bank statement*, savings account, tax return*
taxable income, annual income, monthly income, gross income, pension pot, pension plan, 401k, investment portfolio
inheritance, alimony, child support, severance, redundancy pay, unemployment benefit*, universal credit
debt collector*, debt collection, garnish*, payday loan, credit card debt
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

"""Is running text in a language the recognisers were not made for? A cheap guess by function words and scripts."""

from __future__ import annotations

import re
from collections import Counter
from contextlib import suppress
from functools import cache

from ambos.privacy.lexicons import COMMON

# Frequent function words.
_WORDS = {
    "es": "el la los las un una unos que de del y en con por para se su sus no lo le les es son fue como mas pero "
    "este esta muy ya al ha han he hay mi me te si cuando donde porque sobre entre sin todo tambien hasta "
    "desde nos usted ser tiene ayer hoy quiero puede hola gracias",
    "en": "the a an of and to in is are was were be been for on with that this it as at by from or not have has had "
    "i you he she we they his her their my your but which will would can could there what when who if about "
    "into than do does please",
    "ca": "el la els les un una uns que de del dels i en amb per a es seu seva no ho li son fou com mes pero aquest "
    "aquesta molt ja al ha han he hi meu meva em et si quan on perque sobre entre sense tot tambe fins des ens "
    "va vaig estic soc aixo aixi els avui ahir vull pot te tinc gracies nosaltres bon dia "
    "als pel pels tan tant despres abans encara nomes aquests aquestes allo quina quin fer fet fa faig fan fem fara "
    "vol volem vols puc pots podem poden cal haver havia hem heu vam van anar som seves teva teu nostre nostra "
    "vostre any anys setmana dema nit plau bona cada casa res ningu parlar escriu escriure treballar resum gairebe "
    "mentre potser sempre mai molta molts moltes dir dit millor qualsevol cosa diners feina aqui alla",
    "gl": "o a os as un unha uns unhas que de do da dos das e en no na nos nas con por para se seu sua non lle lles "
    "e son foi como mais pero este esta moi xa ao ha hai meu mina me te si cando onde porque sobre entre sen "
    "todo tamen ata dende ten teno onte hoxe quero pode ola grazas eu voste "
    "coa coas cos co dun dunha nun nunha aos xente agora moito moita moitos facer fago fai fan fixo fixeron vou vai "
    "imos tes temos tenen estou estiven quere podes podo poden deste desta isto iso aquilo manha mana noite "
    "traballo traballar dineiro ainda xunto despois mellor bos boa boas falar dicir sair chamar sempre dixo dixome "
    "minas noso nosa cartos ca mediante xaneiro",
    "eu": "eta da dira ez bat du dute zen ziren dut naiz nire zure bere hau hori baina ere izan egin dago daude oso "
    "gaur atzo nahi behar duen dela diren egun kaixo mesedez eskerrik asko hemen han zer nola noiz gara zuen "
    "bai batzuk beste beti berak bezala bost baita bakarrik dit diot digu didazu dizut duzu dugu dituzte ditu zait "
    "zaio zituen nuen genuen nintzen zela zegoen gaude nago dagoen dagoela direla gu zu haiek horiek hauek honetan "
    "honek horrek gero orain lehen berriz artean ondoren aurretik gabe gehiago gutxiago urte urtean hilean hilabete "
    "aste astean etxean etxetik lana egiten joan etorri jakin esan esaten ikusi eman hartu erosi saldu idatzi "
    "irakurri laguntza beharko nahiko dezaket dezakezu dezakegu daiteke ditzaket daukat daukagu dauka ezin uste "
    "bihar on arratsalde gabon agur diru dirua umeak haurrak aita anaia arreba laguna nirekin zurekin gurekin zein "
    "zergatik honi hari bila lan izango naizela nuke zenbat bi hiru",
    "pt": "o a os as um uma uns umas que de do da dos das e em no na nos nas com por para se seu sua nao lhe lhes "
    "sao foi como mais mas este esta muito ja ao ha meu minha me te quando onde porque sobre entre sem tudo "
    "tambem ate desde tem tenho ontem hoje quero pode ola obrigado eu voce isso pelo pela "
    "pelos pelas ainda sempre muita muitos fazer faco faz fazem fez vou vai vamos tens temos estou estava quer "
    "queremos podes posso podem deste desta aquele aquela aquilo isto amanha noite trabalho trabalhar dinheiro "
    "agora depois melhor bom boa bons falar dizer sair ligar nosso nossa meus minhas seus suas voces disse disseram "
    "fizeram quem qual quanto sou esse essa escritorio obrigada conta dia comigo connosco",
    "fr": "le la les un une des que de du et en avec pour par se son sa ses ne pas lui leur est sont fut comme plus "
    "mais ce cette tres deja au aux a ont il elle nous vous je tu mon ma mes si quand ou parce sur entre sans "
    "tout aussi dans qui hier bonjour merci suis avez etre",
    "de": "der die das ein eine und ist sind war nicht mit fur von zu im in den dem des auf sie er wir ich du ihr "
    "sein seine auch aber als wie wenn oder nach bei aus noch nur hat haben wird werden kann uber zum zur dass "
    "mein meine",
    "it": "il lo la gli le un una uno che di del della dei delle e in con per da si suo sua non ci sono fu come piu "
    "ma questo questa molto gia al ha hanno ho mio mia mi ti quando dove perche su tra senza tutto anche fino "
    "nel nella sul ieri oggi voglio puo ciao grazie essere",
    "ro": "si sa de la cu pe in din nu este sunt ca pentru care mai ce va fi am ai au fost as ar prin dar sau daca cand unde "
    "foarte acum aceasta acest acesta mea meu sau lui ei noi voi ziua buna multumesc deoarece dupa fara doar trebuie vreau "
    "saptamana",
    "nl": "de het een en van ik je is dat niet in op te zijn met voor aan om ook als maar dan bij uit er naar heb heeft "
    "hebben ben was wordt worden kan mijn uw onze deze dit die wij zij hij nog wel geen door over omdat graag goedemorgen "
    "bedankt week",
}  # fmt: skip
# One number for each word: a field of bits for each language, 1 where the word is one of its own. Sums of such numbers
# count for all languages at once.
_BITS = 16
_FIELDS = {code: _BITS * number for number, code in enumerate(_WORDS)}
_WEIGHTS: dict[bytes, int] = {}
for _code, _text in _WORDS.items():
    for _word in set(_text.encode().split()):
        _WEIGHTS[_word] = _WEIGHTS.get(_word, 0) | 1 << _FIELDS[_code]

# Digits stay, so that a piece of a number or of a GUID is no word.
_NO_LETTERS = bytes(code if 97 <= code <= 122 or 48 <= code <= 57 else 32 for code in range(256))
_SAMPLE = 420
_LEAST_WORDS = 8
# Prose in an expected language has a third of known words and more; less than one in ten is another's.
_LEAST_PROSE, _MOST_KNOWN = 12, 0.1
_PROSE_SIGNS = frozenset(".,;:!?'\"-()¿¡«»“”’…")
# A word counts so often at most: "la la la" is no language.
_MOST = 6
_SCRIPTS = re.compile(
    r"[\u0370-\u03ff\u0400-\u052f\u0530-\u058f\u0590-\u05ff\u0600-\u06ff\u0900-\u0dff\u0e00-\u0eff\u10a0-\u10ff"
    r"\u1100-\u11ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]"
)


def foreign_language(text: str, lower: bytes, expected: frozenset[str]) -> str:
    """The code of the language `text` clearly is in when that is not expected, else "".

    "und" is another script, or prose in which hardly a word is one of an expected language.
    Only running text counts: short texts, code and numbers get "". Of a long text its head, middle and tail are read.

    Args:
        text: the original.
        lower: its folded view.
        expected: languages the recognisers were made for.
    """
    if not text.isascii() and _is_other_script(text):
        return "und"
    words = (lower if len(lower) <= 3 * _SAMPLE else _parts(lower)).translate(_NO_LETTERS).split()
    if len(words) < _LEAST_WORDS:
        return ""
    return _verdict(words, expected) or ("und" if _is_unknown(text[: 4 * _SAMPLE], words, expected) else "")


def _parts(lower: bytes) -> bytes:
    middle = len(lower) // 2
    return b" ".join((lower[:_SAMPLE], lower[middle : middle + _SAMPLE], lower[-_SAMPLE:]))


def _is_other_script(text: str) -> bool:
    """Whether more than a third of the letters, and six at least, are of another script."""
    sample = text[: 4 * _SAMPLE]
    with suppress(UnicodeEncodeError):
        sample.encode("latin-1")
        return False
    others = len(_SCRIPTS.findall(sample))
    return others >= 6 and 3 * others > sum(map(str.isalpha, sample))


@cache
def _known(expected: frozenset[str]) -> frozenset[bytes]:
    """Words of two letters and more that are of an expected language."""
    own = {word for code in expected & _WORDS.keys() for word in _WORDS[code].encode().split()}
    return frozenset(word for word in own | COMMON if len(word) > 1)


def _is_unknown(sample: str, words: list[bytes], expected: frozenset[str]) -> bool:
    """Whether `words` are prose of a language that nobody here knows: no code, no list, no table, hardly a known word."""
    words = list(filter(bytes.isalpha, words))
    known = sum(map(_known(expected).__contains__, words))
    if len(words) < _LEAST_PROSE or known > _MOST_KNOWN * len(words):
        return False
    signs = sum(not (char.isalpha() or char.isspace() or char in _PROSE_SIGNS) for char in sample)
    tokens = sample.split()
    lower = sum(token[:1].islower() for token in tokens)
    is_list = sample.count(",") > len(tokens) / 4 or sample.count("\n") > len(tokens) / 4
    return signs < 0.04 * len(sample) and lower > 0.65 * len(tokens) and not is_list


def _verdict(words: list[bytes], expected: frozenset[str]) -> str:
    """The best language if it explains much of the text and clearly more than any expected one."""
    counts = Counter(filter(_WEIGHTS.__contains__, words))
    total = sum(_WEIGHTS[word] * min(_MOST, count) for word, count in counts.items())
    scores = {code: total >> shift & (1 << _BITS) - 1 for code, shift in _FIELDS.items()}
    best = max(scores, key=lambda code: (scores[code], code in expected))
    known = max((scores.get(code, 0) for code in expected), default=0)
    is_clear = scores[best] >= 4 and scores[best] >= 0.2 * len(words) and scores[best] >= 1.3 * known + 1
    return best if is_clear and best not in expected else ""

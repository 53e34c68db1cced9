"""Is running text in a language the recognisers were not made for? A guess by function words and scripts, a few µs a kilobyte."""

from __future__ import annotations

import re
from collections import Counter

# Frequent function words.
_WORDS = {
    "es": "el la los las un una unos que de del y en con por para se su sus no lo le les es son fue como mas pero este esta "
    "muy ya al ha han he hay mi me te si cuando donde porque sobre entre sin todo tambien hasta desde nos usted ser tiene "
    "ayer hoy quiero puede hola gracias",
    "en": "the a an of and to in is are was were be been for on with that this it as at by from or not have has had i you "
    "he she we they his her their my your but which will would can could there what when who if about into than do does "
    "please",
    "ca": "el la els les un una uns que de del dels i en amb per a es seu seva no ho li son fou com mes pero aquest aquesta "
    "molt ja al ha han he hi meu meva em et si quan on perque sobre entre sense tot tambe fins des ens va vaig estic soc "
    "aixo aixi els avui ahir vull pot te tinc gracies nosaltres bon dia",
    "gl": "o a os as un unha uns unhas que de do da dos das e en no na nos nas con por para se seu sua non lle lles e son "
    "foi como mais pero este esta moi xa ao ha hai meu mina me te si cando onde porque sobre entre sen todo tamen ata dende "
    "ten teño onte hoxe quero pode ola grazas eu voste",
    "eu": "eta da dira ez bat du dute zen ziren dut naiz nire zure bere hau hori baina ere izan egin dago daude oso gaur "
    "atzo nahi behar duen dela diren egun kaixo mesedez eskerrik asko hemen han zer nola noiz gara zuen",
    "pt": "o a os as um uma uns umas que de do da dos das e em no na nos nas com por para se seu sua nao lhe lhes sao foi "
    "como mais mas este esta muito ja ao ha meu minha me te quando onde porque sobre entre sem tudo tambem ate desde tem "
    "tenho ontem hoje quero pode ola obrigado eu voce isso pelo pela",
    "fr": "le la les un une des que de du et en avec pour par se son sa ses ne pas lui leur est sont fut comme plus mais ce "
    "cette tres deja au aux a ont il elle nous vous je tu mon ma mes si quand ou parce sur entre sans tout aussi dans qui "
    "hier bonjour merci suis avez etre",
    "de": "der die das ein eine und ist sind war nicht mit fur von zu im in den dem des auf sie er wir ich du ihr sein seine "
    "auch aber als wie wenn oder nach bei aus noch nur hat haben wird werden kann uber zum zur dass mein meine",
    "it": "il lo la gli le un una uno che di del della dei delle e in con per da si suo sua non ci sono fu come piu ma questo "
    "questa molto gia al ha hanno ho mio mia mi ti quando dove perche su tra senza tutto anche fino nel nella sul ieri oggi "
    "voglio puo ciao grazie essere",
}  # fmt: skip
_LANGUAGES: dict[str, tuple[str, ...]] = {}
for _code, _text in _WORDS.items():
    for _word in set(_text.split()):
        _LANGUAGES[_word] = (*_LANGUAGES.get(_word, ()), _code)

_FOLD = str.maketrans("áàâäãéèêëíìîïóòôöõúùûüçñ", "aaaaaeeeeiiiiooooouuuucn")
_WORD = re.compile(r"[^\W\d_]{1,20}")
_SAMPLE = 1200
_LEAST_WORDS = 8
_SCRIPTS = re.compile(
    r"[\u0370-\u03ff\u0400-\u052f\u0530-\u058f\u0590-\u05ff\u0600-\u06ff\u0900-\u0dff\u0e00-\u0eff\u10a0-\u10ff"
    r"\u1100-\u11ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]"
)


def foreign_language(text: str, expected: frozenset[str]) -> str:
    """The code of the language `text` clearly is in when that is not expected, "und" for another script, else "".

    Only running text counts: short texts, code and numbers get "". The first 1,200 characters, the middle and the end are looked at.
    """
    if len(text) < 6:
        return ""
    sample = text if len(text) <= 3 * _SAMPLE else _parts(text)
    if not sample.isascii() and _is_other_script(sample):
        return "und"
    words = [word.translate(_FOLD) for word in _WORD.findall(sample.lower())]
    if len(words) < _LEAST_WORDS:
        return ""
    return _verdict(words, expected)


def _parts(text: str) -> str:
    middle = len(text) // 2
    return f"{text[:_SAMPLE]} {text[middle : middle + _SAMPLE]} {text[-_SAMPLE:]}"


def _is_other_script(sample: str) -> bool:
    letters = sum(map(len, _WORD.findall(sample)))
    return letters > 0 and 2 * len(_SCRIPTS.findall(sample)) > letters


def _verdict(words: list[str], expected: frozenset[str]) -> str:
    """The best language if it explains much of the text and clearly more than any expected one."""
    scores: Counter[str] = Counter()
    for word, count in Counter(words).items():
        for code in _LANGUAGES.get(word, ()):
            scores[code] += min(count, 6)
    if not scores:
        return ""
    best, value = scores.most_common(1)[0]
    known = max((scores[code] for code in expected), default=0)
    if best in expected or value < 4 or value < 0.2 * min(len(words), 200):
        return ""
    return best if value >= 1.3 * known + 1 else ""

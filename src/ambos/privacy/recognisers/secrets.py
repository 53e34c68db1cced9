"""Credentials: keys and tokens of common services, private keys, passwords, PINs and card codes in context, URLs with secrets."""
# ruff: noqa: E501 - a pattern is read as one line

import re

from ambos.messages import Kind
from ambos.privacy.recognisers.tokens import TOKENS
from ambos.privacy.rule import Rule

# Words after "password is" that are no password: the sentence goes on.
_NOT = frozenset(
    b"is es the a la el una un de del para for to of and y o or en in on no not my mi your tu su con with que that field campo reset "
    b"manager policy required incorrecta incorrect wrong invalid forgot olvidada olvide segura strong please por has must should "
    b"debe password pwd expected hash string none null true false str optional cambiada caducada expired protected".split()
)


# What code writes where a secret will be: a call, a look-up, a template.
_CODE = (
    b"<", b"{{", b"${", b"$(", b"****", b"[", b"...", b"%(", b"os.", b"process.", b"self.", b"this.", b"config", b"settings.", b"env.", b"env[",
    b"getenv", b"get_", b"request.", b"req.", b"args.", b"xxx", b"your", b"secrets.", b"vault",
)  # fmt: skip


# Code that is no secret itself: a call or a look-up, a chain of names.
_CALL = re.compile(rb"[({]?[a-z_][a-z0-9_.]*[(\[]")
_CHAIN = re.compile(rb"[a-z_][a-z_0-9]*(?:\.[a-z_]+)+")


def _is_secret_word(lower: bytes, start: int, end: int) -> bool:
    value = lower[start:end].strip(b"\"'")
    if value.strip(b"<>.,;:()[]{}") in _NOT or value.startswith(_CODE):
        return False
    if lower[start - 1 : start] in (b'"', b"'"):
        return True
    is_assigned = lower[max(0, start - 3) : start].strip() in (b"=", b":=")
    return not (
        _CALL.match(value) or (is_assigned and (_CHAIN.fullmatch(value) or lower[end : end + 1] in (b",", b")")))
    )


def _has_digit_or_mark(lower: bytes, start: int, end: int) -> bool:
    """ "La contraseña caduca": a bare word after the cue is a verb more often than a password."""
    value = lower[start:end]
    return _is_secret_word(lower, start, end) and not value.isalpha()


def _has_digit(lower: bytes, start: int, end: int) -> bool:
    value = lower[start:end]
    return _has_digit_or_mark(lower, start, end) and any(48 <= byte <= 57 for byte in value)


_PASSWORD = r"(?:pass(?:word|wd|phrase|code)|pwd|psw|contrasenias?|contrasenas?)"
_VALUE = r"(?:\"([^\"\n]{4,120})\"|'([^'\n]{4,120})'|([^\s\"',;]{4,}))"
_SET = r"[\"']?[ ]{0,2}(?::=|[:=]|=>|->)[ ]{0,2}"
# These also name what is no secret: "la clave: escuchar", "token: string".
_OTHER = (
    r"(?:pass|clave(?: de acceso| secreta)?|secret(?:[_ ]?key)?|api[_ ]?key|apikey|access[_ ]?(?:key|token)|auth[_ ]?token|token|"
    r"client[_ ]?secret|private[_ ]?key|credencial(?:es)?|account[_ ]?key|encryption[_ ]?key)"
)
_OF = r"(?: (?:wi-?fi|temporal|provisional|nueva|actual|antigua|maestra|temporary|new|current|old|master))?(?: (?:del? |for |para |to |of |en |on )(?:[a-z]+ ){0,3}?[a-z\-]+)?"

SECRETS = (
    *(
        Rule(f"token.{name}", Kind.SECRET, f"token_{name}", pattern, bare=0.98, cased=True, decoys=False)
        for name, pattern in TOKENS
    ),
    Rule(
        "private_key", Kind.SECRET, "private_key",
        r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----(?:[A-Za-z0-9+/=:,\s\\]|-[A-Za-z])*(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----)?",
        bare=0.99, cased=True, decoys=False,
    ),
    Rule("password.field", Kind.SECRET, "password", rf"{_PASSWORD}{_OF}{_SET}{_VALUE}", bare=0.9, accept=_is_secret_word, decoys=False),
    Rule("secret.field", Kind.SECRET, "secret", rf"{_OTHER}{_OF}{_SET}{_VALUE}", bare=0.9, accept=_has_digit_or_mark, decoys=False),
    Rule(
        "password.said", Kind.SECRET, "password",
        rf"\b(?:{_PASSWORD}|passphrase|clave|contra|pass|pw){_OF} (?:is|es|sera|was|era|now|ahora es|is now) {_VALUE}",
        bare=0.85, accept=_has_digit_or_mark, decoys=False,
    ),
    Rule("password.bare", Kind.SECRET, "password", rf"\b(?:{_PASSWORD}|clave|pass) [\"']?([^\s\"',;]{{6,}})", bare=0.75, decoys=False, accept=_has_digit),
    Rule(
        "password.pair", Kind.SECRET, "password",
        r"\b(?:user(?:name)?|usuario|login) ?(?:/|y|and|&|\+) ?(?:pass[a-z]*|contrasena|clave|pw|pwd)[ :=]{1,3}[^\s/]{2,40} ?/ ?([^\s\"',;]{4,})",
        bare=0.85, accept=_is_secret_word, decoys=False,
    ),
    Rule(
        "password.flag", Kind.SECRET, "password", r"(?:\bcurl\b[^\n]{0,120} (?:-u|--user)[ =][\"']?[^\s:\"']{1,60}:|\bsshpass -p ?|\bmysql\b[^\n]{0,80} -p|--?(?:password|passwd|pwd)[ =])[\"']?([^\s\"']{4,})",
        bare=0.85, accept=_is_secret_word, decoys=False,
    ),
    Rule(
        "pin", Kind.SECRET, "pin",
        r"\b(?:pin|puk|codigo pin|pin code|codigo (?:secreto|de seguridad|de acceso|de verificacion|de un solo uso|sms)|clave (?:sms|de firma|de la tarjeta)|security code|access code|"
        r"verification code|one[ -]time (?:code|password|passcode)|otp|2fa code)"
        r"(?: (?:number|is|was|es|era|de la tarjeta|de la sim|del? (?:movil|cajero|banco|alarma)|of (?:my|the) card|for (?:my|the) [a-z]+|de mi [a-z]+|to (?:my|the) [a-z]+))*"
        r"[ .:#=\"'|]{1,4}([0-9](?:[ \-]?[0-9]){3,7})\b",
        bare=0.9, decoys=False,
    ),
    Rule(
        "cvv", Kind.SECRET, "cvv",
        r"\b(?:cvv2?|cvc2?|cid|csc|cvn|card verification(?: (?:code|value|number))?|codigo (?:cvv|de seguridad de la tarjeta)|"
        r"(?:tres|3|cuatro|4) (?:digitos|numeros|cifras) (?:de (?:atras|detras)|del (?:reverso|dorso))(?: de la tarjeta)?|(?:three|3|four|4) digits on the (?:back|front)(?: of (?:the|my) card)?)"
        r"(?: (?:es|son|is|are|code|number|numero))*[ .:#=\"'|]{1,4}([0-9](?:[ \-]?[0-9]){2,3})\b",
        bare=0.95, decoys=False,
    ),
    # "El pin apuntado, que es 7659"; what stands after a card and its month, under whatever word.
    Rule("pin.told", Kind.SECRET, "pin", r"\bp(?:in|uk)\b(?:,? [a-z]+){1,4},? (?:es|era|is|was) ([0-9]{4,8})\b", bare=0.85, decoys=False),
    Rule("cvv.after", Kind.SECRET, "cvv", r"\b[2-6](?:[ .\-]{0,2}[0-9]){12,18}\b[^0-9\n]{1,24}(?:0[1-9]|1[0-2]) ?[/\-] ?(?:20)?[0-9]{2}\b[^0-9\n]{1,24}([0-9]{3,4})\b", bare=0.9, decoys=False),
    Rule(
        "seed_phrase", Kind.SECRET, "seed_phrase",
        r"\b(?:seed phrase|recovery phrase|mnemonic(?: phrase)?|secret phrase|frase (?:semilla|de recuperacion|mnemonica))(?: (?:is|es))?[ :=\"'\n]{1,4}((?:[a-z]{3,8}[ ,\n]{1,2}){11,23}[a-z]{3,8})\b",
        bare=0.95, decoys=False,
    ),
    Rule(
        "recovery_code", Kind.SECRET, "recovery_code",
        r"\b(?:(?:backup|recovery|reset) codes?|codigos? de (?:recuperacion|respaldo))(?: (?:is|are|es|son))?[ :=\"'\n]{1,4}([a-z0-9]{4,10}(?:[\-][a-z0-9]{3,10}){0,7})\b",
        bare=0.85, accept=_has_digit, decoys=False,
    ),
    Rule(
        "url.credentials", Kind.SECRET, "url_credentials", r"\b[a-z][a-z0-9+.\-]{1,20}://[^\s/:@\"']+:([^\s/@\"']+)@", bare=0.97,
        decoys=False, accept=_is_secret_word,
    ),
    Rule(
        "url.token", Kind.SECRET, "url_token",
        r"[?&](?:access_token|token|api_?key|key|sig|signature|secret|password|passwd|pwd|auth|code|session|sid|x-amz-signature)=([^\s&#\"'<>]{6,})",
        bare=0.9, decoys=False, accept=_is_secret_word,
    ),
    Rule("bearer", Kind.SECRET, "bearer", r"\b(?:bearer|basic) ([a-z0-9._~+/\-]{16,}=*)", bare=0.9, decoys=False, accept=_has_digit_or_mark),
    Rule(
        "aws.secret", Kind.SECRET, "token_aws", r"\baws_?secret[a-z_ ]{0,20}[\"']?[ ]{0,2}[:=][ ]{0,2}[\"']?([a-z0-9/+=]{30,})", bare=0.97, decoys=False,
    ),
)  # fmt: skip

"""Credentials: keys and tokens of common services, private keys, passwords, PINs and card codes in context, URLs with secrets."""
# ruff: noqa: E501 - a pattern is read as one line

from ambos.messages import Kind
from ambos.privacy.rule import Rule

_T = r"[A-Za-z0-9_\-]"
# Prefixes that the services document for their own secret scanning.
_TOKENS = (
    ("amb", rf"\bamb_{_T}{{20,}}"),
    ("openai", rf"\bsk-(?:proj-|svcacct-|admin-|or-v1-)?{_T}{{20,}}"),
    ("anthropic", rf"\bsk-ant-{_T}{{20,}}"),
    ("aws", r"\b(?:AKIA|ASIA|AGPA|AIDA|AROA|ANPA)[A-Z0-9]{16}\b"),
    ("github", r"\b(?:gh[pousr]_[A-Za-z0-9]{30,255}|github_pat_[A-Za-z0-9_]{30,255})"),
    ("gitlab", rf"\bgl(?:pat|ptt|rt|dt|cbt|agent|soat|oas)-{_T}{{18,}}"),
    ("slack", r"\bxox[abeoprs]-[A-Za-z0-9\-]{10,}|\bxapp-[0-9]-[A-Za-z0-9\-]{10,}"),
    ("google", rf"\bAIza{_T}{{35}}|\bGOCSPX-{_T}{{20,}}|\bya29\.{_T}{{20,}}"),
    ("stripe", r"\b(?:sk|rk|whsec)_(?:live|test)?_?[A-Za-z0-9]{20,}"),
    ("huggingface", r"\bhf_[A-Za-z0-9]{20,}|\bapi_org_[A-Za-z0-9]{20,}"),
    ("jwt", rf"\beyJ{_T}{{8,}}\.{_T}{{4,}}\.?{_T}*"),
    (
        "npm",
        r"\bnpm_[A-Za-z0-9]{30,}|\bpypi-[A-Za-z0-9_\-]{30,}|\bdop_v1_[a-f0-9]{40,}|\bSG\.[A-Za-z0-9_\-]{16,}\.[A-Za-z0-9_\-]{16,}",
    ),
    ("telegram", r"\b[0-9]{8,10}:AA[A-Za-z0-9_\-]{32,}"),
    ("groq", r"\b(?:gsk|xai|r8|pplx|nvapi|tvly|lsv2_pt|key|sess)[_\-][A-Za-z0-9_\-]{32,}"),
)
# Words after "password is" that are no password: the sentence goes on.
_NOT = frozenset(
    b"is es the a la el una un de del para for to of and y o or en in on no not my mi your tu su con with que that field campo reset "
    b"manager policy required incorrecta incorrect wrong invalid forgot olvidada olvide segura strong please por has must should "
    b"debe hash string none null true false str optional cambiada caducada expired protected".split()
)


# What code writes where a secret will be: a call, a look-up, a template.
_CODE = (
    b"<", b"{{", b"${", b"$(", b"****", b"[", b"...", b"%(", b"os.", b"process.", b"self.", b"this.", b"config", b"settings.", b"env.", b"env[",
    b"getenv", b"get_", b"request.", b"req.", b"args.", b"xxx", b"your", b"secrets.", b"vault",
)  # fmt: skip


def _is_secret_word(lower: bytes, start: int, end: int) -> bool:
    value = lower[start:end].strip(b"\"'")
    if value.strip(b"<>.,;:()[]{}") in _NOT or value.startswith(_CODE):
        return False
    return not (
        value.endswith((b"()", b"[", b"(")) and value.replace(b"_", b"").rstrip(b"([)").replace(b".", b"").isalpha()
    )


def _has_digit_or_mark(lower: bytes, start: int, end: int) -> bool:
    """ "La contraseña caduca": a bare word after the cue is a verb more often than a password."""
    value = lower[start:end]
    return _is_secret_word(lower, start, end) and not value.isalpha()


_FIELD = (
    r"(?:pass(?:word|wd|phrase|code)?|pwd|contrasena|contrasenia|clave(?: de acceso| secreta)?|secret(?:[_ ]?key)?|api[_ ]?key|apikey|"
    r"access[_ ]?(?:key|token)|auth[_ ]?token|token|client[_ ]?secret|private[_ ]?key|credencial(?:es)?)"
)

SECRETS = (
    *(
        Rule(f"token.{name}", Kind.SECRET, f"token_{name}", pattern, bare=0.98, cased=True, decoys=False)
        for name, pattern in _TOKENS
    ),
    Rule(
        "private_key", Kind.SECRET, "private_key",
        r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----(?:[A-Za-z0-9+/=:,\s\\]|-[A-Za-z])*(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----)?",
        bare=0.99, cased=True, decoys=False,
    ),
    Rule(
        "password.field", Kind.SECRET, "password", rf"{_FIELD}[\"']?[ ]{{0,2}}(?::=|[:=]|=>)[ ]{{0,2}}[\"']?([^\s\"',;]{{4,}})",
        bare=0.9, accept=_is_secret_word, decoys=False,
    ),
    Rule(
        "password.said", Kind.SECRET, "password",
        r"\b(?:password|passcode|passphrase|contrasena|contrasenia|clave)(?: (?:del? |for |para |to |of )(?:[a-z]+ ){0,3}?[a-z]+)? (?:is|es|sera|was|era|->) [\"']?([^\s\"',;]{4,})",
        bare=0.85, accept=_has_digit_or_mark, decoys=False,
    ),
    Rule(
        "password.bare", Kind.SECRET, "password", r"\b(?:password|contrasena|passwd|pwd|clave|passcode) [\"']?([^\s\"',;]{6,})",
        bare=0.75, decoys=False,
        accept=lambda lower, start, end: _has_digit_or_mark(lower, start, end)
        and any(48 <= byte <= 57 for byte in lower[start:end]),
    ),
    Rule(
        "pin", Kind.SECRET, "pin",
        r"\b(?:pin|codigo pin|pin code|codigo (?:secreto|de seguridad|de acceso|de verificacion)|security code|access code|verification code|otp)"
        r"(?: (?:number|is|es|de la tarjeta|del movil|of (?:my|the) card|de mi tarjeta|to (?:my|the) [a-z]+))*[ .:#=\"']{1,4}([0-9]{4,8})\b",
        bare=0.9, decoys=False,
    ),
    Rule("cvv", Kind.SECRET, "cvv", r"\b(?:cvv2?|cvc2?|cid|csc)(?: (?:es|is|code))?[ .:#=\"']{1,4}([0-9]{3,4})\b", bare=0.95, decoys=False),
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

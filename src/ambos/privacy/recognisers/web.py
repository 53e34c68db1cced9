"""Web addresses and home folders: a link tells whose page, meeting or house it is, a path whose machine; what everybody links
to tells nobody.

Addresses with a password or key in them are `secrets`; a bare host without scheme, `www.` or path is left to the tagger.
"""

import ipaddress
import re
from typing import Final

from ambos.messages import Kind
from ambos.privacy.rule import Rule

# Hosts of everybody (and what lies under them): standards, encyclopedias, search, packages, manuals, public bodies, press.
# No host where people and firms have pages of their own.
_EVERYBODYS: Final = frozenset(
    b"w3.org schema.org json-schema.org xmlns.com purl.org xmlsoap.org opengis.net ietf.org rfc-editor.org iso.org iana.org "
    b"openxmlformats.org openid.net "
    b"unicode.org ecma-international.org openapis.org spdx.org opensource.org creativecommons.org gnu.org apache.org "
    b"wikipedia.org wikimedia.org wikidata.org wiktionary.org archive.org gutenberg.org arxiv.org doi.org rae.es "
    b"merriam-webster.com britannica.com google.com google.es bing.com duckduckgo.com googleapis.com gstatic.com "
    b"jsdelivr.net unpkg.com cloudflare.com jquery.com bootstrapcdn.com getbootstrap.com fontawesome.com "
    b"python.org pypi.org readthedocs.io readthedocs.org numpy.org scipy.org pandas.pydata.org pytorch.org tensorflow.org "
    b"npmjs.com nodejs.org reactjs.org react.dev vuejs.org angular.io typescriptlang.org mozilla.org whatwg.org "
    b"stackoverflow.com stackexchange.com superuser.com serverfault.com docs.rs crates.io rust-lang.org golang.org go.dev "
    b"ruby-lang.org rubygems.org php.net perl.org cpan.org r-project.org java.com oracle.com maven.org mvnrepository.com "
    b"postgresql.org mysql.com sqlite.org mongodb.com redis.io docker.com kubernetes.io kernel.org debian.org ubuntu.com "
    b"microsoft.com windowsupdate.com apple.com android.com adobe.com amazon.com amazon.es openai.com anthropic.com "
    b"huggingface.co nih.gov who.int un.org europa.eu boe.es agenciatributaria.es gov.uk usa.gov irs.gov cdc.gov ine.es "
    b"bbc.com bbc.co.uk nytimes.com reuters.com theguardian.com elpais.com elmundo.es youtube.com imdb.com".split()
)
# Under such a host, but of somebody: documents, folders, meetings, sites, groups.
_SOMEBODYS: Final = frozenset(
    b"docs.google.com drive.google.com sites.google.com groups.google.com meet.google.com calendar.google.com "
    b"photos.google.com mail.google.com forms.google.com teams.microsoft.com podcasts.apple.com".split()
)
# RFC 2606 and 6761, and what manuals write in their place.
_EXAMPLES: Final = re.compile(
    rb"(?:.*\.)?(?:(?:example|ejemplo|domain|dominio|yourdomain|tudominio|mysite|yoursite|website|test)\.(?:com|org|net|es|edu)|"
    rb"[^.]*\.?(?:example|invalid|test|localhost|local|internal))"
)
_PARTS: Final = re.compile(rb"(?:[a-z][a-z0-9+.\-]*://)?(?:www\.)?([^/?#]*)(.*)", re.DOTALL)
# The page of a person or channel, wherever it lies: /@name, /in/name, /user/name.
_OWN_PAGE: Final = re.compile(rb"/(?:@|(?:in|u|users?|people|profiles?|channel|c)/)[^/?#]+")
_TRAILING: Final = b".,;:!?'*_|\\"
_PAIRS: Final = ((b"(", b")"), (b"[", b"]"))


def _ends(lower: bytes, start: int, end: int) -> int:
    """A mark of the sentence and a bracket that opened before it are none of the address."""
    unopened = {close: lower.count(close, start, end) - lower.count(opens, start, end) for opens, close in _PAIRS}
    while end > start:
        last = lower[end - 1 : end]
        if last not in _TRAILING and unopened.get(last, 0) <= 0:
            break
        if last in unopened:
            unopened[last] -= 1
        end -= 1
    return end


def _is_somebodys(lower: bytes, start: int, end: int) -> bool:
    """Not of a manual, a machine or everybody."""
    authority, path = _PARTS.fullmatch(lower[start:end]).groups()  # type: ignore[union-attr]  # it matches anything
    host = authority.partition(b":")[0].rstrip(b".")
    if b"@" in authority:
        return True
    if b"." not in host or _EXAMPLES.fullmatch(host) or _is_number(host):
        return False
    labels = host.rsplit(b".", 3)[-3:]
    ends = {b".".join(labels[first:]) for first in range(len(labels) - 1)}
    if ends.isdisjoint(_EVERYBODYS) or not ends.isdisjoint(_SOMEBODYS):
        return True
    return _OWN_PAGE.match(path) is not None


def _is_number(host: bytes) -> bool:
    """An IP address in place of a name: the rules for those judge it."""
    try:
        ipaddress.ip_address(host.decode())
    except ValueError:
        return False
    return True


# Accounts of machines and of manuals.
_NOBODYS_HOME: Final = frozenset(
    b"user users username usuario usuaria name nombre yourname your_name your-name you me myuser admin administrator root public "
    b"default guest shared all users runner ubuntu debian centos fedora pi ec2-user vagrant node app www-data travis circleci "
    b"jovyan git docker jenkins postgres dev test example usr xxx foo bar".split()
)


def _is_somebodys_home(lower: bytes, start: int, end: int) -> bool:
    return lower[start:end] not in _NOBODYS_HOME


_PATH = r"[a-z0-9\-._~:/?#\[\]@!$&'()*+,;=%|{}]"
_COMMON_ENDS = "com|org|net|edu|gov|io|co|es|uk|mx|ar|cl|pe|ie|in|us|eu|info|dev|app|ai|me|cat|gal|eus"
_OPENS = r"(?:^|[\s\"'`=:(,<>|\[]|file://)"
WEB = (
    Rule(
        "url", Kind.URL, "", rf"\b(?:[a-z][a-z0-9+.\-]{{1,15}}://|www\.){_PATH}+",
        bare=0.7, cut=_ends, accept=_is_somebodys, decoys=False,
    ),
    Rule(
        "url.bare", Kind.URL, "", rf"\b[a-z0-9\-]+(?:\.[a-z0-9\-]+){{0,4}}\.(?:{_COMMON_ENDS})/{_PATH}+",
        bare=0.7, cut=_ends, accept=_is_somebodys, decoys=False,
    ),
    # "/users/42" is an interface's, "/Users/ana" a machine's.
    Rule(
        "path.home", Kind.USERNAME, "path", _OPENS + r"/(?:home|Users|Usuarios)/([A-Za-z0-9][A-Za-z0-9._\-]{1,31})",
        bare=0.85, accept=_is_somebodys_home, cased=True, decoys=False,
    ),
    Rule(
        "path.profile", Kind.USERNAME, "path",
        r"\b[a-z]:[\\/]{1,4}(?:users|usuarios|documents and settings)[\\/]{1,4}([a-z0-9][a-z0-9._\- ]{1,39})[\\/]",
        bare=0.85, accept=_is_somebodys_home, decoys=False,
    ),
)  # fmt: skip

"""Web addresses: a link tells whose page, folder, meeting or house it is; what everybody links to tells nobody.

Addresses with a password or key in them are `secrets`; a bare host without scheme or `www.` is left to the tagger.
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
_PARTS: Final = re.compile(rb"(?:https?://|ftp://)?(?:[^/?#@]*@)?(?:www\.)?([^/?#:]*)(?::[0-9]*)?(.*)", re.DOTALL)
# The page of a person or channel, wherever it lies: /@name, /in/name, /user/name.
_OWN_PAGE: Final = re.compile(rb"/(?:@|(?:in|u|users?|people|profiles?|channel|c)/)[^/?#]+")
_TRAILING: Final = b".,;:!?'*_|\\"


def _ends(lower: bytes, start: int, end: int) -> int:
    """A mark of the sentence and a bracket that opened before it are none of the address."""
    while end > start:
        last = lower[end - 1 : end]
        pair = {b")": b"(", b"]": b"["}.get(last)
        is_open = pair is not None and lower.count(last, start, end) > lower.count(pair, start, end)
        if last not in _TRAILING and not is_open:
            break
        end -= 1
    return end


def _is_somebodys(lower: bytes, start: int, end: int) -> bool:
    """Not of a manual, a machine or everybody."""
    parts = _PARTS.match(lower, start, end)
    host = parts[1].rstrip(b".") if parts else b""
    if b"." not in host or _EXAMPLES.fullmatch(host) or _is_number(host):
        return False
    labels = host.split(b".")
    ends = {b".".join(labels[first:]) for first in range(len(labels) - 1)}
    if ends.isdisjoint(_EVERYBODYS) or not ends.isdisjoint(_SOMEBODYS):
        return True
    return parts is not None and _OWN_PAGE.match(parts[2]) is not None


def _is_number(host: bytes) -> bool:
    """An IP address in place of a name: the rules for those judge it."""
    try:
        ipaddress.ip_address(host.decode())
    except ValueError:
        return False
    return True


WEB = (
    Rule(
        "url",
        Kind.URL,
        "",
        r"\b(?:(?:https?|ftp)://|www\.)[a-z0-9\-._~:/?#\[\]@!$&'()*+,;=%|{}]+",
        bare=0.7,
        cut=_ends,
        accept=_is_somebodys,
        decoys=False,
    ),
)

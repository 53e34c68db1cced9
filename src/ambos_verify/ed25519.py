"""Ed25519 verification by one rule: OpenSSL's (docs/spec/audit-log.md section 8), with or without `cryptography`."""

from hashlib import sha512

try:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
except ImportError:
    IS_FAST = False
else:
    IS_FAST = True

_P = 2**255 - 19  # RFC 8032 section 5.1
_L = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, -1, _P) % _P
_ROOT = pow(2, (_P - 1) // 4, _P)  # of -1
_Point = tuple[int, int, int, int]  # extended homogeneous coordinates X, Y, Z, T
_NEUTRAL: _Point = (0, 1, 1, 0)


def _add(a: _Point, b: _Point) -> _Point:
    """RFC 8032 section 5.1.4."""
    e, f = (a[1] - a[0]) * (b[1] - b[0]) % _P, (a[1] + a[0]) * (b[1] + b[0]) % _P
    g, h = 2 * a[3] * b[3] * _D % _P, 2 * a[2] * b[2] % _P
    x, y, z, t = f - e, h - g, h + g, f + e
    return (x * y % _P, z * t % _P, y * z % _P, x * t % _P)


def _times(scalar: int, point: _Point) -> _Point:
    result = _NEUTRAL
    while scalar:
        if scalar & 1:
            result = _add(result, point)
        point, scalar = _add(point, point), scalar >> 1
    return result


def _decode(data: bytes) -> _Point | None:
    """A point, leniently: y is reduced modulo p and a sign at x = 0 is ignored, as OpenSSL does for keys."""
    number = int.from_bytes(data, "little")
    sign, y = number >> 255, (number & (2**255 - 1)) % _P
    x_squared = (y * y - 1) * pow(_D * y * y + 1, -1, _P) % _P
    x = pow(x_squared, (_P + 3) // 8, _P)
    if (x * x - x_squared) % _P:
        x = x * _ROOT % _P
    if (x * x - x_squared) % _P:
        return None
    if x & 1 != sign:
        x = -x % _P
    return (x, y, 1, x * y % _P)


def _encode(point: _Point) -> bytes:
    inverse = pow(point[2], -1, _P)
    x, y = point[0] * inverse % _P, point[1] * inverse % _P
    return (y | (x & 1) << 255).to_bytes(32, "little")


_base = _decode((4 * pow(5, -1, _P) % _P).to_bytes(32, "little"))


def is_signed_pure(public_key: bytes, signature: bytes, message: bytes) -> bool:
    """Whether the signature is true, without any package (RFC 8032 section 5.1.7, without the cofactor)."""
    if len(public_key) != 32 or len(signature) != 64 or _base is None:
        return False
    scalar, key = int.from_bytes(signature[32:], "little"), _decode(public_key)
    if scalar >= _L or key is None:
        return False
    k = int.from_bytes(sha512(signature[:32] + public_key + message).digest(), "little") % _L
    minus_key = (-key[0] % _P, key[1], key[2], -key[3] % _P)
    return _encode(_add(_times(scalar, _base), _times(k, minus_key))) == signature[:32]


def is_signed(public_key: bytes, signature: bytes, message: bytes) -> bool:
    """Whether the signature is true."""
    if not IS_FAST:
        return is_signed_pure(public_key, signature, message)
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True

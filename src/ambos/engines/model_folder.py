"""A folder with a foreign model: its hash, its labels, and what must not be read from it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final  # config.json is somebody else's; it is checked here

from ambos.errors import IntegrityError

_CODE: Final = frozenset({".bin", ".pt", ".pth", ".pkl", ".pickle", ".ckpt", ".py"})  # pickles and code
_LEAST_PIN: Final = 16
_CHUNK: Final = 1 << 20


def checked(folder: Path, pin: str, *, wanted: tuple[str, ...]) -> str:
    """The hash of all files that matter, "sha256:…".

    Raises:
        IntegrityError: a wanted file is missing, one may hold code, or the pinned hash is another.
    """
    files = sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
    if odd := [path.name for path in files if path.suffix.lower() in _CODE]:
        raise IntegrityError("the model's folder holds a form that can carry code: take it out", place=odd[0][:80])
    for name in wanted:
        if not (folder / name).is_file():
            raise IntegrityError("the model's folder lacks a file", place=name)
    digest = hashlib.sha256()
    for path in files:
        digest.update(f"{path.name}={_file_hash(path)}\n".encode())
    found = digest.hexdigest()
    if pin and (len(pin) < _LEAST_PIN or not found.startswith(pin)):
        raise IntegrityError("the model's files are not those that were pinned", place=folder.name[:80])
    return f"sha256:{found}"


def _file_hash(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def labels_of(folder: Path) -> list[str]:
    """The labels of `config.json`, in order: "O", "B-NAME", ...

    Raises:
        IntegrityError: the file is no such list.
    """
    try:
        config: Any = json.loads((folder / "config.json").read_bytes())
        by_number = {int(number): str(label) for number, label in config["id2label"].items()}
        return [by_number[number] for number in range(len(by_number))]
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise IntegrityError("the model's config.json has no id2label", place="config.json") from None


def bare(label: str) -> str:
    """The type of a label, without its place in the span."""
    return label[2:] if label[:2] in ("B-", "I-", "E-", "S-", "L-", "U-") else label


# What the common sets call things; a label that is none of these has no kind.
_NAMES: Final = """
PERSON: PERSON PER NAME GIVEN_NAME GIVENNAME SURNAME FIRST_NAME FIRSTNAME LAST_NAME LASTNAME MIDDLENAME PREFIX private_person
PERSON: NOMBRE NOMBRE_SUJETO_ASISTENCIA NOMBRE_PERSONAL_SANITARIO DOCTOR PATIENT
ADDRESS: ADDRESS STREET STREET_NAME STREET_ADDRESS BUILDING_NUMBER BUILDINGNUMBER CALLE
ADDRESS: SECONDARY_ADDRESS SECONDARYADDRESS private_address
LOCATION: LOCATION LOC GPE CITY STATE COUNTY COUNTRY ZIP ZIP_CODE ZIPCODE TERRITORIO PAIS
DATE: DATE DATE_TIME DOB DATE_OF_BIRTH TIME private_date FECHAS
AGE: AGE EDAD_SUJETO_ASISTENCIA
PHONE: PHONE PHONE_NUMBER TELEPHONENUM PHONENUMBER FAX private_phone NUMERO_TELEFONO NUMERO_FAX
EMAIL: EMAIL EMAIL_ADDRESS private_email CORREO_ELECTRONICO
URL: URL private_url URL_WEB DOMAIN_NAME
IP: IP IP_ADDRESS IPV4 IPV6 IPADDRESS
USERNAME: USERNAME USER_NAME ACCOUNTNAME
GOV_ID: GOVERNMENT_ID PASSPORT DRIVERS_LICENSE DRIVERLICENSENUM IDCARDNUM SSN SOCIALNUM US_SSN US_PASSPORT US_DRIVER_LICENSE
GOV_ID: ES_NIF ES_NIE UK_NHS UK_NINO ID NUMERO_IDENTIF
TAX_ID: TAX_ID TAXNUM US_ITIN
HEALTH_ID: MEDICAL_RECORD MEDICAL_RECORD_NUMBER MEDICALRECORD HEALTH_ID ID_SUJETO_ASISTENCIA ID_ASEGURAMIENTO
BANK_ACCOUNT: BANK_ACCOUNT ACCOUNT ACCOUNTNUMBER ACCOUNT_NUMBER account_number ACCOUNTNUM IBAN
BANK_ACCOUNT: IBAN_CODE ROUTING_NUMBER US_BANK_NUMBER BIC
CARD: CARD CREDIT_CARD CREDITCARDNUMBER CREDIT_CARD_NUMBER
SECRET: SECRET PASSWORD PIN CVV API_KEY secret CRYPTO
ORG: ORG ORGANIZATION COMPANY COMPANYNAME HOSPITAL INSTITUCION CENTRO_SALUD
PROFESSION: PROFESSION JOBTITLE JOB OCCUPATION PROFESION
FAMILY: FAMILY SEX GENDER SEXO_SUJETO_ASISTENCIA FAMILIARES_SUJETO_ASISTENCIA
VEHICLE: VEHICLE LICENSE_PLATE VEHICLEVIN VEHICLEVRM VIN
DEVICE_ID: DEVICE_ID MAC MAC_ADDRESS IMEI PHONEIMEI
SPECIAL: NRP RELIGION ETHNICITY
HEALTH: DISEASE CONDITION MEDICATION
"""
COMMON: Final[Mapping[str, str]] = {
    label: line.partition(":")[0] for line in _NAMES.strip().splitlines() for label in line.partition(":")[2].split()
}
IGNORED: Final = frozenset({"O", "MISC", "LABEL_0"})


def kinds_for(labels: list[str], folder: Path) -> dict[str, str | None]:
    """Our kind of each type of label; `labels.json` in the folder says more, or otherwise.

    Raises:
        IntegrityError: a label that neither names.
    """
    own: dict[str, str | None] = {}
    try:
        if (folder / "labels.json").is_file():
            own = dict(json.loads((folder / "labels.json").read_bytes()))
    except (OSError, ValueError, TypeError, RecursionError):
        raise IntegrityError("labels.json must be an object from labels to kinds", place="labels.json") from None
    made: dict[str, str | None] = {}
    for label in {bare(one) for one in labels}:
        if label in own:
            made[label] = own[label]
        elif label in IGNORED:
            made[label] = None
        elif (kind := COMMON.get(label) or COMMON.get(label.upper())) is not None:
            made[label] = kind
        else:
            raise IntegrityError("a label of the model has no kind: name it in labels.json", place=label[:60])
    return made

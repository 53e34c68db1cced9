"""The tagger as it is served: its file, its findings, its slices."""

import hashlib
import time
from pathlib import Path

import pytest

from ambos.engines.tagger import CLINICAL, WEIGHTS, Tagger
from ambos.errors import IntegrityError
from ambos.messages import Kind


@pytest.fixture(scope="module")
def tagger() -> Tagger:
    return Tagger.load()


def spans(tagger: Tagger, text: str, kind: Kind) -> set[str]:
    return {text[f.start : f.end] for f in tagger.find(text) if f.kind is kind}


def test_version_is_made_of_the_hashes_of_both_files(tagger: Tagger) -> None:
    general, clinical = (hashlib.sha256(path.read_bytes()).hexdigest() for path in (WEIGHTS, CLINICAL))
    assert tagger.version == hashlib.sha256(f"{general} {clinical}".encode()).hexdigest()
    assert Tagger.load(clinical=None).version == general


RECORD = """Paciente varón remitido a urgencias por dolor abdominal y fiebre. Antecedentes: sin interés.
Exploración: abdomen blando. Analítica y ecografía normales. Tratamiento: paracetamol 1 g. Alta a domicilio."""


def test_clinical_records_are_read_with_weights_of_their_own(tagger: Tagger) -> None:
    general = Tagger.load(clinical=None)
    text = RECORD + "\nMédico: Zoraida Peñalver. Hospital de Almansa."
    with_own = [(f.start, f.end, f.score) for f in tagger.find(text)]
    assert "Zoraida Peñalver" in spans(tagger, text, Kind.PERSON)
    assert with_own != [(f.start, f.end, f.score) for f in general.find(text)]
    letter = "Hola, soy Zoraida Peñalver y vivo en Almansa"
    assert tagger.find(letter) == general.find(letter)


@pytest.mark.parametrize("fault", ["missing", "altered"])
def test_damaged_clinical_file_is_an_integrity_error(tmp_path: Path, fault: str) -> None:
    path = tmp_path / "tagger_clinical.npz"
    if fault == "altered":
        path.write_bytes(CLINICAL.read_bytes()[:-1])
        path.with_suffix(".sha256").write_bytes(CLINICAL.with_suffix(".sha256").read_bytes())
    with pytest.raises(IntegrityError):
        Tagger.load(clinical=path)


def test_patient_of_the_tour_is_a_person(tagger: Tagger) -> None:
    text = "Mi paciente Lucía Hernández Ortega, DNI 53123456B, ingresó ayer con neumonía"
    assert "Lucía Hernández Ortega" in spans(tagger, text, Kind.PERSON)


def test_letter_shows_who_writes_to_whom(tagger: Tagger) -> None:
    text = "Dear Mr Thompson,\nThank you for your letter of last week.\nKind regards,\nSarah Whitfield"
    assert spans(tagger, text, Kind.PERSON) == {"Thompson", "Sarah Whitfield"}


@pytest.mark.parametrize(
    "text",
    [
        "¿Qué es la hipertensión?",
        "Explain photosynthesis",
        "def suma(a, b): return a + b",
        "Dame una receta de gazpacho",
    ],
)
def test_harmless_question_has_no_finding(tagger: Tagger, text: str) -> None:
    assert tagger.find(text) == []


@pytest.mark.parametrize("text", ["", "\n\n \n", "\x00\ud800", "🙂" * 500, "a" * 100_000])
def test_odd_text_is_no_error(tagger: Tagger, text: str) -> None:
    for finding in tagger.find(text):
        assert 0 <= finding.start < finding.end <= len(text)


def test_findings_do_not_depend_on_what_was_read_before(tagger: Tagger) -> None:
    text = "Me llamo Zoraida Peñalver y vivo en Almansa"
    before = tagger.find(text)
    tagger.find("Zoraida " * 300)
    assert tagger.find(text) == before == Tagger.load().find(text)


def test_long_text_is_read_in_slices(tagger: Tagger) -> None:
    spent = []
    begun = time.process_time()
    for _ in tagger.steps("El contrato de arrendamiento se prorroga un año más por voluntad de las partes.\n" * 500):
        spent.append(time.process_time() - begun)
        begun = time.process_time()
    assert len(spent) > 20
    assert sorted(spent)[len(spent) // 2] < 0.01


def test_other_text_is_not_remembered(tagger: Tagger) -> None:
    tagger.find("Quirzelda Vantropoulos")
    assert "Quirzelda" not in tagger._general.scorer._known


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    path = tmp_path / "tagger.npz"
    path.write_bytes(WEIGHTS.read_bytes())
    path.with_suffix(".sha256").write_bytes(WEIGHTS.with_suffix(".sha256").read_bytes())
    return path


def test_truncated_file_is_an_integrity_error(copied: Path) -> None:
    copied.write_bytes(copied.read_bytes()[:-100])
    with pytest.raises(IntegrityError, match="not what its hash says"):
        Tagger.load(copied)


def test_altered_file_is_an_integrity_error(copied: Path) -> None:
    data = bytearray(copied.read_bytes())
    data[len(data) // 2] ^= 1
    copied.write_bytes(data)
    with pytest.raises(IntegrityError, match="not what its hash says"):
        Tagger.load(copied)


@pytest.mark.parametrize("missing", [".npz", ".sha256"])
def test_missing_file_or_hash_is_an_integrity_error(copied: Path, missing: str) -> None:
    copied.with_suffix(missing).unlink()
    with pytest.raises(IntegrityError, match="cannot be read"):
        Tagger.load(copied)


def test_file_of_another_kind_with_its_right_hash_is_an_integrity_error(copied: Path) -> None:
    for data in (b"", b"not an archive", WEIGHTS.read_bytes()[:5000]):
        copied.write_bytes(data)
        copied.with_suffix(".sha256").write_text(hashlib.sha256(data).hexdigest(), "ascii")
        with pytest.raises(IntegrityError, match="damaged"):
            Tagger.load(copied)

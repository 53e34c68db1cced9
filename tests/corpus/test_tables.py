"""Files become rows, or our error: whatever the bytes."""

from __future__ import annotations

import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ambos.corpus import Columns, rows_of
from ambos.corpus.tables import names_of, read_csv, read_jsonl, read_text, read_xlsx
from ambos.errors import CorpusError

SHEET = """<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>
<row><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c></row>
<row><c r="A2" t="inlineStr"><is><t>¿Dónde está?</t></is></c><c r="B2"><v>3</v></c></row>
<row><c r="B3"><v>4</v></c></row></sheetData></worksheet>"""
SHARED = """<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">
<si><t>pregunta</t></si><si><r><t>eti</t></r><r><t>queta</t></r></si></sst>"""


def workbook(sheet: str = SHEET, shared: str = SHARED) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("xl/worksheets/sheet1.xml", sheet)
        archive.writestr("xl/sharedStrings.xml", shared)
    return made.getvalue()


def test_csv_takes_the_delimiter_of_its_header() -> None:
    assert read_csv("pregunta;etiqueta\n¿a, b?;x\n".encode()) == [{"pregunta": "¿a, b?", "etiqueta": "x"}]
    assert read_csv("\ufefftext\tlabel\na\tb\n".encode()) == [{"text": "a", "label": "b"}]


def test_csv_from_an_old_sheet_keeps_its_accents() -> None:
    assert read_csv("texto,clase\nniño,x\n".encode("latin-1")) == [{"texto": "niño", "clase": "x"}]


def test_csv_refuses_rows_wider_than_the_header() -> None:
    with pytest.raises(CorpusError, match="row 2 has 3 cells"):
        read_csv(b"a,b\n1,2,3\n")


def test_workbook_gives_shared_inline_and_empty_cells() -> None:
    assert read_xlsx(workbook()) == [{"pregunta": "¿Dónde está?", "etiqueta": "3"}, {"pregunta": "", "etiqueta": "4"}]


def test_workbook_with_entities_is_refused() -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaa">]>' + SHEET.split("?>", 1)[1]
    with pytest.raises(CorpusError, match="entities"):
        read_xlsx(workbook(sheet=bomb))


def test_text_gives_paragraphs() -> None:
    assert read_text(b"one\ntwo\n\n \nthree\n") == [{"text": "one\ntwo"}, {"text": "three"}]


def test_jsonl_names_the_line_that_is_wrong() -> None:
    with pytest.raises(CorpusError, match="line 3"):
        read_jsonl(b'{"a":1}\n\n[1]\n')


@given(st.binary(max_size=200))
def test_any_bytes_give_rows_or_our_error(content: bytes) -> None:
    for read in (read_csv, read_jsonl, read_text, read_xlsx):
        try:
            table = read(content)
            if table:
                rows_of(table, Columns().found([str(name) for name in table[0]]), source=0, prefix="0")
        except CorpusError:
            continue


@given(st.integers(0, 400), st.integers(0, 255))
def test_any_changed_byte_of_a_workbook_gives_rows_or_our_error(at: int, value: int) -> None:
    made = bytearray(workbook())
    made[at % len(made)] = value
    try:
        read_xlsx(bytes(made))
    except CorpusError:
        return


def test_columns_are_known_in_both_languages_whatever_their_case() -> None:
    found = Columns().found(["Pregunta", "CATEGORÍA", "Id Paciente"])
    assert (found.text, found.label, found.group) == ("Pregunta", "CATEGORÍA", "Id Paciente")
    assert Columns(group="-").found(["text", "patient"]).group == ""


def test_a_column_that_is_not_there_is_refused() -> None:
    with pytest.raises(CorpusError, match="no column 'ask'"):
        Columns(text="ask").found(["text"])
    with pytest.raises(CorpusError, match="looks like the text"):
        Columns().found(["x", "y"])


def test_labels_in_one_cell_come_apart_unless_told_otherwise() -> None:
    table = [{"text": "a", "label": "x; y|x"}]
    assert rows_of(table, Columns().found(["text", "label"]), source=0, prefix="0")[0].labels == ("x", "y")
    whole = Columns(apart=False).found(["text", "label"])
    assert rows_of(table, whole, source=0, prefix="0")[0].labels == ("x; y|x",)


def test_an_id_twice_is_refused() -> None:
    with pytest.raises(CorpusError, match="row 2: an id is there twice"):
        rows_of(
            [{"id": "1", "text": "a"}, {"id": "1", "text": "b"}], Columns().found(["id", "text"]), source=0, prefix="0"
        )


def test_a_group_that_only_later_rows_tell_is_a_group() -> None:
    table = read_jsonl(b'{"text": "a", "label": "x"}\n{"text": "b", "label": "y", "patient": "7"}\n')
    rows = rows_of(table, Columns().found(names_of(table)), source=0, prefix="0")
    assert [row.group for row in rows] == ["", "7"]


def test_files_of_a_windows_office_are_read() -> None:
    assert read_jsonl('\ufeff{"text": "niño"}\r\n'.encode()) == [{"text": "niño"}]
    assert read_csv("texto\tclase\r\nniño\tx\r\n".encode("utf-16")) == [{"texto": "niño", "clase": "x"}]


def test_a_cell_that_is_not_a_number_is_empty() -> None:
    none = float("nan")
    rows = rows_of(
        [{"text": "a", "label": none, "group": none}], Columns().found(["text", "label", "group"]), source=0, prefix="0"
    )
    assert (rows[0].labels, rows[0].group) == ((), "")

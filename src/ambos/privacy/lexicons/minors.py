"""Words that tell of a minor without an age: school years, nursery, one's own child at school. Spanish and English.

A finding has the detail "minor"; with somebody identifiable it makes a conversation restricted (design 3.3).
"""
# ruff: noqa: E501 - lists are data

from ambos.messages import Kind
from ambos.privacy.lexicon import WordList

_ORDINAL = r"(?:[1-6] ?(?:o|\.o|er|do|ro|to)?\.?|primero|primer|segundo|tercero|tercer|cuarto|quinto|sexto)"
_STAGE = r"(?:infantil|educacion infantil|primaria|educacion primaria|la eso|eso|secundaria|bachiller|bachillerato)"
_CHILD = (
    r"(?:hij[oa]s?|niet[oa]s?|sobrin[oa]s?|nin[oa]s?|peques?|pequen[oa]s?|ahijad[oa]s?|crios?|crias?|hermanit[oa]s?)"
)
_SCHOOL = r"(?:cole|colegio|guarde|guarderia|seno|profe|profesora? de primaria|tutora?|recreo|parvulitos|clase|deberes|patio|comedor|extraescolar(?:es)?|pediatra|campamento)"
_KID = r"(?:son|daughter|kids?|child|children|grandson|granddaughter|nephew|niece|stepson|stepdaughter|toddler|boy|girl|twins)"
_CLASSROOM = r"(?:school|nursery|kindergarten|preschool|daycare|class|classroom|teacher|homework|playground|paediatrician|pediatrician|headteacher|bus driver|summer camp)"

_WORDS = """
guarderia, la guarde, escuela infantil, jardin de infancia, parvulario, parvulitos, educacion infantil, comedor escolar
patio del colegio, expediente escolar, tutoria escolar, menor a su cargo, menores a su cargo, menor tutelad*, menor acogid*
acogimiento familiar, bebe de *, mi bebe, su bebe, nuestro bebe, hijo menor, hija menor, hijos menores, menor de * anos
alumn* de primaria, alumn* de infantil, alumn* de eso, alumn* de la eso, alumn* de secundaria, alumn* menor
instituto de secundaria, libro de familia, guardia y custodia, nursery school, kindergart*, preschool*, daycare, day care
reception class, primary school pupil, elementary school, middle school, sixth form, first grader*, second grader*
third grader*, fourth grader*, fifth grader*, sixth grader*, seventh grader*, eighth grader*, my toddler, our toddler
her toddler, my baby, our baby, newborn, infant son, infant daughter, foster child, foster children, looked after child
iep meeting, individual education plan, permission slip, bit another child, hit another child, pushed another child
another child, parents' evening, school nurse
"""
_WEAK = """
nino, nina, ninos, ninas, cole, colegio, primaria, recreo, comedor, tutora de *, padres, familia, alumno, alumna, deberes, pediatra, ampa, excursion, la seno
child, children, parents, pupil, nursery, playground, recess, homework, kid, kids, mum, in reception, school
"""

MINORS = (
    WordList(
        "minor", Kind.SPECIAL, "minor", _WORDS,
        patterns=(
            rf"{_ORDINAL} (?:curso )?(?:de )?{_STAGE}",
            rf"(?:va a|esta en|empieza|pasa a|repite|cursa|estudia|alumn[oa] de|tutora? de|clase de|curso:?) {_ORDINAL}(?: [a-f])?",
            r"(?:in|from|of|into) (?:year|grade|class) (?:[1-9]|1[0-2])[a-d]?",
            r"(?:1st|2nd|3rd|[4-9]th|1[0-2]th|first|second|third|fourth|fifth|sixth|seventh|eighth) grade",
        ),
    ),
    # Names stand between, and schools at the end: the finding is the first word alone.
    WordList(
        "minor.school", Kind.SPECIAL, "minor",
        patterns=(
            rf"(?:mi|mis|su|sus|nuestr[oa]s?|tu) {_CHILD}[^.\n;]*\b{_SCHOOL}",
            rf"{_CHILD}[^.\n;]* (?:va|van|esta|empieza) (?:a|al|en el|en la|en) {_SCHOOL}",
            rf"(?:my|our|his|her|their) {_KID}[^.\n;]*\b{_CLASSROOM}",
        ),
        first_word=True,
    ),
    WordList("minor.weak", Kind.SPECIAL, "minor", _WEAK, weak=True),
)  # fmt: skip

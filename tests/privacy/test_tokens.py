"""Lines and tokens of the tagger."""

from functools import partial

from hypothesis import given
from hypothesis import strategies as st
from tests.spent import spent

from ambos.privacy.tokens import HARD_LIMIT_TOKENS, LONGEST_WORD, lines_of


def test_words_digits_and_signs_part() -> None:
    (line,) = lines_of("C/ Olmo 3ºD, 28-28")
    assert line.words == ["C", "/", "Olmo", "3", "ºD", ",", "28", "-", "28"]


def test_empty_lines_give_nothing_but_count() -> None:
    assert [(line.words, line.ordinal) for line in lines_of("\n\nAna\n \nEva")] == [(["Ana"], 2), (["Eva"], 4)]


def test_long_line_is_cut_after_a_full_stop() -> None:
    text = " ".join(["word"] * 70) + ". " + " ".join(["more"] * 10)
    assert [len(line.words) for line in lines_of(text)] == [71, 10]


def test_line_without_full_stop_is_cut_at_the_hard_limit() -> None:
    sizes = [len(line.words) for line in lines_of("a " * (2 * HARD_LIMIT_TOKENS + 5))]
    assert sizes == [HARD_LIMIT_TOKENS, HARD_LIMIT_TOKENS, 5]


def test_monster_word_keeps_head_and_tail_and_true_offsets() -> None:
    text = "x" * 500 + "y" * 500
    (line,) = lines_of(text)
    assert len(line.words[0]) == LONGEST_WORD
    assert line.words[0].startswith("x")
    assert line.words[0].endswith("y")
    assert (line.starts, line.ends) == ([0], [1000])


@given(st.text(max_size=400))
def test_tokens_are_slices_in_order_and_lose_no_letter_or_digit(text: str) -> None:
    covered = bytearray(len(text))
    last = 0
    for line in lines_of(text):
        for word, start, end in zip(line.words, line.starts, line.ends, strict=True):
            assert start >= last
            assert text[start:end] == word or end - start > LONGEST_WORD
            covered[start:end] = b"\1" * (end - start)
            last = end
    assert all(covered[i] for i, c in enumerate(text) if c.isalnum())


def cut(text: str) -> None:
    list(lines_of(text))


def test_adversarial_text_takes_linear_time() -> None:
    for piece in ("a", "a:", ": ", "\n", ".", "1a", "_"):
        small, large = (spent(partial(cut, piece * size)) for size in (100_000, 400_000))
        assert large < 12 * small + 0.05

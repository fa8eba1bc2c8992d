"""The tokenizer of the learned reader: the encoder's, without the tokens that nobody needs."""

from __future__ import annotations

from collections.abc import Iterable

from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers

PAD, UNKNOWN, FIRST, LAST = "[PAD]", "[UNK]", "[CLS]", "[SEP]"
_SPECIAL = (PAD, UNKNOWN, FIRST, LAST)
# What phones and editors make of plain marks.
_PLAIN = (("[‘’‚‛′`´ʼ＇]", "'"), ("[“”„‟″«»]", '"'), ("[‐‑‒–—―−]", "-"), ("[\u200b\u200c\u200d\u2060\ufeff\u00ad]", ""))


def tokenizer_of(vocabulary: dict[str, int]) -> Tokenizer:
    """A tokenizer for some tokens: lower case, plain marks, no accents; offsets are into the text as given."""
    made = Tokenizer(models.WordPiece(vocabulary, unk_token=UNKNOWN, max_input_chars_per_word=100))
    plain = [normalizers.Replace(Regex(marks), mark) for marks, mark in _PLAIN]
    made.normalizer = normalizers.Sequence([*plain, normalizers.BertNormalizer()])
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    return made


def smaller(base: dict[str, int], texts: Iterable[str]) -> tuple[dict[str, int], list[int]]:
    """The tokens that some texts are made of and all single characters, and their rows in the encoder's embedding.

    As every character stays, alone and inside a word, no text has more unknown tokens than before.
    """
    whole = tokenizer_of(base)
    seen: set[str] = set()
    batch = list(texts)
    for start in range(0, len(batch), 10_000):
        for encoded in whole.encode_batch(batch[start : start + 10_000]):
            seen.update(encoded.tokens)
    single = {token for token in base if len(token.removeprefix("##")) == 1}
    kept = [*_SPECIAL, *sorted((seen | single) - set(_SPECIAL), key=lambda token: base[token])]
    return {token: number for number, token in enumerate(kept)}, [base[token] for token in kept]

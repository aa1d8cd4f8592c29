"""Which of many things to say of a lead: its strongest reasons, its dearest questions, in words.

Every piece has a key by its number and its place. The largest keys of a row name the strongest pieces; their
words are then taken from one column in which the words of all pieces stand one after another. Nothing is
sorted, and what is asked of leads is made once for a playbook.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, NamedTuple

import polars as pl

from qualifier.columns import FEW, asked
from qualifier.phrases import fitting, joined

_PLACES = 1024
"""Pieces are ranked by number · _PLACES + place from the end: one maximum finds and names the strongest."""


class Piece(NamedTuple):
    """Something that may be said of a lead: how much it matters, and its words, perhaps the same for all."""

    number: pl.Expr
    words: pl.Expr | str


class Group(NamedTuple):
    """Pieces of one kind, of which the strongest `most` are said, each with `mark` before it."""

    pieces: Sequence[Piece]
    most: int
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Wordings:
    """The words of pieces by their place: those that all leads share, and those that differ by lead."""

    shared: Sequence[str | None]
    own: Mapping[int, pl.Expr]

    @classmethod
    def of(cls, words: Iterable[pl.Expr | str]) -> "Wordings":
        """The wordings of pieces, in their order."""
        every = list(words)
        shared = [each if isinstance(each, str) else None for each in every]
        return cls(
            shared, {at: each.alias(str(at)) for at, each in enumerate(every) if isinstance(each, pl.Expr)}
        )

    def say(self, leads: pl.DataFrame, picks: pl.DataFrame, marks: Sequence[str]) -> pl.DataFrame:
        """The words of the pieces whose places stand in each column of `picks`, its mark before them."""
        own, size = leads.select(self.own.values()), len(self.shared)
        stack = pl.lit(pl.concat([pl.Series(self.shared, dtype=pl.String), *own.get_columns()]))
        starts, steps = list(range(size)), [0] * size
        for number, place in enumerate(self.own):
            starts[place], steps[place] = size + number * len(leads), 1
        start, step, row = pl.lit(pl.Series(starts)), pl.lit(pl.Series(steps)), pl.int_range(pl.len())
        return picks.select(
            _marked(mark, stack.gather(start.gather(name) + step.gather(name) * row)).alias(name)
            for name, mark in zip(picks.columns, marks, strict=True)
        )

    def tell(self, leads: pl.DataFrame, picks: Sequence[Sequence[int | None]]) -> list[list[str | None]]:
        """The same for few leads, without marks: only the words that are wanted are put together."""
        wanted = sorted({place for row in picks for place in row if place is not None} & self.own.keys())
        words = [self.own[place] for place in wanted]
        own = asked(leads, words).to_dict(as_series=False) if words else {}
        return [
            [
                None if place is None else own[str(place)][row] if place in self.own else self.shared[place]
                for place in places
            ]
            for row, places in enumerate(picks)
        ]


def _marked(mark: str, words: pl.Expr) -> pl.Expr:
    return pl.concat_str(pl.lit(mark), words) if mark else words


@dataclass(frozen=True, slots=True)
class Picks:
    """Columns that name the largest of others: in `rounds`, because each builds on those before."""

    groups: Sequence[tuple[Sequence[str], int]]
    rounds: Sequence[Sequence[pl.Expr]]
    names: Sequence[str]

    def of(self, keys: pl.DataFrame) -> pl.DataFrame:
        """One column per pick: the place of the piece, null for none."""
        for step in self.rounds:
            keys = keys.with_columns(step)
        return keys.select(map(_place_of, self.names))

    def of_row(self, keys: Mapping[str, int | None]) -> list[int | None]:
        """The same for the keys of one lead."""
        picks: list[int | None] = []
        for names, most in self.groups:
            held = [key for name in names if (key := keys[name]) is not None and key >= _PLACES]
            best = [_PLACES - 1 - key % _PLACES for key in sorted(held, reverse=True)[:most]]
            picks += [*best, *[None] * (most - len(best))]
        return picks


@dataclass(frozen=True, slots=True)
class Sentence:
    """The strongest pieces one after another: which, each with what mark before it, in what words.

    As many whole pieces as fit into `longest` characters; `nothing` where there is none.
    """

    picks: Picks
    marks: Sequence[str]
    wordings: Wordings
    separator: str
    longest: int
    nothing: str | None = None

    def of(self, leads: pl.DataFrame, keys: pl.DataFrame) -> pl.Series:
        """Per row of `leads` its sentence; `keys`: columns that rank the pieces, see `ranked`."""
        if len(leads) <= FEW:
            return self.tell(leads, keys.rows(named=True))
        return self.say(leads, keys)

    def say(self, leads: pl.DataFrame, keys: pl.DataFrame) -> pl.Series:
        """All sentences at once, column by column."""
        pieces = self.wordings.say(leads, self.picks.of(keys), self.marks)
        return joined(pieces, self.separator, self.longest).replace("", self.nothing)

    def tell(self, leads: pl.DataFrame, keys: Iterable[Mapping[str, int | None]]) -> pl.Series:
        """One sentence after the other; what `say` says, sooner where leads are few."""
        told = self.wordings.tell(leads, [self.picks.of_row(row) for row in keys])
        marked = [
            [words and mark + words for mark, words in zip(self.marks, row, strict=True)] for row in told
        ]
        sentences = [fitting(row, self.separator, self.longest) or self.nothing for row in marked]
        return pl.Series(sentences, dtype=pl.String)


@dataclass(frozen=True, slots=True)
class Choice:
    """What to ask of leads to rank the pieces of some groups, and how the strongest are said."""

    numbers: Sequence[pl.Expr]
    keys: Sequence[pl.Expr]
    sentence: Sentence

    def of(self, leads: pl.DataFrame) -> pl.Series:
        """Per row the strongest pieces whose number is positive, in words."""
        if len(leads) <= FEW:
            numbers = asked(leads, self.numbers).rows(named=True)
            return self.sentence.tell(leads, [_keys_of_row(row) for row in numbers])
        return self.sentence.say(leads, leads.select(self.keys))


def _keys_of_row(numbers: Mapping[str, int | None]) -> dict[str, int | None]:
    return {place: None if number is None else _key(number, int(place)) for place, number in numbers.items()}


def choice_of(groups: Sequence[Group], separator: str, longest: int, nothing: str) -> Choice:
    """The choice among these groups; ties go by the order of the pieces."""
    pieces = [piece for group in groups for piece in group.pieces]
    places = iter(map(str, range(len(pieces))))
    names = [(list(islice(places, len(group.pieces))), group.most) for group in groups]
    sentence = Sentence(
        picks=largest(names),
        marks=[group.mark for group in groups for _ in range(group.most) if group.pieces],
        wordings=Wordings.of(piece.words for piece in pieces),
        separator=separator,
        longest=longest,
        nothing=nothing,
    )
    return Choice(
        numbers=[piece.number.alias(str(place)) for place, piece in enumerate(pieces)],
        keys=[ranked(piece.number, place).alias(str(place)) for place, piece in enumerate(pieces)],
        sentence=sentence,
    )


def ranked(number: pl.Expr, place: int | pl.Expr) -> pl.Expr:
    """A key that orders by number, then by place; below `_PLACES` where the number is not positive."""
    key: pl.Expr = _key(number.cast(pl.Int32), place)
    return key


def _key(number: Any, place: Any) -> Any:
    """The same for a number or a column of them."""
    return number * _PLACES + (_PLACES - 1 - place)


def largest(groups: Sequence[tuple[Sequence[str], int]]) -> Picks:
    """Of each group of columns with keys so many, the largest first; keys of a row differ."""
    names = [
        [f"pick {place}.{number}" for number in range(most)]
        for place, (keys, most) in enumerate(groups)
        if keys
    ]
    filled = [(keys, most) for keys, most in groups if keys]
    rounds = [
        [
            _next_largest(keys, mine, number)
            for (keys, _), mine in zip(filled, names, strict=True)
            if number < len(mine)
        ]
        for number in range(max(map(len, names), default=0))
    ]
    return Picks(filled, rounds, [name for mine in names for name in mine])


def _next_largest(keys: Sequence[str], picks: Sequence[str], number: int) -> pl.Expr:
    """The largest, or the largest below the pick before."""
    last = pl.col(picks[number - 1])
    rest = [pl.when(pl.col(key) < last).then(key) for key in keys] if number else keys
    return pl.max_horizontal(rest).alias(picks[number])


def _place_of(key: str) -> pl.Expr:
    return pl.when(pl.col(key) >= _PLACES).then(_PLACES - 1 - pl.col(key) % _PLACES).alias(key)

"""The words of all listings, in SQL."""

from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import Integer, Select, String, bindparam, literal, literal_column, select, union_all

from shop.adapters.sql.catalogue.tables import product_words, word_counts
from shop.adapters.sql.framework.execution import DirectConnection
from shop.adapters.sql.framework.statements import END_OF_RANGE

_BATCH_SIZE: Final = 512
"""Every list of words is padded to this length, so that the statement is compiled only once."""
_TOTALS: Final = select(word_counts).where(
    word_counts.c.word.in_(bindparam("words", expanding=True)), word_counts.c.listed > 0
)


async def count_by_word(connection: DirectConnection, words: Collection[str]) -> Mapping[str, int]:
    """See the port."""
    wanted, totals = sorted(words), dict[str, int]()
    for start in range(0, len(wanted), _BATCH_SIZE):
        some = wanted[start : start + _BATCH_SIZE]
        some += some[-1:] * (_BATCH_SIZE - len(some))
        for row in await connection.execute(_TOTALS, {"words": some}):
            totals[row.word] = row.listed
    return totals


async def has_product_with(
    connection: DirectConnection, word: str, prefixes: Collection[str], among: int
) -> bool:
    """See the port."""
    others = [text for text in sorted(set(prefixes)) if not word.startswith(text)]
    parameters: dict[str, Any] = {"whole": word, "among": among}
    for number, text in enumerate(others):
        parameters |= {f"word{number}": text, f"end{number}": text + END_OF_RANGE}
    return await connection.scalar(_product_with(len(others)), parameters) is not None


async def known_prefixes(connection: DirectConnection, words: Collection[str]) -> frozenset[str]:
    """See the port."""
    wanted = sorted(words)
    if not wanted:
        return frozenset()
    parameters: dict[str, Any] = {}
    for number, word in enumerate(wanted):
        parameters |= {f"word{number}": word, f"end{number}": word + END_OF_RANGE}
    found = await connection.scalars(_known_among(len(wanted)), parameters)
    return frozenset(wanted[number] for number in found)


@lru_cache(maxsize=64)
def _product_with(prefixes: int) -> Select[Any]:
    """Return the statement that finds a product, word by word through the index of its words.

    Scalar subqueries: MySQL would turn EXISTS into joins that read every product with a common word first.
    """
    some = (
        select(product_words.c.product_id)
        .where(product_words.c.word == bindparam("whole"))
        .limit(bindparam("among", type_=Integer))
        .subquery("some")
    )
    others = []
    for number in range(prefixes):
        other = product_words.alias(f"other{number}")
        found = select(other.c.word).where(
            other.c.product_id == some.c.product_id,
            other.c.word >= bindparam(f"word{number}", type_=String),
            other.c.word < bindparam(f"end{number}", type_=String),
        )
        others.append(found.limit(literal_column("1")).scalar_subquery().is_not(None))
    return select(some.c.product_id).where(*others).limit(literal_column("1"))


@lru_cache(maxsize=64)
def _known_among(words: int) -> Select[Any]:
    """Return the statement that finds the numbers of those prefixes that a listing's word begins with."""
    parts = []
    for number in range(words):
        known = (
            select(literal(number, Integer).label("number"))
            .where(
                word_counts.c.word >= bindparam(f"word{number}", type_=String),
                word_counts.c.word < bindparam(f"end{number}", type_=String),
                word_counts.c.listed > 0,
            )
            .limit(1)
            .subquery(f"known{number}")
        )
        parts.append(select(known.c.number))
    return select(union_all(*parts).subquery("begun").c.number)

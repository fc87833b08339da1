"""Search in SQL, over an inverted index of our own: the same words and the same answers on every database.

A wanted word finds the index's words in the range [word, word + U+10FFFF). One kept count a word tells how many
products that may be. The rarest word (or the filter, if it lets fewer pass) gives the candidates; the other words are
looked up candidate by candidate. Where even the rarest is common, what was found is counted first: if it is a lot,
the first of it soon turn up along the index of the order asked for; by relevance, that is popularity, then the newest.

See docs/decisions for why this is neither FULLTEXT nor FTS5, and for what it costs.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import (
    Column,
    ColumnElement,
    Integer,
    Row,
    ScalarSelect,
    Select,
    String,
    and_,
    bindparam,
    case,
    func,
    literal,
    select,
)
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.selectable import NamedFromClause

from shop.adapters.sql.listing_statements import (
    LIMIT,
    OFFSET,
    SORT_COLUMNS,
    Shape,
    directed,
    page_parameters,
    products_of,
    shape_of,
)
from shop.adapters.sql.tables.catalogue import listings, product_words, word_counts
from shop.application.ports.catalogue import SEARCH_TOTAL_LIMIT, ProductQuery, SortKey

FILTER: Final = -1
"""The driver that is no word: the candidates are what the filter lets pass."""
_END_OF_RANGE: Final = "\U0010ffff"
_BOUND: Final = bindparam("bound", type_=Integer)

Found = tuple[list[Row[Any]], int]


class SqlProductSearch:
    """Searches; from `common_from` candidates on, they are counted before they are sorted."""

    def __init__(self, common_from: int = SEARCH_TOTAL_LIMIT) -> None:
        self._common_from = common_from

    async def page(self, connection: AsyncConnection, words: Sequence[str], query: ProductQuery) -> Found:
        """The rows of a page of what has all the words, and the total: three statements at most, mostly two."""
        if not words:
            return [], 0
        shape = shape_of(query.filter)
        parameters = {**page_parameters(query), **_word_parameters(words), "bound": self._common_from}
        driver, candidates = await self._driver(connection, len(words), shape, parameters)
        if not candidates:
            return [], 0
        if candidates >= self._common_from:
            total = await _counted(connection, len(words), driver, shape, parameters)
            if total >= self._common_from:
                statement = _along_the_order(len(words), shape, query.sort, query.descending)
                return list(await connection.execute(statement, parameters)), total
        statement = _best_candidates(len(words), driver, shape, query.sort, query.descending)
        rows = list(await connection.execute(statement, parameters))
        if rows:
            return rows, rows[0].total
        if query.page == 1:
            return [], 0
        return [], await _counted(connection, len(words), driver, shape, parameters)

    async def _driver(
        self, connection: AsyncConnection, words: int, shape: Shape, parameters: dict[str, Any]
    ) -> tuple[int, int]:
        """What gives the fewest candidates (the number of a word, or FILTER), and how many at most."""
        row = (await connection.execute(_counts(words, shape.of_listings, shape), parameters)).one()
        counts = {number: int(count) for number, count in enumerate(row[:words])}
        if shape.of_listings:
            counts[FILTER] = row.filtered
        return min(counts.items(), key=lambda counted: counted[1])


async def _counted(
    connection: AsyncConnection, words: int, driver: int, shape: Shape, parameters: dict[str, Any]
) -> int:
    return (await connection.execute(_count(words, driver, shape), parameters)).scalar_one()


def _word_parameters(words: Sequence[str]) -> dict[str, str]:
    parameters = {}
    for number, word in enumerate(words):
        parameters[f"word{number}"] = word
        parameters[f"end{number}"] = word + _END_OF_RANGE
    return parameters


@lru_cache(maxsize=256)
def _counts(words: int, filtered: bool, shape: Shape) -> Select[Any]:
    columns: list[ColumnElement[Any]] = [
        select(func.coalesce(func.sum(word_counts.c.listed), 0))
        .where(_begins(word_counts.c.word, number))
        .scalar_subquery()
        .label(f"count{number}")
        for number in range(words)
    ]
    if filtered:
        of_listings = shape._replace(in_stock=None)
        some = select(listings.c.product_id).where(*of_listings.conditions()).limit(_BOUND).subquery()
        columns.append(select(func.count()).select_from(some).scalar_subquery().label("filtered"))
    return select(*columns)


@lru_cache(maxsize=256)
def _count(words: int, driver: int, shape: Shape) -> Select[int]:
    """How many products there are, counted up to the bound."""
    if driver == FILTER:
        found = select(listings.c.product_id).select_from(shape.source()).where(*shape.conditions())
        found = found.where(*(_has(number, listings.c.product_id) for number in range(words)))
    else:
        driving = product_words.alias("driving")
        found = select(driving.c.product_id).distinct().where(_begins(driving.c.word, driver))
        if shape.of_listings or shape.in_stock is not None:
            joined = driving.join(listings, listings.c.product_id == driving.c.product_id)
            found = found.select_from(shape.source(joined)).where(*shape.conditions())
        others = (number for number in range(words) if number != driver)
        found = found.where(*(_has(number, driving.c.product_id) for number in others))
        found = _from_the_range(found, driving)
    return select(func.count()).select_from(found.limit(_BOUND).subquery("found"))


@lru_cache(maxsize=1024)
def _best_candidates(
    words: int, driver: int, shape: Shape, sort: SortKey | None, descending: bool
) -> Select[Any]:
    """All candidates of the driver, those with every word scored, sorted and counted."""
    others = [number for number in range(words) if number != driver]
    scores: list[ColumnElement[Any]] = [_best_score(number) for number in others]
    if driver == FILTER:
        source = shape.source()
    else:
        driving = product_words.alias("driving")
        found = (
            select(driving.c.product_id, func.max(_score(driving, driver)).label("score"))
            .where(_begins(driving.c.word, driver))
            .group_by(driving.c.product_id)
        )
        candidates = _from_the_range(found, driving).subquery("candidates")
        scores.append(candidates.c.score)
        source = shape.source(candidates.join(listings, listings.c.product_id == candidates.c.product_id))
    # A word that a product doesn't have scores NULL, which makes the sum NULL.
    score = sum(scores[1:], start=scores[0])
    column = SORT_COLUMNS[sort or SortKey.POPULARITY]
    scored = (
        select(listings.c.product_id, column.label("sort"), score.label("score"))
        .select_from(source)
        .where(*shape.conditions())
        .prefix_with("STRAIGHT_JOIN", dialect="mysql")
        .subquery("scored")
    )
    page = select(scored, func.count().over().label("total")).where(scored.c.score.is_not(None))
    page = page.order_by(*_candidate_order(scored, sort, descending))
    rows = page.limit(LIMIT).offset(OFFSET).subquery("page")
    return products_of(rows, _candidate_order(rows, sort, descending), rows.c.total)


def _candidate_order(rows: Any, sort: SortKey | None, descending: bool) -> list[ColumnElement[Any]]:
    ties = directed(rows.c.product_id, descending=descending)
    if sort is None:
        return [rows.c.score.desc(), rows.c.sort.desc(), ties]
    return [directed(rows.c.sort, descending=descending), ties]


@lru_cache(maxsize=1024)
def _along_the_order(words: int, shape: Shape, sort: SortKey | None, descending: bool) -> Select[Any]:
    """Walk the index of the order and look every word up, until the page is full."""
    column = SORT_COLUMNS[sort or SortKey.POPULARITY]
    descending = descending or sort is None
    order = (directed(column, descending=descending), directed(listings.c.product_id, descending=descending))
    page = (
        select(listings.c.product_id, column.label("sort"))
        .select_from(shape.source())
        .where(*shape.conditions(), *(_has(number, listings.c.product_id) for number in range(words)))
        .order_by(*order)
        .limit(LIMIT)
        .offset(OFFSET)
        .subquery("page")
    )
    outer = [directed(page.c.sort, descending=descending), directed(page.c.product_id, descending=descending)]
    return products_of(page, outer, literal(0))


def _from_the_range(found: Select[*tuple[Any, ...]], driving: NamedFromClause) -> Select[*tuple[Any, ...]]:
    """MySQL would sometimes rather read the whole index by product, to save sorting a small range."""
    return found.with_hint(driving, "FORCE INDEX (PRIMARY)", "mysql").prefix_with(
        "STRAIGHT_JOIN", dialect="mysql"
    )


def _begins(column: ColumnElement[str], number: int) -> ColumnElement[bool]:
    return and_(
        column >= bindparam(f"word{number}", type_=String), column < bindparam(f"end{number}", type_=String)
    )


def _score(row: NamedFromClause, number: int) -> ColumnElement[int]:
    """`shop.domain.search.score`."""
    weight: ColumnElement[int] = row.c.weight
    return 2 * weight + case((row.c.word == bindparam(f"word{number}", type_=String), 1), else_=0)


def _best_score(number: int) -> ScalarSelect[int]:
    other = product_words.alias(f"other{number}")
    return (
        select(func.max(_score(other, number)))
        .where(other.c.product_id == listings.c.product_id, _begins(other.c.word, number))
        .with_hint(other, "FORCE INDEX (ix_product_words_product_id)", "mysql")
        .correlate(listings)
        .scalar_subquery()
    )


def _has(number: int, product_id: Column[str]) -> ColumnElement[bool]:
    """Not an EXISTS: MySQL would make a join of it and might begin at its wrong end."""
    other = product_words.alias(f"other{number}")
    found = (
        select(other.c.weight)
        .where(other.c.product_id == product_id, _begins(other.c.word, number))
        .with_hint(other, "FORCE INDEX (ix_product_words_product_id)", "mysql")
        .limit(1)
        .correlate(product_id.table)
        .scalar_subquery()
    )
    return found.is_not(None)

"""Search in SQL with the shop's own inverted index: the same words and the same results on every database.

A search word matches the index's words in the range [word, word + U+10FFFF). A stored count per word bounds the number
of matching products. The rarest word (or the filter, if fewer products pass it) yields the candidates; the other words
are looked up for each candidate. If even the rarest word is common, the matches are counted first: if there are many,
walking the index of the sort order soon finds the first ones. For relevance, that order is popularity, then newest.

See docs/decisions for why this is neither FULLTEXT nor FTS5, and for the cost.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Integer,
    LargeBinary,
    Row,
    Select,
    String,
    Subquery,
    and_,
    bindparam,
    case,
    func,
    literal,
    select,
    type_coerce,
)
from sqlalchemy.sql.selectable import NamedFromClause

from shop.adapters.sql.catalogue.listing_statements import (
    LIMIT,
    OFFSET,
    SORT_COLUMNS,
    Shape,
    directed,
    products_of,
)
from shop.adapters.sql.catalogue.search_plan import FILTER, AccessPath, Candidate, Plan, plan_of
from shop.adapters.sql.catalogue.tables import listings, product_words, word_counts
from shop.adapters.sql.framework.execution import DirectConnection
from shop.adapters.sql.framework.statements import END_OF_RANGE
from shop.application.ports.catalogue import SEARCH_TOTAL_LIMIT, ProductQuery, SortKey

_SCAN_FACTOR: Final = 5
"""Factor by which the limit of candidates grows when a filter removes most of them."""
_JOIN_BUFFER_HINT: Final = "/*+ SET_VAR(join_buffer_size = 8388608) */"
"""A larger join buffer for MySQL's hash join, which would spill to disk otherwise."""
# MySQL sometimes prefers to read a whole index by product, to avoid sorting a small range. Without the index by
# product, it merges two ranges with a hash join.
_BY_WORD: Final = "USE INDEX (PRIMARY)"
_BY_PRODUCT: Final = "FORCE INDEX (ix_product_words_product_id)"
_BOUND: Final = bindparam("bound", type_=Integer)

_NO_FILTER: Final = Shape(categories=0, min_price=False, max_price=False, in_stock=None)

Found = tuple[list[Row[Any]], int]


class SqlProductSearch:
    """Product search. From `common_from` candidates on, matches are counted before they are sorted."""

    def __init__(self, common_from: int = SEARCH_TOTAL_LIMIT) -> None:
        self._common_from = common_from

    async def candidates(
        self,
        connection: DirectConnection,
        words: Sequence[str],
        sort: SortKey | None = None,
        among: Sequence[bytes] | None = None,
    ) -> list[Candidate]:
        """Return every product with all words, unordered; `among` restricts them. Two statements."""
        if not words or (among is not None and not among):
            return []
        shape = _NO_FILTER._replace(among=among is not None)
        parameters = {**_word_parameters(words), "bound": self._common_from, "among": among or ()}
        row = (await connection.execute(_counts(len(words), _NO_FILTER), parameters)).one()
        plan = plan_of([int(count) for count in row], None if among is None else len(among))
        if not plan.candidates:
            return []
        rows = await connection.execute(_all_candidates(plan.access_path, shape, sort), parameters)
        return [Candidate(row.id, int(row.score), row.sort) for row in rows]

    async def page(
        self, connection: DirectConnection, query: ProductQuery, shape: Shape, page: Mapping[str, Any]
    ) -> Found:
        """Return the rows on a page of products with all words, and the total.

        Runs two statements, sometimes three. `shape` tells which filters are in use; `page` has their values,
        and the limit and offset of the page.
        """
        words = query.words
        if not words:
            return [], 0
        parameters = {**page, **_word_parameters(words), "bound": self._common_from}
        row = (await connection.execute(_counts(len(words), shape), parameters)).one()
        plan = plan_of(
            [int(count) for count in row[: len(words)]], row.filtered if shape.of_listings else None
        )
        if not plan.candidates:
            return [], 0
        if plan.candidates >= self._common_from * (_SCAN_FACTOR if shape.of_listings else 1):
            total = await _counted(connection, plan, shape, parameters)
            if total >= self._common_from:
                statement = _along_the_order(len(words), shape, query.sort, query.descending)
                return list(await connection.execute(statement, parameters)), total
        statement = _best_candidates(plan.access_path, shape, query.sort, query.descending)
        rows = list(await connection.execute(statement, parameters))
        if rows:
            return rows, min(rows[0].total, self._common_from)
        if query.page == 1:
            return [], 0
        return [], await _counted(connection, plan, shape, parameters)


async def _counted(connection: DirectConnection, plan: Plan, shape: Shape, parameters: dict[str, Any]) -> int:
    count: int = (await connection.execute(_count(plan.access_path, shape), parameters)).scalar_one()
    return count


def _word_parameters(words: Sequence[str]) -> dict[str, str]:
    parameters = {}
    for number, word in enumerate(words):
        parameters[f"word{number}"] = word
        parameters[f"end{number}"] = word + END_OF_RANGE
    return parameters


@lru_cache(maxsize=256)
def _counts(words: int, shape: Shape) -> Select[Any]:
    columns: list[ColumnElement[Any]] = [
        select(func.coalesce(func.sum(word_counts.c.listed), 0))
        .where(_begins(word_counts.c.word, number))
        .scalar_subquery()
        .label(f"count{number}")
        for number in range(words)
    ]
    if shape.of_listings:
        of_listings = shape._replace(in_stock=None)
        some = select(shape.table.c.product_id).where(*of_listings.conditions()).limit(_BOUND).subquery()
        columns.append(select(func.count()).select_from(some).scalar_subquery().label("filtered"))
    return select(*columns)


@lru_cache(maxsize=512)
def _count(access_path: AccessPath, shape: Shape) -> Select[int]:
    """Return the number of matching products, counted up to the bound."""
    found, row, _ = _found(access_path, shape)
    # A listing occurs once; a word's range can contain a product several times.
    found = found.with_only_columns(row.c.product_id)
    if access_path.driver != FILTER or access_path.merged:
        found = found.distinct()
    found = found.where(*(_has(number, row) for number in access_path.looked_up)).limit(_BOUND)
    return (
        select(func.count())
        .select_from(found.subquery("found"))
        .prefix_with(_JOIN_BUFFER_HINT, dialect="mysql")
    )


@lru_cache(maxsize=1024)
def _best_candidates(
    access_path: AccessPath, shape: Shape, sort: SortKey | None, descending: bool
) -> Select[Any]:
    """Return all candidates that have every word, scored, sorted and counted."""
    candidates = _scored(access_path, shape)
    column = listings.c[SORT_COLUMNS[sort or SortKey.POPULARITY]]
    page = (
        select(candidates, column.label("sort"), func.count().over().label("total"))
        .join(listings, listings.c.product_id == candidates.c.product_id)
        .prefix_with("STRAIGHT_JOIN", dialect="mysql")
    )
    order = _candidate_order(candidates.c.product_id, candidates.c.score, column, sort, descending)
    rows = page.order_by(*order).limit(LIMIT).offset(OFFSET).subquery("page")
    outer = _candidate_order(rows.c.product_id, rows.c.score, rows.c.sort, sort, descending)
    return products_of(rows, outer, rows.c.total, hint=_JOIN_BUFFER_HINT)


@lru_cache(maxsize=256)
def _all_candidates(access_path: AccessPath, shape: Shape, sort: SortKey | None) -> Select[Any]:
    """Return all candidates that have every word, each with its score and its sort value."""
    candidates = _scored(access_path, shape)
    return (
        select(
            type_coerce(candidates.c.product_id, LargeBinary(16)).label("id"),
            candidates.c.score,
            listings.c[SORT_COLUMNS[sort or SortKey.POPULARITY]].label("sort"),
        )
        .join(listings, listings.c.product_id == candidates.c.product_id)
        .prefix_with(f"{_JOIN_BUFFER_HINT} STRAIGHT_JOIN", dialect="mysql")
    )


def _scored(access_path: AccessPath, shape: Shape) -> Subquery:
    """Return the candidates that have every word, each with its score."""
    found, row, scores = _found(access_path._replace(looked_up=()), shape, *access_path.looked_up)
    score = sum(scores[1:], start=scores[0])
    return found.add_columns(score.label("score")).group_by(row.c.product_id).subquery("candidates")


def _found(
    access_path: AccessPath, shape: Shape, *joined_by_lookup: int
) -> tuple[Select[*tuple[Any, ...]], NamedFromClause, list[ColumnElement[int]]]:
    """Join the candidates with the other words. Return the select, its driving row and the scores of the words."""
    row = shape.table if access_path.driver == FILTER else product_words.alias("driving")
    joined: FromClause = row
    scores: list[ColumnElement[int]] = (
        [] if access_path.driver == FILTER else [func.max(_score(row, access_path.driver))]
    )
    hints: list[tuple[NamedFromClause, str]] = [] if access_path.driver == FILTER else [(row, _BY_WORD)]
    for number in (*access_path.merged, *joined_by_lookup):
        other = product_words.alias(f"joined{number}")
        joined = joined.join(
            other, and_(other.c.product_id == row.c.product_id, _begins(other.c.word, number))
        )
        scores.append(func.max(_score(other, number)))
        hints.append((other, _BY_WORD if number in access_path.merged else _BY_PRODUCT))
    found: Select[*tuple[Any, ...]] = select(row.c.product_id)
    found = found.select_from(shape.source(row, joined)).where(*shape.conditions(row))
    if access_path.driver != FILTER:
        found = found.where(_begins(row.c.word, access_path.driver))
    for named, hint in hints:
        found = found.with_hint(named, hint, "mysql")
    return found.prefix_with("STRAIGHT_JOIN", dialect="mysql"), row, scores


def _candidate_order(
    product_id: ColumnElement[str],
    score: ColumnElement[int],
    column: ColumnElement[Any],
    sort: SortKey | None,
    descending: bool,
) -> list[ColumnElement[Any]]:
    ties = directed(product_id, descending=descending)
    if sort is None:
        return [score.desc(), column.desc(), ties]
    return [directed(column, descending=descending), ties]


@lru_cache(maxsize=1024)
def _along_the_order(words: int, shape: Shape, sort: SortKey | None, descending: bool) -> Select[Any]:
    """Walk the index of the sort order and look every word up, until the page is full."""
    listed = shape.table
    column = listed.c[SORT_COLUMNS[sort or SortKey.POPULARITY]]
    descending = descending or sort is None
    order = (directed(column, descending=descending), directed(listed.c.product_id, descending=descending))
    page = (
        select(listed.c.product_id, column.label("sort"))
        .select_from(shape.source())
        .where(*shape.conditions(), *(_has(number, listed) for number in range(words)))
        .order_by(*order)
        .limit(LIMIT)
        .offset(OFFSET)
        .subquery("page")
    )
    outer = [directed(page.c.sort, descending=descending), directed(page.c.product_id, descending=descending)]
    return products_of(page, outer, literal(0))


def _begins(column: ColumnElement[str], number: int) -> ColumnElement[bool]:
    return and_(
        column >= bindparam(f"word{number}", type_=String), column < bindparam(f"end{number}", type_=String)
    )


def _score(row: NamedFromClause, number: int) -> ColumnElement[int]:
    """Compute `shop.domain.catalogue.search.score` in SQL."""
    weight: ColumnElement[int] = row.c.weight
    return 2 * weight + case((row.c.word == bindparam(f"word{number}", type_=String), 1), else_=0)


def _has(number: int, row: NamedFromClause) -> ColumnElement[bool]:
    """Return whether the product has the word. Not an EXISTS, which MySQL may turn into a join in the wrong order."""
    other = product_words.alias(f"other{number}")
    found = (
        select(other.c.weight)
        .where(other.c.product_id == row.c.product_id, _begins(other.c.word, number))
        .with_hint(other, _BY_PRODUCT, "mysql")
        .limit(1)
        .correlate(row)
        .scalar_subquery()
    )
    return found.is_not(None)

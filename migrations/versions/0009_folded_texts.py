"""Normalize texts to NFC, and rebuild search, names and users so that every Latin letter is spelled in ASCII.

Texts lose surrounding white space and control characters, as new ones do. Picture addresses with http: become https:.
Invalid picture addresses, and comparison prices that are not above the price, are removed. Orders and the audit trail
keep their texts.

Every batch is a transaction and does not change finished rows, so an interrupted migration can run again.

Revision ID: 0009
Revises: 0008
"""
# ruff: noqa: RUF001 (letters that look like others are what this is about)

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from typing import Any, Final

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None
compatible_since = "0009"

BATCH: Final = 500
MAX_SKU: Final = 64
MAX_NAME_KEY: Final = 200
MAX_WORD: Final = 64
NAMELESS: Final = "Unnamed product"
PICTURE: Final = re.compile(r"https://[^\s/?#\\][^\s\\]*", re.IGNORECASE)

ID: Final = sa.LargeBinary(16).with_variant(mysql.BINARY(16), "mysql")
users: Final = sa.table(
    "users",
    sa.column("id", ID),
    sa.column("display_name", sa.String),
    sa.column("display_name_key", sa.String),
)
products: Final = sa.table(
    "products",
    sa.column("id", ID),
    *(sa.column(name, sa.String) for name in ("name", "sku", "category", "description", "image_url")),
    *(sa.column(name, sa.BigInteger) for name in ("price", "compare_at_price", "version")),
)
listings: Final = sa.table(
    "listings",
    sa.column("product_id", ID),
    sa.column("category", sa.String),
    sa.column("name_key", sa.String),
)
product_words: Final = sa.table(
    "product_words",
    sa.column("word", sa.String),
    sa.column("product_id", ID),
    *(sa.column(name, sa.BigInteger) for name in ("weight", "price")),
    sa.column("category", sa.String),
)
word_counts: Final = sa.table("word_counts", sa.column("word", sa.String), sa.column("listed", sa.Integer))
category_counts: Final = sa.table(
    "category_counts", sa.column("category", sa.String), sa.column("listed", sa.Integer)
)

Fold = Callable[[str], str]


def upgrade() -> None:
    _tidy_users(fold)
    for batch in _batches(products):
        skus: set[str] = set()
        changed = {row.id: change for row in batch if (change := _tidied(row, skus)) is not None}
        _update(products, "id", changed.values())
        _refold([changed.get(row.id, row._asdict()) for row in batch], fold, changed)
        _commit()


def downgrade() -> None:
    """Fold as the version before did; texts stay tidy."""
    _tidy_users(fold_as_before)
    for batch in _batches(products):
        _refold([row._asdict() for row in batch], fold_as_before)
        _commit()


def _batches(table: sa.TableClause) -> Any:
    last = b""
    statement = (
        sa.select(table).where(table.c.id > sa.bindparam("last", type_=ID)).order_by(table.c.id).limit(BATCH)
    )
    while rows := op.get_bind().execute(statement, {"last": last}).all():
        yield rows
        last = rows[-1].id


def _commit() -> None:
    """End a batch. SQLite has one transaction for all migrations, so nothing is left there after an interruption."""
    if op.get_bind().dialect.name == "mysql":
        with op.get_context().autocommit_block():  # entering it commits
            pass


def _tidy_users(fold: Fold) -> None:
    for batch in _batches(users):
        changed = []
        for row in batch:
            name = one_line(row.display_name)
            name = name if has_visible_text(name) else None
            key = None if name is None else name_key(name, fold)
            if (name, key) != (row.display_name, row.display_name_key):
                changed.append({"id": row.id, "display_name": name, "display_name_key": key})
        _update(users, "id", changed)
        _commit()


def _tidied(row: sa.Row[Any], skus: set[str]) -> dict[str, Any] | None:
    """Return the product's row as it has to be, None where it is so already. `skus` are those given in the batch."""
    name, category, sku = one_line(row.name), one_line(row.category), tidy(row.sku or "")
    sku = sku if has_visible_text(sku) else None
    picture = re.sub("^http:", "https:", tidy(row.image_url or ""), flags=re.IGNORECASE)
    compare_at = row.compare_at_price
    wanted = {
        "name": name if has_visible_text(name) else NAMELESS,
        "category": category if has_visible_text(category) else None,
        "description": paragraphs(row.description),
        "image_url": picture if PICTURE.fullmatch(picture) else None,
        "compare_at_price": None if compare_at is not None and compare_at < row.price else compare_at,
        "sku": sku if sku == row.sku else _free_sku(sku, row.id, skus),
    }
    present = row._asdict()
    if all(present[field] == value for field, value in wanted.items()):
        return None
    return {**present, **wanted, "version": row.version + 1}


def _free_sku(sku: str | None, product_id: bytes, skus: set[str]) -> str | None:
    """Return the sku, with a number behind it if another product has it."""
    wanted, number = sku, 1
    taken = sa.select(products.c.id).where(products.c.sku == sa.bindparam("sku"), products.c.id != product_id)
    while wanted is not None and (
        wanted in skus or op.get_bind().execute(taken, {"sku": wanted}).first() is not None
    ):
        number += 1
        wanted = f"{(sku or '')[: MAX_SKU - len(str(number)) - 1]}-{number}"
    if wanted is not None:
        skus.add(wanted)
    return wanted


def _refold(rows: Sequence[dict[str, Any]], fold: Fold, changed: Collection[bytes] = ()) -> None:
    """Bring names, words and counts of the listings up to their products' texts."""
    connection = op.get_bind()
    by_id = {row["id"]: row for row in rows}
    listed = connection.execute(sa.select(listings).where(listings.c.product_id.in_(by_id))).all()
    moved, categories = [], Counter[str]()
    for listing in listed:
        product = by_id[listing.product_id]
        category, key = product["category"], name_key(product["name"], fold)
        if (category, key) != (listing.category, listing.name_key):
            moved.append({"product_id": listing.product_id, "category": category, "name_key": key})
        if category != listing.category:
            categories.update({category or "": 1})
            categories.subtract({listing.category or "": 1})
    _update(listings, "product_id", moved)
    placed = [{name: row[name] for name in ("product_id", "category")} for row in moved]
    _update(product_words, "product_id", placed)
    # The ways of folding agree on ASCII.
    products_listed = [by_id[listing.product_id] for listing in listed]
    _refold_words([row for row in products_listed if row["id"] in changed or not _is_ascii(row)], fold)
    _add_counts(category_counts, category_counts.c.category, categories)


def _refold_words(rows: Sequence[dict[str, Any]], fold: Fold) -> None:
    if not rows:
        return
    connection = op.get_bind()
    wanted = {row["id"]: weighted_words(row, fold) for row in rows}
    stored: dict[bytes, dict[str, int]] = {row["id"]: {} for row in rows}
    of_rows = sa.select(product_words).where(product_words.c.product_id.in_(stored))
    for word in connection.execute(of_rows):
        stored[word.product_id][word.word] = word.weight
    gone, new, counts = [], [], Counter[str]()
    for row in rows:
        before, after = stored[row["id"]], wanted[row["id"]]
        gone += [{"b_id": row["id"], "b_word": word} for word in before if after.get(word) != before[word]]
        place = {name: row[name] for name in ("category", "price")}
        new += [
            {"word": word, "product_id": row["id"], "weight": weight, **place}
            for word, weight in after.items()
            if before.get(word) != weight
        ]
        counts.update(after.keys() - before.keys())
        counts.subtract(before.keys() - after.keys())
    if gone:
        of_product = product_words.c.product_id == sa.bindparam("b_id", type_=ID)
        connection.execute(
            sa.delete(product_words).where(of_product, product_words.c.word == sa.bindparam("b_word")), gone
        )
    if new:
        connection.execute(sa.insert(product_words), new)
    _add_counts(word_counts, word_counts.c.word, counts)


def _add_counts(table: sa.TableClause, key: sa.ColumnClause[Any], changes: Counter[str]) -> None:
    connection = op.get_bind()
    changes = Counter({name: change for name, change in changes.items() if change})
    present: dict[str, int] = dict(
        connection.execute(sa.select(key, table.c.listed).where(key.in_(changes))).all()
    )
    if new := [{key.name: name, "listed": change} for name, change in changes.items() if name not in present]:
        connection.execute(sa.insert(table), new)
    sums = [{key.name: name, "listed": present[name] + changes[name]} for name in present]
    _update(table, key.name, sums)


def _update(table: sa.TableClause, key: str, rows: Collection[dict[str, Any]]) -> None:
    """Store the rows' values in the row of the table that has their key."""
    if rows:
        bound = {name: sa.bindparam(f"new_{name}", type_=table.c[name].type) for name in next(iter(rows))}
        statement = sa.update(table).where(table.c[key] == bound.pop(key)).values(bound)
        op.get_bind().execute(statement, [{f"new_{name}": row[name] for name in row} for row in rows])


# A copy of the folding as it was when this was written: a migration depends on nothing that changes.

SPELLINGS: Final = """
æae ðd øo þth đd ħh ıi ĸq łl ŋng œoe ŧt ƀb ƃb ƈc ƌd ƍz ƒf ƕhw ƙk ƚl ƛl ƞn ƣgh ƥp ƪsh ƫt ƭt ƴy ƶz ƺzh ƻdz ƾts
ƿw ǀc ǁx ǂqc ǃq ǝe ǥg ȝy ȡd ȣou ȥz ȴl ȵn ȶt ȷj ȸdb ȹqp ȼc ȿs ɀz ɇe ɉj ɋq ɍr ɏy ɐa ɑa ɒa ɓb ɔo ɕc ɖd ɗd ɘe əe
ɚer ɛe ɜe ɝer ɞo ɟj ɠg ɡg ɢg ɣg ɤu ɥy ɦh ɧh ɨi ɩi ɪi ɫl ɬl ɭl ɮlzh ɯw ɰw ɱm ɲn ɳn ɴn ɵo ɶoe ɷu ɸf ɹr ɺr ɻr ɼr
ɽr ɾr ɿi ʀr ʁr ʂs ʃsh ʄj ʅi ʆsh ʇt ʈt ʉu ʊu ʋv ʌa ʍw ʎy ʏy ʐz ʑz ʒzh ʓzh ʖx ʗq ʘpc ʙb ʚoe ʛg ʜh ʝj ʞk ʟl ʠq
ʣdz ʤdzh ʥdz ʦts ʧtsh ʨtc ʩfng ʪls ʫlz ʬww ʮy ʯy ᴀa ᴁae ᴂae ᴃb ᴄc ᴅd ᴆd ᴇe ᴈe ᴉi ᴊj ᴋk ᴌl ᴍm ᴎn ᴏo ᴐo ᴑo ᴒo ᴓo
ᴔoe ᴕou ᴖo ᴗo ᴘp ᴙr ᴚr ᴛt ᴜu ᴝu ᴞu ᴟw ᴠv ᴡw ᴢz ᴣzh ᵫue ᵬb ᵭd ᵮf ᵯm ᵰn ᵱp ᵲr ᵳr ᵴs ᵵt ᵶz ᵷg ᵹg ᵺth ᵻi ᵼi ᵽp ᵾu
ᵿu ᶀb ᶁd ᶂf ᶃg ᶄk ᶅl ᶆm ᶇn ᶈp ᶉr ᶊs ᶋsh ᶌv ᶍx ᶎz ᶏa ᶐa ᶑd ᶒe ᶓe ᶔe ᶕe ᶖi ᶗo ᶘsh ᶙu ᶚzh ẜs ẝs ẟd ỻll ỽv ỿy ↄc
ⱡl ⱥa ⱦt ⱨh ⱪk ⱬz ⱱv ⱳw ⱴv ⱶh ⱷo ⱸe ⱹr ⱺo ⱻe ꜧh ꜩtz ꜰf ꜱs ꜳaa ꜵao ꜷau ꜹav ꜻav ꜽay ꜿc ꝁk ꝃk ꝅk ꝇl ꝉl ꝋo ꝍo ꝏoo
ꝑp ꝓp ꝕp ꝗq ꝙq ꝛr ꝝr ꝟv ꝡvy ꝣz ꝥth ꝧth ꝩv ꝭs ꝱd ꝲl ꝳm ꝴn ꝵr ꝶr ꝷt ꝸs ꝺd ꝼf ꝿng ꞁll ꞃr ꞅs ꞇt ꞎl ꞑn ꞓc ꞔc ꞕh ꞗb
ꞙf ꞛae ꞝoe ꞟue ꞡg ꞣk ꞥn ꞧr ꞩs ꞯq ꞵb ꞷo ꞹu ꞻa ꞽi ꞿu ꟁo ꟃw ꟈd ꟊs ꟑg ꟓthth ꟕww ꟗs ꟙs ꟶh ꟷi ꟺw ꟻf ꟼp ꟽm ꟾi ꟿm ꬰa
ꬱae ꬲe ꬳe ꬴe ꬵf ꬶg ꬷl ꬸl ꬹl ꬺm ꬻn ꬼng ꬽo ꬾo ꬿo ꭀoe ꭁoe ꭂoe ꭃoo ꭄoo ꭅr ꭆr ꭇr ꭈrr ꭉr ꭊrr ꭋr ꭌr ꭍsh ꭎu ꭏu ꭐui ꭑui
ꭒu ꭓx ꭔx ꭕx ꭖx ꭗx ꭘx ꭙx ꭚy ꭠia ꭡie ꭢoe ꭣuo ꭤa ꭦdz ꭧts ꭨr 𝼀fng 𝼁g 𝼂g 𝼃k 𝼄l 𝼅lzh 𝼆y 𝼇ng 𝼈r 𝼉t 𝼊q 𝼋qc 𝼌qc 𝼍t 𝼎x
𝼏q 𝼐k 𝼑l 𝼒dzh 𝼓l 𝼔ng 𝼕r 𝼖r 𝼗tsh 𝼘zh 𝼙dzh 𝼚i 𝼛o 𝼜tsh 𝼝c 𝼞s
"""
LATIN_LETTERS: Final = {pair[0]: pair[1:] for pair in SPELLINGS.split()}
WORD_FIELDS: Final = ("name", "sku", "category", "description")
_WORD: Final = re.compile(r"[^\W_]+")


def _is_ascii(product: dict[str, Any]) -> bool:
    return "".join(product[field] or "" for field in WORD_FIELDS).isascii()


def tidy(text: str) -> str:
    return unicodedata.normalize("NFC", text).strip()


def one_line(text: str | None) -> str:
    return tidy(re.sub(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]", "", text or ""))


def paragraphs(text: str) -> str:
    return tidy(re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]", "", text))


def has_visible_text(text: str) -> bool:
    return any(
        unicodedata.category(each)[0] in "LNPS"
        and not re.fullmatch(".* (FILLER|BLANK)", unicodedata.name(each, ""))
        for each in text
    )


def fold(text: str) -> str:
    dropped = ("M", "Cf")
    kept = (each for each in _decomposed(text) if not unicodedata.category(each).startswith(dropped))
    return "".join(LATIN_LETTERS.get(each, each) for each in kept)


def fold_as_before(text: str) -> str:
    return "".join(each for each in _decomposed(text) if not unicodedata.category(each).startswith("M"))


def _decomposed(text: str) -> str:
    return unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())


def name_key(name: str, fold: Fold) -> str:
    return fold(name)[:MAX_NAME_KEY].rstrip()


def weighted_words(product: dict[str, Any], fold: Fold) -> dict[str, int]:
    weights = dict.fromkeys(_words(product["description"], fold), 1)
    weights.update(dict.fromkeys(_words(f"{product['sku'] or ''} {product['category'] or ''}", fold), 2))
    weights.update(dict.fromkeys(_words(product["name"], fold), 3))
    return weights


def _words(text: str, fold: Fold) -> list[str]:
    return [word[:MAX_WORD] for word in _WORD.findall(fold(text))]

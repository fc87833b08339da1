"""Categories of generated products: two levels."""

from dataclasses import dataclass
from typing import Final
from uuid import NAMESPACE_OID, uuid5

from shop.adapters.sql.catalogue.categories import SqlCategories
from shop.adapters.sql.framework.execution import DirectConnection
from shop.domain.catalogue.category import Category

# Root category: its subcategories, each with its kinds of products.
_TREE: Final[dict[str, dict[str, str]]] = {
    "Kitchen": {
        "Knives & Boards": "Chef Knife|Cutting Board",
        "Pots & Pans": "Saucepan|Frying Pan|Tea Kettle",
        "Kitchen Helpers": "Mixing Bowl|Coffee Grinder|Colander|Pepper Mill",
    },
    "Lighting": {
        "Lamps": "Desk Lamp|Floor Lamp|Reading Light|Table Lamp|Lantern",
        "Ceiling & Wall Lights": "Pendant Light|Wall Sconce|Light Strip",
    },
    "Furniture": {
        "Seating": "Armchair|Bench|Bar Stool",
        "Tables & Desks": "Dining Table|Side Table|Nightstand|Desk",
        "Storage": "Bookcase|Wardrobe",
    },
    "Audio": {
        "Headphones": "Headphones|Earbuds",
        "Speakers": "Bookshelf Speaker|Soundbar|Radio",
        "Hi-Fi": "Turntable|Microphone|Amplifier",
    },
    "Computers": {
        "Input Devices": "Mechanical Keyboard|Wireless Mouse|Webcam",
        "Computer Accessories": "Laptop Stand|Monitor Arm|Docking Station|Backpack|Hub",
    },
    "Garden": {
        "Garden Tools": "Watering Can|Pruning Shears|Hose Reel|Garden Fork|Wheelbarrow",
        "Garden Decoration": "Planter|Bird Feeder|Fire Bowl",
    },
    "Outdoor": {
        "Camping": "Tent|Sleeping Bag|Camping Stove|Hammock|Headlamp|Water Bottle",
        "Hiking": "Rain Jacket|Hiking Boots|Dry Bag",
    },
    "Clothing": {
        "Shirts & Sweaters": "Shirt|Sweater|Cardigan",
        "Coats, Trousers & Dresses": "Overcoat|Chinos|Dress",
        "Clothing Accessories": "Scarf|Beanie|Socks|Gloves",
    },
    "Toys": {
        "Games & Puzzles": "Puzzle|Board Game|Marble Run",
        "Wooden Toys": "Building Blocks|Train Set|Doll House|Kite|Rocking Horse",
    },
    "Stationery": {
        "Paper": "Notebook|Calendar|Sketchbook",
        "Writing": "Fountain Pen|Pencil Case|Letter Opener|Desk Organiser|Ink Bottle",
    },
    "Bath": {
        "Bath Textiles": "Bath Towel|Shower Curtain|Bath Mat|Robe",
        "Bath Accessories": "Soap Dish|Mirror|Laundry Basket|Toothbrush Holder",
    },
    "Sport": {
        "Fitness": "Yoga Mat|Dumbbell|Skipping Rope|Resistance Band|Foam Roller",
        "Ball Sports & Swimming": "Football|Tennis Racket|Swim Goggles",
    },
}

SUBCATEGORY_OF_KIND: Final = {
    kind: name
    for subcategories in _TREE.values()
    for name, kinds in subcategories.items()
    for kind in kinds.split("|")
}
"""The subcategory of each kind of products."""


@dataclass(frozen=True, slots=True)
class SeededCategory:
    """A subcategory, and all categories that show its products."""

    id: str
    shown_in: tuple[str, ...]


async def ensure_categories(connection: DirectConnection) -> dict[str, SeededCategory]:
    """Add the categories that are missing; return the subcategories by name."""
    store, found = SqlCategories(connection), {}
    tree = await store.lock()
    for root_name, subcategories in _TREE.items():
        root = next((each for each in tree.children(None) if each.name == root_name), None)
        root = root or await _added(store, root_name, None)
        for name in subcategories:
            tree = await store.read()
            child = next((each for each in tree.children(root.id) if each.name == name), None)
            child = child or await _added(store, name, root.id)
            found[name] = SeededCategory(child.id, (root.id, child.id))
    return found


async def _added(store: SqlCategories, name: str, parent_id: str | None) -> Category:
    tree = await store.read()
    category_id = str(uuid5(NAMESPACE_OID, f"{parent_id}/{name}"))
    slug = tree.slug_for(category_id, name)
    new = Category(id=category_id, name=name, slug=slug, parent_id=parent_id)
    (placed,) = tree.place(new, None)
    await store.add(placed)
    return placed

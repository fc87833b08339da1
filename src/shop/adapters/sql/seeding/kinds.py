"""The kinds of generated products: their materials, remarks on them, and their range of prices."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

_TABLE: Final = """
Chef Knife; carbon steel|stainless steel|Damascus steel; balanced by hand|stays sharp for years; 19-180
Saucepan; stainless steel|enamel|cast aluminium; made for gas and induction|dishwasher safe; 25-160
Mixing Bowl; stoneware|stainless steel|glass; dishwasher safe|with a spout that does not drip; 12-60
Cutting Board; oak|walnut|beech; oiled by hand|with a groove for juices; 15-90
Coffee Grinder; stainless steel|aluminium|ceramic; with forty settings|easy to clean; 29-180
Tea Kettle; enamel|stainless steel|cast iron; made for gas and induction|whistles softly; 25-120
Frying Pan; cast iron|carbon steel|stainless steel; made for gas and induction|with a lifetime guarantee; 25-140
Colander; stainless steel|enamel; dishwasher safe|stands firmly in the sink; 12-50
Pepper Mill; oak|walnut|beech; with a ceramic grinder|from coarse to fine; 14-70
Desk Lamp; brass|aluminium|steel; dimmable|with a flexible arm; 25-180
Floor Lamp; brass|oak|steel; dimmable|with a textile cable; 49-320
Pendant Light; glass|brass|linen; with a textile cable|easy to mount; 35-280
Wall Sconce; brass|opal glass|ceramic; made for damp rooms|easy to mount; 29-190
Lantern; zinc|glass|stainless steel; for candles|with a handle; 15-80
Reading Light; aluminium|brass; dimmable|with a clamp; 19-120
Light Strip; silicone|aluminium; dimmable|with a warm white light; 15-90
Table Lamp; linen|glass|ceramic; dimmable|with a warm white bulb; 25-220
Bookcase; oak|walnut|pine; with adjustable shelves|assembled in minutes; 99-900
Armchair; velvet|linen|leather; with feet of oak|made to last; 190-1400
Dining Table; oak|walnut|ash; oiled by hand|seats six; 290-1900
Side Table; oak|walnut|marble; assembled in minutes|with rounded edges; 59-390
Wardrobe; oak|pine|walnut; with soft closing doors|with a mirror inside; 290-1800
Bench; oak|ash|teak; oiled by hand|seats three; 99-690
Bar Stool; oak|steel|rattan; with a footrest|with adjustable feet; 69-320
Nightstand; oak|walnut|pine; with soft closing drawers|assembled in minutes; 79-390
Desk; oak|walnut|bamboo; with a place for cables|with adjustable feet; 190-1200
Headphones; aluminium|leather; with noise cancelling|with thirty hours of battery; 49-690
Bookshelf Speaker; walnut|oak|ash; tuned by ear|sold in pairs; 120-1200
Turntable; walnut|aluminium|acrylic; with a belt drive|ready in seconds; 150-1200
Soundbar; aluminium|fabric; with a separate bass|ready in seconds; 120-900
Earbuds; aluminium|recycled plastic; with noise cancelling|with eight hours of battery; 29-290
Microphone; steel|aluminium; with a detachable cable|with a stand; 39-490
Amplifier; aluminium|steel; with two analogue inputs|with a headphone output; 150-1200
Radio; walnut|beech|recycled plastic; with DAB and FM|with twelve hours of battery; 39-320
Laptop Stand; aluminium|bamboo|felt; folds flat|with room for a keyboard; 19-120
Mechanical Keyboard; aluminium|recycled plastic; quiet enough for an office|with a braided cable; 59-320
Wireless Mouse; aluminium|recycled plastic; quiet enough for an office|charged once a month; 19-120
Monitor Arm; aluminium|steel; carries up to nine kilos|with a place for cables; 39-220
Webcam; aluminium|recycled plastic; with a shutter|with a microphone; 29-190
Docking Station; aluminium|recycled plastic; with two screens|with a braided cable; 59-320
Backpack; canvas|recycled nylon|leather; with a padded sleeve for a laptop|water repellent; 39-280
Hub; aluminium|recycled plastic; with four USB ports|with a braided cable; 12-90
Watering Can; zinc|steel|recycled plastic; holds nine litres|with a brass rose; 12-80
Pruning Shears; carbon steel|stainless steel; with a soft grip|cuts twigs of two centimetres; 15-80
Planter; terracotta|zinc|fibre clay; frost proof|with a saucer; 12-140
Hose Reel; steel|recycled plastic; with twenty metres of hose|winds by itself; 29-190
Bird Feeder; cedar|zinc|beech; easy to fill|keeps seeds dry; 12-60
Garden Fork; carbon steel|stainless steel; with a handle of ash wood|made for heavy soil; 19-80
Wheelbarrow; galvanised steel|recycled plastic; carries a hundred litres|with a tyre that never goes flat; 69-260
Fire Bowl; cast iron|Corten steel; with a lid|with a grate; 59-260
Tent; ripstop nylon|cotton canvas; for two people|pitched in minutes; 120-690
Sleeping Bag; down|recycled polyester; warm to minus five degrees|packs down small; 59-390
Camping Stove; titanium|aluminium|stainless steel; packs down small|boils a litre in four minutes; 25-160
Rain Jacket; recycled nylon|waxed cotton; with taped seams|packs into its own pocket; 69-320
Hiking Boots; leather|suede; waterproof|tested in the Alps; 99-320
Hammock; ripstop nylon|cotton; carries two hundred kilos|packs down small; 25-120
Headlamp; aluminium|recycled plastic; with forty hours of light|waterproof; 19-90
Water Bottle; stainless steel|glass|titanium; keeps cold for a day|leakproof; 12-60
Dry Bag; ripstop nylon|recycled polyester; with welded seams|with a shoulder strap; 10-70
Shirt; organic cotton|linen|flannel; washable at forty degrees|true to size; 29-120
Sweater; merino|cashmere|organic cotton; knitted without seams|true to size; 49-290
Overcoat; wool|cashmere; lined with silk|cut to last; 190-420
Scarf; merino|cashmere|silk; woven in Scotland|soft from the first day; 25-160
Beanie; merino|cashmere|organic cotton; knitted without seams|one size fits all; 15-70
Chinos; organic cotton|linen; washable at forty degrees|true to size; 49-140
Cardigan; merino|cashmere|organic cotton; with buttons of horn|knitted without seams; 59-290
Socks; merino|organic cotton; knitted without seams|in a pack of three; 7-29
Dress; linen|organic cotton|silk; lined with silk|with pockets; 59-320
Gloves; merino|leather|cashmere; lined with silk|made for touch screens; 19-140
Building Blocks; beech|maple; safe from one year on|painted with water colours; 15-90
Puzzle; cardboard|birch; with a thousand pieces|hours of play; 9-40
Train Set; beech|maple; safe from three years on|painted with water colours; 29-150
Doll House; birch|beech; with six rooms|made by hand; 49-150
Kite; ripstop nylon|cotton; flies in a light breeze|with thirty metres of line; 12-70
Marble Run; beech|maple; safe from three years on|hours of play; 25-120
Board Game; birch|cardboard; for two to four players|played in half an hour; 19-70
Rocking Horse; beech|maple; made by hand|safe from one year on; 69-150
Notebook; recycled paper|stone paper; with dotted pages|opens flat; 5-29
Fountain Pen; brass|resin|aluminium; refillable|with a nib of steel; 19-90
Pencil Case; leather|cork|canvas; with a zip of brass|fits twenty pencils; 9-60
Calendar; recycled paper|cotton paper; with a page per week|with a stand of oak; 9-35
Sketchbook; cotton paper|recycled paper; bound with thread|opens flat; 9-40
Letter Opener; brass|stainless steel; made by hand|in a gift box; 12-50
Desk Organiser; oak|cork|leather; with five compartments|with a place for a phone; 15-80
Ink Bottle; glass|recycled glass; holds fifty millilitres|with ink that does not fade; 7-25
Bath Towel; organic cotton|linen; quick to dry|soft from the first day; 15-60
Soap Dish; marble|ceramic|bamboo; easy to clean|with a drain; 7-35
Shower Curtain; linen|recycled polyester; quick to dry|with a weighted hem; 19-70
Bath Mat; organic cotton|bamboo; quick to dry|does not slip; 15-60
Mirror; oak|brass|steel; with a shelf|does not fog; 25-140
Laundry Basket; seagrass|bamboo|canvas; with a lid|with handles of leather; 25-90
Toothbrush Holder; marble|ceramic|bamboo; easy to clean|holds four brushes; 6-30
Robe; organic cotton|linen; soft from the first day|with deep pockets; 39-140
Yoga Mat; cork|natural rubber; does not slip|with a carrying strap; 29-120
Dumbbell; cast iron|neoprene; does not roll|sold in pairs; 15-120
Skipping Rope; leather|steel; with handles of beech|with a length that is easy to set; 9-40
Football; leather|recycled polyester; stitched by hand|in the official size; 15-90
Tennis Racket; carbon fibre|aluminium; for beginners and professionals|with a cover; 39-240
Resistance Band; natural rubber|cotton; in three strengths|with a bag; 9-40
Foam Roller; cork|recycled foam; odourless|carries two hundred kilos; 15-60
Swim Goggles; silicone|recycled plastic; does not fog|with a case; 9-50
"""
"""A line per kind: its name, its materials, remarks on it, and the range of its prices in major units."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of product; prices in major units."""

    name: str
    materials: tuple[str, ...]
    remarks: tuple[str, ...]
    lowest_price: int
    highest_price: int


def _parsed(lines: Iterable[str]) -> Iterator[Kind]:
    for line in lines:
        name, materials, remarks, prices = line.split("; ")
        lowest, highest = prices.split("-")
        yield Kind(name, tuple(materials.split("|")), tuple(remarks.split("|")), int(lowest), int(highest))


KINDS: Final = tuple(_parsed(_TABLE.strip().splitlines()))

COLOURS: Final = {
    "Black": "black",
    "White": "white",
    "Olive": "olive green",
    "Navy": "navy blue",
    "Sand": "sand",
    "Burgundy": "burgundy red",
    "Forest": "forest green",
    "Slate": "slate grey",
    "Copper": "copper red",
    "Ivory": "ivory",
}
"""The styles that are colours, each with its name within a sentence."""
STYLES: Final = (
    *(
        "Classic",
        "Compact",
        "Modern",
        "Vintage",
        "Nordic",
        "Urban",
        "Everyday",
        "Signature",
        "Handmade",
        "Essential",
    ),
    *(
        "Heritage",
        "Studio",
        "Original",
        "Premium",
        "Coastal",
        "Alpine",
        "Country",
        "Royal",
        "Simple",
        "Pure",
        "Prime",
    ),
    *COLOURS,
)
"""Words in product names that fit every kind of product."""


def description(kind: Kind, style: str, material: str, remark: str) -> str:
    """Return the text about a product: its material, its colour if its name states one, and a remark."""
    in_colour = f", in {COLOURS[style]}" if style in COLOURS else ""
    return f"{kind.name} made of {material}{in_colour}. {remark[0].upper()}{remark[1:]}."

"""The twenty invented species: the shape, the plumage and the habits of each."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

Pose: TypeAlias = Literal["perched", "standing", "clinging", "swimming", "flying"]
Habitat: TypeAlias = Literal["foliage", "meadow", "reeds", "bark", "ground", "shore", "lake", "sky"]
Marking: TypeAlias = Literal["streaks", "bars", "spots", "scales"]


@dataclass(frozen=True, slots=True)
class Build:
    """Proportions; the unit is the length of the trunk without neck and tail."""

    girth: float = 1.0
    head: float = 0.17
    neck: float = 0.20
    slimness: float = 1.0
    beak: float = 0.22
    beak_depth: float = 0.09
    hook: float = 0.0
    tail: float = 0.55
    tail_width: float = 0.15
    fork: float = 0.0
    leg: float = 0.28
    crest: float = 0.0
    wingspan: float = 1.15
    wing_width: float = 0.42


@dataclass(frozen=True, slots=True)
class Plumage:
    """Colours as hexadecimal codes, and the markings laid over them."""

    back: str
    belly: str
    breast: str
    crown: str
    face: str
    throat: str
    wing: str
    wing_tip: str
    tail: str
    wing_bar: str = ""
    eye_stripe: str = ""
    collar: str = ""
    beak: str = "4a4038"
    leg: str = "6b5546"
    eye: str = "1a1210"
    breast_marking: Marking | None = None
    back_marking: Marking | None = None
    ink: str = "3a2e26"


@dataclass(frozen=True, slots=True)
class Species:
    """One class of the data set."""

    name: str
    build: Build
    plumage: Plumage
    poses: tuple[Pose, ...]
    habitats: tuple[Habitat, ...]


def _plumage(colours: str, **details: object) -> Plumage:
    """Nine codes in the order back, belly, breast, crown, face, throat, wing, wing tip, tail."""
    return Plumage(*colours.split(), **details)  # type: ignore[arg-type]


_SONGBIRD = Build()
_FINCH = Build(girth=1.05, head=0.19, beak=0.19, beak_depth=0.16, tail=0.45)
_WREN = Build(girth=1.08, head=0.18, beak=0.24, beak_depth=0.06, tail=0.36, leg=0.32)
_JAY = Build(girth=0.95, tail=0.85, tail_width=0.16, beak=0.27, beak_depth=0.11, crest=0.24)
_GULL = Build(
    girth=0.85,
    head=0.16,
    beak=0.3,
    beak_depth=0.1,
    hook=0.3,
    wingspan=1.55,
    wing_width=0.36,
    leg=0.4,
)
_TERN = Build(
    girth=0.7,
    head=0.14,
    beak=0.34,
    beak_depth=0.07,
    tail=0.75,
    fork=0.6,
    wingspan=1.5,
    wing_width=0.28,
    leg=0.2,
)
_HERON = Build(
    girth=0.75,
    head=0.125,
    neck=0.85,
    slimness=0.5,
    beak=0.46,
    beak_depth=0.08,
    tail=0.3,
    leg=1.0,
    crest=0.2,
    wingspan=1.3,
)
_WADER = Build(
    girth=0.95, head=0.135, neck=0.3, slimness=0.8, beak=0.5, beak_depth=0.05, tail=0.28, leg=0.62
)
_WOODPECKER = Build(
    girth=0.85, head=0.17, neck=0.22, beak=0.34, beak_depth=0.1, tail=0.48, crest=0.2, leg=0.2
)
_DUCK = Build(
    girth=1.1, head=0.17, neck=0.34, slimness=0.85, beak=0.29, beak_depth=0.11, tail=0.26, leg=0.25
)
_HUMMINGBIRD = Build(
    girth=0.85, head=0.18, beak=0.52, beak_depth=0.045, tail=0.42, wingspan=0.95, wing_width=0.3
)
_SWALLOW = Build(
    girth=0.75,
    head=0.16,
    beak=0.1,
    beak_depth=0.08,
    tail=0.8,
    fork=0.75,
    wingspan=1.4,
    wing_width=0.3,
)
_CROW = Build(
    girth=0.95, head=0.18, beak=0.33, beak_depth=0.14, hook=0.25, tail=0.6, leg=0.4, wingspan=1.35
)
_GREBE = Build(
    girth=0.95, head=0.14, neck=0.62, slimness=0.6, beak=0.3, beak_depth=0.06, tail=0.12, crest=0.2
)
_KINGFISHER = Build(
    girth=1.1, head=0.235, beak=0.48, beak_depth=0.12, tail=0.3, crest=0.22, leg=0.14
)
_CUCKOO = Build(
    girth=0.75, head=0.15, beak=0.26, beak_depth=0.08, hook=0.3, tail=1.05, tail_width=0.13
)
_DOVE = Build(girth=1.15, head=0.135, neck=0.26, beak=0.16, beak_depth=0.06, tail=0.66, leg=0.22)
_HAWK = Build(
    girth=0.95,
    head=0.18,
    beak=0.17,
    beak_depth=0.13,
    hook=0.8,
    tail=0.7,
    wingspan=1.45,
    wing_width=0.5,
)

SPECIES: tuple[Species, ...] = (
    Species(
        "001.Amber_Warbler",
        _SONGBIRD,
        _plumage(
            "8a7a35 e8c45a e0a836 7a6a30 d8b040 ecc860 5a5230 3a3628 4a4630",
            wing_bar="e8dcb0",
            eye_stripe="4a4020",
            breast_marking="streaks",
        ),
        ("perched",),
        ("foliage", "reeds", "meadow"),
    ),
    Species(
        "002.Slate_Finch",
        _FINCH,
        _plumage(
            "5c6470 c8c4bc 8a8e96 3c434e 6a717c 9a9aa0 4a515c 2c3038 30353e",
            wing_bar="d8d8d4",
            beak="c8a070",
        ),
        ("perched", "standing"),
        ("foliage", "ground", "meadow"),
    ),
    Species(
        "003.Moss_Wren",
        _WREN,
        _plumage(
            "6e6238 c4b48c a89868 5a5030 8a7c50 d0c4a0 64562e 443a22 5e4e2a",
            eye_stripe="d8ccaa",
            back_marking="bars",
            breast_marking="scales",
        ),
        ("perched", "standing"),
        ("foliage", "bark", "ground"),
    ),
    Species(
        "004.Copper_Jay",
        _JAY,
        _plumage(
            "a8643c c89878 b07850 70402a 98583a d8b8a0 3e6078 24303c 2c3844",
            wing_bar="a8c8d8",
            back_marking="bars",
            eye_stripe="2c2420",
        ),
        ("perched", "standing", "flying"),
        ("foliage", "ground", "bark"),
    ),
    Species(
        "005.Chalk_Gull",
        _GULL,
        _plumage(
            "9aa4ae eeeeea ececea f0f0ee f0f0ee f0f0ee 98a2ac 2e3236 e8e8e8",
            beak="d8a830",
            leg="d0a090",
            eye="d0c060",
        ),
        ("flying", "standing", "swimming"),
        ("sky", "shore", "lake"),
    ),
    Species(
        "006.Dusk_Tern",
        _TERN,
        _plumage(
            "787f8a c4c8cc b0b4ba 1e2024 d0d4d6 d4d8da 6c7480 484e58 9098a2",
            beak="a83a24",
            leg="a83a24",
        ),
        ("flying", "standing"),
        ("sky", "lake", "shore"),
    ),
    Species(
        "007.Reed_Heron",
        _HERON,
        _plumage(
            "7c7a68 c8bea0 b0a078 4a4438 a89a78 d4c8a8 6e6c5c 3c3c38 5c5a4e",
            beak="b89848",
            leg="8a8050",
            eye="d8b838",
            breast_marking="streaks",
        ),
        ("standing", "flying"),
        ("reeds", "shore", "lake"),
    ),
    Species(
        "008.Pebble_Sandpiper",
        _WADER,
        _plumage(
            "8c7a64 e4dccc b8a890 7c6a56 a89880 e0d8c8 7a6a56 4a4036 6a5a4a",
            breast_marking="spots",
            back_marking="scales",
            eye_stripe="e4dccc",
        ),
        ("standing",),
        ("shore", "ground", "lake"),
    ),
    Species(
        "009.Russet_Woodpecker",
        _WOODPECKER,
        _plumage(
            "3a322c c8b498 b09878 a8342a c8bca8 7a6a58 2e2824 1e1a18 241e1a",
            back_marking="bars",
            breast_marking="spots",
            eye_stripe="241e1a",
            ink="d8ccb8",
        ),
        ("clinging",),
        ("bark",),
    ),
    Species(
        "010.Lantern_Duck",
        _DUCK,
        _plumage(
            "6a5a48 a89880 7a4a32 2c5a48 2e604c 346050 786854 4a5a78 3c342c",
            collar="e0dcd0",
            beak="c0a040",
            back_marking="scales",
            breast_marking="scales",
        ),
        ("swimming", "swimming", "standing", "flying"),
        ("lake", "shore"),
    ),
    Species(
        "011.Ember_Hummingbird",
        _HUMMINGBIRD,
        _plumage(
            "3e7048 c8c0a8 a8a890 3a6844 44704c c83c30 5a5e54 44443e 3a4a3a",
            beak="262220",
        ),
        ("flying", "flying", "perched"),
        ("foliage", "meadow"),
    ),
    Species(
        "012.Harbour_Swallow",
        _SWALLOW,
        _plumage("2e4468 e0cca8 d0a070 283c5c 34486a a85a34 2c3a54 20283a 242e44"),
        ("flying", "perched"),
        ("sky", "lake", "foliage"),
    ),
    Species(
        "013.Ashen_Crow",
        _CROW,
        _plumage("4a4a4e 58585c 505054 2c2c30 2e2e32 3c3c40 343438 222226 28282c", beak="26262a"),
        ("perched", "standing", "flying"),
        ("sky", "meadow", "bark", "ground"),
    ),
    Species(
        "014.Barley_Sparrow",
        _FINCH,
        _plumage(
            "94724a d0c0a0 b8a078 7a5230 b09468 e0d4b8 84603a 54402a 5a4630",
            wing_bar="e0d4b4",
            eye_stripe="5a3c22",
            back_marking="streaks",
            breast_marking="streaks",
        ),
        ("perched", "standing"),
        ("meadow", "ground", "reeds"),
    ),
    Species(
        "015.Cinder_Thrush",
        Build(girth=1.02, beak=0.25, leg=0.4, tail=0.52),
        _plumage(
            "6a5244 e8dcc8 d8b890 64493a 8a7060 ecdcc4 604a3c 42342c 54403a",
            breast_marking="spots",
            beak="8a7040",
        ),
        ("standing", "perched"),
        ("ground", "meadow", "foliage"),
    ),
    Species(
        "016.Velvet_Grebe",
        _GREBE,
        _plumage(
            "4a4444 a08468 7a4630 221e20 3a3032 7a4a36 403a3c 282426 38322e",
            beak="8a7a6a",
            eye="c03028",
            breast_marking="streaks",
        ),
        ("swimming",),
        ("lake", "reeds"),
    ),
    Species(
        "017.Storm_Kingfisher",
        _KINGFISHER,
        _plumage(
            "4a6478 e4dcd0 a86a44 3e566a 4c667a e8e0d6 446074 2a3a4a 3c5266",
            collar="e8e4da",
            back_marking="spots",
            ink="dce4e8",
        ),
        ("perched",),
        ("lake", "reeds", "foliage"),
    ),
    Species(
        "018.Willow_Cuckoo",
        _CUCKOO,
        _plumage(
            "7c7058 dcd8c8 c0b8a4 6e664e 847a62 d4d0c0 786848 5a4a34 4e4838",
            breast_marking="bars",
            eye="c8a040",
        ),
        ("perched", "flying"),
        ("foliage", "reeds"),
    ),
    Species(
        "019.Linen_Dove",
        _DOVE,
        _plumage(
            "b0a494 c8bcae c0aa9c b4a89c c0b2a4 ccc0b2 a89c8c 6a6258 a09486",
            collar="3a3632",
            leg="b06a64",
            back_marking="spots",
        ),
        ("perched", "standing", "flying"),
        ("ground", "meadow", "foliage", "sky"),
    ),
    Species(
        "020.Flint_Hawk",
        _HAWK,
        _plumage(
            "54504c d4c8b4 b89c7c 4a4642 6a645e d8ccba 4e4a46 34322e 5e564c",
            breast_marking="bars",
            back_marking="bars",
            beak="3a3a3e",
            leg="c8a838",
            eye="d8a030",
        ),
        ("perched", "flying"),
        ("sky", "bark", "foliage"),
    ),
)

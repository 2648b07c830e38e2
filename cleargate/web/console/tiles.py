"""A map of tiles instead of outlines: each community area a square in its rough place.

The places are fitted so that neighbors stay neighbors. Areas that the grid does not have make no
map: a wrong place would say more than none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

_CLASSES: Final = 4


@dataclass(frozen=True, slots=True)
class Tile:
    """One area on the map.

    Attributes:
        x, y: of its corner, in the drawing's units.
        count: None where it is too small to be shown.
        shade: 0 for nothing counted, else the class from 1, the lightest.
    """

    area: int
    name: str
    x: int
    y: int
    count: int | None
    shade: int


@dataclass(frozen=True, slots=True)
class TileMap:
    """Tiles, the size of the drawing, and the classes in words."""

    tiles: tuple[Tile, ...]
    width: int
    height: int
    classes: tuple[str, ...]


def tile_map(counts: Mapping[int, int | None], least: int = 1) -> TileMap | None:
    """The map of counts by area; None where the grid does not have one of the areas.

    Args:
        least: the smallest count that is shown; smaller ones are None.
    """
    if not counts or not set(counts) <= set(GRID):
        return None
    bounds = _bounds([n for n in counts.values() if n], least)
    tiles = tuple(
        Tile(area, name, column * 40 + 1, row * 40 + 1, counts.get(area, 0),
             _shade(counts.get(area, 0), bounds))
        for area, (column, row, name) in GRID.items()
    )  # fmt: skip
    width = max(t.x for t in tiles) + 40
    height = max(t.y for t in tiles) + 40
    return TileMap(tiles, width, height, _words(bounds, least))


def _bounds(counts: list[int], least: int) -> list[int]:
    """The upper ends of the classes, each about as wide as the others."""
    below = least - 1
    wide = max(counts, default=least) - below
    ends = [below - (-wide * k // _CLASSES) for k in range(1, _CLASSES + 1)]
    return sorted(set(ends))


def _shade(count: int | None, bounds: list[int]) -> int:
    if not count:
        return 0
    return 1 + next(k for k, end in enumerate(bounds) if count <= end)


def _words(bounds: list[int], least: int) -> tuple[str, ...]:
    starts = [least, *(end + 1 for end in bounds)]
    return tuple(
        str(low) if low == high else f"{low}–{high}"
        for low, high in zip(starts, bounds, strict=False)
    )


# area: (column, row, name). Source: City of Chicago, boundaries of community areas; own fit.
GRID: Final[Mapping[int, tuple[int, int, str]]] = {
    1: (6, 0, "Rogers Park"), 2: (5, 0, "West Ridge"), 3: (7, 1, "Uptown"),
    4: (5, 1, "Lincoln Square"), 5: (6, 2, "North Center"), 6: (7, 2, "Lakeview"),
    7: (6, 3, "Lincoln Park"), 8: (7, 3, "Near North Side"), 9: (2, 0, "Edison Park"),
    10: (2, 1, "Norwood Park"), 11: (3, 1, "Jefferson Park"), 12: (3, 0, "Forest Glen"),
    13: (4, 0, "North Park"), 14: (4, 1, "Albany Park"), 15: (3, 2, "Portage Park"),
    16: (4, 2, "Irving Park"), 17: (2, 2, "Dunning"), 18: (2, 3, "Montclare"),
    19: (3, 3, "Belmont Cragin"), 20: (4, 3, "Hermosa"), 21: (5, 2, "Avondale"),
    22: (5, 3, "Logan Square"), 23: (4, 4, "Humboldt Park"), 24: (5, 4, "West Town"),
    25: (3, 4, "Austin"), 26: (3, 5, "West Garfield Park"), 27: (5, 5, "East Garfield Park"),
    28: (6, 4, "Near West Side"), 29: (4, 5, "North Lawndale"), 30: (4, 6, "South Lawndale"),
    31: (6, 5, "Lower West Side"), 32: (7, 4, "Loop"), 33: (8, 5, "Near South Side"),
    34: (7, 5, "Armour Square"), 35: (7, 6, "Douglas"), 36: (8, 6, "Oakland"),
    37: (7, 7, "Fuller Park"), 38: (8, 7, "Grand Boulevard"), 39: (9, 7, "Kenwood"),
    40: (7, 8, "Washington Park"), 41: (9, 8, "Hyde Park"), 42: (8, 8, "Woodlawn"),
    43: (9, 9, "South Shore"), 44: (7, 10, "Chatham"), 45: (8, 9, "Avalon Park"),
    46: (10, 9, "South Chicago"), 47: (8, 10, "Burnside"), 48: (9, 10, "Calumet Heights"),
    49: (7, 11, "Roseland"), 50: (8, 11, "Pullman"), 51: (9, 11, "South Deering"),
    52: (10, 11, "East Side"), 53: (7, 12, "West Pullman"), 54: (8, 12, "Riverdale"),
    55: (9, 12, "Hegewisch"), 56: (3, 7, "Garfield Ridge"), 57: (4, 7, "Archer Heights"),
    58: (5, 7, "Brighton Park"), 59: (5, 6, "McKinley Park"), 60: (6, 6, "Bridgeport"),
    61: (6, 7, "New City"), 62: (4, 8, "West Elsdon"), 63: (5, 8, "Gage Park"),
    64: (3, 8, "Clearing"), 65: (4, 9, "West Lawn"), 66: (5, 9, "Chicago Lawn"),
    67: (6, 8, "West Englewood"), 68: (6, 9, "Englewood"), 69: (7, 9, "Greater Grand Crossing"),
    70: (4, 10, "Ashburn"), 71: (6, 10, "Auburn Gresham"), 72: (5, 10, "Beverly"),
    73: (6, 11, "Washington Heights"), 74: (5, 11, "Mount Greenwood"), 75: (6, 12, "Morgan Park"),
    76: (0, 1, "O'Hare"), 77: (6, 1, "Edgewater"),
}  # fmt: skip

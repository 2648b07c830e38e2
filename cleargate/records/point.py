"""Points on the earth: how one is typed, and which lie within some metres of one.

The distance is the great circle's on a sphere of the earth's mean radius, within half a percent of
that on the ellipsoid. The database first takes the box around the circle, by an index, and then
the exact circle: the haversine of the angle is compared with that of the radius, so that SQL needs
no inverse functions and no rounding decides (R. W. Sinnott, "Virtues of the Haversine", 1984).
"""

from __future__ import annotations

from math import asin, cos, degrees, pi, radians, sin
from typing import Any, Final

import sqlalchemy as sa

RADIUS: Final = 6_371_008.8
"""Metres. Source: IUGG mean radius R1 of WGS 84."""

VALUES: Final = 7
"""How many parameters ``around`` gives."""

_SLACK: Final = 1e-9
"""Degrees, a tenth of a millimetre, by which the box is wider than it need be."""


def parse(latitude: str, longitude: str) -> tuple[float, float]:
    """A point in degrees.

    Raises:
        ValueError: it is not on the earth.
    """
    lat, lon = float(latitude), float(longitude)
    if abs(lat) > 90 or abs(lon) > 180:
        raise ValueError("is no point; give latitude (-90 to 90), then longitude (-180 to 180)")
    return lat, lon


def around(latitude: float, longitude: float, metres: float) -> tuple[float, ...]:
    """The parameters of ``within``: the box (south, north, west, east), then center and haversine.

    West of the 180th meridian, or around a pole, the box takes every longitude.
    """
    angle = metres / RADIUS
    south, north = latitude - degrees(angle), latitude + degrees(angle)
    west, east = -180.0, 180.0
    if south > -90 and north < 90:
        wide = degrees(asin(min(1.0, sin(angle) / cos(radians(latitude)))))
        if longitude - wide >= -180 and longitude + wide <= 180:
            west, east = longitude - wide - _SLACK, longitude + wide + _SLACK
    return (
        south - _SLACK,
        north + _SLACK,
        west,
        east,
        radians(latitude),
        radians(longitude),
        sin(min(angle, pi) / 2) ** 2,
    )


def within(
    latitude: sa.ColumnElement[float],
    longitude: sa.ColumnElement[float],
    values: list[sa.BindParameter[Any]],
) -> sa.ColumnElement[bool]:
    """Whether a point lies in the circle of ``around``."""
    south, north, west, east, lat, lon, limit = values
    up = sa.func.sin((sa.func.radians(latitude) - lat) / 2.0)
    across = sa.func.sin((sa.func.radians(longitude) - lon) / 2.0)
    haversine = (
        up * up + sa.func.cos(sa.func.radians(latitude)) * sa.func.cos(lat) * across * across
    )
    return sa.and_(
        latitude.between(south, north), longitude.between(west, east), haversine <= limit
    )

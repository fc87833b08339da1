"""Countries and their regions.

`subdivisions.json` is made from iso3166-2 1.8.4 (MIT, see LICENSE): do not edit it by hand.
"""

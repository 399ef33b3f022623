"""Prints the public holidays of a country or a part of it as CSV: see holidays.

holiday_rows.py COUNTRY[-SUBDIVISION] FIRST LAST
"""
import csv
import datetime
import sys

import holidays


def fail(message):
    sys.exit(f"holidays: {message}")


def find(place):
    """The codes of a country and of its part, None for the whole, that the package has for a name."""
    country, _, part = place.partition("-")
    parts = holidays.list_supported_countries(include_aliases=True).get(country.upper())
    if parts is None:
        fail(f'there is no country "{country}"; codes are those of ISO 3166, such as DE and AU')
    if not part:
        return country.upper(), None
    names = {name.casefold(): name for name in parts}
    if part.casefold() not in names:
        fail(f'"{country.upper()}" has no part "{part}"; it has {", ".join(sorted(parts)) or "none"}')
    return country.upper(), names[part.casefold()]


def language(languages):
    """The English one of a country's languages; None where it has one only."""
    return next((each for each in ("en_US", *languages) if each in languages and each.startswith("en")), None)


def main():
    place, first, last = sys.argv[1], *map(datetime.date.fromisoformat, sys.argv[2:])
    country, part = find(place)
    known = holidays.country_holidays(country, subdiv=part)
    if first.year < known.start_year or last.year > known.end_year:
        fail(f'holidays of "{place}" are known from {known.start_year} to {known.end_year}')
    # what is observed on another day may come from the year before or after
    years = range(max(first.year - 1, known.start_year), min(last.year + 1, known.end_year) + 1)
    found = holidays.country_holidays(country, subdiv=part, years=years, language=language(known.supported_languages))
    rows = csv.writer(sys.stdout, lineterminator="\n")
    rows.writerow(("day", "name"))
    rows.writerows((day, name) for day in sorted(found) if first <= day <= last for name in sorted(set(found.get_list(day))))


main()

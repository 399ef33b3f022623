"""Prints the sessions of an exchange as CSV: see sessions.

session_rows.py EXCHANGE FIRST LAST
"""
import csv
import sys

import exchange_calendars
import pandas


def fail(message):
    sys.exit(f"sessions: {message}")


def schedule(name, first, last):
    """The opening hours of an exchange by its sessions, of these days at least."""
    usual = exchange_calendars.get_calendar(name)
    earliest, latest = usual.bound_min(), usual.bound_max()
    if (earliest and first < earliest) or (latest and last > latest):
        known = [f"{word} {day:%F}" for word, day in (("from", earliest), ("to", latest)) if day]
        fail(f'sessions of "{name}" are known {" ".join(known)}')
    start, end = usual.default_start(), usual.default_end()
    # never shorter than the package makes it by itself: it refuses some short ones, and those without a session
    if first >= start and last <= end:
        return usual.schedule
    return exchange_calendars.get_calendar(name, start=min(first, start), end=max(last, end)).schedule


def main():
    name = sys.argv[1]
    try:
        first, last = map(pandas.Timestamp, sys.argv[2:])
        hours = schedule(name, first, last)
    except exchange_calendars.errors.InvalidCalendarName:
        fail(f'there is no exchange "{name}"; codes are those of ISO 10383, such as XNYS and XETR')
    except Exception as error:  # of the package, which knows some years of some exchanges only
        fail(f'the package cannot tell the sessions of "{name}" from {sys.argv[2]} to {sys.argv[3]}: {str(error)[:200]}')
    rows = csv.writer(sys.stdout, lineterminator="\n")
    rows.writerow(("session", "open", "close"))
    for session, row in hours[(hours.index >= first) & (hours.index <= last)].iterrows():
        rows.writerow((f"{session:%F}", *(f"{row[column]:%F %T}+00" for column in ("open", "close"))))


main()

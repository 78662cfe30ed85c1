## What lies between two dates.

import std/[math, options, strformat, times]

type Span* = object
  days*, weeks*, rest*, weekdays*: int64
  seconds*: int64
  isoWeek*: string ## The week of the end, such as "2026-W48".

const FORMATS = [
  "yyyy-MM-dd", "yyyy-MM-dd'T'HH:mm", "yyyy-MM-dd'T'HH:mm:ss", "yyyy-MM-dd'T'HH:mm:ss'.'fff",
  "yyyy-MM-dd'T'HH:mmzzz", "yyyy-MM-dd'T'HH:mm:sszzz", "yyyy-MM-dd'T'HH:mm:ss'.'fffzzz",
]

proc readDate*(text: string): Option[DateTime] =
  ## An ISO 8601 date, with a time or without; in UTC where it names no zone.
  for format in FORMATS:
    try:
      return some(parse(text, format, utc()).utc)
    except TimeParseError:
      discard

proc day(date: DateTime): int64 =
  ## Days since 1970-01-01, which was a Thursday.
  floorDiv(date.toTime.toUnix, 86_400)

proc weekday(day: int64): WeekDay = WeekDay(floorMod(day + dThu.ord, 7))

proc between*(start, finish: DateTime, weekend: set[WeekDay]): Span =
  ## The first day counts, the last does not; backwards all numbers are negative.
  let (first, last) = (min(start.day, finish.day), max(start.day, finish.day))
  let sign = if finish < start: -1 else: 1
  result.days = sign * (last - first)
  result.weeks = result.days div 7
  result.rest = result.days mod 7
  let whole = (last - first) div 7
  result.weekdays = whole * (7 - weekend.card)
  for day in first + whole * 7 ..< last:
    if day.weekday notin weekend: inc result.weekdays
  result.weekdays *= sign
  result.seconds = finish.toTime.toUnix - start.toTime.toUnix
  let week = finish.getIsoWeekAndYear
  result.isoWeek = &"{week.isoyear.int:04}-W{week.isoweek.int:02}"

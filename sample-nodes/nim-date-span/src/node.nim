## Says what lies between two dates.

import std/[json, options, strutils, times]
import flowlike, span

const WEEKENDS = {
  "Saturday and Sunday": {dSat, dSun}, "Friday and Saturday": {dFri, dSat}, "none": {},
}

proc pin(direction, name, label, kind, description: string, more = %*{}): JsonNode =
  result = %*{"name": name, "friendly_name": label, "description": description, "pin_type": direction, "data_type": kind}
  for key, value in more: result[key] = value

proc definition(): JsonNode =
  var names: seq[string]
  for (name, _) in WEEKENDS: names.add name
  let weekends = %*{"valid_values": names, "default_value": names[0]}
  let schema = $ %*{"type": "object", "properties": {
    "days": {"type": "integer"}, "weeks": {"type": "integer"}, "rest": {"type": "integer"},
    "weekdays": {"type": "integer"}}}
  %*{
    "name": "date_span", "friendly_name": "Date Span", "category": "Data/Date", "abi_version": 1,
    "description": "Says what lies between two dates", "permissions": [],
    "pins": [
      pin("Input", "exec", "Run", "Exec", ""),
      pin("Input", "start", "Start", "Date", "", %*{"default_value": "2026-01-01"}),
      pin("Input", "finish", "End", "Date", "", %*{"default_value": "2026-12-24"}),
      pin("Input", "shift", "Shift", "I64", "Days by which the end is moved, in whole weeks",
          %*{"default_value": 0, "range": [-364, 364], "step": 7}),
      pin("Input", "weekend", "Weekend", "String", "Days that are no weekdays", weekends),
      pin("Output", "exec_out", "Done", "Exec", ""),
      pin("Output", "same", "Same day", "Exec", "Nothing lies between them"),
      pin("Output", "span", "Span", "Struct", "In days", %*{"schema": schema}),
      pin("Output", "seconds", "Seconds", "I64", ""),
      pin("Output", "years", "Years", "F64", "Of 365.2425 days"),
      pin("Output", "iso_week", "ISO week", "String", "The one that the end lies in"),
      pin("Output", "shifted", "Shifted end", "Date", ""),
    ],
  }

proc date(inputs: JsonNode, name, otherwise: string): DateTime =
  let text = inputs{name}.getStr(otherwise)
  let read = readDate(text)
  if read.isNone: raise newException(ValueError, "\"" & name & "\" is " & escape(text) & ", not an ISO 8601 date")
  read.get

proc answer(inputs: JsonNode): JsonNode =
  let start = inputs.date("start", "2026-01-01")
  # A shift beyond 64 bits of seconds: Nim's overflow check ends the node.
  let shift = inputs{"shift"}.getBiggestInt(0)
  let finish = inputs.date("finish", "2026-12-24") + initDuration(days = shift)
  let weekend = inputs{"weekend"}.getStr("Saturday and Sunday")
  debug("from " & $start & " to " & $finish)
  var free: set[WeekDay]
  for (name, days) in WEEKENDS:
    if name == weekend: free = days
  let found = between(start, finish, free)
  if finish < start: warn("the end lies before the start: numbers are negative")
  info($found.days & " days, " & $found.weekdays & " of them weekdays")
  %*{
    "outputs": {
      "span": {"days": found.days, "weeks": found.weeks, "rest": found.rest, "weekdays": found.weekdays},
      "seconds": found.seconds, "years": found.days.float / 365.2425, "iso_week": found.isoWeek,
      "shifted": finish.format("yyyy-MM-dd'T'HH:mm:ss'Z'"),
    },
    "error": nil, "activate_exec": [if found.days == 0: "same" else: "exec_out"],
  }

proc getNode(): uint64 {.exportc, codegenDecl: "__attribute__((export_name(\"get_node\"))) $# $#$#".} =
  give(definition())

proc getNodes(): uint64 {.exportc, codegenDecl: "__attribute__((export_name(\"get_nodes\"))) $# $#$#".} =
  give(%*[definition()])

proc run(address: pointer, length: csize_t): uint64
    {.exportc: "node_run", codegenDecl: "__attribute__((export_name(\"run\"))) $# $#$#".} =
  try:
    give(answer(take(address, length.int){"inputs"}))
  except CatchableError as failure:
    error(failure.msg)
    give(%*{"outputs": {}, "error": failure.msg, "activate_exec": []})

## The core-module contract: what the host provides, how texts travel, and what every node exports.

import std/json

proc logDebug(text: cstring, length: csize_t) {.importc: "log_debug", header: "flowlike.h".}
proc logInfo(text: cstring, length: csize_t) {.importc: "log_info", header: "flowlike.h".}
proc logWarn(text: cstring, length: csize_t) {.importc: "log_warn", header: "flowlike.h".}
proc logError(text: cstring, length: csize_t) {.importc: "log_error", header: "flowlike.h".}

proc debug*(text: string) = logDebug(text.cstring, text.len.csize_t)
proc info*(text: string) = logInfo(text.cstring, text.len.csize_t)
proc warn*(text: string) = logWarn(text.cstring, text.len.csize_t)
proc error*(text: string) = logError(text.cstring, text.len.csize_t)

var kept: string

proc give*(value: JsonNode): uint64 =
  ## Address in the upper half, length in the lower; the text stays alive until the next one.
  kept = $value
  cast[uint](kept.cstring).uint64 shl 32 or kept.len.uint64

proc take*(address: pointer, length: int): JsonNode =
  var text = newString(length)
  copyMem(text.cstring, address, length)
  parseJson(text)

# The names that the host calls are not C's: "dealloc" is one of Nim's own.
proc nodeAlloc(size: csize_t): pointer
  {.exportc, codegenDecl: "__attribute__((export_name(\"alloc\"))) $# $#$#".} = alloc(size)
proc nodeDealloc(memory: pointer, size: csize_t)
  {.exportc, codegenDecl: "__attribute__((export_name(\"dealloc\"))) $# $#$#".} = dealloc(memory)
proc nodeAbi(): uint32
  {.exportc, codegenDecl: "__attribute__((export_name(\"get_abi_version\"))) $# $#$#".} = 1

# Nim's own start, before the host's first call.
{.emit: """
extern void NimMain(void);
__attribute__((constructor)) static void start(void) { NimMain(); }
""".}

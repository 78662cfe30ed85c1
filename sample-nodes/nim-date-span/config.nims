# One core module for WASI, with Zig as the C compiler.

switch("cc", "clang")
switch("clang.path", thisDir())
switch("clang.exe", "zigcc")
switch("clang.linkerexe", "zigcc")
switch("os", "linux")
switch("cpu", "wasm32")
switch("passC", "-target wasm32-wasi -Isrc")
switch("passL", "-target wasm32-wasi -mexec-model=reactor -Wl,-z,stack-size=1048576")

switch("define", "release")
switch("define", "useMalloc")
switch("define", "noSignalHandler")
switch("opt", "size")
switch("mm", "arc")
switch("threads", "off")
switch("noMain", "on")
# What Nim's checks find ends the node, with the reason on stderr.
switch("panics", "on")
switch("debugger", "native")

switch("nimcache", "build/cache")
switch("out", "build/node.wasm")

# Compiles Lua and the node to one core module. Lua's errors need longjmp, which becomes a WebAssembly exception.
set -e
lua="${LUA_SOURCE:-lua-5.4.9/src}"
# What a node has no use for stays out: files, processes, loading of C libraries, the two programs.
sources=$(ls "$lua"/l*.c | grep -Ev '/(lua|luac|linit|liolib|loslib|loadlib|ldblib|lcorolib)\.c$')
mkdir -p build
zig cc -target wasm32-wasi -mexec-model=reactor -std=c23 -Os -g -Wall -Wl,-z,stack-size=1048576 \
  -mexception-handling -mllvm -wasm-enable-sjlj -mllvm -wasm-use-legacy-eh=false \
  -Wno-unused-command-line-argument -Dl_signalT=int '-Dl_randomizePivot()=~0u' \
  -I "$lua" -o build/node.wasm src/main.c src/longjmp.s $sources

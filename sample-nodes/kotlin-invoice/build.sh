# Kotlin's compiler in its two steps: sources to a library, the library and what it needs to one module.
set -e
kotlin=node_modules/kotlin-compiler
kotlinc() {
  bash $kotlin/bin/kotlinc-wasm -Xwasm-target=wasm-wasi -libraries $kotlin/lib/kotlin-stdlib-wasm-wasi.klib \
    -opt-in kotlin.wasm.ExperimentalWasmInterop,kotlin.wasm.unsafe.UnsafeWasmMemoryApi \
    -ir-output-dir build -ir-output-name node "$@"
}
kotlinc src
kotlinc -Xinclude=build/node.klib -Xir-produce-js -Xir-dce

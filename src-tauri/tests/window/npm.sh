#!/bin/sh
# Opens the window as `npm start` does in the end. The driver ends what it started, and nothing below that: whoever is
# left follows.
cd '{folder}' || exit
export BUILT='{program}' RUSTC_WRAPPER='{root}/src-tauri/tests/window/built.sh' CARGO_TARGET_DIR='{target}'
setsid node --input-type=module -e "
  import {{ openWorkbench }} from '{root}/src-tauri/scripts/steps.mjs';
  openWorkbench(process.argv.slice(1));
" -- "$@" >start.log 2>&1 &
started=$!
(
  while kill -0 $$ 2>/dev/null; do sleep 0.1; done
  kill -- -$started
) 2>/dev/null &
wait $started
code=$?
# A signal is the driver's end.
[ $code -eq 0 ] || [ $code -ge 128 ] || echo $code >start.failed

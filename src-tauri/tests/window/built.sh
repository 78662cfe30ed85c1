#!/bin/sh
# A compiler for cargo that leaves empty files, and gives the program that is built already: with it, `cargo run` does
# all that it does but compile. Called as a wrapper: the compiler, then its arguments.
compiler="$1"
shift
case " $* " in *" -vV "* | *" - --crate-name ___ "*) exec "$compiler" "$@" ;; esac
while [ $# -gt 0 ]; do
  case "$1" in
    --crate-name) name="$2" ;;
    --crate-type) kind="$2" ;;
    --out-dir) out="$2" ;;
    extra-filename=*) extra="${1#*=}" ;;
  esac
  shift
done
case "$kind:$name" in
  bin:build_script_*) printf '#!/bin/sh\n' >"$out/$name$extra" && chmod +x "$out/$name$extra" ;;
  bin:node_workbench) ln "$BUILT" "$out/$name$extra" 2>/dev/null || cp "$BUILT" "$out/$name$extra" ;;
  bin:*) echo "the window's program is node-workbench, not $name" >&2 && exit 1 ;;
  proc-macro:*) : >"$out/lib$name$extra.so" ;;
  *) : >"$out/lib$name$extra.rlib" && : >"$out/lib$name$extra.rmeta" ;;
esac

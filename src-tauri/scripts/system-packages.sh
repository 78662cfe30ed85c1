#!/usr/bin/env bash
# Installs the Debian/Ubuntu packages that building and testing need, and only those that are missing. Asks before it
# uses apt; with CI=true it does not ask. "--tests" adds what the tests in the real window need.
set -euo pipefail

wanted=(build-essential pkg-config libwebkit2gtk-4.1-dev libgtk-3-dev librsvg2-dev libssl-dev)
if [ "${1:-}" = "--tests" ]; then
  # Ubuntu has the browser under another name.
  browser=chromium
  ! grep -q '^ID=ubuntu' /etc/os-release || browser=chromium-browser
  wanted+=(xvfb webkit2gtk-driver python3-venv "$browser")
fi

if ! command -v dpkg-query >/dev/null; then
  echo "This is not Debian or Ubuntu: please install the counterparts of: ${wanted[*]}" >&2
  exit 0
fi

missing=()
for package in "${wanted[@]}"; do
  status=$(dpkg-query -W -f='${Status}' "$package" 2>/dev/null || true)
  [ "$status" = "install ok installed" ] || missing+=("$package")
done
[ "${#missing[@]}" -gt 0 ] || exit 0

as_root=()
[ "$(id -u)" = 0 ] || as_root=(sudo)
if [ "${CI:-}" != "true" ]; then
  if [ ! -t 0 ]; then
    echo "Missing packages: ${missing[*]}" >&2
    echo "Install them with: ${as_root[*]} apt-get install ${missing[*]}" >&2
    exit 1
  fi
  read -r -p "Install ${missing[*]} with apt? [y/N] " answer
  case "$answer" in y | Y | yes) ;; *) exit 1 ;; esac
fi

export DEBIAN_FRONTEND=noninteractive
"${as_root[@]}" apt-get update -q
# A first run may be interrupted by a package whose links are still on their way; the second finishes it.
"${as_root[@]}" apt-get install -y -q --no-install-recommends "${missing[@]}" || {
  "${as_root[@]}" dpkg --configure -a
  "${as_root[@]}" apt-get -f install -y -q
  "${as_root[@]}" apt-get install -y -q --no-install-recommends "${missing[@]}"
}

#!/usr/bin/env bash
# Installs the Debian/Ubuntu packages that building and testing need, and only those that are missing. Asks before it
# uses apt; with CI=true it does not ask. "--tests" adds what the tests need: a browser and a screen for those in the real
# window, and servers for nodes to talk to.
set -euo pipefail

wanted=(build-essential pkg-config libwebkit2gtk-4.1-dev libgtk-3-dev librsvg2-dev libssl-dev)
if [ "${1:-}" = "--tests" ]; then
  # Ubuntu has the browser under another name.
  browser=chromium
  ! grep -q '^ID=ubuntu' /etc/os-release || browser=chromium-browser
  wanted+=(xvfb webkit2gtk-driver python3-venv "$browser")
  # "Open with", as desktops do it.
  wanted+=(desktop-file-utils libglib2.0-bin shared-mime-info)
  # Samples in Java and Kotlin.
  command -v javac >/dev/null || wanted+=(default-jdk-headless)
  command -v mvn >/dev/null || wanted+=(maven)
  servers=(redis-server postgresql chrony dnsmasq-base nginx python3-websockets)
fi

# Servers are unpacked and not installed: an installed one would start with the system, and a second time server would
# take the place of the first.
unpacked=/var/cache/node-workbench/servers

# Whether all servers are there, each with the libraries that it needs.
have_servers() {
  local name program libraries
  libraries=$(echo "$unpacked"/usr/lib/*-linux-gnu | tr ' ' ':')
  for name in redis-server postgres chronyd dnsmasq nginx; do
    program=$(ls -d {"$unpacked",}/usr/{bin,sbin,lib/postgresql/*/bin}/"$name" 2>/dev/null | head -n 1 || true)
    [ -n "$program" ] || return 1
    case "$(LD_LIBRARY_PATH="$libraries" ldd "$program")" in *'not found'*) return 1 ;; esac
  done
  [ -n "$(ls -d {"$unpacked",}/usr/lib/python3/dist-packages/websockets 2>/dev/null || true)" ]
}

# Downloads the servers, and what they need and the system lacks.
unpack_servers() {
  local folder names package
  folder=$(mktemp -d)
  names=$(apt-get -s install --no-install-recommends "${servers[@]}" | awk '/^Inst / { print $2 }')
  # shellcheck disable=SC2086 # Names of packages, one a word.
  (cd "$folder" && apt-get download -q $names)
  "${as_root[@]}" install -d -m 755 "${unpacked%/*}" "$unpacked"
  for package in "$folder"/*.deb; do
    "${as_root[@]}" dpkg-deb -x "$package" "$unpacked"
  done
  rm -r "$folder"
}

if ! command -v dpkg-query >/dev/null; then
  echo "This is not Debian or Ubuntu: please install the counterparts of: ${wanted[*]} ${servers[*]:-}" >&2
  exit 0
fi

missing=()
for package in "${wanted[@]}"; do
  status=$(dpkg-query -W -f='${Status}' "$package" 2>/dev/null || true)
  [ "$status" = "install ok installed" ] || missing+=("$package")
done
lacking=()
[ -z "${servers:-}" ] || have_servers || lacking=("${servers[@]}")
[ "${#missing[@]}" -gt 0 ] || [ "${#lacking[@]}" -gt 0 ] || exit 0

as_root=()
[ "$(id -u)" = 0 ] || as_root=(sudo)
if [ "${CI:-}" != "true" ]; then
  what=""
  [ "${#missing[@]}" = 0 ] || what="install ${missing[*]}"
  [ "${#lacking[@]}" = 0 ] || what="${what:+$what; }unpack ${lacking[*]} into $unpacked"
  if [ ! -t 0 ]; then
    echo "To be done with apt: $what" >&2
    echo "Run this in a terminal: bash src-tauri/scripts/system-packages.sh $*" >&2
    exit 1
  fi
  read -r -p "With apt: $what? [y/N] " answer
  case "$answer" in y | Y | yes) ;; *) exit 1 ;; esac
fi

export DEBIAN_FRONTEND=noninteractive
"${as_root[@]}" apt-get update -q
# A first run may be interrupted by a package whose links are still on their way; the second finishes it.
[ "${#missing[@]}" = 0 ] || "${as_root[@]}" apt-get install -y -q --no-install-recommends "${missing[@]}" || {
  "${as_root[@]}" dpkg --configure -a
  "${as_root[@]}" apt-get -f install -y -q
  "${as_root[@]}" apt-get install -y -q --no-install-recommends "${missing[@]}"
}
[ "${#lacking[@]}" = 0 ] || unpack_servers

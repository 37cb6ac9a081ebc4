#!/usr/bin/env bash
# Sets up what the other commands need, below the checkout and nowhere else, as an ordinary user:
#   .venv/          Python packages of requirements.lock, and Node (a Python package too)
#   node_modules/   the pinned CDK CLI
#   .tools/debian/  docker-registry and skopeo, only with the argument `interop` and only where they are missing
#   .tools/checkov/ checkov, only with the argument `checkov`
# Chromium, which the tests of the status page look at it with, is too large for that: install it as your system does.
# Does nothing when nothing changed: each part keeps a stamp made of what it was built from.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf 'setup: %s\n' "$*" >&2; }
fail() { say "$*"; exit 1; }

# `make` puts .venv/bin first on the PATH; the interpreter that .venv is made from must be another one.
PATH=$(printf '%s' "$PATH" | tr ':' '\n' | grep -vxF "$PWD/.venv/bin" | paste -sd: -)
python=${PYTHON:-python3}
command -v "$python" >/dev/null || fail "$python not found. Install Python 3.11 or newer, or set PYTHON=/path/to/python3."
version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
  fail "$python is Python $version; 3.11 or newer is needed. Set PYTHON=/path/to/python3.11."
"$python" -c 'import ensurepip, venv' 2>/dev/null ||
  fail "$python has no venv module. On Debian and Ubuntu: apt-get install python3-venv."

checksum() { cksum "$@" | cksum; }

# usage: setup_venv DIRECTORY LOCK "what is said"
setup_venv() {
  local want
  want="$version $(checksum "$2")"
  if [ "$(cat "$1/.stamp" 2>/dev/null)" = "$want" ] && "$1/bin/python" -c '' 2>/dev/null; then return; fi
  say "$3"
  rm -rf "$1"
  "$python" -m venv "$1"
  "$1/bin/python" -m pip install --quiet --quiet --disable-pip-version-check --no-input --require-hashes -r "$2"
  printf '%s\n' "$want" >"$1/.stamp"
}
setup_python() { setup_venv .venv requirements.lock "Python packages into .venv (once; about a minute)"; }
setup_checkov() { setup_venv .tools/checkov requirements-checkov.lock "checkov into .tools/checkov (once; about half a minute)"; }

setup_node() {
  local want
  want=$(checksum package.json package-lock.json .npmrc)
  if [ "$(cat node_modules/.stamp 2>/dev/null)" = "$want" ] && [ -x node_modules/.bin/cdk ]; then return; fi
  say "the CDK CLI into node_modules"
  rm -rf node_modules
  PATH="$PWD/.venv/bin:$PATH" npm ci --ignore-scripts --no-progress --loglevel=error >&2
  printf '%s\n' "$want" >node_modules/.stamp
}

# Debian packages are unpacked beside the checkout's other tools when nobody has installed them: that needs no root.
setup_interop() {
  local wanted=(docker-registry skopeo) missing=() name
  for name in "${wanted[@]}"; do command -v "$name" >/dev/null || missing+=("$name"); done
  [ ${#missing[@]} -gt 0 ] || return 0
  [ ! -e .tools/debian/.stamp ] || return 0
  if ! command -v apt-get >/dev/null || ! command -v dpkg-deb >/dev/null; then
    say "no ${missing[*]} here and no Debian packages to take them from: the interop tests will be skipped, and say so"
    return 0
  fi
  say "${missing[*]} into .tools/debian (for the interop tests)"
  mkdir -p .tools/apt/lists/partial .tools/apt/archives/partial .tools/debian
  local apt=(apt-get -qq -o "Dir::State::lists=$PWD/.tools/apt/lists" -o "Dir::Cache=$PWD/.tools/apt" -o APT::Sandbox::User=)
  "${apt[@]}" update
  # What skopeo links against and a bare machine may lack; those already on the machine do no harm a second time.
  local packages=("${missing[@]}")
  case " ${missing[*]} " in *" skopeo "*) packages+=(libgpgme11 libassuan0 libgpg-error0 libdevmapper1.02.1) ;; esac
  local package
  for package in "${packages[@]}"; do
    (cd .tools/apt && "${apt[@]}" download "$package" 2>/dev/null) || say "Debian has no $package for this release; going on without"
  done
  local file
  for file in .tools/apt/*.deb; do [ ! -e "$file" ] || dpkg-deb -x "$file" .tools/debian; done
  rm -rf .tools/apt
  touch .tools/debian/.stamp
}

look_for_browser() {
  local name
  for name in chromium chromium-browser google-chrome '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome'; do
    ! command -v "$name" >/dev/null || return 0
  done
  say "no Chromium here: the status page will not be tested in a browser, and the tests say so." \
    "On Debian: apt-get install chromium; elsewhere Chromium or Chrome on the PATH"
}

setup_python
setup_node
for part in "$@"; do
  case $part in
    interop) setup_interop; look_for_browser ;;
    checkov) setup_checkov ;;
    *) fail "unknown part: $part (allowed: interop, checkov)" ;;
  esac
done

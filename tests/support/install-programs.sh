#!/bin/sh
# Sees to the two programs that the tests drive and that are no Python packages: Chromium and PostgreSQL.
# As root it installs Debian's packages; otherwise, or with TEST_INSTALL=0, it says what is missing and the tests skip.
set -eu

missing=""
command -v chromium >/dev/null 2>&1 || missing="$missing chromium"
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing="$missing postgresql"
[ -n "$missing" ] || exit 0

if [ "${TEST_INSTALL:-1}" = 0 ] || [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
  echo "Not on this machine:$missing. The tests that need it are skipped. To have them: apt-get install --no-install-recommends$missing"
  exit 0
fi

echo "Installing Debian packages for the tests:$missing (TEST_INSTALL=0 forbids it)."
export DEBIAN_FRONTEND=noninteractive
for package in $missing; do
  apt-cache show "$package" >/dev/null 2>&1 || { apt-get -qq update; break; }
done
# shellcheck disable=SC2086  # one word per package is meant
install() { apt-get -qq -y install --no-install-recommends $missing >/dev/null; }
install || { apt-get -qq update && install; } || echo "That failed; the tests that need$missing will say so."

#!/bin/sh
# Sees to the two programs that the tests drive and that are no Python packages: Chromium and PostgreSQL.
# As root it installs Debian's packages; otherwise, or with TEST_INSTALL=0, it says what is missing and the tests skip.
# Of Chromium the package without windows is wanted, because the tests are twice as fast with it; the other one will do.
set -eu

missing=""
may_install=no
if [ "${TEST_INSTALL:-1}" != 0 ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then may_install=yes; fi
if ! command -v chromium-headless-shell >/dev/null 2>&1; then
  if [ "$may_install" = yes ] || ! command -v chromium >/dev/null 2>&1; then missing="$missing chromium-headless-shell"; fi
fi
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing="$missing postgresql"
[ -n "$missing" ] || exit 0

if [ "$may_install" = no ]; then
  echo "Not on this machine:$missing. The tests that need it are skipped. To have them: apt-get install --no-install-recommends$missing"
  exit 0
fi

export DEBIAN_FRONTEND=noninteractive
for package in $missing; do
  apt-cache show "$package" >/dev/null 2>&1 || { apt-get -qq update; break; }
done
if ! apt-cache show chromium-headless-shell >/dev/null 2>&1; then  # older releases have the other one only
  missing=$(echo "$missing" | sed 's/chromium-headless-shell/chromium/')
fi
echo "Installing Debian packages for the tests:$missing (TEST_INSTALL=0 forbids it)."
# shellcheck disable=SC2086  # one word per package is meant
install() { apt-get -qq -y install --no-install-recommends $missing >/dev/null; }
install || { apt-get -qq update && install; } || echo "That failed; the tests that need$missing will say so."

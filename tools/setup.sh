#!/bin/sh
# Make .venv hold exactly what the locks name, and the package itself. Nothing is done when nothing changed.
set -eu
cd "$(dirname "$0")/.."
wanted=$({ cat requirements.lock requirements-nodeps.lock pyproject.toml tools/setup.sh; pwd; } | cksum)
if [ -f .venv/.stamp ] && [ "$(cat .venv/.stamp)" = "$wanted" ] && .venv/bin/python -c '' 2>/dev/null; then
  exit 0
fi
if ! .venv/bin/python -c 'import pip' 2>/dev/null; then
  python=$(sh tools/pythons.sh first)
  echo "Making .venv with $("$python" --version)"
  "$python" -m venv --clear .venv
fi
rm -f .venv/.stamp
echo "Installing the locked requirements into .venv (about a minute, once)"
pip() { .venv/bin/python -m pip --disable-pip-version-check install --quiet "$@" >>.venv/setup.log 2>&1 || { cat .venv/setup.log >&2; exit 1; }; }
: >.venv/setup.log
pip --requirement requirements.lock
pip --no-deps --requirement requirements-nodeps.lock
pip --no-deps --no-build-isolation --editable .
echo "$wanted" >.venv/.stamp

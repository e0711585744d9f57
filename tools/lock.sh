#!/bin/sh
# Resolve requirements.txt afresh and write the exact versions to requirements.lock.
set -eu
cd "$(dirname "$0")/.."
python=$(sh tools/pythons.sh first)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
"$python" -m venv "$scratch/venv"
pip="$scratch/venv/bin/python -m pip --disable-pip-version-check"
$pip install --quiet --requirement requirements.txt
$pip check
{
  echo "# Written by \`make lock\` from requirements.txt. Exact versions for Python 3.11 to 3.13."
  $pip freeze --all | grep -v -i '^pip==' | LC_ALL=C sort -f
} >"$scratch/lock"
cp "$scratch/lock" requirements.lock
echo "requirements.lock names $(grep -c == requirements.lock) packages; now run make test and make test-pythons"

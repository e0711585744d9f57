#!/bin/sh
# Run the unit tests (not the book, not the browser) on each Python 3.11, 3.12 and 3.13 that runs on this machine.
set -u
cd "$(dirname "$0")/.."
wanted="3.11 3.12 3.13"
pythons=$(sh tools/pythons.sh)
summary=""
failed=0
for version in $wanted; do
  python=$(echo "$pythons" | awk -v v="$version" '$1 == v { print $2; exit }')
  if [ -z "$python" ]; then
    summary="$summary
  Python $version: not on this machine"
    continue
  fi
  venv=.venv-$version
  key=$({ cat requirements.lock; pwd; "$python" --version; } | cksum)
  echo "Python $version"
  if [ ! -f "$venv/.stamp" ] || [ "$(cat "$venv/.stamp")" != "$key" ]; then
    "$python" -m venv --clear "$venv" &&
      "$venv/bin/python" -m pip --disable-pip-version-check install --quiet --requirement requirements.lock >"$venv/setup.log" 2>&1 &&
      echo "$key" >"$venv/.stamp" || { cat "$venv/setup.log"; failed=1; summary="$summary
  Python $version: the locked requirements could not be installed"; continue; }
  fi
  if PYTHONPATH=. "$venv/bin/python" -m pytest tests backprop_lab -n 2 --dist loadfile --no-loadscope-reorder -p no:nbval -q -m "not browser and not book" ${ARGS:-}; then
    summary="$summary
  Python $version: passed"
  else
    failed=1
    summary="$summary
  Python $version: FAILED"
  fi
done
echo "$summary"
exit $failed

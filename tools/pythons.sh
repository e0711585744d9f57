#!/bin/sh
# Print the Pythons from 3.11 on that really run here, one "version path" a line, best first.
# A name on PATH may be a shim that fails, so each candidate is started; each version is named once.
#   sh tools/pythons.sh          every version
#   sh tools/pythons.sh first    the path of the first alone; fails, saying what to do, when there is none
probe='import ensurepip, sys, venv
if sys.version_info < (3, 11) or sys.implementation.name != "cpython": sys.exit(1)
print("%d.%d" % sys.version_info[:2], getattr(sys, "_base_executable", sys.executable) or sys.executable)'
seen=" "
for candidate in ${PYTHON:-} python3.13 python3.12 python3.11 python3 python \
    "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.1[1-9]*/bin/python3 /usr/local/bin/python3* /opt/homebrew/bin/python3*; do
  command -v "$candidate" >/dev/null 2>&1 || continue
  found=$("$candidate" -c "$probe" 2>/dev/null) || continue
  version=${found%% *}
  case $seen in *" $version "*) continue ;; esac
  seen="$seen$version "
  if [ "${1:-}" = first ]; then echo "${found#* }"; exit 0; fi
  echo "$found"
done
if [ "${1:-}" = first ]; then
  echo "No Python 3.11 or newer was found (with venv and pip). Install one, or name it: make book PYTHON=/path/to/python3" >&2
  exit 1
fi

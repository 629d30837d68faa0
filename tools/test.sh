#!/bin/sh
# Builds what the tests need and runs all of them. The last line says how many passed; the exit status is 0
# only if all did. Arguments go to ctest, for example: sh tools/test.sh -R lit
set -eu
cd "$(dirname "$0")/.."

show() {
  printf '+ %s\n' "$*"
  "$@"
}

# Files that are longer than our limits (CONTRIBUTING.md); told, not refused.
long_files() {
  git ls-files -- '*.cpp' '*.h' '*.td' '*.py' '*.sh' '*.cmake' '*CMakeLists.txt' 2>/dev/null | while read -r file; do
    [ -f "$file" ] || continue
    lines=$(wc -l <"$file")
    if [ "$lines" -gt 700 ]; then
      echo "too long (limit 700): $file, $lines lines"
    elif [ "$lines" -gt 400 ]; then
      echo "long (aim 400): $file, $lines lines"
    fi
  done
}

show cmake --preset dev
show cmake --build --preset dev
long_files

report=build/tests.xml
rm -f "$report"
status=0
show ctest --preset dev --output-on-failure --no-tests=error -j "$(nproc)" --output-junit tests.xml "$@" || status=$?
attribute() { sed -n "s/^[[:space:]]*$1=\"\([0-9]*\)\".*/\1/p" "$report" 2>/dev/null | head -n 1; }
total=$(attribute tests)
failed=$(attribute failures)
if [ "$status" -eq 0 ]; then
  echo "${total:-0} tests passed"
else
  echo "${failed:-some} of ${total:-all} tests failed"
fi
exit "$status"

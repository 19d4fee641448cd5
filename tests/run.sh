#!/usr/bin/env bash
# Installs what is missing, builds everything, runs every test. The last line says how it went.
set -euo pipefail
cd "$(dirname "$0")/.."

usage() {
  cat <<'TEXT'
usage: tests/run.sh [--asan | --tsan | --tidy | --fuzz SECONDS] [--long] [--filter REGEX]

Builds certloop and runs its tests; the last line is "N passed, N failed, N skipped".
Exits with 0 only if something ran and nothing failed.

  --asan          with the address and undefined-behaviour sanitizers
  --tsan          with the thread sanitizer
  --tidy          builds with clang, its thread-safety analysis and clang-tidy; runs no tests
  --fuzz SECONDS  runs each fuzz target for so long
  --long          also the long sets: every answer of AWS spoiled once, 100 kills of a controller
                  while AWS comes and goes (kill.processes_long, about 15 minutes); takes hours
  --filter REGEX  only the tests whose names match
  --help          this

The tests whose names begin with kill.processes start real processes, kill them, and compare in the
end. "tests/run.sh --filter 'kill.processes$'" runs the short one alone, in about a minute; with
--long and without the $, the long one too. What they did is printed before the last line, and how
to run them by hand stands in tests/README.md.

Missing Debian packages (tests/packages.txt) are installed with apt-get, by sudo if need be.
TEXT
}

fail() {
  echo "tests/run.sh: $*" >&2
  exit 1
}

mode=dev seconds='' filter='' long=()
while [ $# -gt 0 ]; do
  case $1 in
    --asan | --tsan | --tidy) mode=${1#--} ;;
    --fuzz)
      [[ ${2-} =~ ^[1-9][0-9]*$ ]] || fail '--fuzz needs a number of seconds'
      mode=fuzz seconds=$2
      shift
      ;;
    --long) long=(-C long) ;;
    --filter)
      [ -n "${2-}" ] || fail '--filter needs a regular expression'
      filter=$2
      shift
      ;;
    --help | -h)
      usage
      exit 0
      ;;
    *)
      usage >&2
      fail "unknown argument: $1"
      ;;
  esac
  shift
done

install_packages() {
  local wanted missing=() package sudo=()
  # A line with further words belongs to the modes that they name.
  wanted=$(awk -v mode="$mode" '
    /^#/ || NF == 0 { next }
    NF == 1 { print $1; next }
    { for (i = 2; i <= NF; ++i) if ($i == mode) print $1 }' tests/packages.txt)
  if ! command -v dpkg-query >/dev/null; then
    echo "This is not Debian: these packages, or what they are called here, must be installed:"
    echo "$wanted"
    return
  fi
  for package in $wanted; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q ' installed$' ||
      missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  echo "Installing: ${missing[*]}"
  [ "$(id -u)" = 0 ] || sudo=(sudo)
  "${sudo[@]}" apt-get -qq update
  "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -y install "${missing[@]}" >/dev/null
}

# summary FILE: reads what ctest wrote (JUnit) and prints the closing line. Whatever did not end in
# success, or in a skip that the test asked for, has failed.
summary() {
  python3 - "$1" <<'PYTHON'
import sys
import xml.etree.ElementTree as tree

passed = failed = skipped = 0
for case in tree.parse(sys.argv[1]).getroot().iter("testcase"):
    status, skip = case.get("status"), case.find("skipped")
    if status == "run":
        passed += 1
    elif status == "disabled" or (skip is not None and "SKIP_" in skip.get("message", "")):
        skipped += 1
    else:
        failed += 1
print(f"{passed} passed, {failed} failed, {skipped} skipped")
sys.exit(0 if failed == 0 and passed > 0 else 1)
PYTHON
}

run_tests() {
  local report=$PWD/build/$mode/tests.xml select=()
  [ -z "$filter" ] || select=(-R "$filter")
  rm -f "$report"
  # Its exit status says the same as the report, and less.
  ctest --test-dir "build/$mode" --parallel "$(nproc)" --output-on-failure --timeout 600 \
    --output-junit "$report" "${long[@]}" "${select[@]}" || true
  [ -f "$report" ] || fail 'ctest has left no report'
  # How much the walk and the kills have covered; ctest shows no output of what passed.
  grep -hE '^(walk|walk of [A-Za-z]+|kill): ' "build/$mode/Testing/Temporary/LastTest.log" || true
  summary "$report"
}

run_fuzzers() {
  local target name passed=0 failed=0
  for target in build/fuzz/bin/fuzz_*; do
    [ -x "$target" ] || continue
    name=$(basename "$target")
    [[ $name =~ $filter ]] || continue
    echo "== $name, $seconds s"
    mkdir -p "build/fuzz/found/$name"
    # New inputs go to the first folder; those that come with the project are only read.
    local inputs=("build/fuzz/found/$name")
    [ ! -d "tests/fuzz/corpus/${name#fuzz_}" ] || inputs+=("tests/fuzz/corpus/${name#fuzz_}")
    if "$target" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=2048 \
      -print_final_stats=1 -artifact_prefix="build/fuzz/found/$name-" "${inputs[@]}"; then
      passed=$((passed + 1))
    else
      failed=$((failed + 1))
    fi
  done
  echo "$passed passed, $failed failed, 0 skipped"
  [ "$failed" = 0 ] && [ "$passed" -gt 0 ]
}

install_packages
cmake --preset "$mode" --log-level=WARNING
targets=()
if [ "$mode" = fuzz ]; then
  for target in $(cmake --build --preset fuzz --target help | grep -oE '^fuzz_[a-z0-9_]+:'); do
    targets+=(--target "${target%:}")
  done
fi
cmake --build --preset "$mode" --parallel "$(nproc)" "${targets[@]}"
case $mode in
  tidy) echo 'clang, its thread-safety analysis and clang-tidy have no objection.' ;;
  fuzz) run_fuzzers ;;
  *) run_tests ;;
esac

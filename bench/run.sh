#!/usr/bin/env bash
# Builds what users run (preset release), measures every claim, and prints one table.
#
#   bench/run.sh            everything; the set-up of 10,000 certificates takes some minutes
#   bench/run.sh --quick    1,000 certificates, 1,000 specs, and short measurements
#
# BUILD names the build folder (build/release), JOBS the compilers at once (all processors).
# Exit code: 0; 1 if a build or a measurement fails, or a count of calls is above its target.
set -euo pipefail
cd "$(dirname "$0")/.."

certificates=10000 specs=100000 seconds=0.5
case "${1:-}" in
  "") ;;
  --quick) certificates=1000 specs=1000 seconds=0.05 ;;
  *) sed -n '2,8s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac

build=${BUILD:-build/release}
cmake --preset release -B "$build" >/dev/null
cmake --build "$build" -j "${JOBS:-$(nproc)}" --target bench_full_comparison bench_work_queue \
  bench_sigv4 bench_yaml_loading bench_sqlite_store >&2

results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT
failed=0

# one NAME FILTER: Google Benchmark, as CSV: name,iterations,real,cpu,unit,bytes/s,items/s,...
# As CSV it refuses cases with different counters in one run, so a name may come more than once.
one() {
  "$build/bin/bench_$1" --benchmark_format=csv --benchmark_min_time="$seconds" \
    --benchmark_filter="$2" 2>/dev/null >>"$results/$1.csv" || failed=1
}
# per_item NAME CASE: microseconds for one item; processor time, but for the store real time.
per_item() {
  awk -F, -v name="\"$2\"" '$1 == name { printf "%.3f", 1e6 / $7 }' "$results/$1.csv"
}
# real NAME CASE: the time of one round in the unit that the benchmark prints.
real() { awk -F, -v name="\"$2\"" '$1 == name { printf "%.4g", $3 }' "$results/$1.csv"; }
# figure WHAT: a number of full_comparison.
figure() { awk -v what="$1" '$1 == what { printf "%.4g", $2 }' "$results/full"; }
row() { printf '| %-64s | %-14s | %-16s |\n' "$1" "$2" "$3"; }

"$build/bin/bench_full_comparison" --certificates "$certificates" >"$results/full" || failed=1
one work_queue .
one sigv4 .
one yaml_loading "load_check_default/$specs\$"
one sqlite_store '^(create/real_time/threads:16|update_status/real_time|get/real_time)$'
one sqlite_store '^list/10000/real_time$'

row what measured target
row --- --- ---
at="$certificates unchanged certificates"
row "AWS calls of \`certloop drift\`, $at" "$(figure drift.calls)" "at most 130"
row "its wall time, AWS answering at once" "$(figure drift.wall_seconds) s" ""
row "its processor time, the emulated AWS included" "$(figure drift.processor_seconds) s" ""
row "AWS calls of a controller started on them" "$(figure restart.calls)" "at most 130"
row "its wall time, until nothing is due" "$(figure restart.wall_seconds) s" ""
row "memory that its engine holds for each certificate" \
  "$(figure restart.allocated_bytes_per_certificate) B" "at most 4096 B"
row "work queue: add + take + done of one key" "$(per_item work_queue add_take_done) us" \
  "below 0.30 us"
row "the same, fair among 100 accounts" "$(per_item work_queue add_take_done_in_groups) us" ""
row "the same, with a million keys queued behind" \
  "$(per_item work_queue add_take_done_with_a_million_queued/min_time:0.200) us" ""
row "SigV4: one SearchCertificates" "$(per_item sigv4 sign_search_certificates) us" ""
row "SigV4: one ImportCertificate, 8 kB" "$(per_item sigv4 sign_import_certificate) us" ""
row "YAML: load, check and default $specs specs" \
  "$(real yaml_loading "load_check_default/$specs") ms" \
  "at most $((specs / 10)) ms"
row "store: one synced create, 16 threads" \
  "$(per_item sqlite_store create/real_time/threads:16) us" ""
row "store: one synced status update" "$(per_item sqlite_store update_status/real_time) us" ""
row "store: one get among 10,000" "$(per_item sqlite_store get/real_time) us" ""
row "store: list 10,000" "$(real sqlite_store list/10000/real_time) ms" ""
echo
echo "calls by operation:"
grep -E '\.calls\.' "$results/full" | sed 's/^/  /'
exit "$failed"

#!/usr/bin/env bash
# Measures two peers one after the other with one and the same client, as often as asked.
#
#   side-by-side.sh MEASURE PYTHON PEER [PEER]
#
# MEASURE  a measure.py that knows `startup`, `perf` and `failover` and drives any peer that has the verbs of bench/peer.sh
# PYTHON   a Python that can run it (with confluent-kafka)
# PEER     such a peer: bench/peer.sh, and for example a script that does the same with Apache Kafka's jars
#
# Environment: PORTS (23192,23193,23194), RUNS (3), SECS (6), HOT (40: seconds of load before the hot figures; 0 leaves them out),
# PEER_DIR (below which each peer has its data), WHAT (startup cold hot failover), CASES (leader), HOWS (kill9)
# JSON lines go to standard output, each labelled with its peer; progress goes to standard error. Everything is stopped at the end.
set -euo pipefail
[ $# -ge 3 ] || { sed -n '2,14p' "$0"; exit 2; }
measure=$1 python=$2
shift 2
[ -e "$measure" ] || { echo "side-by-side: $measure is not there; give the path of a measure.py" >&2; exit 2; }
PORTS=${PORTS:-23192,23193,23194}
RUNS=${RUNS:-3} SECS=${SECS:-6} HOT=${HOT:-40}
WHAT=${WHAT:-startup cold hot failover}
base=${PEER_DIR:-${TMPDIR:-/tmp}/side-by-side}

say() { echo "$(date +%T) load $(cut -d' ' -f1 /proc/loadavg): $*" >&2; }
with() { # each peer has a directory of its own, so that one cannot be taken for the other
  local peer=$1; shift
  PEER_DIR=$base/$(basename "$peer" .sh) "$@"
}
stop() { local peer; for peer in "${peers[@]}"; do with "$peer" "$peer" down || true; done; }
label() { basename "$1" .sh; }

perf() { # PEER LABEL WARM RUNS: a fresh cluster, WARM seconds of load that are not counted, then the figures
  local peer=$1 name=$2 warm=$3 runs=$4 pids
  # shellcheck disable=SC2086
  with "$peer" "$peer" up ${PORTS//,/ }
  with "$peer" "$peer" wait 60
  sleep 2
  pids=$(with "$peer" "$peer" pids | paste -sd,)
  with "$peer" "$python" "$measure" perf --label "$name" --bootstrap "$(with "$peer" "$peer" bootstrap)" --pids "$pids" \
    --rf 3 --secs "$SECS" --runs "$runs" --warm "$warm"
  with "$peer" "$peer" down
}

peers=("$@")
trap stop EXIT
for peer in "${peers[@]}"; do with "$peer" "$peer" down || true; with "$peer" "$peer" fetch; done
for what in $WHAT; do
  case $what in
    startup)
      for peer in "${peers[@]}"; do
        say "startup $peer"
        with "$peer" "$python" "$measure" startup --label "$(label "$peer")" --peer "$peer" --ports "$PORTS" --runs "$RUNS"
      done ;;
    cold) # peers take turns, so that a change of the machine's mood meets both
      for ((run = 0; run < RUNS; run++)); do
        for peer in "${peers[@]}"; do say "cold $peer, run $run"; perf "$peer" "$(label "$peer") cold" 0 1; done
      done ;;
    hot)
      [ "$HOT" -gt 0 ] || continue
      for peer in "${peers[@]}"; do say "hot $peer"; perf "$peer" "$(label "$peer") hot" "$HOT" "$RUNS"; done ;;
    failover)
      for how in ${HOWS:-kill9}; do
        for case in ${CASES:-leader}; do
          for peer in "${peers[@]}"; do
            say "failover $case $how $peer"
            with "$peer" "$python" "$measure" failover --label "$(label "$peer")" --peer "$peer" --ports "$PORTS" \
              --case "$case" --how "$how" --runs "$RUNS" || say "failover $case $how $peer: not measured"
          done
        done
      done ;;
    *) echo "side-by-side: WHAT knows startup, cold, hot and failover, not $what" >&2; exit 2 ;;
  esac
done

#!/usr/bin/env bash
# Three of our brokers (or one) on 127.0.0.1 as a "peer" for measurements: the same verbs for every system that
# is measured, so that one and the same client drives them all. Brokers are compiled code, started without a wrapper.
#
#   peer.sh fetch                    nothing to fetch; builds when there is no dist folder
#   peer.sh up PORT [PORT PORT ...]  format and start one node per port; node ids 1..N; internal port = PORT + 1000
#   peer.sh format PORT...           writes what each node is started with
#   peer.sh start                    spawns every formatted node (returns at once, does not wait)
#   peer.sh start1 ID                spawns one node again (after kill9)
#   peer.sh wait [SECONDS]           until every node listens on its client port
#   peer.sh kill9 ID | term ID | pause ID | resume ID
#   peer.sh pids | bootstrap | controller
#   peer.sh down                     ends every node (SIGKILL) and removes the data
#
# Environment: PEER_DIR (data, default $TMPDIR/logjury-peer), PEER_DIST (compiled code, default dist of this checkout),
# KAFKA_PROPS (further configs, key=value, one a line), NODE_FLAGS (for node, say --cpu-prof --cpu-prof-dir=...).
# Only processes whose pid this script wrote are ever signalled.
set -euo pipefail
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
PEER_DIR=${PEER_DIR:-${TMPDIR:-/tmp}/logjury-peer}
MAIN=${PEER_DIST:-$HERE/../dist}/src/cli/main.js
# The same cluster id as in every other run: ids are no secret, and a fixed one is easy to find in logs.
CLUSTER_ID=bG9nanVyeS1iZW5jaC1wZQ

pid_of() { cat "$PEER_DIR/$1/pid"; }
alive() { [ -e "$PEER_DIR/$1/pid" ] && kill -0 "$(pid_of "$1")" 2>/dev/null; }
ids() { ls "$PEER_DIR" 2>/dev/null | grep -E '^[0-9]+$' || true; }
built() { [ -e "$MAIN" ] || (cd "$HERE/.." && npm run --silent build) >&2; }
directory_id() { head -c 16 /dev/urandom | base64 | tr '+/' '-_' | cut -c1-22 | sed 's/^-/A/'; }

format() {
  built
  local n=$# i=0 voters='' port
  local rf=$(( n >= 3 ? 3 : 1 )) isr=$(( n >= 3 ? 2 : 1 ))
  for port in "$@"; do i=$((i+1)); voters+="${voters:+,}$i@127.0.0.1:$((port+1000)):$(directory_id)"; done
  mkdir -p "$PEER_DIR"; echo "$@" > "$PEER_DIR/ports"
  i=0
  for port in "$@"; do
    i=$((i+1)); mkdir -p "$PEER_DIR/$i"
    # One argument a line; the configs are those that the peer script of Kafka sets, as far as they exist here.
    {
      printf '%s\n' broker --id "$i" --cluster-id "$CLUSTER_ID" --voters "$voters" --format \
        --data "$PEER_DIR/$i/data" --port "$port" --json-log "$PEER_DIR/$i/broker.jsonl"
      local config
      for config in num.partitions=1 "default.replication.factor=$rf" "min.insync.replicas=$isr" \
        "offsets.topic.replication.factor=$rf" "offsets.topic.num.partitions=${KAFKA_OFFSETS_PARTITIONS:-10}" \
        group.initial.rebalance.delay.ms=0 auto.create.topics.enable=false ${KAFKA_PROPS:-}; do
        printf '%s\n' --config "$config"
      done
    } > "$PEER_DIR/$i/arguments"
  done
}

start1() {
  local i=$1 arguments
  alive "$i" && { echo "node $i already runs" >&2; return 1; }
  mapfile -t arguments < "$PEER_DIR/$i/arguments"
  # shellcheck disable=SC2086
  setsid node ${NODE_FLAGS:-} "$MAIN" "${arguments[@]}" >> "$PEER_DIR/$i/out.log" 2>&1 < /dev/null &
  echo $! > "$PEER_DIR/$i/pid"
}

wait_up() {
  local end=$((SECONDS + ${1:-60})) port
  for port in $(cat "$PEER_DIR/ports"); do
    until (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do
      [ $SECONDS -ge $end ] && { echo "port $port does not listen" >&2; return 1; }
      sleep 0.02
    done
  done
}

cmd=${1:-}; shift || true
case $cmd in
  fetch) built ;;
  format) format "$@" ;;
  start) for i in $(ids); do start1 "$i"; done ;;
  start1) start1 "$1" ;;
  up) format "$@"; for i in $(ids); do start1 "$i"; done ;;
  wait) wait_up "$@" ;;
  kill9) kill -9 "$(pid_of "$1")" ;;
  term) kill -TERM "$(pid_of "$1")" ;;
  pause) kill -STOP "$(pid_of "$1")" ;;
  resume) kill -CONT "$(pid_of "$1")" ;;
  pids) for i in $(ids); do alive "$i" && pid_of "$i"; done; true ;;
  bootstrap) for p in $(cat "$PEER_DIR/ports"); do printf '127.0.0.1:%s\n' "$p"; done | paste -sd, ;;
  controller) # id of the active controller: the leader of the newest term in the nodes' logs
    cat "$PEER_DIR"/*/broker.jsonl | sed -nE 's/.*"event":"raft.role".*"term":([0-9]+),"leader":([0-9]+).*/\1 \2/p' \
      | sort -n | tail -1 | cut -d' ' -f2 ;;
  down) for i in $(ids); do if alive "$i"; then kill -CONT "$(pid_of "$i")"; kill -9 "$(pid_of "$i")" || true; fi; done
        # Whoever starts next wants the ports: a killed process gives them up only when it is gone.
        limit=$((SECONDS + 10))
        for i in $(ids); do while alive "$i" && [ $SECONDS -lt $limit ]; do sleep 0.02; done; done
        [ -e "$PEER_DIR/ports" ] && rm -rf "$PEER_DIR" || true ;;
  *) sed -n '2,19p' "$0"; exit 2 ;;
esac

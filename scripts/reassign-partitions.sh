#!/usr/bin/env bash
# Kafka's own kafka-reassign-partitions (kafka-tools) against a cluster of this build: a topic of two partitions moves
# to other brokers under a throttle, which the tool sets, raises and clears. Needs Java 17 or newer, and the jars of
# kafka-tools with all they depend on in one folder (see scripts/log-compaction-tester.sh).
#
#   npm run build && scripts/reassign-partitions.sh JARS [PORT]
#
# Status 0: the throttle held the move up, the move ended where it was to, and the records are there.
set -euo pipefail
jars=${1:?the folder with the jars of kafka-tools}
port=${2:-19292}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
work=$(mktemp -d)
node "$here/dist/src/cli/main.js" cluster --brokers 4 --port "$port" --data "$work/data" \
  >"$work/cluster" 2>"$work/log" &
cluster=$!
trap 'kill $cluster 2>/dev/null || true; wait $cluster || true; rm -rf "$work"' EXIT
until grep -q '^bootstrap' "$work/cluster"; do
  kill -0 $cluster
  sleep 0.2
done
server=127.0.0.1:$port
tool() {
  local class=$1
  shift
  java -cp "$jars/*" "org.apache.kafka.tools.$class" --bootstrap-server "$server" "$@" 2>&1 | grep -v SLF4J
}
reassign() { tool reassign.ReassignPartitionsCommand --reassignment-json-file "$work/plan.json" "$@"; }

tool TopicCommand --create --topic moved --replica-assignment 1:2,2:3
tool ProducerPerformance --topic moved --num-records 20000 --record-size 500 --throughput -1
echo '{"version":1,"partitions":[
  {"topic":"moved","partition":0,"replicas":[3,4]},{"topic":"moved","partition":1,"replicas":[4,1]}]}' >"$work/plan.json"
reassign --execute --throttle 300000
reassign --verify | tee "$work/held"
grep -q 'still in progress' "$work/held"
reassign --execute --additional --throttle 30000000
for _ in $(seq 30); do
  reassign --verify >"$work/verified"
  if ! grep -q 'in progress' "$work/verified"; then
    break
  fi
  sleep 1
done
cat "$work/verified"
[ "$(grep -c 'is completed' "$work/verified")" -eq 2 ]
tool TopicCommand --describe --topic moved | tee "$work/topic"
grep -q 'Replicas: 3,4' "$work/topic"
tool GetOffsetShell --topic moved | tee "$work/offsets"
[ "$(awk -F: '{ sum += $3 } END { print sum }' "$work/offsets")" -eq 20000 ]

#!/usr/bin/env bash
# Kafka's own LogCompactionTester (kafka-tools) against a cluster of this build: what is left after compaction
# must be the newest value of each key. Needs Java 17 or newer, and the jars of kafka-tools with all they depend
# on, as Maven fetches them:
#   mvn dependency:get -Dartifact=org.apache.kafka:kafka-tools:4.3.1
#   mvn dependency:copy-dependencies ... (any way that puts them into one folder)
#
#   npm run build && scripts/log-compaction-tester.sh JARS [MESSAGES] [PORT]
#
# Status 0: verified, and the cleaner has taken something away.
set -euo pipefail
jars=${1:?the folder with the jars of kafka-tools}
messages=${2:-200000}
port=${3:-19192}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
work=$(mktemp -d)
node "$here/dist/src/cli/main.js" cluster --brokers 3 --port "$port" --data "$work/data" \
  --config log.segment.bytes=1048576 --config log.cleaner.backoff.ms=500 \
  --config log.cleaner.min.cleanable.ratio=0.01 >"$work/cluster" 2>"$work/log" &
cluster=$!
trap 'kill $cluster 2>/dev/null || true; wait $cluster || true; rm -rf "$work"' EXIT
until grep -q '^bootstrap' "$work/cluster"; do
  kill -0 $cluster
  sleep 0.2
done
java -cp "$jars/*" org.apache.kafka.tools.LogCompactionTester --bootstrap-server "127.0.0.1:$port" \
  --messages "$messages" --duplicates 10 --percent-deletes 10 --topics 2 --sleep 20 2>&1 | tee "$work/tester"
grep -q 'Data verification is completed' "$work/tester"
if grep -q '(0.0% reduction)' "$work/tester"; then
  echo 'nothing was compacted: this proves nothing' >&2
  exit 3
fi

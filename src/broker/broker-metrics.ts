/** What a broker counts and measures of itself, under the names of Kafka's own metrics. */

import type { ClientHandlers } from './client-api.js';
import type { ControllerHost } from './controller-host.js';
import type { Metrics } from './metrics.js';
import type { RaftHost } from './raft-host.js';
import type { Replica } from './replica.js';
import type { ReplicaManager } from './replica-manager.js';

interface Measured {
  readonly replicas: ReplicaManager;
  readonly handlers: ClientHandlers;
  readonly controller: ControllerHost;
  readonly raft: RaftHost;
  readonly connections: () => number;
}

export function describeMetrics(metrics: Metrics, of: Measured): void {
  const { replicas, handlers, controller, raft, connections } = of;
  const count = (which: (replica: Replica) => boolean): number =>
    [...replicas.replicas.values()].filter(which).length;
  metrics.gauge('kafka_server_replicamanager_partitioncount', 'Replicas on this broker', () => {
    return replicas.replicas.size;
  });
  metrics.gauge('kafka_server_replicamanager_leadercount', 'Leaders on this broker', () =>
    count((replica) => replica.isLeader),
  );
  metrics.gauge(
    'kafka_server_replicamanager_underreplicatedpartitions',
    'Leaders whose ISR is smaller than their replica set',
    () => count(({ isLeader, state }) => isLeader && state.isr.length < state.replicas.length),
  );
  const topics = 'kafka_server_brokertopicmetrics';
  metrics.counter(`${topics}_messagesin_total`, 'Records that producers sent', () => {
    return handlers.produce.messagesIn;
  });
  metrics.counter(`${topics}_bytesin_total`, 'Bytes of batches that producers sent', () => {
    return handlers.produce.bytesIn;
  });
  metrics.counter(`${topics}_bytesout_total`, 'Bytes of batches sent to consumers', () => {
    return handlers.fetch.bytesOut;
  });
  metrics.gauge('kafka_controller_kafkacontroller_activecontrollercount', 'Controller', () =>
    controller.isActive ? 1 : 0,
  );
  metrics.gauge('kafka_server_raftmetrics_current_epoch', 'Raft term', () => raft.state.term);
  metrics.gauge('kafka_server_raftmetrics_high_watermark', 'Raft commit index', () => {
    return raft.state.commitIndex;
  });
  metrics.gauge('kafka_server_socketservermetrics_connection_count', 'Connections', connections);
}

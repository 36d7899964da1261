/**
 * Linearizable reads of the metadata (thesis, 6.4), asked of every broker that believes to lead, now and
 * then and right after its election: what a deposed or a new leader must not answer shows only where
 * somebody asks it.
 */

import type { MetadataImage } from '../core/metadata/types.js';
import type { RaftEffect, RaftInput, RaftState } from '../core/raft/types.js';
import type { RandomStream } from '../environment/simulated/random.js';
import type { TopicState } from '../history/rows.js';
import type { RunContext } from './context.js';
import type { WatchedNode, Watcher } from './watch.js';

/** Virtual microseconds between two reads, drawn around it. */
const INTERVAL = 50_000;
/** Kafka's ConfigResource. */
const TOPIC_RESOURCE = 2;

/** The judges see the reads and their answers; nobody else needs them. A watcher like the others. */
export class MetadataReads implements Watcher {
  private readonly context: RunContext;
  private readonly stream: RandomStream;
  private reading = false;
  private reads = 0;

  constructor(context: RunContext) {
    this.context = context;
    this.stream = context.world.stream('metadata reads');
  }

  /** Reads through the main phase; not in every scenario, for each read is a round of heartbeats too. */
  start(): void {
    this.reading = this.stream.below(2) === 0;
    if (this.reading) {
      this.schedule();
    }
  }

  raftExecuted(
    node: WatchedNode,
    state: RaftState,
    _input: RaftInput,
    effects: readonly RaftEffect[],
  ): void {
    if (!this.reading || state.role !== 'leader') {
      return;
    }
    for (const effect of effects) {
      if (effect.type === 'roleChanged') {
        // Before its first entry is committed.
        this.context.world.schedule(1, 'metadata read', () => this.read(node.index));
      }
    }
  }

  private schedule(): void {
    const after = INTERVAL / 2 + this.stream.below(INTERVAL);
    this.context.world.schedule(after, 'metadata read', () => {
      if (this.context.phase() === 'main') {
        this.readEverywhere();
        this.schedule();
      }
    });
  }

  private readEverywhere(): void {
    for (let index = 0; index < this.context.cluster.nodes.length; index++) {
      this.read(index);
    }
  }

  private read(index: number): void {
    const { cluster, recorder } = this.context;
    const broker = cluster.broker(index);
    if (broker?.raft.isLeader === true) {
      const topic = this.nextTopic();
      cluster.nodes[index]!.signal(() => {
        const recorded = recorder.metadata({ op: 'read', topic });
        broker.raft.readIndex((confirmed) => {
          if (confirmed) {
            const state = stateOf(broker.controller.image, topic);
            recorded('ok', { op: 'read', topic, state });
          } else {
            recorded('fail');
          }
        });
      });
    }
  }

  /** One after the other, of all that the scenario speaks of. */
  private nextTopic(): string {
    const { topics, choices } = this.context.scenario;
    const created = choices.flatMap(({ act }) =>
      act.type === 'createTopic' ? [act.topic.name] : [],
    );
    const names = [...topics.map(({ name }) => name), ...created];
    return names[this.reads++ % names.length]!;
  }
}

function stateOf({ topicIds, topics, configs }: MetadataImage, name: string): TopicState | null {
  const id = topicIds.get(name);
  const topic = id === undefined ? undefined : topics.get(id);
  return topic === undefined
    ? null
    : {
        id: topic.id,
        partitions: topic.partitions.size,
        configs: Object.fromEntries(configs.get(`${TOPIC_RESOURCE}:${name}`) ?? []),
      };
}

/** The operator of a simulated cluster: creates, deletes, grows and configures topics under load. */

import type { ResourceChange } from '../../client/answers.js';
import { Client, LATEST_TIMESTAMP } from '../../client/client.js';
import type { Outcome } from '../../client/outcomes.js';
import { addVoter, removeVoter } from '../../client/quorum.js';
import { reassignPartitions } from '../../client/reassignments.js';
import type { MetadataImage, TopicImage } from '../../core/metadata/types.js';
import type { VoterChange } from '../../core/raft/types.js';
import type { BrokerId, Offset, PartitionIndex } from '../../core/types/ids.js';
import type { Environment } from '../../environment/environment.js';
import type { MetadataValue } from '../../history/rows.js';
import type { RunContext } from '../context.js';
import type { TopicPlan } from '../scenario.js';
import type { KeyTable } from './keys.js';
import { changeType, creatable, creation, isCompacted, isInternal, isJudged } from './plans.js';

type Done = (took: boolean) => void;
/** Of one attempt: it took, it is refused for good, or it is to be tried again. */
type Verdict = 'took' | 'refused' | 'again';
type Answer = (outcome: Outcome<readonly ResourceChange[]>) => void;

const PAUSE = 60;
const VOTER_ATTEMPTS = 12;
const VOTER_TIMEOUT = 1000;
/** A broker passes a request on for as long as the client waits, and once more. */
export const LATE_REQUEST_MICROSECONDS = 3_000_000;
/** Kafka's ConfigResource. */
const TOPIC_RESOURCE = 2;

/** Refusals that nothing will change. */
const HOPELESS: ReadonlySet<string> = new Set([
  'INVALID_TOPIC_EXCEPTION',
  'INVALID_CONFIG',
  'INVALID_REQUEST',
  'INVALID_PARTITIONS',
  'POLICY_VIOLATION',
  // Only replicas that are being added hold everything: there is no way back.
  'INVALID_REPLICA_ASSIGNMENT',
]);

/** A partition that is to move (KIP-455). */
export interface Move {
  readonly topic: string;
  readonly partition: PartitionIndex;
  /** Milliseconds after which it is given up; null: it is not. */
  readonly givenUpAfter: number | null;
  /** Its replicas then, called when it is about to be asked for; a text: why it is not. */
  target(): readonly BrokerId[] | string;
}

/** Each deed is tried again until it took, or until the main phase is over. */
export class Operator {
  private readonly context: RunContext;
  private readonly keys: KeyTable;
  private desk: { readonly environment: Environment; readonly client: Client } | null = null;
  /** By name: the topic that it created last, which brokers that start may not know yet. */
  private readonly created = new Map<string, TopicImage['id']>();
  /** Topics that it has asked to delete. */
  private readonly deleted = new Set<TopicImage['id']>();
  /** What waits for the operator's process to start. */
  private readonly waiting: (() => void)[] = [];
  private booted = false;

  constructor(context: RunContext) {
    this.context = context;
    this.keys = context.recorder.keys;
  }

  /**
   * `done(true)`: it took; the clients use what is new. False: it was refused, makes no sense, or the
   * main phase ended before an answer came. Clients use a topic that was there before only when all
   * brokers that run know it: until then its name may mean the earlier one.
   */
  createTopic(plan: TopicPlan, done: Done = ignore): void {
    const { name } = plan;
    if (this.keys.isOpen(name)) {
      done(false);
      return;
    }
    const created = (took: boolean): void => {
      if (took) {
        this.whenKnown(plan, create, done);
      } else {
        done(false);
      }
    };
    const create = (): void =>
      this.untilItTook(
        creation(plan),
        name,
        (client, answer) => client.createTopics([creatable(plan)], answer),
        ['TOPIC_ALREADY_EXISTS'],
        created,
      );
    create();
  }

  /** From the call on nobody uses the topic any more, whether or not it takes. */
  deleteTopic(name: string, done: Done = ignore): void {
    if (!this.keys.isOpen(name)) {
      done(false);
      return;
    }
    const topicId = this.created.get(name) ?? this.known(name)?.id;
    if (topicId === undefined) {
      done(false);
      return;
    }
    this.keys.closeTopic(name);
    this.deleted.add(topicId);
    // By its id: a request that comes late must not delete the topic that has the name then.
    this.untilItTook(
      { op: 'delete', topic: name, id: topicId },
      topicId,
      (client, answer) => client.deleteTopic(topicId, answer),
      ['UNKNOWN_TOPIC_ID'],
      done,
    );
  }

  /** `count`: partitions in all, afterwards. */
  addPartitions(name: string, count: number, done: Done = ignore): void {
    const partitions = this.keys.openKeys((topic) => topic === name).length;
    if (!this.keys.isOpen(name) || partitions >= count) {
      done(false);
      return;
    }
    const grow = (): void =>
      this.untilItTook(
        { op: 'grow', topic: name, partitions: count },
        name,
        (client, answer) => client.createPartitions([{ name, count }], answer),
        // An attempt before this one may have done it.
        (this.present(name)?.partitions.size ?? 0) < count ? ['INVALID_PARTITIONS'] : [],
        grown,
      );
    const grown = (took: boolean): void => {
      if (took && this.keys.isOpen(name) && (this.present(name)?.partitions.size ?? 0) < count) {
        // Refused by a controller that still knew an earlier topic of this name.
        this.atDesk(({ environment }) => environment.timers.arm(PAUSE, grow));
        return;
      }
      const isThere = took && this.keys.isOpen(name);
      if (isThere) {
        this.keys.growTopic(name, count);
      }
      done(isThere);
    };
    grow();
  }

  /** DeleteRecords of `percent` of what is committed then. Its answer is the word of the brokers' judges. */
  deleteRecords(topic: string, partition: number, percent: number, done: Done = ignore): void {
    const at = { topic, partition: partition as PartitionIndex };
    this.atDesk(({ environment, client }) => {
      const ask = (): void => {
        if (this.context.phase() !== 'main' || !this.keys.isOpen(topic)) {
          done(false);
          return;
        }
        client.listOffsets({ ...at, timestamp: LATEST_TIMESTAMP }, (latest) => {
          if (latest.type !== 'ok') {
            environment.timers.arm(PAUSE, ask);
            return;
          }
          const offset = Math.floor((latest.value.offset * percent) / 100) as Offset;
          client.deleteRecords({ ...at, offset }, (outcome) => {
            if (outcome.type === 'ok') {
              done(true);
            } else {
              environment.timers.arm(PAUSE, ask);
            }
          });
        });
      };
      ask();
    });
  }

  /** Moves a partition, and gives that up later if it was planned so. */
  reassign(move: Move, done: (took: boolean, reason?: string) => void): void {
    const { topic, partition, givenUpAfter } = move;
    const isThere = (): boolean => this.keys.isOpen(topic) || isInternal(topic);
    const ask = (replicas: readonly BrokerId[] | null, end: Done): void =>
      this.atDesk(({ environment, client }) => {
        const again = (): void => {
          if (this.context.phase() !== 'main' || !isThere()) {
            end(false);
            return;
          }
          reassignPartitions(client, topic, [{ partition, replicas }], (outcome) => {
            const verdict = verdictOf(outcome, ['NO_REASSIGNMENT_IN_PROGRESS']);
            if (verdict === 'again') {
              environment.timers.arm(PAUSE, again);
            } else {
              end(verdict === 'took');
            }
          });
        };
        again();
      });
    this.atDesk(({ environment }) => {
      const target = isThere() ? move.target() : 'the topic is not there';
      if (typeof target === 'string') {
        done(false, target);
        return;
      }
      if (givenUpAfter !== null) {
        environment.timers.arm(givenUpAfter, () => ask(null, ignore));
      }
      ask(target, done);
    });
  }

  configure(topic: string, key: string, value: string, done: Done = ignore): void {
    const change = { resourceType: TOPIC_RESOURCE, resourceName: topic, name: key, value };
    if (!this.keys.isOpen(topic)) {
      done(false);
      return;
    }
    this.untilItTook(
      { op: 'configure', topic, key, value },
      topic,
      (client, answer) => client.incrementalAlterConfigs([change], answer),
      [],
      done,
    );
  }

  /**
   * One more voter, or one less; tried again like the others, but not for ever. `done(false)`: it was refused,
   * or nothing came of it.
   */
  changeVoter(change: VoterChange, done: Done): void {
    const { voters } = this.context;
    const { type, voter } = change;
    voters.asking(change);
    const end = (took: boolean): void => {
      // What was asked last may still be on its way.
      this.context.world.schedule(LATE_REQUEST_MICROSECONDS, 'voters answered', () => {
        voters.answered(change);
      });
      done(took);
    };
    this.atDesk(({ environment, client }) => {
      const ask = (left: number): void => {
        if (this.context.phase() !== 'main' || left === 0) {
          end(false);
          return;
        }
        const answer = (outcome: Outcome<null>): void => {
          const verdict = voterVerdict(outcome);
          if (verdict === 'again') {
            environment.timers.arm(PAUSE, () => ask(left - 1));
          } else {
            end(verdict === 'took');
          }
        };
        if (type === 'add') {
          addVoter(client, voter, VOTER_TIMEOUT, answer);
        } else {
          removeVoter(client, voter, answer);
        }
      };
      ask(VOTER_ATTEMPTS);
    });
  }

  /**
   * Asks again and again. `named`: as the answer calls the topic. `means`: errors that say that it is so
   * already.
   */
  private untilItTook(
    asked: MetadataValue,
    named: string,
    attempt: (client: Client, answer: Answer) => void,
    means: readonly string[],
    done: Done,
  ): void {
    this.atDesk(({ environment, client }) => {
      const ask = (): void => {
        if (this.context.phase() !== 'main') {
          done(false);
          return;
        }
        const recorded = this.context.recorder.metadata(asked);
        attempt(client, (outcome) => {
          recorded(changeType(outcome, named));
          const verdict = verdictOf(outcome, means);
          if (verdict === 'again') {
            environment.timers.arm(PAUSE, ask);
          } else {
            done(verdict === 'took');
          }
        });
      };
      ask();
    });
  }

  /**
   * Waits until every broker that runs knows the topic, and the same one. It is created `again` where the
   * newest that anybody knows is none, or the one that was deleted: that it exists may have been the word
   * of a controller that was cut off and had not heard of the deletion (Kafka's, too, refuses at once).
   */
  private whenKnown(plan: TopicPlan, again: () => void, done: Done): void {
    this.atDesk(({ environment }) => {
      const look = (): void => {
        if (this.context.phase() !== 'main') {
          done(false);
          return;
        }
        const newest = this.present(plan.name);
        if (newest === undefined) {
          environment.timers.arm(PAUSE, again);
          return;
        }
        const isKnown = this.images().every(
          ({ topicIds }) => topicIds.get(plan.name) === newest.id,
        );
        if (!isKnown) {
          environment.timers.arm(PAUSE, look);
          return;
        }
        if (this.keys.isOpen(plan.name)) {
          done(false);
          return;
        }
        this.created.set(plan.name, newest.id);
        const judged = isJudged(this.context, plan);
        this.keys.addTopic(plan.name, newest.partitions.size, judged, isCompacted(plan));
        done(true);
      };
      look();
    });
  }

  /** The topic as the newest metadata has it, if it is not one that was deleted. */
  private present(name: string): TopicImage | undefined {
    const newest = this.known(name);
    return newest === undefined || this.deleted.has(newest.id) ? undefined : newest;
  }

  /** The topic as the newest committed metadata of any running broker has it. */
  private known(name: string): TopicImage | undefined {
    const { cluster } = this.context;
    let newest: MetadataImage | undefined;
    let offset = -1;
    for (let index = 0; index < cluster.nodes.length; index++) {
      const controller = cluster.broker(index)?.controller;
      if (controller !== undefined && controller.imageOffset > offset) {
        newest = controller.image;
        offset = controller.imageOffset;
      }
    }
    const id = newest?.topicIds.get(name);
    return id === undefined ? undefined : newest?.topics.get(id);
  }

  private images(): MetadataImage[] {
    const { cluster } = this.context;
    return cluster.nodes.flatMap((_, index) => cluster.broker(index)?.controller.image ?? []);
  }

  private atDesk(
    task: (desk: { readonly environment: Environment; readonly client: Client }) => void,
  ): void {
    if (this.desk !== null) {
      const { desk } = this;
      desk.environment.timers.arm(0, () => task(desk));
      return;
    }
    this.waiting.push(() => this.atDesk(task));
    if (this.booted) {
      return;
    }
    this.booted = true;
    const { cluster } = this.context;
    cluster.newNode('operator').boot((environment) => {
      const client = new Client(environment, {
        clientId: 'operator',
        bootstrap: cluster.bootstrap,
        requestTimeout: 1000,
        metadataTimeout: 500,
        maxFrameBytes: 1 << 20,
      });
      this.desk = { environment, client };
      for (const waiting of this.waiting.splice(0)) {
        waiting();
      }
    });
  }
}

/** That the voter is gone already is what was asked for. */
function voterVerdict(outcome: Outcome<null>): Verdict {
  const name = outcome.type === 'ok' ? null : outcome.error.name;
  if (name === null || name === 'VOTER_NOT_FOUND') {
    return 'took';
  }
  return name === 'DUPLICATE_VOTER' || name === 'INVALID_REQUEST' ? 'refused' : 'again';
}

function ignore(): void {}

function verdictOf(outcome: Outcome<readonly ResourceChange[]>, means: readonly string[]): Verdict {
  const change = outcome.type === 'ok' ? outcome.value[0] : undefined;
  if (change === undefined) {
    return 'again';
  }
  if (change.type === 'ok' || means.includes(change.error?.name ?? '')) {
    return 'took';
  }
  return HOPELESS.has(change.error?.name ?? '') ? 'refused' : 'again';
}

/**
 * A run as data. A seed is drawn into a scenario (generate.ts), a scenario is run (run.ts), a failing
 * scenario is made smaller (shrink.ts), and an artifact is a small scenario with what it shows
 * (artifact.ts). Everything that happens follows from the scenario, the bugs and the code: its `seed`
 * feeds the streams of small draws (delays, jitter, fresh values), its `choices` are what was planned.
 */

import type { TriggerEvent } from './events.js';

export interface Scenario {
  readonly format: 1;
  readonly seed: number;
  readonly brokers: number;
  /** Broker configs over the simulator's defaults, Kafka's names. */
  readonly configs: Readonly<Record<string, string>>;
  readonly topics: readonly TopicPlan[];
  readonly clients: readonly ClientPlan[];
  readonly network: NetworkPlan;
  readonly disk: DiskPlan;
  /** Virtual milliseconds of faults, before healing. */
  readonly duration: number;
  /** `beyond`: more than must be survived; the documented loss is expected instead of none. */
  readonly atlas: 'within' | 'beyond';
  readonly choices: readonly Choice[];
  /** So many of them, the first, vote on the metadata log at first. Missing: all. */
  readonly voters?: number;
  /**
   * Brokers (indexes from 0, rising, a majority) that come back after the faults; the others stay down
   * until these have converged and serve, and come back then. Missing: all come back at once.
   */
  readonly core?: readonly number[];
  /** Consumer groups (only within the atlas). Missing: none. */
  readonly groups?: readonly GroupPlan[];
}

/** A consumer group of the classic protocol, and what its members do. Times are virtual milliseconds. */
export interface GroupPlan {
  /** Unique in the scenario; also the group's id. */
  readonly name: string;
  /** Topics of the scenario that no deed deletes, and that keep what they are sent. */
  readonly topics: readonly string[];
  /** In which order members do their work: `process-first` passes nothing over, `commit-first` does nothing twice. */
  readonly order: 'process-first' | 'commit-first';
  readonly members: readonly GroupMemberPlan[];
  /** Between two steps of a member, on average. */
  readonly think: number;
  readonly heartbeat: number;
  readonly rebalanceTimeout: number;
  /**
   * Of so many moments in which a member may die, be held up or leave, it takes one; less in the rarer ones. 0: it never
   * does.
   */
  readonly unrest: number;
  /**
   * An operator tries to delete the group this often (KIP-229); without members it goes, and with it its positions and
   * generations. Nothing is promised to its members then, and the history has nothing of it: its coordinators are judged.
   * Missing: never.
   */
  readonly deletedEvery?: number;
}

/** A place in a group: a member after the other, each until it dies, leaves or is replaced. */
export interface GroupMemberPlan {
  /** Unique in the group; a static member's group.instance.id. */
  readonly name: string;
  /** KIP-345. */
  readonly isStatic: boolean;
  /** In the order of preference: `cooperative-sticky` alone, or others. All members have one in common. */
  readonly assignors: readonly AssignorName[];
  readonly sessionTimeout: number;
}

export type AssignorName = 'range' | 'roundrobin' | 'cooperative-sticky';

export interface TopicPlan {
  readonly name: string;
  readonly partitions: number;
  readonly replicationFactor: number;
  readonly configs: Readonly<Record<string, string>>;
}

/** What a client does; its operations go into the history unless nothing is promised (acks 0 and 1). */
export interface ClientPlan {
  /** Unique in the scenario; also names its node and its stream of draws. */
  readonly name: string;
  readonly kind: 'producer' | 'consumer' | 'both';
  readonly topics: readonly string[];
  readonly acks: -1 | 0 | 1;
  readonly idempotent: boolean;
  /** Batches in flight at a time, 1 to 5. */
  readonly pipeline: number;
  /** Virtual milliseconds between operations, on average. */
  readonly think: number;
  /** An attempt without an answer is repeated on another connection while the first may still arrive. */
  readonly repeatsElsewhere: boolean;
  /** First sequence of its producer id is near 2^31, so that it wraps. */
  readonly nearWrap: boolean;
  /**
   * It may give a batch up before it is answered, and goes on with the next producer epoch, which it
   * takes itself (KIP-360): the old batch may still be on its way. Missing: no.
   */
  readonly raisesEpoch?: boolean;
  /** Some of its pipelines leave batch by batch, with time in between. Missing: no. */
  readonly staggers?: boolean;
  /** client.rack: it reads from the replica there, where leaders name one. Missing: from leaders. */
  readonly rack?: string;
}

export interface NetworkPlan {
  /** Microseconds that every frame takes, and the bound of what is drawn on top of it. */
  readonly baseDelay: number;
  readonly jitter: number;
  /** Of 10,000 frames so many are much later than the others (their connection waits with them). */
  readonly stragglers: number;
}

export interface DiskPlan {
  /** Microseconds that a sync takes: least, and the bound of what is drawn on top of it. */
  readonly syncBase: number;
  readonly syncSpread: number;
}

/** One planned deed. */
export interface Choice {
  /** Unique in the scenario; keeps its name while others are removed. */
  readonly name: string;
  readonly when: Moment;
  readonly act: Act;
}

export type Moment =
  /** Virtual milliseconds after the faults began. */
  | { readonly at: number }
  /**
   * The `nth` time (from 1) that this happens in the main phase, and so many milliseconds later. With
   * `from` it is counted only from so many milliseconds after the faults began (else from 0).
   */
  | {
      readonly on: TriggerEvent;
      readonly nth: number;
      readonly after: number;
      readonly from?: number;
    };

/** A broker: by index from 0, or by what it is when the deed is due. */
export type Target =
  | { readonly broker: number }
  | { readonly role: 'controller' }
  /** Of the event of an event-tied choice: the node it happened at, or the other one concerned. */
  | { readonly role: 'subject' | 'peer' }
  | {
      readonly role: 'leader' | 'follower' | 'outOfSync';
      readonly topic: string;
      readonly partition: number;
    };

export type Act =
  | {
      readonly type: 'crash';
      readonly target: Target;
      /** kill -9 keeps the page cache; power loss keeps of unsynced sectors what `keeps` says. */
      readonly power: boolean;
      readonly keeps: 'nothing' | 'drawn' | 'everything';
      /** Virtual milliseconds until it is started again. */
      readonly down: number;
    }
  | {
      readonly type: 'crashLoop';
      readonly target: Target;
      readonly times: number;
      readonly up: number;
      readonly down: number;
    }
  /** The disk is lost: the node ends, and comes back with an empty one and another directory id. */
  | { readonly type: 'wipe'; readonly target: Target; readonly down: number }
  /**
   * The target becomes a voter of the metadata log, or one that is, none. If its disk was replaced, it takes
   * its own seat.
   */
  | { readonly type: 'changeVoter'; readonly target: Target }
  /** An orderly end (controlled shutdown), then a start. */
  | { readonly type: 'restart'; readonly target: Target; readonly down: number }
  | { readonly type: 'rollingRestart'; readonly down: number; readonly between: number }
  | { readonly type: 'pause'; readonly target: Target; readonly lasts: number }
  | {
      readonly type: 'partition';
      readonly shape: 'one' | 'halves' | 'ring' | 'bridge';
      readonly target: Target;
      /** `in`: nothing reaches the target's side; `out`: nothing leaves it. */
      readonly direction: 'both' | 'in' | 'out';
      /** Also between the target's side and the clients. */
      readonly clients: boolean;
      readonly lasts: number;
    }
  /** The connections of the target break; what was on its way is lost. */
  | { readonly type: 'reset'; readonly target: Target }
  /** Frames from and to the target take so many more microseconds, drawn up to this bound. */
  | {
      readonly type: 'slow';
      readonly target: Target;
      readonly delay: number;
      readonly lasts: number;
    }
  | {
      readonly type: 'clock';
      readonly target: Target;
      readonly clock: 'wall' | 'monotonic';
      /** Milliseconds by which the wall clock jumps; a monotonic clock never does. */
      readonly jump: number;
      /** Speed from now on, in thousandths of true time. */
      readonly rate: number;
      readonly lasts: number;
    }
  | {
      readonly type: 'disk';
      readonly target: Target;
      readonly fault:
        | 'full'
        | 'writeError'
        | 'syncError'
        | 'readError'
        | 'slowSync'
        | 'corruptSector'
        | 'misdirectedWrite';
      /** Which files a sector fault hits. */
      readonly where: 'partition' | 'metadata';
      readonly lasts: number;
    }
  /** Deeds of an operator. */
  | { readonly type: 'createTopic'; readonly topic: TopicPlan }
  | { readonly type: 'deleteTopic'; readonly topic: string }
  | {
      readonly type: 'recreateTopic';
      readonly topic: string;
      readonly pause: number;
      /** Instead of those that were planned for it. Missing: these. */
      readonly configs?: Readonly<Record<string, string>>;
    }
  | {
      readonly type: 'deleteRecords';
      readonly topic: string;
      readonly partition: number;
      /** Of the high watermark as the leader has it then: what lies below is to go. */
      readonly percent: number;
    }
  /** KIP-455: a partition moves to other brokers. */
  | {
      readonly type: 'reassign';
      readonly topic: string;
      readonly partition: number;
      /** So many of its replicas give way to brokers that have none; 0: their order changes. */
      readonly replace: number;
      /** Milliseconds after which it is given up, if it is still under way then; null: it is not. */
      readonly givenUpAfter: number | null;
      /** So many replicas it has then, if there are as many brokers. Missing: as many as it had. */
      readonly factor?: number;
    }
  | { readonly type: 'addPartitions'; readonly topic: string; readonly count: number }
  | {
      readonly type: 'configure';
      readonly topic: string;
      readonly key: string;
      readonly value: string;
    };

export type ActType = Act['type'];

/** What became of a choice. */
export type Outcome =
  | { readonly took: true; readonly at: number; readonly node: string | null }
  /** Its moment came, but the deed was not allowed or not possible then. */
  | { readonly took: false; readonly reason: string }
  /** Its moment never came. */
  | null;

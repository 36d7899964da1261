/**
 * The controller's image by number, and what it makes of a command: the production decisions, on a log whose
 * records are committed at once.
 */

import type { ControllerState } from '../../../src/core/metadata/controller.js';
import {
  controller,
  encodeControllerState,
  initialControllerState,
} from '../../../src/core/metadata/controller.js';
import { type ControllerRules, createRules } from '../../../src/core/metadata/rules.js';
import type {
  ControllerCommand,
  ControllerResponse,
  MetadataRecord,
} from '../../../src/core/metadata/types.js';
import { AssertionError } from '../../../src/core/types/assert.js';
import type { BrokerEpoch, BrokerId } from '../../../src/core/types/ids.js';
import {
  CLUSTER,
  registrationIn,
  registrationOf,
  TOPIC,
  TOPIC_ID,
  type Version,
  versionOf,
} from '../../../src/explorer/partition/controller.js';
import { type Wrong, withWrong } from '../wrong-rules.js';
import type { Lives } from './abstraction.js';
import type { SpecScope } from './scope.js';

export interface KnownController {
  readonly number: number;
  readonly state: ControllerState;
  /** Of the next record. */
  readonly nextOffset: number;
  /** Every broker epoch that was ever given. */
  readonly lives: Lives;
  /** As brokers learn of it. */
  readonly version: Version;
  readonly leaderEpoch: number;
}

export interface KnownDecision {
  readonly after: KnownController;
  /** null: nothing was appended, nobody learns of anything. */
  readonly response: ControllerResponse;
  readonly changes: boolean;
  /** Words for an assertion of the machine that does not hold. */
  readonly fault: string | null;
}

export class KnownControllers {
  readonly all: KnownController[] = [];
  private readonly byKey = new Map<string, KnownController>();
  private readonly decisions = new Map<string, KnownDecision>();
  private readonly rules: ControllerRules;
  private readonly scope: SpecScope;

  constructor(scope: SpecScope, wrong: Wrong<ControllerRules>) {
    this.scope = scope;
    const settings = {
      clusterId: CLUSTER,
      defaultPartitions: 1,
      defaultReplicationFactor: scope.replicas.length,
      topicDefaults: new Map([
        ['min.insync.replicas', String(scope.minIsr)],
        ['unclean.leader.election.enable', String(scope.uncleanAllowed)],
      ]),
    };
    this.rules = withWrong(createRules(settings), wrong);
  }

  /** All brokers are registered and serve, the partition has them as replicas, and one of them leads. */
  initial(): KnownController {
    const rules = { ...this.rules, ...createRules(this.rules.settings) };
    const state = initialControllerState();
    const lives: number[] = [];
    let nextOffset = 0;
    const decide = (
      command: ControllerCommand,
      change: (record: MetadataRecord) => MetadataRecord = (record) => record,
    ): void => {
      for (const record of controller.decide(state, command, nextOffset, rules).records) {
        controller.evolve(state, change(record), nextOffset++);
      }
    };
    const ids = this.scope.replicas as readonly BrokerId[];
    for (const id of ids) {
      decide(registrationOf(id, nextOffset, -1 as BrokerEpoch));
      const brokerEpoch = state.image.brokers.get(id)!.epoch;
      lives.push(brokerEpoch);
      decide({
        type: 'brokerHeartbeat',
        brokerId: id,
        brokerEpoch,
        currentMetadataOffset: nextOffset,
        wantFence: false,
        wantShutDown: false,
      });
    }
    const topic = {
      name: TOPIC,
      topicId: TOPIC_ID,
      partitions: -1,
      replicationFactor: -1,
      assignments: [ids],
      configs: [],
    };
    const { leader } = this.scope;
    decide({ type: 'createTopics', topics: [topic], validateOnly: false }, (record) =>
      record.type === 'PartitionRecord' ? { ...record, leader: leader as BrokerId } : record,
    );
    return this.known(state, nextOffset, lives);
  }

  /** What `command` leads to; `key` names it. */
  decision(
    { number }: KnownController,
    key: string,
    make: (known: KnownController) => ControllerCommand,
  ): KnownDecision {
    const name = `${number} ${key}`;
    let decision = this.decisions.get(name);
    if (decision === undefined) {
      decision = this.decide(this.all[number]!, make(this.all[number]!));
      this.decisions.set(name, decision);
    }
    return decision;
  }

  private decide(before: KnownController, command: ControllerCommand): KnownDecision {
    const state = controller.clone(before.state);
    let { nextOffset } = before;
    try {
      const { records, response } = controller.decide(state, command, nextOffset, this.rules);
      for (const record of records) {
        controller.evolve(state, record, nextOffset++);
      }
      const isBorn = response?.type === 'registered' && records.length > 0;
      const lives = isBorn ? [...before.lives, response.brokerEpoch] : before.lives;
      const after = this.known(state, nextOffset, lives);
      return { after, response, changes: records.length > 0, fault: null };
    } catch (error) {
      if (!(error instanceof AssertionError)) {
        throw error;
      }
      const response: ControllerResponse = { type: 'done', error: -1, message: null };
      return { after: before, response, changes: false, fault: error.message };
    }
  }

  private known(state: ControllerState, nextOffset: number, lives: Lives): KnownController {
    const bytes = Buffer.from(encodeControllerState(state)).toString('latin1');
    const key = `${nextOffset} ${lives.join()} ${bytes}`;
    let known = this.byKey.get(key);
    if (known === undefined) {
      const { leaderEpoch } = registrationIn(state.image);
      const version = versionOf(state.image, nextOffset - 1, nextOffset - 1);
      known = { number: this.all.length, state, nextOffset, lives, version, leaderEpoch };
      this.all.push(known);
      this.byKey.set(key, known);
    }
    return known;
  }
}

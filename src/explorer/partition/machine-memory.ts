/**
 * What brokers and the controller do, remembered. A step is a function of the one who steps and of the input,
 * and there are few of those, but millions of worlds made of them: so the machines are asked once for each pair.
 */

import type { BrokerRegistration } from '../../core/metadata/types.js';
import { fail } from '../../core/types/assert.js';
import type { BrokerId } from '../../core/types/ids.js';
import { PairTable } from '../pair-table.js';
import type { PartWriter, Renaming } from '../part-writer.js';
import { Parts } from '../parts.js';
import type { Violation } from '../world.js';
import type { ExploredBroker } from './broker.js';
import { viewOf } from './broker.js';
import { writeBroker } from './broker-codec.js';
import { writeBatch, writeEpoch, writeIds, writeLeader } from './codec.js';
import { answerTo, commandOf, REQUEST, refusal, requestIn } from './commands.js';
import {
  type ControllerSetting,
  type Decided,
  decide,
  type ExploredController,
  registrationIn,
  type Version,
} from './controller.js';
import { writeController, writeVersion } from './controller-codec.js';
import { FETCH } from './inputs.js';
import { type Packet, writePacket } from './packets.js';
import { type Numbered, type Played, play, type Setting } from './play.js';
import { decidedBits, playedBits, type Witness } from './witnesses.js';

/** What a search needs to know of a broker without opening it. */
export interface BrokerFacts {
  readonly epoch: number;
  readonly isUp: boolean;
  readonly isClean: boolean;
  readonly role: 'leader' | 'follower' | 'none' | null;
  /** It would send a fetch now. */
  readonly mayFetch: boolean;
  /** Names the answer that it waits for (`answerKey`); -1: none. */
  readonly awaits: number;
  readonly isAppending: boolean;
  /** It waits for the answer to an AlterPartition. */
  readonly isAltering: boolean;
  readonly timers: number;
  /** Batches on its disk. */
  readonly batches: number;
  readonly highWatermark: number;
  readonly epochs: number;
  /** Number of what properties of other brokers' steps read of it. */
  readonly view: number;
}

/** What a search needs to know of the controller. */
export interface ControllerFacts {
  readonly nextOffset: number;
  readonly leader: number;
  readonly leaderEpoch: number;
  readonly partitionEpoch: number;
  /** By broker id. */
  readonly isFenced: readonly boolean[];
  readonly isStopping: readonly boolean[];
  /** By broker id: as registered. */
  readonly epochs: readonly number[];
  readonly isMoving: boolean;
  /** Number of what the properties of the partition read of it. */
  readonly view: number;
}

export interface PacketFacts {
  readonly type: Packet['type'];
  /** 0: the controller. */
  readonly to: number;
  /** Of a request: who waits for the answer, and in which life. */
  readonly from: number;
  readonly brokerEpoch: number;
  /** Of a fetch and its answer (`answerKeyOf`). */
  readonly answerKey: number;
  /** Of a request: the same, with nobody waiting; -1: it is late already, or an answer. */
  late: number;
}

/** A step of a broker: the numbers of what comes out of it. */
export interface Step {
  readonly number: number;
  readonly broker: number;
  readonly sent: readonly number[];
  readonly reached: number;
}

/** A step of the controller. */
export interface Decision {
  readonly controller: number;
  /** -1: none. */
  readonly version: number;
  /** The answer; -1: none that travels. */
  readonly sent: number;
  /** It lets a broker end. */
  readonly letsGo: boolean;
  readonly isUnclean: boolean;
  readonly reached: number;
  readonly violation: Violation | null;
}

export class MachineMemory implements Numbered {
  readonly brokers: Parts<ExploredBroker>;
  readonly controllers: Parts<ExploredController>;
  readonly packetParts: Parts<Packet>;
  readonly versionParts: Parts<Version>;
  readonly brokerFacts: BrokerFacts[] = [];
  readonly controllerFacts: ControllerFacts[] = [];
  readonly packetFacts: PacketFacts[] = [];
  private readonly views: Parts<ExploredBroker>;
  private readonly controllerViews: Parts<ExploredController>;
  private readonly steps: Step[] = [];
  private readonly knownSteps = new PairTable();
  private readonly decisions: Decision[] = [];
  private readonly knownDecisions = new PairTable();
  private readonly setting: Setting;
  private readonly controllerSetting: ControllerSetting;
  private readonly targets: readonly (readonly BrokerId[])[];
  private readonly witnesses: readonly Witness[];
  /** false: the machines are asked each time, to see that remembering changes nothing. */
  private readonly remembers: boolean;

  constructor(options: {
    readonly setting: Setting;
    readonly controllerSetting: ControllerSetting;
    readonly targets: readonly (readonly BrokerId[])[];
    readonly witnesses: readonly Witness[];
    readonly renaming: Renaming;
    readonly writer: PartWriter;
    readonly remembers: boolean;
  }) {
    const { writer, renaming } = options;
    this.setting = options.setting;
    this.controllerSetting = options.controllerSetting;
    this.targets = options.targets;
    this.witnesses = options.witnesses;
    this.remembers = options.remembers;
    this.brokers = new Parts(writer, [renaming], 0x1b873593, writeBroker);
    this.controllers = new Parts(writer, [renaming], 0x52dce729, writeController);
    this.packetParts = new Parts(writer, [renaming], 0x2545f491, writePacket);
    this.versionParts = new Parts(writer, [renaming], 0x38495ab5, writeVersion);
    this.views = new Parts(writer, [renaming], 0, writeView);
    this.controllerViews = new Parts(writer, [renaming], 0, writeControllerView);
  }

  get packets(): readonly Packet[] {
    return this.packetParts.all;
  }

  get versions(): readonly Version[] {
    return this.versionParts.all;
  }

  /** The step that broker `broker` takes at input `code`. */
  step(broker: number, code: number): Step {
    const known = this.knownSteps.get(broker, code);
    if (known >= 0 && this.remembers) {
      return this.steps[known]!;
    }
    const played = this.play(broker, code);
    const step = {
      number: this.steps.length,
      broker: played.assertion === null ? this.brokerNumber(played.broker) : broker,
      sent: played.sent.map((packet) => this.packetNumber(packet)),
      reached: playedBits(this.witnesses, played),
    };
    this.steps.push(step);
    this.knownSteps.set(broker, code, step.number);
    return step;
  }

  /** The same once more, with all that the judge wants to see. */
  play(broker: number, code: number): Played {
    return play(this.brokers.all[broker]!, code, this, this.setting);
  }

  /** What controller `controller` does when it is asked `code`. */
  decision(controller: number, code: number): Decision {
    const known = this.knownDecisions.get(controller, code);
    if (known >= 0 && this.remembers) {
      return this.decisions[known]!;
    }
    const decision = this.decideAnew(controller, code);
    this.knownDecisions.set(controller, code, this.decisions.length);
    this.decisions.push(decision);
    return decision;
  }

  private decideAnew(controller: number, code: number): Decision {
    const request = code < REQUEST ? null : requestIn(this.packets[(code - REQUEST) >> 1]);
    if (request !== null && (code - REQUEST) % 2 === 1) {
      const { rules } = this.controllerSetting;
      const sent = request.isLate
        ? -1
        : this.packetNumber(refusal(request, rules.refuseAlterPartition()));
      const nothing = { version: -1, letsGo: false, isUnclean: false, reached: 0, violation: null };
      return { controller, sent, ...nothing };
    }
    const decided = this.decided(controller, code);
    const { response, version, isUnclean, violation } = decided;
    return {
      controller: this.controllerNumber(decided.controller),
      version: version === null ? -1 : this.versionParts.numberOf(version),
      sent: request === null || request.isLate ? -1 : this.packetNumber(answerTo(request, decided)),
      letsGo: response?.type === 'heartbeat' && response.shouldShutDown,
      isUnclean,
      reached: decidedBits(this.witnesses, decided),
      violation,
    };
  }

  /** The same with all that is to be told of it. */
  decided(controller: number, code: number): Decided {
    const explored = this.controllers.all[controller]!;
    const command = commandOf(code, explored, this.packets, this.targets);
    return decide(explored, command, this.controllerSetting);
  }

  brokerNumber(broker: ExploredBroker): number {
    const number = this.brokers.numberOf(broker);
    if (number === this.brokerFacts.length) {
      this.brokerFacts.push(this.factsOf(broker));
    }
    return number;
  }

  controllerNumber(controller: ExploredController): number {
    const number = this.controllers.numberOf(controller);
    if (number === this.controllerFacts.length) {
      const { image } = controller.state;
      const { leader, leaderEpoch, partitionEpoch, addingReplicas, removingReplicas } =
        registrationIn(image);
      const byId = <Value>(of: (broker: BrokerRegistration) => Value): Value[] => {
        const list: Value[] = [];
        for (const broker of image.brokers.values()) {
          list[broker.id] = of(broker);
        }
        return list;
      };
      this.controllerFacts.push({
        nextOffset: controller.nextOffset,
        leader,
        leaderEpoch,
        partitionEpoch,
        isFenced: byId(({ fenced }) => fenced),
        isStopping: byId(({ inControlledShutdown }) => inControlledShutdown),
        epochs: byId(({ epoch }) => epoch),
        isMoving: addingReplicas.length + removingReplicas.length > 0,
        view: this.controllerViews.numberOf(controller),
      });
    }
    return number;
  }

  packetNumber(packet: Packet): number {
    const number = this.packetParts.numberOf(packet);
    if (number === this.packetFacts.length) {
      const facts = packetFactsOf(packet);
      this.packetFacts.push(facts);
      if ((packet.type === 'fetch' || packet.type === 'alter') && !packet.isLate) {
        facts.late = this.packetNumber({ ...packet, isLate: true });
      }
    }
    return number;
  }

  private factsOf(broker: ExploredBroker): BrokerFacts {
    const { replica, disk, isUp, isClean, isFetching, timers } = broker;
    const isAppending = replica !== null && replica.nextOffset > replica.logEndOffset;
    const isFollower = replica?.role === 'follower';
    const awaits = isFetching && isFollower ? awaitedBy(broker, this) : -1;
    return {
      epoch: broker.epoch,
      isUp,
      isClean,
      role: replica?.role ?? null,
      mayFetch: isFollower && !isFetching && !isAppending,
      awaits,
      isAppending,
      isAltering: broker.altering !== null,
      timers,
      batches: disk.log.length,
      highWatermark: replica?.highWatermark ?? 0,
      epochs: disk.epochs.length,
      view: this.views.numberOf(broker),
    };
  }

  /** The fetch that this follower has sent, or would. */
  fetchOf(broker: ExploredBroker): Packet {
    const played = play({ ...broker, isFetching: false }, FETCH, this, this.setting);
    return played.sent[0] ?? fail('a follower that asks nothing');
  }
}

/** Names the answer to the fetch that `broker` waits for. */
function awaitedBy(broker: ExploredBroker, machines: MachineMemory): number {
  return packetFactsOf(machines.fetchOf(broker)).answerKey;
}

function packetFactsOf(packet: Packet): PacketFacts {
  switch (packet.type) {
    case 'fetch': {
      const { type, from, to, brokerEpoch } = packet;
      const answerKey = answerKeyOf(packet, to);
      return { type, from, to, brokerEpoch, answerKey, late: -1 };
    }
    case 'fetched': {
      const { type, from, to, brokerEpoch } = packet;
      const answerKey = answerKeyOf(packet, from);
      return { type, from, to, brokerEpoch, answerKey, late: -1 };
    }
    case 'alter': {
      const { type, from, brokerEpoch } = packet;
      return { type, from, to: 0, brokerEpoch, answerKey: -1, late: -1 };
    }
    case 'altered': {
      const { type, to, brokerEpoch } = packet;
      return { type, from: 0, to, brokerEpoch, answerKey: -1, late: -1 };
    }
  }
}

/** One number for all that makes an answer one to this question; `leader`: who is asked. */
function answerKeyOf(
  asked: Pick<
    Extract<Packet, { type: 'fetch' }>,
    'brokerEpoch' | 'leaderEpoch' | 'offset' | 'lastFetchedEpoch'
  >,
  leader: number,
): number {
  const { brokerEpoch, leaderEpoch, offset, lastFetchedEpoch } = asked;
  let key = brokerEpoch * 32 + leaderEpoch + 1;
  key = key * 32 + offset;
  key = key * 32 + lastFetchedEpoch + 1;
  return key * 8 + leader;
}

function writeView(writer: PartWriter, broker: ExploredBroker): void {
  const { id, log, logStartOffset, logEndOffset, state } = viewOf(broker);
  writer.id(id);
  writer.list(log, (batch) => writeBatch(writer, batch));
  writer.number(logStartOffset);
  writer.number(logEndOffset);
  writer.nullable(state, ({ leaderEpoch }) => writeEpoch(writer, leaderEpoch));
}

function writeControllerView(writer: PartWriter, { state }: ExploredController): void {
  const { leader, leaderEpoch, replicas, isr, elr } = registrationIn(state.image);
  writeLeader(writer, leader);
  writeEpoch(writer, leaderEpoch);
  writeIds(writer, replicas);
  writeIds(writer, isr);
  writeIds(writer, elr);
}

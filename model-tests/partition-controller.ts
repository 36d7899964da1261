/**
 * An honest little controller of one partition, written from KIP-497, 841, 903 and 966 and not from
 * the core: it registers and fences brokers, elects leaders and decides about ISR changes.
 */

import type { PartitionAssignment, ReplicaBroker } from '../src/core/partition/types.js';
import type { BrokerEpoch, BrokerId, LeaderEpoch, PartitionEpoch } from '../src/core/types/ids.js';

export interface MetadataVersion {
  readonly assignment: PartitionAssignment;
  readonly brokers: readonly ReplicaBroker[];
}

export interface IsrRequest {
  readonly from: BrokerId;
  readonly leaderEpoch: LeaderEpoch;
  readonly partitionEpoch: PartitionEpoch;
  readonly newIsr: readonly { readonly brokerId: BrokerId; readonly brokerEpoch: BrokerEpoch }[];
  readonly leaderRecoveryState: 'recovered' | 'recovering';
}

export interface IsrAnswer {
  readonly error: number;
  readonly assignment: PartitionAssignment | null;
}

interface Broker {
  epoch: number;
  fenced: boolean;
  stopping: boolean;
}

const NOBODY = -1;

export class ModelController {
  /** All versions of the metadata, oldest first: brokers learn them late and may skip some. */
  readonly history: MetadataVersion[] = [];
  readonly minIsr: number;
  leader: number = NOBODY;
  leaderEpoch: number = 0;
  partitionEpoch: number = 0;
  isr: number[];
  elr: number[] = [];
  recovering: boolean = false;
  lastKnownLeader: number = NOBODY;
  uncleanElections: number = 0;
  readonly replicas: readonly number[];
  readonly brokers: Broker[];
  private nextBrokerEpoch: number = 1;

  constructor(replicas: number, minIsr: number) {
    this.minIsr = minIsr;
    this.replicas = Array.from({ length: replicas }, (_, id) => id);
    this.brokers = this.replicas.map(() => ({
      epoch: this.nextBrokerEpoch++,
      fenced: false,
      stopping: false,
    }));
    this.isr = [...this.replicas];
    this.elect();
    this.publish();
  }

  get version(): number {
    return this.history.length - 1;
  }

  assignment(): PartitionAssignment {
    return {
      leader: this.leader as BrokerId,
      leaderEpoch: this.leaderEpoch as LeaderEpoch,
      partitionEpoch: this.partitionEpoch as PartitionEpoch,
      replicas: this.replicas as BrokerId[],
      isr: [...this.isr] as BrokerId[],
      leaderRecoveryState: this.recovering ? 'recovering' : 'recovered',
    };
  }

  /** A new incarnation after an unclean stop: fenced, and out of ISR and ELR (KIP-966). */
  register(id: number): BrokerEpoch {
    this.brokers[id] = { epoch: this.nextBrokerEpoch++, fenced: true, stopping: false };
    const isr = this.isr.filter((member) => member !== id);
    this.change(() => {
      this.setIsr(isr);
      this.elr = this.elr.filter((member) => member !== id);
    });
    return this.brokers[id]!.epoch as BrokerEpoch;
  }

  fence(id: number): void {
    this.brokers[id]!.fenced = true;
    this.change(() => this.setIsr(this.isr.filter((member) => member !== id)));
  }

  unfence(id: number): void {
    this.brokers[id]!.fenced = false;
    this.change(() => {});
  }

  /** Controlled shutdown begins (KIP-841): out of the ISR, unless nobody else is in it. */
  beginStopping(id: number): void {
    this.brokers[id]!.stopping = true;
    const others = this.isr.filter((member) => member !== id);
    this.change(() => {
      if (others.some((member) => this.isLive(member))) {
        this.setIsr(others);
      }
    });
  }

  endStopping(id: number): void {
    this.brokers[id]!.stopping = false;
    this.change(() => {});
  }

  /** Moves leadership to another in-sync replica. */
  move(to: number): void {
    if (this.isr.includes(to) && this.isLive(to) && to !== this.leader) {
      this.change(() => this.lead(to));
    }
  }

  /** unclean.leader.election.enable: any live replica, whatever it lacks. */
  electUncleanly(id: number): void {
    if (this.leader === NOBODY && !this.brokers[id]!.fenced) {
      this.uncleanElections++;
      this.change(() => {
        this.isr = [id];
        this.elr = [];
        this.recovering = true;
        this.lead(id);
      });
    }
  }

  alterPartition(request: IsrRequest): IsrAnswer {
    const refuse = (error: number): IsrAnswer => ({ error, assignment: null });
    if (request.leaderEpoch < this.leaderEpoch || request.from !== this.leader) {
      return refuse(74);
    }
    if (request.partitionEpoch !== this.partitionEpoch) {
      return refuse(95);
    }
    const isr = request.newIsr.map(({ brokerId }) => brokerId as number);
    if (!isr.includes(this.leader) || (this.recovering && isr.length > 1)) {
      return refuse(42);
    }
    for (const { brokerId, brokerEpoch } of request.newIsr) {
      const broker = this.brokers[brokerId]!;
      const known = brokerEpoch === -1 || brokerEpoch === broker.epoch;
      if (broker.fenced || broker.stopping || !known) {
        return refuse(107);
      }
    }
    this.change(() => {
      this.setIsr(isr);
      this.recovering = request.leaderRecoveryState === 'recovering';
      // An accepted change is a change, also where it only says "recovered".
      this.partitionEpoch++;
    }, true);
    return { error: 0, assignment: this.assignment() };
  }

  private isLive(id: number): boolean {
    const broker = this.brokers[id]!;
    return !broker.fenced && !broker.stopping;
  }

  /** ELR-IN: who leaves while the ISR is below its minimum stays eligible; with enough, nobody is. */
  private setIsr(isr: readonly number[]): void {
    const left = [...this.elr, ...this.isr].filter((member) => !isr.includes(member));
    this.elr = isr.length >= this.minIsr ? [] : [...new Set(left)];
    this.isr = [...isr].sort((a, b) => a - b);
  }

  /** ELECT-ORDER: live ISR, live ELR, last known leader when nobody is eligible, nobody. */
  private elect(): void {
    if (this.leader !== NOBODY && this.isr.includes(this.leader) && this.isLive(this.leader)) {
      return;
    }
    const inSync = this.isr.find((id) => this.isLive(id));
    const eligible = this.elr.find((id) => this.isLive(id));
    const last = this.lastKnownLeader;
    if (inSync !== undefined) {
      this.lead(inSync);
    } else if (eligible !== undefined) {
      this.elr = this.elr.filter((id) => id !== eligible);
      // Members of the ISR that are not live keep what they hold: they stay eligible.
      this.elr.push(...this.isr.filter((id) => id !== eligible));
      this.isr = [eligible];
      this.lead(eligible);
    } else if (this.isr.length + this.elr.length === 0 && last !== NOBODY && this.isLive(last)) {
      this.isr = [last];
      this.recovering = true;
      this.lead(last);
    } else if (this.leader !== NOBODY) {
      this.leader = NOBODY;
      this.leaderEpoch++;
    }
  }

  private lead(id: number): void {
    this.leader = id;
    this.lastKnownLeader = id;
    this.leaderEpoch++;
  }

  private change(mutate: () => void, counted = false): void {
    const before = JSON.stringify(this.assignment());
    mutate();
    this.elect();
    if (!counted && JSON.stringify(this.assignment()) !== before) {
      this.partitionEpoch++;
    }
    this.publish();
  }

  private publish(): void {
    const brokers = this.brokers.map(
      (broker, id): ReplicaBroker => ({
        id: id as BrokerId,
        epoch: broker.epoch as BrokerEpoch,
        fenced: broker.fenced,
        inControlledShutdown: broker.stopping,
        rack: id % 2 === 0 ? 'even' : 'odd',
      }),
    );
    this.history.push({ assignment: this.assignment(), brokers });
  }
}

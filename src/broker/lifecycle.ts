/**
 * This broker's life in the cluster (KIP-631): registers with the controller, heartbeats, is unfenced
 * once it has caught up, and hands its leaderships over before it stops.
 */

import type { Endpoint, MetadataImage } from '../core/metadata/types.js';
import { type BrokerEpoch, type BrokerId, type Uuid, ZERO_UUID } from '../core/types/ids.js';
import type { Environment, TimerHandle } from '../environment/environment.js';
import { brokerHeartbeatApi, brokerRegistrationApi } from '../protocol/apis.js';
import { ErrorCode } from '../protocol/errors.js';
import type { ControllerChannel } from './controller-channel.js';

/** While fenced or shutting down heartbeats follow each other this fast. */
const EAGER_HEARTBEAT_MILLISECONDS = 20;
const RETRY_MILLISECONDS = 50;
/** While it shuts down a broker waits this long for a controller, so many times. */
const LEAVING_TIMEOUT_MILLISECONDS = 500;
const FAREWELLS = 3;

export interface LifecycleSettings {
  readonly brokerId: BrokerId;
  readonly clusterId: string;
  readonly directoryId: Uuid;
  readonly rack: string | null;
  readonly heartbeatInterval: number;
  /** Time for one request to the controller. */
  readonly requestTimeout: number;
  /** Broker epoch in the clean-shutdown file, -1 without one. */
  readonly previousBrokerEpoch: BrokerEpoch;
}

export type LifecycleState = 'starting' | 'registered' | 'running' | 'shuttingDown' | 'stopped';

export class Lifecycle {
  state: LifecycleState = 'starting';
  brokerEpoch: BrokerEpoch = -1 as BrokerEpoch;
  private readonly environment: Environment;
  private readonly settings: LifecycleSettings;
  private readonly channel: ControllerChannel;
  private readonly endPoints: () => readonly Endpoint[];
  private readonly metadataOffset: () => number;
  private readonly incarnationId: Uuid;
  private readonly events: { running(): void; released(): void; refused(reason: string): void };
  private timer: TimerHandle | null = null;
  private underWay = false;
  private unansweredFarewells = 0;

  constructor(
    environment: Environment,
    settings: LifecycleSettings,
    channel: ControllerChannel,
    endPoints: () => readonly Endpoint[],
    metadataOffset: () => number,
    events: { running(): void; released(): void; refused(reason: string): void },
  ) {
    this.environment = environment;
    this.settings = settings;
    this.channel = channel;
    this.endPoints = endPoints;
    this.metadataOffset = metadataOffset;
    this.events = events;
    this.incarnationId = environment.fresh.uuid();
  }

  start(): void {
    this.register();
  }

  /** The own registration as the image shows it decides what this broker may do. */
  imageChanged(image: MetadataImage): void {
    const own = image.brokers.get(this.settings.brokerId);
    if (own === undefined || own.epoch !== this.brokerEpoch) {
      return;
    }
    if (this.state === 'registered' && !own.fenced) {
      this.state = 'running';
      this.events.running();
    }
  }

  /** Does not wait for the interval: a controller came (back) into reach. */
  beatNow(): void {
    if (this.state !== 'starting' && this.state !== 'stopped') {
      this.cancel();
      this.beat();
    }
  }

  /** Asks the controller to move leaderships away; `released` follows, at the latest after `limit` ms. */
  beginShutdown(limit: number): void {
    if (this.state === 'shuttingDown' || this.state === 'stopped') {
      return;
    }
    if (this.state !== 'running' || limit === 0) {
      this.release();
      return;
    }
    this.state = 'shuttingDown';
    this.environment.timers.arm(limit, () => this.release());
    this.beat();
  }

  private release(): void {
    if (this.state !== 'stopped') {
      this.state = 'stopped';
      this.cancel();
      this.events.released();
    }
  }

  private register(): void {
    if (this.state !== 'starting') {
      return;
    }
    const { brokerId, clusterId, directoryId, rack, requestTimeout } = this.settings;
    const request = {
      brokerId,
      clusterId,
      incarnationId: this.incarnationId,
      listeners: this.endPoints(),
      features: [],
      rack,
      logDirs: directoryId === ZERO_UUID ? [] : [directoryId],
      previousBrokerEpoch: this.settings.previousBrokerEpoch,
    };
    this.channel.request(brokerRegistrationApi, request, requestTimeout, (response) => {
      if (this.state !== 'starting') {
        return;
      }
      const error = response?.errorCode ?? ErrorCode.NOT_CONTROLLER;
      if (error === ErrorCode.NONE) {
        this.brokerEpoch = response!.brokerEpoch;
        this.state = 'registered';
        this.environment.log('info', 'broker.registered', { epoch: this.brokerEpoch });
        this.beat();
        return;
      }
      if (error === ErrorCode.INCONSISTENT_CLUSTER_ID) {
        this.events.refused('the controller belongs to another cluster');
        return;
      }
      // DUPLICATE_BROKER_REGISTRATION: the last incarnation's session is still running out.
      this.later(RETRY_MILLISECONDS, () => this.register());
    });
  }

  private beat(): void {
    if (this.underWay || this.state === 'starting' || this.state === 'stopped') {
      return;
    }
    this.underWay = true;
    const request = {
      brokerId: this.settings.brokerId,
      brokerEpoch: this.brokerEpoch,
      currentMetadataOffset: this.metadataOffset(),
      wantFence: false,
      wantShutDown: this.state === 'shuttingDown',
    };
    const { requestTimeout } = this.settings;
    const leaving = this.state === 'shuttingDown';
    const timeout = leaving
      ? Math.min(requestTimeout, LEAVING_TIMEOUT_MILLISECONDS)
      : requestTimeout;
    this.channel.request(brokerHeartbeatApi, request, timeout, (response) => {
      this.underWay = false;
      if (response === null || response.errorCode !== ErrorCode.NONE) {
        this.beatFailed(response?.errorCode ?? ErrorCode.NETWORK_EXCEPTION);
        return;
      }
      if (this.state === 'shuttingDown' && response.shouldShutDown) {
        this.release();
        return;
      }
      const eager = response.isFenced || this.state === 'shuttingDown';
      const { heartbeatInterval } = this.settings;
      const interval = Math.min(heartbeatInterval, EAGER_HEARTBEAT_MILLISECONDS);
      this.later(eager ? interval : heartbeatInterval, () => this.beat());
    });
  }

  private beatFailed(error: number): void {
    if (this.state === 'shuttingDown' && error === ErrorCode.NETWORK_EXCEPTION) {
      this.unansweredFarewells++;
      if (this.unansweredFarewells >= FAREWELLS) {
        // The controller is gone too, as when a whole cluster stops: there is nobody to lead instead.
        this.release();
        return;
      }
    }
    if (error === ErrorCode.STALE_BROKER_EPOCH && this.state !== 'shuttingDown') {
      // Another registration took this id's place, or ours was removed: begin again.
      this.state = 'starting';
      this.later(RETRY_MILLISECONDS, () => this.register());
      return;
    }
    this.later(EAGER_HEARTBEAT_MILLISECONDS, () => this.beat());
  }

  private later(after: number, task: () => void): void {
    this.cancel();
    this.timer = this.environment.timers.arm(after, task);
  }

  private cancel(): void {
    if (this.timer !== null) {
      this.environment.timers.cancel(this.timer);
      this.timer = null;
    }
  }
}

/** What the production controller decides in the world of spec/partition.qnt, by the names of its actions. */

import type { ControllerCommand } from '../../../src/core/metadata/types.js';
import type { BrokerEpoch, BrokerId } from '../../../src/core/types/ids.js';
import { callText } from '../spec-graph.js';
import { commands } from './commands.js';
import type { KnownController } from './controllers.js';
import { PartitionGround, type PartitionState, type Picks } from './ground.js';
import type { Budget } from './scope.js';

export class PartitionDecisions extends PartitionGround {
  protected decisions(state: PartitionState): void {
    for (const id of this.scope.replicas) {
      this.expire(state, id);
      this.register(state, id);
      this.heartbeat(state, id);
    }
    this.elect(state, 'electPreferredLeaders');
    this.elect(state, 'electUncleanLeaders');
  }

  elect(state: PartitionState, action: 'electPreferredLeaders' | 'electUncleanLeaders'): void {
    const paid = action === 'electPreferredLeaders' ? 'preferred' : 'unclean';
    if (this.isLeft(state, paid)) {
      this.decide(state, action, [], commands[action], { paid });
    }
  }

  expire(state: PartitionState, id: number): void {
    const { isUp } = this.hostOf(state, id).broker;
    if (!isUp || this.isLeft(state, 'fencings')) {
      const make = ({ state: { image } }: KnownController): ControllerCommand =>
        commands.sessionExpired(id as BrokerId, image);
      const paid = isUp ? ({ paid: 'fencings' } as const) : {};
      this.decide(state, 'sessionExpired', [['id', String(id)]], make, paid);
    }
  }

  private register(state: PartitionState, id: number): void {
    const { isUp, isClean, epoch } = this.hostOf(state, id).broker;
    if (!isUp) {
      const shown = isClean ? epoch : (-1 as BrokerEpoch);
      const make = ({ nextOffset }: KnownController): ControllerCommand =>
        commands.registerBroker(id as BrokerId, nextOffset, shown);
      this.decide(state, 'registerBroker', [['id', String(id)]], make, { born: id });
    }
  }

  heartbeat(state: PartitionState, id: number): void {
    const { broker, applied } = this.hostOf(state, id);
    if (broker.isUp) {
      const make = (): ControllerCommand =>
        commands.brokerHeartbeat(broker.id, broker.epoch, applied);
      const key = `${broker.epoch} ${applied}`;
      this.decide(state, 'brokerHeartbeat', [['id', String(id)]], make, { key });
    }
  }

  /** `born`: the broker whose process is registered by it. */
  private decide(
    state: PartitionState,
    action: string,
    picks: Picks,
    make: (known: KnownController) => ControllerCommand,
    { paid, born, key = '' }: { paid?: Budget; born?: number; key?: string },
  ): void {
    const call = this.mayBeWanted(action) ? callText(action, picks) : null;
    if (call === null || !this.isWanted(call)) {
      return;
    }
    const name = `${call} ${key} ${born === undefined ? '' : this.hostOf(state, born).broker.isClean}`;
    const { after, response, changes, fault } = this.controllers.decision(
      state.controller,
      name,
      make,
    );
    if (!changes && fault === null) {
      return;
    }
    let updates = this.broadcast(state, after);
    const isBeyond = after.leaderEpoch + 1 > this.scope.leaderEpochs || !this.fits(updates);
    if (isBeyond && fault === null) {
      return;
    }
    let { hosts } = state;
    if (born !== undefined && response.type === 'registered') {
      const { host } = hosts[this.at(born)]!;
      const broker = { ...host.broker, isUp: true, isClean: false, epoch: response.brokerEpoch };
      hosts = this.replaced(hosts, born, this.known.known({ ...host, broker }));
      updates = this.replaced(updates, born, [after.number]);
    }
    const spent = paid === undefined ? state.spent : this.pay(state, paid);
    const to = { ...state, controller: after, hosts, updates, spent };
    this.put(action, call, to, fault);
  }
}

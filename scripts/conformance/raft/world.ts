/**
 * The production Raft in the world of spec/raft.qnt: the network, the budgets and the bounds are those of the
 * specification, what a node does is `stepRaft`. A state holds the code's nodes and messages with all their fields.
 */

import type { RaftRules } from '../../../src/core/raft/rules.js';
import type { RaftEffect, RaftInput, TimerName } from '../../../src/core/raft/types.js';
import type { BrokerId, LogIndex, Uuid } from '../../../src/core/types/ids.js';
import type { Disk, ExploredNode } from '../../../src/explorer/raft/node.js';
import { TIMERS, written } from '../../../src/explorer/raft/node.js';
import { voterOf } from '../../../src/explorer/raft/voters.js';
import type { ConcreteStep, WalkedWorld } from '../compare.js';
import { callText } from '../spec-graph.js';
import type { Wrong } from '../wrong-rules.js';
import { snapshotBytes } from './abstraction.js';
import type { RaftState } from './ground.js';
import { RaftGround } from './ground.js';
import type { NodeStep, Setting } from './node-step.js';
import { fed, hello, persisted, STAMP, startedFrom } from './node-step.js';
import type { KnownNodes } from './nodes.js';
import type { Budget, SpecScope } from './scope.js';
import { appendEntriesFrom, firstPrevIndex, snapshotFrom } from './sending.js';

type Picks = readonly (readonly [name: string, text: string])[];

/** What the specification does not see, in words, and as the machine has it. */
type UnseenInput = readonly [call: string, input: RaftInput];

/** Refused commands are of one kind; many are asked for at once. */
const UNSEEN_COMMANDS_ONE_OF = 4;

/** What becomes of the world when a node has taken its step. */
interface Taking {
  readonly taken?: number;
  readonly paid?: Budget;
  /** A start leaves the network alone, and no bound keeps it from coming. */
  readonly unbounded?: boolean;
  /** The number of the command: the code may refuse it. */
  readonly token?: number;
}

export class RaftInSpec extends RaftGround implements WalkedWorld<RaftState> {
  private readonly start: (world: RaftInSpec) => RaftState;
  /** The only call that the machine is asked for; null: all of them. */
  private wanted: string | null = null;

  /** `start` makes the state in which the scope begins; `variables`: in the order of the specification. */
  constructor(
    scope: SpecScope,
    variables: readonly string[],
    wrong: Wrong<RaftRules>,
    start: (world: RaftInSpec) => RaftState,
    remembers: boolean,
  ) {
    super(scope, variables, wrong, remembers);
    this.start = start;
  }

  initial(): RaftState {
    return this.start(this);
  }

  steps(state: RaftState): readonly ConcreteStep<RaftState>[] {
    this.out = [];
    for (const id of this.scope.servers) {
      this.timers(state, id);
      this.disk(state, id);
      this.commands(state, id);
      this.sends(state, id);
      for (const [call, input] of this.unseenInputs(state, id)) {
        this.unseen(state, id, call, input);
      }
    }
    for (const number of state.network) {
      this.deliveries(state, number);
    }
    return this.out;
  }

  /** Only the server, or the message, that the call names is asked. */
  stepsCalled(state: RaftState, call: string): readonly ConcreteStep<RaftState>[] {
    this.out = [];
    this.wanted = call;
    const id = /[( ]id = (\d+)/.exec(call)?.[1];
    if (id !== undefined) {
      this.timers(state, Number(id));
      this.disk(state, Number(id));
      this.commands(state, Number(id));
      this.sends(state, Number(id));
    } else {
      for (const number of state.network) {
        const { text } = this.known.packets[number]!;
        if (call.startsWith(text, call.length - 1 - text.length)) {
          this.deliveries(state, number);
        }
      }
    }
    this.wanted = null;
    return this.out.filter((step) => step.call === call);
  }

  /** Of one server one input, or all commands that the code refuses. */
  unseenSteps(
    state: RaftState,
    draw: (bound: number) => number,
  ): readonly ConcreteStep<RaftState>[] {
    this.out = [];
    const id = this.scope.servers[draw(this.scope.servers.length)]!;
    const inputs = this.unseenInputs(state, id);
    if (inputs.length === 0 || draw(UNSEEN_COMMANDS_ONE_OF) === 0) {
      this.commands(state, id);
    } else {
      this.unseen(state, id, ...inputs[draw(inputs.length)]!);
    }
    return this.out.filter(({ action }) => action === null);
  }

  // --- What happens to one node, by the names of the specification's actions ----------------------

  private timers(state: RaftState, id: number): void {
    const { raft } = this.nodeOf(state, id);
    const fire = (action: string, name: TimerName): void => {
      if (this.isArmed(state, id, name)) {
        this.step(state, id, action, [['id', String(id)]], `timer ${name}`, fires(name));
      }
    };
    if (raft.role !== 'learner' && raft.role !== 'leader' && raft.term < this.scope.terms) {
      fire('electionDue', 'election');
    }
    if (this.scope.heedsLeader && raft.leaderHeard) {
      fire('leaderSilent', 'leaderSilence');
    }
    if (this.scope.checkQuorum && raft.role === 'leader') {
      fire('checkQuorumDue', 'checkQuorum');
    }
    if (raft.transfer !== null) {
      fire('transferDue', 'transfer');
    }
    if (raft.catchUp !== null && this.isArmed(state, id, 'catchUp')) {
      const { voter, slow } = raft.catchUp;
      const match = raft.progress.get(voter.id)?.matchIndex ?? 0;
      for (const givesUp of slow ? [true] : [false, true]) {
        // The code gives up who has made no progress since the timer last ran; the specification leaves it open.
        const held = (givesUp ? match : match + 1) as LogIndex;
        const picks: Picks = [
          ['id', String(id)],
          ['givesUp', String(givesUp)],
        ];
        this.step(state, id, 'catchUpDue', picks, `catchUp ${givesUp}`, (node, setting) => {
          const heldBytes = node.raft.progress.get(voter.id)?.snapshotOffset ?? 0;
          const catchUp = { ...node.raft.catchUp!, heldIndex: held, heldBytes };
          const before = { ...node, raft: { ...node.raft, catchUp } };
          return fires('catchUp')(before, setting);
        });
      }
    }
  }

  private disk(state: RaftState, id: number): void {
    const { writes } = this.nodeOf(state, id);
    const self = voterOf(id, 0);
    if (writes.length > 0) {
      this.step(state, id, 'persisted', [['id', String(id)]], 'persisted', persisted);
    }
    for (let survive = 0; this.isLeft(state, 'restarts') && survive <= writes.length; survive++) {
      for (const torn of survive < writes.length ? [false, true] : [false]) {
        const picks: Picks = [
          ['id', String(id)],
          ['survive', String(survive)],
          ['torn', String(torn)],
        ];
        const key = `restart ${survive} ${torn}`;
        const take = { paid: 'restarts', unbounded: true } as const;
        this.step(
          state,
          id,
          'restart',
          picks,
          key,
          (node, setting) => startedFrom(self, diskAfterCrash(node, survive, torn), setting),
          take,
        );
      }
    }
  }

  private commands(state: RaftState, id: number): void {
    const { raft } = this.nodeOf(state, id);
    const { term } = raft;
    const stamp = STAMP;
    const idPick = ['id', String(id)] as const;
    const token = (budget: Budget): number => this.spentOf(state, budget) + 1;
    const command = (action: string, paid: Budget, picks: Picks, input: RaftInput): void => {
      if (this.isLeft(state, paid) && this.wanted?.startsWith(action) !== false) {
        const key = `${action} ${picks} ${this.spentOf(state, paid)}`;
        const make = (node: ExploredNode, setting: Setting): NodeStep => fed(node, input, setting);
        const take = { paid, token: token(paid) };
        this.step(state, id, action, [idPick, ...picks], key, make, take);
      }
    };
    const payload = Uint8Array.of(token('proposals'));
    command('propose', 'proposals', [], {
      type: 'propose',
      token: token('proposals'),
      term,
      payload,
      count: 1,
      stamp,
    });
    for (let index = raft.snapshot.index + 1; index <= raft.commitIndex; index++) {
      const data = snapshotBytes(state.nodes[this.at(id)]!.log.slice(0, index));
      command('snapshotTaken', 'snapshots', [['index', String(index)]], {
        type: 'snapshotTaken',
        index: index as LogIndex,
        data,
        stamp,
      });
    }
    command('requestRead', 'reads', [], { type: 'readIndex', token: token('reads'), stamp });
    for (const server of this.scope.servers) {
      for (const type of ['add', 'remove'] as const) {
        const picks: Picks = [
          ['voter', String(server)],
          ['adds', String(type === 'add')],
        ];
        const change = { type, voter: voterOf(server, 0) };
        command('changeVoters', 'changes', picks, {
          type: 'changeVoters',
          token: token('changes'),
          term,
          change,
          stamp,
        });
      }
      command('transferLeadership', 'transfers', [['successor', String(server)]], {
        type: 'transferLeadership',
        token: token('transfers'),
        to: server as BrokerId,
        stamp,
      });
    }
  }

  private sends(state: RaftState, id: number): void {
    const { raft } = this.nodeOf(state, id);
    if (raft.role !== 'leader') {
      return;
    }
    const last = state.nodes[this.at(id)]!.log.length;
    for (const dst of this.scope.servers.filter((server) => server !== id)) {
      const first = firstPrevIndex(raft, dst as BrokerId);
      for (let prev = first; state.network.length < this.scope.sends && prev <= last; prev++) {
        for (let count = 0; count <= Math.min(this.scope.batch, last - prev); count++) {
          this.replicateTo(state, id, dst, prev, count);
        }
      }
      if (raft.snapshot.index > (raft.progress.get(dst as BrokerId)?.matchIndex ?? 0)) {
        const message = snapshotFrom(raft);
        const picks: Picks = [
          ['id', String(id)],
          ['dst', String(dst)],
        ];
        this.put(state, callText('sendChunk', picks), 'sendChunk', {
          from: voterOf(id, 0),
          to: dst as BrokerId,
          message,
        });
      }
    }
  }

  private replicateTo(
    state: RaftState,
    id: number,
    dst: number,
    prev: number,
    count: number,
  ): void {
    if (this.wanted?.startsWith('replicateTo') === false) {
      return;
    }
    const picks: Picks = [
      ['id', String(id)],
      ['dst', String(dst)],
      ['prevIndex', String(prev)],
      ['count', String(count)],
    ];
    const call = callText('replicateTo', picks);
    if (this.wanted === null || call === this.wanted) {
      const message = appendEntriesFrom(this.nodeOf(state, id).raft, prev as LogIndex, count);
      this.put(state, call, 'replicateTo', { from: voterOf(id, 0), to: dst as BrokerId, message });
    }
  }

  private put(
    state: RaftState,
    call: string,
    action: string,
    packet: Parameters<KnownNodes['packetOf']>[0],
  ): void {
    for (const network of this.withSent(state.network, [this.known.packetOf(packet).number])) {
      if (network.length <= this.scope.messages) {
        this.out.push({ action, call, to: { ...state, network }, outputs: '' });
      }
    }
  }

  private deliveries(state: RaftState, number: number): void {
    const { packet, text } = this.known.packets[number]!;
    const { from, to, message } = packet;
    const { term } = this.nodeOf(state, to).raft;
    const action = `handle${message.type[0]!.toUpperCase()}${message.type.slice(1)}`;
    const isTooFar = message.type === 'timeoutNow' && term >= this.scope.terms;
    const input: RaftInput = {
      type: 'message',
      from: from.id,
      fromDirectory: from.directoryId as Uuid,
      message,
      stamp: STAMP,
    };
    for (const keep of this.isLeft(state, 'duplicates') ? [false, true] : [false]) {
      if (!isTooFar) {
        const picks: Picks = [
          ['keep', String(keep)],
          ['m', text],
        ];
        const take: Taking = keep ? { paid: 'duplicates' } : { taken: number };
        this.step(
          state,
          to,
          action,
          picks,
          `packet ${number}`,
          (node, setting) => fed(node, input, setting),
          take,
        );
      }
    }
    if (this.isLeft(state, 'drops')) {
      const network = state.network.filter((each) => each !== number);
      const spent = this.pay(state, 'drops');
      this.out.push({
        action: 'drop',
        call: callText('drop', [['m', text]]),
        to: { ...state, network, spent },
        outputs: '',
      });
    }
  }

  // --- What the specification does not see: it must change nothing --------------------------------

  private unseen(state: RaftState, id: number, call: string, input: RaftInput): void {
    const step = this.taken(state, id, call, (node, setting) => {
      const isTimer = input.type === 'timerFired';
      return isTimer ? fires(input.name)(node, setting) : fed(node, input, setting);
    });
    const moved = this.moved(state, id, step.after);
    const sentIsNews = step.sent.length > 0;
    const fault = step.fault ?? (sentIsNews ? 'it sends what the specification would see' : null);
    this.out.push({
      action: null,
      call: `${call} at ${id}`,
      to: fault === null ? moved : null,
      outputs: fault ?? '',
    });
  }

  private unseenInputs(state: RaftState, id: number): UnseenInput[] {
    const { raft } = this.nodeOf(state, id);
    const inputs: UnseenInput[] = [];
    const timer = (name: TimerName, isSeen: boolean): void => {
      if (!isSeen && this.isArmed(state, id, name)) {
        inputs.push([`timer ${name}`, timerFired(name)]);
      }
    };
    timer('heartbeat', false);
    timer('election', raft.role !== 'leader' && raft.role !== 'learner');
    timer('leaderSilence', raft.leaderHeard);
    timer('hello', false);
    timer('catchUp', raft.catchUp !== null);
    timer('transfer', raft.transfer !== null);
    for (const peer of this.scope.servers.filter((server) => server !== id)) {
      if (raft.role === 'leader') {
        const lost = { type: 'connectionLost', peer: peer as BrokerId, stamp: STAMP } as const;
        inputs.push([`connection to ${peer} lost`, lost]);
        const isVoter = raft.configuration.voters.some((voter) => voter.id === peer);
        // Where silence counts, a hello ends it: the specification has none.
        if (!isVoter && !this.scope.checkQuorum) {
          inputs.push([`hello of ${peer}`, hello(peer, raft.term)]);
        }
      }
    }
    return inputs;
  }

  // --- For the runs that lead to where a scope begins ---------------------------------------------

  /** The leader sends so many entries behind `prev`, however many messages are under way. */
  send(state: RaftState, id: number, dst: number, prev: number, count: number): RaftState {
    this.out = [];
    this.replicateTo(state, id, dst, prev, count);
    return this.out[0]!.to!;
  }

  // --- Steps ----------------------------------------------------------------------------------------

  /** One input to one node, unless what comes of it lies beyond a bound, or the code refuses it. */
  private step(
    state: RaftState,
    id: number,
    action: string,
    picks: Picks,
    key: string,
    make: (node: ExploredNode, setting: Setting) => NodeStep,
    { taken, paid, unbounded = false, token }: Taking = {},
  ): void {
    if (this.wanted?.startsWith(action) === false) {
      return;
    }
    const call = callText(action, picks);
    if (this.wanted !== null && call !== this.wanted) {
      return;
    }
    const step = this.taken(state, id, key, make);
    if (step.fault !== null) {
      this.out.push({ action, call, to: null, outputs: step.fault });
      return;
    }
    if (step.effects.some((effect) => isRefusal(effect, token))) {
      this.out.push({
        action: null,
        call: `refused: ${call}`,
        to: this.moved(state, id, step.after),
        outputs: '',
      });
      return;
    }
    const { after } = step;
    const isBeyond =
      after.node.writes.length > this.scope.writes || after.log.length > this.scope.entries;
    if (isBeyond && !unbounded) {
      return;
    }
    const rest = state.network.filter((number) => number !== taken);
    const spent = paid === undefined ? state.spent : this.pay(state, paid);
    for (const network of this.withSent(rest, step.sent)) {
      if (network.length <= this.scope.messages || unbounded) {
        const to = { ...this.moved(state, id, after), network, spent };
        this.out.push({ action, call, to, outputs: outputsOf(step.effects) });
      }
    }
  }
}

function fires(name: TimerName): (node: ExploredNode, setting: Setting) => NodeStep {
  return (node, setting) => {
    const timers = node.timers & ~(1 << TIMERS.indexOf(name));
    return fed({ ...node, timers }, timerFired(name), setting);
  };
}

function timerFired(name: TimerName): RaftInput {
  return { type: 'timerFired', name, key: 0, stamp: STAMP };
}

/**
 * What is on the disk after a crash: the first `survive` writes, and of the next term and vote if it is `torn`: they
 * are written first.
 */
function diskAfterCrash({ disk, writes }: ExploredNode, survive: number, torn: boolean): Disk {
  const whole = writes.slice(0, survive).reduce(written, disk);
  const next = writes[survive];
  return torn && next?.hardState !== undefined && next.hardState !== null
    ? { ...whole, hardState: next.hardState }
    : whole;
}

const REFUSALS: readonly RaftEffect['type'][] = [
  'proposalRefused',
  'readRefused',
  'changeRefused',
  'transferEnded',
];

/** The code says no to the command with this number; the specification has no such step. */
function isRefusal(effect: RaftEffect, token: number | undefined): boolean {
  return REFUSALS.includes(effect.type) && 'token' in effect && effect.token === token;
}

/** What no state shows: reads that were answered. */
function outputsOf(effects: readonly RaftEffect[]): string {
  const served = effects.flatMap((effect) =>
    effect.type === 'readReady' ? [`read ${effect.token} at ${effect.index}`] : [],
  );
  return served.sort().join(', ');
}

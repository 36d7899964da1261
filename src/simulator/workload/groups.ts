/** The consumer groups of a scenario: their members, who asks from outside where they stand, and what they lack. */

import { GroupClient } from '../../client/group-client.js';
import { assert } from '../../core/types/assert.js';
import type { Offset } from '../../core/types/ids.js';
import type { Environment } from '../../environment/environment.js';
import type { RunContext } from '../context.js';
import { lackOfGroup } from '../judges/group-convergence.js';
import { type GroupScribe, NO_SCRIBE } from '../recorder.js';
import type { GroupPlan } from '../scenario.js';
import { askCommitted } from './group-member.js';
import { GROUP_CLIENT, GroupPlace } from './group-place.js';
import { GroupShares } from './group-shares.js';
import type { Key } from './keys.js';

const SECOND = 1_000_000;
const READY_BOUND = 10 * SECOND;
/** In a cluster without faults, to be told where each group stands. */
const AUDIT_BOUND = 10 * SECOND;
const PAUSE = 50;
/** Virtual milliseconds between two questions of an auditor. */
const AUDIT_PAUSE = 250;

export class Groups {
  private readonly context: RunContext;
  private readonly groups: Group[] = [];

  constructor(context: RunContext) {
    this.context = context;
  }

  /** The first who asks has the offsets topic made; there are no faults yet. */
  prepare(): void {
    const { cluster, world, scenario } = this.context;
    const { groups: plans = [] } = scenario;
    for (const plan of plans) {
      cluster.newNode(`group ${plan.name}`).boot((environment) => {
        const group = new Group(this.context, environment, plan);
        this.groups.push(group);
        group.askUntilTold();
      });
    }
    const isReady = (): boolean =>
      this.groups.length === plans.length && this.groups.every(({ isTold }) => isTold);
    const done = world.runUntilTrue(isReady, world.now + READY_BOUND);
    assert(done || world.isHalted, 'groups had no coordinator after 10 s without faults');
  }

  start(): void {
    for (const group of this.groups) {
      group.start();
    }
  }

  /** No member dies any more; what was acknowledged up to now is to be consumed. */
  demandConvergence(): void {
    const ends = acknowledgedEnds(this.context);
    for (const group of this.groups) {
      group.demandConvergence(ends);
    }
  }

  /** In one line; null: nothing. */
  lack(): string | null {
    for (const group of this.groups) {
      const lacking = group.lack();
      if (lacking !== null) {
        return lacking;
      }
    }
    return null;
  }

  /** Members leave. */
  stop(): void {
    for (const group of this.groups) {
      group.stop();
    }
  }

  /** After everything: each group is asked once more where it stands. */
  audit(): void {
    const { world } = this.context;
    for (const group of this.groups) {
      group.askUntilTold();
    }
    world.runUntilTrue(() => this.groups.every(({ isTold }) => isTold), world.now + AUDIT_BOUND);
    const silent = this.groups.find(({ isTold }) => !isTold);
    if (silent !== undefined && !world.isHalted) {
      this.context.violated('Serves', `nobody says where ${silent.name} stands at the end`);
    }
  }

  /** Names of groups that acknowledged nothing while there were faults. */
  idle(): string[] {
    const { commits } = this.context.recorder.counts;
    const promised = this.groups.filter(({ isPassing }) => !isPassing);
    return promised.map(({ name }) => name).filter((name) => !commits.has(name));
  }
}

class Group {
  readonly name: string;
  isTold = false;
  private readonly context: RunContext;
  private readonly environment: Environment;
  private readonly plan: GroupPlan;
  private readonly process: number;
  private readonly keys: readonly Key[];
  private readonly scribe: GroupScribe;
  private readonly auditor: GroupClient;
  /** Highest positions that were acknowledged or told. */
  private readonly committed = new Map<Key, Offset>();
  private readonly shares = new GroupShares();
  private readonly places: GroupPlace[] = [];
  /** What is to be committed in each partition, at least. */
  private targets: ReadonlyMap<Key, Offset> = new Map();
  /** Nobody deletes it any more. */
  private calm = false;
  private stopped = false;

  constructor(context: RunContext, environment: Environment, plan: GroupPlan) {
    const { cluster, recorder, world } = context;
    const { bootstrap } = cluster;
    this.name = plan.name;
    this.context = context;
    this.environment = environment;
    this.plan = plan;
    this.process = recorder.process();
    this.scribe = this.isPassing ? NO_SCRIBE : recorder;
    this.keys = recorder.keys.openKeys((topic) => plan.topics.includes(topic));
    const options = { ...GROUP_CLIENT, clientId: `${plan.name}-auditor`, bootstrap };
    const first = world.stream(`auditor ${plan.name}`).below(bootstrap.length);
    this.auditor = new GroupClient(environment, options, plan.name, first);
  }

  start(): void {
    const { context, plan } = this;
    for (const member of plan.members) {
      context.cluster.newNode(`${plan.name} ${member.name}`).boot((environment) => {
        const { scribe, shares, reached: onPosition } = this;
        const place = new GroupPlace(context, environment, plan, member, {
          scribe,
          onPosition,
          shares,
        });
        this.places.push(place);
        place.start();
      });
    }
    this.environment.timers.arm(AUDIT_PAUSE, () => this.auditOn());
    this.deleteOn();
  }

  /** Its positions may end at any moment: nothing is promised. */
  get isPassing(): boolean {
    return this.plan.deletedEvery !== undefined;
  }

  stop(): void {
    this.stopped = true;
    for (const place of this.places) {
      place.stop();
    }
  }

  demandConvergence(ends: ReadonlyMap<string, Offset>): void {
    this.targets = new Map(this.keys.map((key) => [key, ends.get(key.name) ?? (0 as Offset)]));
    this.calm = true;
    for (const place of this.places) {
      place.calmDown();
    }
  }

  lack(): string | null {
    const views = this.places.map((place) => place.view());
    const { targets, committed, shares } = this;
    const shared = (generation: number) => shares.of(generation);
    return lackOfGroup(this.name, this.keys, views, { targets, committed, shared });
  }

  askUntilTold(): void {
    this.isTold = false;
    this.ask((told) => {
      this.isTold = told;
      if (!told) {
        this.environment.timers.arm(PAUSE, () => this.askUntilTold());
      }
    });
  }

  private auditOn(): void {
    if (!this.stopped) {
      this.ask(() => this.environment.timers.arm(AUDIT_PAUSE, () => this.auditOn()));
    }
  }

  private deleteOn(): void {
    const { deletedEvery } = this.plan;
    if (deletedEvery === undefined || this.calm) {
      return;
    }
    this.environment.timers.arm(deletedEvery, () => {
      this.auditor.delete(({ type }) => {
        if (type !== 'fail') {
          this.context.recorder.counts.groupsDeleted += type === 'ok' ? 1 : 0;
          this.committed.clear();
          this.shares.clear();
        }
        this.deleteOn();
      });
    });
  }

  private ask(done: (told: boolean) => void): void {
    const { scribe, auditor, keys, process, name } = this;
    const world = { scribe, coordinator: auditor };
    askCommitted(world, { process, group: name }, keys, (outcome) => {
      if (outcome.type === 'ok') {
        for (const [key, offset] of outcome.value) {
          this.reached(key, offset);
        }
      }
      done(outcome.type === 'ok');
    });
  }

  private readonly reached = (key: Key, offset: Offset): void => {
    const known = this.committed.get(key) ?? 0;
    this.committed.set(key, Math.max(known, offset) as Offset);
  };
}

/** By the name of the key: behind the last record that is known to be acknowledged. */
function acknowledgedEnds({ recorder }: RunContext): Map<string, Offset> {
  const ends = new Map<string, number>();
  for (const row of recorder.rows) {
    if (row.f !== 'send' || row.type !== 'ok' || !Array.isArray(row.value)) {
      continue;
    }
    for (const [, key, sent] of row.value as readonly (readonly [string, string, unknown])[]) {
      const offset = Array.isArray(sent) ? (sent as readonly (number | null)[])[0] : null;
      if (typeof offset === 'number') {
        ends.set(key, Math.max(ends.get(key) ?? 0, offset + 1));
      }
    }
  }
  return ends as Map<string, Offset>;
}

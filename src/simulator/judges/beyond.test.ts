import { describe, expect, it } from 'vitest';
import { findBug } from '../../bugs/registry.js';
import type { Finding } from '../../checker/result.js';
import type { RunContext } from '../context.js';
import { type RunResult, run } from '../run.js';
import type { Act, Choice, Target } from '../scenario.js';
import type { Watcher } from '../watch.js';
import { DocumentedLosses } from './beyond.js';
import type { JudgedPartition } from './judged-partition.js';
import { smallScenario } from './test-runs.js';

type Setting = (context: RunContext) => void;

/** A small cluster under load whose deeds need not be survived. */
function play(
  acts: readonly (readonly [at: number, act: Act])[],
  options: {
    bug?: string;
    set?: Setting;
    watcher?: Watcher;
    more?: readonly Choice[];
    duration?: number;
    brokers?: number;
  } = {},
): RunResult {
  const choices = acts.map(
    ([at, act], index): Choice => ({ name: `deed${index + 1}`, when: { at }, act }),
  );
  const all = [...choices, ...(options.more ?? [])];
  const scenario = {
    ...smallScenario(7, options.duration ?? 3000),
    brokers: options.brokers ?? 3,
    atlas: 'beyond' as const,
    choices: all,
  };
  const bug = options.bug === undefined ? undefined : findBug(options.bug);
  return run({
    scenario,
    bugs: bug === undefined ? [] : [bug],
    watchers: [
      (context) => {
        options.set?.(context);
        return options.watcher ?? {};
      },
    ],
  });
}

/** Records 5 to 9 of t-0 are lost as documented. */
function afterALoss(): DocumentedLosses {
  const judged = {
    topicId: 'id',
    topic: 't',
    partition: 0,
    ghost: { lostFrom: 5, lostUpTo: 10 },
    shadows: new Map(),
  } as unknown as JudgedPartition;
  const context = {
    ledger: { isClockAhead: false },
    scenario: { topics: [] },
  } as unknown as RunContext;
  return new DocumentedLosses(
    context,
    () => [judged],
    () => judged,
  );
}

function cycle(...offsets: readonly (number | null)[]): Finding {
  const edges = offsets.map((offset) => ({
    from: 1,
    to: 2,
    kind: 'rw',
    key: 't-0',
    value: 1,
    offset,
  }));
  return { anomaly: 'g2', key: 't-0', offsets: [], edges } as unknown as Finding;
}

describe('a loss that is documented', () => {
  it('excuses a cycle with an edge through a lost record, and no other', () => {
    const losses = afterALoss();
    expect(losses.excuses(cycle(2, 7))).toBe(true);
    expect(losses.excuses(cycle(2, 4))).toBe(false);
    // The edges around a lost record say nothing of it.
    expect(losses.excuses(cycle(2, 12))).toBe(false);
    expect(losses.excuses(cycle(null))).toBe(false);
    const elsewhere = cycle(7).edges!.map((edge) => ({ ...edge, key: 'u-0' }));
    expect(losses.excuses({ ...cycle(), edges: elsewhere })).toBe(false);
  });

  it('excuses by offset what is lost or skipped, and no anomaly of another kind', () => {
    const losses = afterALoss();
    const at = (anomaly: string, ...offsets: number[]): boolean =>
      losses.excuses({ ...cycle(), anomaly, offsets } as unknown as Finding);
    expect([at('lost-write', 9), at('lost-write', 10), at('poll-skip', 3, 12)]).toEqual([
      true,
      false,
      true,
    ]);
    expect(at('phantom', 7)).toBe(false);
  });
});

const BROKERS = [0, 1, 2];

function powerLoss(broker: number, down = 300): Act {
  return { type: 'crash', target: { broker }, power: true, keeps: 'nothing', down };
}

function killOf(target: Target, down: number): Act {
  return { type: 'crash', target, power: false, keeps: 'everything', down };
}

function kill(broker: number): Act {
  return killOf({ broker }, 100);
}

function decayOfMetadata(broker: number): Act {
  const fault = { fault: 'corruptSector', where: 'metadata', lasts: 1 } as const;
  return { type: 'disk', target: { broker }, ...fault };
}

const blackout = BROKERS.map((broker) => [1200, powerLoss(broker, 300 + broker)] as const);

describe('a loss of what no sync covered, on all replicas', () => {
  it('is told with its deed, and nothing else is excused', () => {
    const { violation, losses, expectedLosses, verdict } = play(blackout);
    expect(violation).toBeNull();
    expect(verdict).toBe('valid');
    expect(expectedLosses).toBeGreaterThan(0);
    expect(losses?.map(({ partition }) => partition)).toEqual(['judged-0']);
    expect(losses?.[0]?.by).toContain('at 1');
  });

  it('must be seen: disks that keep everything are found out', () => {
    const { violation } = play(blackout, {
      set: ({ cluster }) => {
        for (const node of cluster.nodes) {
          const crash = node.crash.bind(node);
          node.crash = (power, how) => crash(power, how, 'everything');
        }
      },
    });
    expect(violation?.property).toBe('ExpectedLoss');
  });

  it('is a violation where no deed went beyond', () => {
    const { violation } = play(blackout, {
      set: ({ ledger }) => {
        ledger.wentBeyond = () => {};
      },
    });
    expect(violation?.property).toBe('LossIsDocumented');
  });

  it('is a violation where no deed took it from the one that leads', () => {
    const { violation } = play(blackout, {
      set: ({ ledger }) => {
        ledger.took = () => {};
      },
    });
    expect(violation?.property).toBe('LossIsDocumented');
  });
});

describe('bugs beyond the atlas', () => {
  // The leader dies when it alone knows its newest high watermark.
  const leaderDies: Choice = {
    name: 'leader dies',
    when: { on: 'partition.high-watermark-advanced', nth: 20, after: 0, from: 2000 },
    act: killOf({ role: 'subject' }, 2000),
  };

  it.each([
    ['ack-before-high-watermark', 'ProduceAnsweredTruthfully'],
    ['truncate-to-high-watermark', 'IsrHasCommitted'],
  ])('%s is found', (bug, property) => {
    expect(play(blackout, { bug, more: [leaderDies] }).violation?.property).toBe(property);
  });

  it('without them the same deeds violate nothing', () => {
    expect(play(blackout, { more: [leaderDies] }).violation).toBeNull();
  });
});

describe('a damaged metadata log', () => {
  const acts = [
    [800, decayOfMetadata(0)],
    [1200, kill(0)],
  ] as const;

  it('keeps its broker down for good, and the others serve', () => {
    let starts = 0;
    let line = '';
    const { violation } = play(acts, {
      watcher: {
        nodeStarted: ({ index }) => {
          starts += index === 0 ? 1 : 0;
        },
        nodeEnded: ({ index }, how) => {
          line = index === 0 ? how : line;
        },
      },
    });
    expect(violation).toBeNull();
    expect(starts).toBe(2);
    expect(line).toMatch(/^[^\n]*__cluster_metadata-0[^\n]* is damaged at byte [^\n]*$/);
  });

  it('of a majority takes the quorum', () => {
    const { violation, losses } = play([...acts, [1600, decayOfMetadata(1)], [1900, kill(1)]]);
    expect(violation).toBeNull();
    expect(losses?.at(-1)).toMatchObject({ partition: null });
    expect(losses?.at(-1)?.by).toContain('broker2 refuses its metadata log');
  });

  it('is the only reason to refuse', () => {
    const { violation } = play(acts, {
      set: ({ ledger }) => {
        ledger.damagedMetadata = () => {};
      },
    });
    expect(violation?.property).toBe('RefusesOnlyDamage');
  });
});

describe('unclean elections that were configured', () => {
  const key = 'unclean.leader.election.enable';
  const allow: Act = { type: 'configure', topic: 'judged', key, value: 'true' };
  const leader = { role: 'leader', topic: 'judged', partition: 0 } as const;
  // Five brokers: two of them paused leave a quorum. Who is paused first is out of sync by the time the other is, and comes back first.
  const pause = (lasts: number): Act => {
    return { type: 'pause', target: { ...leader, role: 'follower' }, lasts };
  };
  const acts: (readonly [at: number, act: Act])[] = [
    [100, allow],
    [300, pause(4500)],
    [2600, pause(4500)],
    [4700, killOf(leader, 4000)],
  ];

  it('lose what the new leader lacks', () => {
    const { violation, losses } = play(acts, { brokers: 5, duration: 8000 });
    expect(violation).toBeNull();
    expect(losses?.[0]?.by).toContain(key);
  });

  it('excuse nothing where they were not', () => {
    const { violation } = play(acts, {
      brokers: 5,
      duration: 8000,
      set: ({ ledger }) => {
        ledger.allowedUnclean = () => {};
      },
    });
    expect(violation?.property).toBe('LossIsDocumented');
  });
});

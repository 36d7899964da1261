import { describe, expect, it } from 'vitest';
import type { RunContext } from '../context.js';
import { run } from '../run.js';
import type { Act, Choice } from '../scenario.js';
import type { Watcher } from '../watch.js';
import {
  AT,
  at,
  CONTROLLER,
  crash,
  endings,
  expectClean,
  LEADER,
  play,
  scenario,
  TOPIC,
  took,
  when,
} from './test-story.js';

describe('deeds that end lives', () => {
  it('kill the leader, which is started again in time', () => {
    const story = play(scenario([at(crash(LEADER))]), undefined, 'over');
    expectClean(story);
    const node = took(story);
    expect(node).toMatch(/^broker\d$/);
    const ended = when(story, `${node} ended: killed`);
    const restarts = story.told.filter(({ what }) => what === `${node} starts`);
    expect(restarts.map(({ at: time }) => time)[1]).toBe(ended + 400_000);
    expect(when(story, `deed ${node} ends`)).toBe(ended + 400_000);
  });

  it('cut the power, and what no sync covered is gone', () => {
    const sizes = (keeps: 'nothing' | 'everything'): number => {
      let size = -1;
      const played = scenario([at(crash(LEADER, { power: true, keeps }))]);
      const watch = (context: RunContext): Watcher => ({
        nodeStarted: ({ index, incarnation }) => {
          if (incarnation === 2) {
            const path = `/data/${TOPIC}-0/00000000000000000000.log`;
            size = context.cluster.nodes[index]!.files.sizeOf(path);
          }
        },
      });
      const result = run({ scenario: played, bugs: [], watchers: [watch], until: 'main' });
      expect(result.violation).toBeNull();
      return size;
    };
    expect(sizes('nothing')).toBe(0);
    expect(sizes('everything')).toBeGreaterThan(1000);
  });

  it('end a node in the middle of a step, before an effect of the step has left', () => {
    const when = { on: 'raft.vote-granted', nth: 1, after: 0 } as const;
    const act = crash({ role: 'subject' }, { down: 100 });
    const story = play(
      scenario([at(crash(CONTROLLER, { down: 900 }), 300, 'first'), { name: 'deed', when, act }]),
    );
    expectClean(story);
    expect(took(story)).toMatch(/^broker\d$/);
    // In the very event of the world in which it granted the vote: it never said so.
    const ended = story.told.find(({ what }) => what === `${took(story)} ended: killed`);
    const granted = story.told.filter(({ what }) => what === `raft.vote-granted ${took(story)}`);
    expect(granted.map(({ event }) => event)).toContain(ended!.event);
  });

  it('crash in a loop, restart in good order, and roll through all brokers', () => {
    const loop = play(
      scenario([at({ type: 'crashLoop', target: { broker: 0 }, times: 3, up: 200, down: 100 })]),
    );
    expectClean(loop);
    expect(endings(loop)).toEqual(Array(3).fill('broker1 ended: killed'));
    const once = play(scenario([at({ type: 'restart', target: CONTROLLER, down: 200 })]));
    expectClean(once);
    expect(endings(once)).toEqual([`${took(once)} ended: ended in good order`]);
    const rolling = play(scenario([at({ type: 'rollingRestart', down: 100, between: 300 })]));
    expectClean(rolling);
    expect(endings(rolling)).toEqual(
      [1, 2, 3].map((id) => `broker${id} ended: ended in good order`),
    );
  });

  it('take the disk away: another one, empty, of another id', () => {
    const story = play(
      scenario([at({ type: 'wipe', target: { broker: 1 }, down: 200 })]),
      undefined,
      'over',
    );
    expect(story.result.violation).toBeNull();
    expect(endings(story)).toEqual(['broker2 ended: disk lost']);
    const meta = new TextDecoder().decode(
      story.context.cluster.nodes[1]!.files.readWhole('/data/meta.properties'),
    );
    expect(meta).toContain('directory.id=directory000000001002Q');
  });

  it('are undone when the main phase is over before they are', () => {
    const acts: Act[] = [
      crash({ broker: 0 }, { down: 60_000 }),
      { type: 'pause', target: { broker: 1 }, lasts: 60_000 },
      { type: 'restart', target: { broker: 2 }, down: 60_000 },
    ];
    for (const act of acts) {
      const story = play(scenario([at(act)]));
      expectClean(story);
      expect(when(story, `deed ${took(story)} ends`)).toBe(when(story, 'main null ends'));
    }
  });
});

describe('deeds to processes, clocks and links', () => {
  it('hold the controller still: it sends nothing, and another takes over', () => {
    const story = play(
      scenario([at({ type: 'pause', target: CONTROLLER, lasts: 1200 })]),
      ({ cluster }) => cluster.nodes.map((node) => (node.isPaused ? 'paused' : 'runs')).join(),
    );
    expectClean(story);
    const during = story.told.filter(({ what }) => what.includes('paused'));
    expect(during.length).toBeGreaterThanOrEqual(23);
    const node = Number(took(story).slice(-1)) - 1;
    expect(story.context.cluster.broker(node)!.controller.isActive).toBe(false);
  });

  it('hold a process still that is only just starting, and let it go on', () => {
    const pause: Choice = {
      name: 'pause',
      when: { on: 'node.started', nth: 1, after: 0 },
      act: { type: 'pause', target: { role: 'subject' }, lasts: 200 },
    };
    const story = play(scenario([at(crash({ broker: 1 }, { down: 100 })), pause]));
    expect(took(story, 'pause')).toBe('broker2');
    expectClean(story);
  });

  it('part the brokers in every shape and direction', () => {
    const cuts = (shape: 'one' | 'halves' | 'ring' | 'bridge', brokers: number): string[] => {
      const story = play(
        scenario(
          [
            at({
              type: 'partition',
              shape,
              target: { broker: 0 },
              direction: 'both',
              clients: false,
              lasts: 500,
            }),
          ],
          { brokers, duration: 1500 },
        ),
        ({ cluster: { links, nodes } }) => {
          const names = nodes.map(({ name }) => name);
          const pairs = names.flatMap((from) => names.map((to) => [from, to] as const));
          const cut = pairs.filter(([from, to]) => links.isCut(from, to));
          return `cut ${cut.map(([from, to]) => `${from.slice(-1)}>${to.slice(-1)}`).join(' ')}`;
        },
      );
      expectClean(story);
      const shown = story.told.filter(({ what }) => what.startsWith('cut ') && what.length > 4);
      return [...new Set(shown.map(({ what }) => what))];
    };
    expect(cuts('one', 3)).toEqual(['cut 1>2 1>3 2>1 3>1']);
    expect(cuts('ring', 3)[0]!.length).toBe('cut 1>2 2>1'.length);
    expect(cuts('bridge', 3)).toEqual(['cut 2>3 3>2']);
    expect(cuts('ring', 5)[0]!.split(' ').length - 1).toBe(10);
    expect(cuts('halves', 5)[0]!.split(' ').length - 1).toBe(12);
  });

  it('cut one direction only, clients included', () => {
    const story = play(
      scenario([
        at({
          type: 'partition',
          shape: 'one',
          target: LEADER,
          direction: 'out',
          clients: true,
          lasts: 600,
        }),
      ]),
      ({ cluster: { links } }) => {
        const names = links.names();
        const cut = names.filter((from) => names.some((to) => links.isCut(from, to)));
        const silent = names.filter((to) => names.some((from) => links.isCut(from, to)));
        return `from ${cut.join()} to ${silent.join()}`;
      },
    );
    expectClean(story);
    const node = took(story);
    const shown = story.told.find(({ what }) => what.startsWith('from broker'))!.what;
    expect(shown).toMatch(new RegExp(`^from ${node} to `));
    expect(shown).toContain('client1');
    expect(shown.split(' to ')[1]).not.toContain(node);
  });

  it('skew the clocks of a node, wall and monotonic apart, and set them right', () => {
    const skew = (clock: 'wall' | 'monotonic', jump: number, rate: number): string[] => {
      const story = play(
        scenario([at({ type: 'clock', target: { broker: 0 }, clock, jump, rate, lasts: 500 })]),
        ({ cluster, world }) => {
          const { clock: shown } = cluster.nodes[0]!;
          const ahead = shown.wall() - 1_767_225_600_000 - world.now / 1000;
          return `clock ${Math.round(ahead / 1000)} ${shown.wallRate} ${shown.monotonicRate}`;
        },
      );
      expectClean(story);
      const shown = story.told.filter(({ what }) => what.startsWith('clock '));
      return [...new Set(shown.map(({ what }) => what))];
    };
    expect(skew('wall', -30_000, 900)).toEqual(['clock 0 1000 1000', 'clock -30 900 1000']);
    expect(skew('monotonic', 0, 2500)).toEqual(['clock 0 1000 1000', 'clock 0 1000 2500']);
  });

  it('reset and slow down the connections of a node', () => {
    const story = play(
      scenario([
        at({ type: 'reset', target: LEADER }),
        at({ type: 'slow', target: LEADER, delay: 150_000, lasts: 700 }, 900, 'slow'),
      ]),
    );
    expectClean(story);
    expect(took(story)).toMatch(/^broker/);
    expect(took(story, 'slow')).toMatch(/^broker/);
  });
});

describe('deeds to disks', () => {
  const disk = (
    fault: Extract<Act, { type: 'disk' }>['fault'],
    changes: Partial<Extract<Act, { type: 'disk' }>> = {},
  ): Act => ({ type: 'disk', target: LEADER, fault, where: 'partition', lasts: 700, ...changes });

  it('end the broker in one line where it cannot go on, and it comes back with a well disk', () => {
    const codes = { full: 'ENOSPC', writeError: 'EIO', syncError: 'EIO' } as const;
    for (const fault of ['full', 'writeError', 'syncError'] as const) {
      const story = play(scenario([at(disk(fault))]), undefined, 'over');
      expectClean(story);
      const node = took(story);
      const ends = endings(story);
      expect(ends.length).toBeGreaterThanOrEqual(1);
      for (const line of ends) {
        expect(line).toMatch(new RegExp(`^${node} ended: [^\\n]*${codes[fault]}$`));
      }
      // A supervisor starts it again, again and again if it must; nobody waits for the end of the faults.
      const starts = story.told.filter(({ what }) => what === `${node} starts`);
      expect(starts.length).toBe(ends.length + 1);
      expect(starts.at(-1)!.at).toBeLessThan(when(story, 'main null ends'));
    }
  });

  it('fail reads: a start under them ends in one line', () => {
    const story = play(
      scenario([
        at(disk('readError', { target: { broker: 0 } })),
        at(crash({ broker: 0 }, { down: 100 }), 700, 'kill'),
      ]),
    );
    expectClean(story);
    expect(endings(story)[1]).toMatch(/^broker1 ended: .*EIO$/);
  });

  it('make syncs slow without harm', () => {
    const story = play(
      scenario([at(disk('slowSync', { target: CONTROLLER }))]),
      ({ cluster }) =>
        `slow ${cluster.nodes.map((node) => (node.disk.slowness > 0 ? 1 : 0)).join('')}`,
    );
    expectClean(story);
    expect(story.told.some(({ what }) => /^slow .*1/.test(what))).toBe(true);
  });

  it('damage a sector, which is found: the log is set aside and replicated anew', () => {
    // Soon synced, so that the start after the kill cannot take it for a torn tail.
    const configs = { 'log.flush.offset.checkpoint.interval.ms': '200' };
    const act = disk('corruptSector', { target: { broker: 0 }, lasts: 0 });
    const story = play(
      scenario([at(act, 900), at(crash({ broker: 0 }, { down: 100 }), 1400, 'kill')], {
        configs,
      }),
    );
    expectClean(story);
    const { files } = story.context.cluster.nodes[0]!;
    const aside = files.list('/data').filter((name) => name.includes('.damaged-'));
    expect(aside).toEqual([`${TOPIC}-0.damaged-1`]);
    expect(story.told.filter(({ what }) => what === 'broker1 log.damaged').length).toBe(1);
    expect(story.context.cluster.broker(0)!.replicas.replicas.size).toBeGreaterThan(0);
  });

  it('write a sector into the place of another, once', () => {
    const story = play(scenario([at(disk('misdirectedWrite'))]), ({ cluster }) => {
      const path = `/data/${TOPIC}-0/00000000000000000000.log`;
      return `rotten ${cluster.nodes.filter(({ files }) => files.isRotten(path)).length}`;
    });
    expectClean(story);
    expect(story.told.some(({ what }) => what === 'rotten 1')).toBe(true);
  });
});

describe('moments', () => {
  it('come at their time or with their event, counted and delayed, or never', () => {
    const story = play(
      scenario([
        at({ type: 'reset', target: LEADER }, 700, 'timed'),
        {
          name: 'tied',
          when: { on: 'partition.acknowledged', nth: 5, after: 100 },
          act: { type: 'reset', target: { role: 'subject' } },
        },
        {
          name: 'late',
          when: { on: 'partition.acknowledged', nth: 1, after: 0, from: 1500 },
          act: { type: 'reset', target: { role: 'subject' } },
        },
        {
          name: 'never',
          when: { on: 'partition.acknowledged', nth: 100_000, after: 0 },
          act: { type: 'reset', target: { role: 'subject' } },
        },
        at(crash({ broker: 9 }), AT, 'nobody'),
        at(crash({ role: 'peer' }), AT, 'untied'),
      ]),
    );
    expectClean(story);
    const begins = when(story, 'main null begins');
    const times = ['timed', 'tied', 'late'].map((name) => {
      const outcome = story.result.outcomes.get(name);
      return outcome?.took === true ? (outcome.at - begins) / 1000 : Number.NaN;
    });
    expect(times[0]).toBe(700);
    expect(times[1]).toBeGreaterThan(100);
    expect(times[1]).toBeLessThan(700);
    expect(times[2]).toBeGreaterThanOrEqual(1500);
    expect(story.result.outcomes.get('never')).toBeNull();
    expect(took(story, 'nobody')).toBe('there is no such broker');
    expect(took(story, 'untied')).toBe('it is tied to no event that has one');
  });

  it('are the same in every run, and are told in the history', () => {
    const played = scenario([at(crash(LEADER, { power: true, keeps: 'drawn' }))]);
    const [first, second] = [play(played), play(played)];
    expect(second.result.hash).toBe(first.result.hash);
    const rows = first.result.rows.filter(({ process }) => process === 'nemesis');
    expect(rows.map((row) => (row as { f: string }).f)).toEqual(
      expect.arrayContaining(['crash', 'crash-ends']),
    );
  });
});

import { describe, expect, it } from 'vitest';
import type { Act, Target } from '../scenario.js';
import {
  AT,
  at,
  CONTROLLER,
  crash,
  endings,
  expectClean,
  play,
  scenario,
  TOPIC,
  took,
} from './test-story.js';

describe('the atlas', () => {
  const power = (target: Target): Act =>
    crash(target, { power: true, keeps: 'nothing', down: 100 });

  it('lets one replica of three lose unsynced data at a time, and the next once it is in sync', () => {
    const story = play(
      scenario(
        [
          at(power({ broker: 0 }), 400, 'first'),
          at(power({ broker: 1 }), 450, 'second'),
          at(power({ broker: 1 }), 3000, 'third'),
        ],
        { duration: 3500 },
      ),
    );
    expectClean(story);
    expect(took(story, 'first')).toBe('broker1');
    expect(took(story, 'second')).toMatch(/broker 1 has lost data of .* 1 others are not/);
    expect(took(story, 'third')).toBe('broker2');
  });

  it('lets all be killed, but not the last one to be trusted while another has lost data', () => {
    const all = [0, 1, 2].map((broker) => at(crash({ broker }), 500, `kill${broker}`));
    const killed = play(scenario(all));
    expectClean(killed);
    expect(endings(killed).length).toBe(3);
    // Broker 1 is down until after its fencing: its old life has no seat any more that could count.
    const long = crash({ broker: 0 }, { power: true, down: 2500 });
    const mixed = play(
      scenario(
        [
          at(long, 500, 'power'),
          at(crash({ broker: 1 }), 2600, 'kill'),
          at(crash({ broker: 2 }), 2610, 'last'),
        ],
        { duration: 4000 },
      ),
    );
    expectClean(mixed);
    expect(took(mixed, 'kill')).toBe('broker2');
    expect(took(mixed, 'last')).toMatch(/nobody else to be trusted is up/);
  });

  it('lets fewer be distrusted at a time than the minimum, in whatever order', () => {
    const orders: [Act, Act][] = [
      [power({ broker: 0 }), crash({ broker: 1 })],
      [crash({ broker: 0 }), { type: 'wipe', target: { broker: 1 }, down: 100 }],
      [power({ broker: 0 }), { type: 'restart', target: { broker: 1 }, down: 100 }],
    ];
    for (const [first, second] of orders) {
      const story = play(scenario([at(first, 500, 'first'), at(second, 510, 'second')]));
      expectClean(story);
      expect(took(story, 'first')).toBe('broker1');
      expect(took(story, 'second')).toMatch(/1 others are not to be trusted/);
    }
    const topic = { name: TOPIC, partitions: 1, replicationFactor: 3 };
    const configs = { 'min.insync.replicas': '3' };
    const [first, second] = orders[0]!;
    const strict = play(
      scenario([at(first, 500, 'first'), at(second, 510, 'second')], {
        topics: [{ ...topic, configs }],
      }),
    );
    expect(took(strict, 'second')).toBe('broker2');
  });

  it('counts a write that may go astray as a loss, also where everything is synced', () => {
    const stray = (broker: number): Act => ({
      type: 'disk',
      target: { broker },
      fault: 'misdirectedWrite',
      where: 'partition',
      lasts: 1000,
    });
    const both = play(scenario([at(stray(0), 900, 'first'), at(stray(1), 900, 'second')]));
    expectClean(both);
    expect(took(both, 'second')).toMatch(/1 replicas .* have lost data/);
    const topic = { name: TOPIC, partitions: 1, replicationFactor: 1 };
    const topics = [{ ...topic, configs: { 'flush.messages': '1' } }];
    const synced = (act: (broker: number) => Act): string => {
      const choices = [0, 1, 2].map((broker) => at(act(broker), 900, `deed${broker}`));
      const story = play(scenario(choices, { topics }));
      return choices.map(({ name }) => took(story, name)).join(' ');
    };
    expect(synced((broker) => power({ broker }))).toBe('broker1 broker2 broker3');
    expect(synced(stray)).toMatch(/0 replicas .* have lost data, and min.insync.replicas is 1/);
  });

  it('forgets damage that nobody saw once a later life has cut it off', () => {
    const damage: Act = {
      type: 'disk',
      target: { broker: 0 },
      fault: 'corruptSector',
      where: 'partition',
      lasts: 0,
    };
    const again = at(power({ broker: 1 }), 3000, 'again');
    const hidden = play(scenario([at(damage, 900, 'damage'), again], { duration: 3500 }));
    expectClean(hidden);
    expect(took(hidden, 'again')).toMatch(/has lost data/);
    const killed = at(crash({ broker: 0 }), 901, 'kill');
    const cut = play(scenario([at(damage, 900, 'damage'), killed, again], { duration: 3500 }));
    expectClean(cut);
    expect(took(cut, 'again')).toBe('broker2');
  });

  it('lets nobody lose anything where one replica is enough to acknowledge', () => {
    const wiped: Act = { type: 'wipe', target: { broker: 0 }, down: 100 };
    const story = play(scenario([at(wiped)], { configs: { 'min.insync.replicas': '1' } }));
    expect(took(story)).toMatch(/min.insync.replicas is 1/);
  });

  it('lets the power fail there once the files of partitions are written back', () => {
    const topics = [{ name: TOPIC, partitions: 3, replicationFactor: 1, configs: {} }];
    const choices = [0, 1, 2].map((broker) => at(power({ broker }), 900, `power${broker}`));
    const story = play(scenario(choices, { topics }), undefined, 'over');
    expectClean(story);
    expect(choices.map(({ name }) => took(story, name))).toEqual(['broker1', 'broker2', 'broker3']);
    expect(endings(story)).toContain('broker1 ended: power lost');
  });

  it('counts a full disk and damage that nobody has seen', () => {
    const damage = (broker: number): Act => ({
      type: 'disk',
      target: { broker },
      fault: 'corruptSector',
      where: 'partition',
      lasts: 0,
    });
    const story = play(scenario([at(damage(0), 900, 'first'), at(damage(1), 1800, 'second')]));
    expectClean(story);
    expect(took(story, 'first')).toBe('broker1');
    expect(took(story, 'second')).toMatch(/have lost data/);
    const full: Act = { ...damage(1), fault: 'full', lasts: 900 } as Act;
    const doubtful = play(
      scenario([
        at(full, 500, 'full'),
        at({ ...full, target: { broker: 2 } } as Act, 501, 'other'),
        at({ type: 'wipe', target: { broker: 0 }, down: 100 }, 502, 'wipe'),
      ]),
    );
    expect(took(doubtful, 'wipe')).toMatch(/nobody else to be trusted is up/);
  });

  it('refuses damage of the metadata log, and unclean elections', () => {
    const metadata: Act = {
      type: 'disk',
      target: CONTROLLER,
      fault: 'corruptSector',
      where: 'metadata',
      lasts: 0,
    };
    const unclean: Act = {
      type: 'configure',
      topic: TOPIC,
      key: 'unclean.leader.election.enable',
      value: 'true',
    };
    const story = play(scenario([at(metadata), at(unclean, AT, 'unclean')]));
    expect(took(story)).toMatch(/metadata log does not start/);
    expect(took(story, 'unclean')).toMatch(/by design/);
  });

  it('refuses a second lost disk of three, and nothing at all beyond', () => {
    const wipe = (broker: number): Act => ({ type: 'wipe', target: { broker }, down: 100 });
    const choices = [at(wipe(0), 400, 'first'), at(wipe(1), 2300, 'second')];
    expect(took(play(scenario(choices)), 'second')).toMatch(/there is no majority/);
    const synced = {
      name: TOPIC,
      partitions: 1,
      replicationFactor: 3,
      configs: { 'flush.messages': '1' },
    };
    const killed = at(crash({ broker: 1 }, { down: 1000 }), 500, 'killed');
    const others = [
      killed,
      at(crash({ broker: 2 }, { down: 1000 }), 510, 'too'),
      at(wipe(0), 520, 'disk'),
    ];
    // Synced data survive a power loss, not the loss of the disk.
    expect(took(play(scenario(others, { topics: [synced] })), 'disk')).toMatch(
      /nobody else to be trusted is up/,
    );
    const both = [0, 1].map((broker) => at(power({ broker }), 500, `power${broker}`));
    const beyond = play(scenario(both, { atlas: 'beyond', duration: 1000 }));
    expect(took(beyond, 'power1')).toBe('broker2');
  });
});

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
    expect(took(story, 'second')).toMatch(/1 replicas of .* have lost data, and min.insync/);
    expect(took(story, 'third')).toBe('broker2');
  });

  it('lets all be killed, but not the last one to be trusted while another has lost data', () => {
    const all = [0, 1, 2].map((broker) => at(crash({ broker }), 500, `kill${broker}`));
    const killed = play(scenario(all));
    expectClean(killed);
    expect(endings(killed).length).toBe(3);
    const mixed = play(
      scenario([
        at(power({ broker: 0 }), 500, 'power'),
        at(crash({ broker: 1 }), 510, 'kill'),
        at(crash({ broker: 2 }), 520, 'last'),
      ]),
    );
    expectClean(mixed);
    expect(took(mixed, 'kill')).toBe('broker2');
    expect(took(mixed, 'last')).toMatch(/nobody else to be trusted is up/);
  });

  it('lets nobody lose anything where one replica is enough to acknowledge', () => {
    const story = play(
      scenario([at(power({ broker: 0 }))], { configs: { 'min.insync.replicas': '1' } }),
    );
    expect(took(story)).toMatch(/min.insync.replicas is 1/);
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
        at(power({ broker: 0 }), 502, 'power'),
      ]),
    );
    expect(took(doubtful, 'power')).toMatch(/no other replica .* is in sync and up/);
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
    expect(took(play(scenario(others, { topics: [synced] })), 'disk')).toMatch(/in sync and up/);
    const both = [0, 1].map((broker) => at(power({ broker }), 500, `power${broker}`));
    const beyond = play(scenario(both, { atlas: 'beyond', duration: 1000 }));
    expect(took(beyond, 'power1')).toBe('broker2');
  });
});

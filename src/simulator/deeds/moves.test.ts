import { describe, expect, it } from 'vitest';
import type { BrokerId } from '../../core/types/ids.js';
import type { Act } from '../scenario.js';
import { targetOf } from './moves.js';
import { at, crash, expectClean, LEADER, play, scenario, TOPIC, took } from './test-story.js';

const ids = (...numbers: number[]): BrokerId[] => numbers as BrokerId[];
const now = (...numbers: number[]) => ({ replicas: ids(...numbers), removingReplicas: ids() });

describe('where a partition is moved to', () => {
  it('names others first, or changes their order', () => {
    expect(targetOf({ replace: 1 }, now(1, 2, 3), 5)).toEqual(ids(4, 2, 3));
    expect(targetOf({ replace: 0 }, now(1, 2, 3), 5)).toEqual(ids(2, 3, 1));
    expect(targetOf({ replace: 2 }, now(1, 2, 3), 3)).toEqual(ids(2, 3, 1));
  });

  it('has as many replicas as are asked for, and as there are brokers', () => {
    expect(targetOf({ replace: 0, factor: 1 }, now(2, 1, 3), 3)).toEqual(ids(2));
    expect(targetOf({ replace: 1, factor: 1 }, now(2, 1), 3)).toEqual(ids(3));
    expect(targetOf({ replace: 0, factor: 4 }, now(2, 1), 4)).toEqual(ids(2, 1, 3, 4));
    expect(targetOf({ replace: 1, factor: 3 }, now(2, 1), 3)).toEqual(ids(3, 1, 2));
    expect(targetOf({ replace: 1, factor: 4 }, now(2, 1), 3)).toEqual(ids(3, 1, 2));
  });

  it('does not count those that are on their way out', () => {
    const moving = { replicas: ids(4, 2, 1), removingReplicas: ids(1) };
    expect(targetOf({ replace: 0, factor: 3 }, moving, 4)).toEqual(ids(4, 2, 1));
  });
});

describe('a partition that shrinks', () => {
  const move = (factor: number, replace = 0): Act => ({
    type: 'reassign',
    topic: TOPIC,
    partition: 0,
    replace,
    givenUpAfter: null,
    factor,
  });
  const replicas = (story: ReturnType<typeof play>): readonly BrokerId[] => {
    const { image } = story.context.cluster.broker(0)!.controller;
    const topic = image.topics.get(image.topicIds.get(TOPIC)!)!;
    return [...topic.partitions.values()][0]!.replicas;
  };

  it('to one replica is served by it, though min.insync.replicas is 2', () => {
    const story = play(scenario([at(move(1))]), undefined, 'over');
    expectClean(story);
    expect(replicas(story)).toHaveLength(1);
    expect(story.result.probes.get('partition.acknowledged')).toBeGreaterThan(0);
  });

  it('grows again with everything that it had', () => {
    const story = play(
      scenario([at(move(1), 400, 'shrinks'), at(move(3), 1200, 'grows')]),
      undefined,
      'over',
    );
    expectClean(story);
    expect(replicas(story)).toHaveLength(3);
  });

  it('relies on the one replica that is left: it loses nothing from the request on', () => {
    const shrinks = at(move(1), 600, 'shrinks');
    const [kept] = replicas(play(scenario([shrinks])));
    const left: Act = { type: 'wipe', target: { broker: kept! - 1 }, down: 100 };
    const story = play(scenario([shrinks, at(left, 650, 'soon'), at(left, 2000, 'later')]));
    expectClean(story);
    expect(took(story, 'shrinks')).toBe('took');
    expect(took(story, 'soon')).toMatch(/0 replicas .* lost data, and min.insync.replicas is 1/);
    expect(took(story, 'later')).toMatch(/0 replicas .* lost data, and min.insync.replicas is 1/);
  });

  it('does not go to one that has lost data and may still have its seat', () => {
    const lost = at(crash(LEADER, { power: true, down: 600 }), 600, 'lost');
    const story = play(scenario([lost, at(move(1), 620, 'shrinks')]));
    expectClean(story);
    expect(took(story, 'shrinks')).toMatch(/1 replicas .* have lost data/);
  });
});

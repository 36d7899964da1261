/** The classic failure stories of partition replication: truncation, loss, duplicates, storage. */

import type { Act, Target } from '../scenario.js';
import type { Plot, Story } from './plot.js';

const SUBJECT: Target = { role: 'subject' };
const PEER: Target = { role: 'peer' };
const CONTROLLER: Target = { role: 'controller' };

export const partitionStories: readonly Story[] = [
  {
    name: 'two-quick-failovers',
    weight: 3,
    about: 'The leader ends, and then the next one before anybody heard its high watermark',
    source: 'KIP-101, scenario 1',
    write: (plot) => {
      const { draws } = plot;
      plot.at(0, plot.kill(plot.leader(plot.place()), 300, 2500));
      const event = draws.pick([
        'partition.leading',
        'partition.leading',
        'partition.following',
      ] as const);
      const target = event === 'partition.leading' ? SUBJECT : PEER;
      plot.on(event, 1, plot.kill(target, 150, 1500), draws.scaled(1, 120));
      if (draws.percent(40)) {
        const after = draws.scaled(1, 200);
        plot.on('partition.leading', 2, plot.kill(SUBJECT, 150, 1500), after, 100);
      }
    },
  },
  {
    name: 'follower-back-leader-gone',
    about: 'A follower restarts at once; the leader ends as the follower is about to fetch',
    source: 'KIP-101, scenario 1',
    write: (plot) => {
      const { draws } = plot;
      const place = plot.place();
      plot.at(0, plot.crash(plot.follower(place), 1, 60));
      const when = draws.between(0, 3);
      if (when === 0) {
        plot.on('partition.truncated', 1, plot.kill(PEER, 300, 2000));
      } else if (when === 1) {
        plot.on('partition.following', 1, plot.kill(PEER, 300, 2000), draws.scaled(1, 30));
      } else {
        plot.on('node.serving', 1, plot.kill(plot.leader(place), 300, 2000), draws.scaled(1, 60));
      }
    },
  },
  {
    name: 'leader-with-a-tail',
    weight: 3,
    about: 'A leader is cut off from all but its clients, and comes back with what only it has',
    source: 'KIP-101, scenario 2; KIP-320; KAFKA-13141',
    write: (plot) => {
      const { draws, timings } = plot;
      const lasts = timings.session + draws.between(300, 2500);
      const cut = plot.cut(SUBJECT, lasts);
      plot.on('partition.appended-as-leader', draws.scaled(1, 60), cut);
      if (draws.percent(40)) {
        const leader = plot.leader(plot.place());
        plot.at(lasts + draws.between(0, 400), plot.crash(leader, 200, 1500));
      }
    },
  },
  {
    name: 'tails-in-a-row',
    weight: 4,
    about: 'Each leader is cut off in its turn, so that logs part in more than one epoch',
    source: 'KIP-279; KAFKA-6361',
    write: (plot) => {
      const { draws, timings } = plot;
      const place = plot.place();
      const step = timings.session + draws.between(200, 900);
      const turns = draws.between(2, 3);
      for (let turn = 0; turn < turns; turn++) {
        const lasts = step + draws.between(-100, 600);
        plot.at(step * turn, plot.cut(plot.leader(place), lasts, { direction: 'both' }));
      }
      if (draws.percent(50)) {
        plot.at(step * turns + draws.between(0, 300), plot.kill(plot.leader(place), 300, 1500));
      }
    },
  },
  {
    name: 'elections-without-data',
    weight: 3,
    about: 'Leaders of a partition follow each other and append nothing',
    source: 'KAFKA-10706',
    write: (plot) => {
      const { draws } = plot;
      const place = plot.place('quiet');
      const times = draws.between(2, 5);
      for (let i = 0; i < times; i++) {
        const down = draws.scaled(100, 900);
        const leader = plot.leader(place);
        const act = draws.percent(70)
          ? plot.kill(leader, down, down + 1)
          : ({ type: 'restart', target: leader, down } as const);
        plot.at(i * draws.between(300, 900), act);
      }
    },
  },
  {
    name: 'acknowledged-and-gone',
    about: 'The leader ends where a record was acknowledged, or was about to be',
    source: 'ACKALL; Kafka documentation, acks',
    write: (plot) => {
      const { draws } = plot;
      const event = draws.pick([
        'partition.acknowledged',
        'partition.acknowledging',
        'partition.high-watermark-advanced',
        'partition.appended-as-leader',
      ] as const);
      const nth = draws.scaled(1, 200);
      plot.on(event, nth, plot.crash(SUBJECT, 300, 2500), draws.pick([0, 0, 1, 2]));
    },
  },
  {
    name: 'answer-lost',
    about: 'Followers have the batch, the client never hears so and sends it again',
    source: 'KIP-98; KAFKA-5793',
    write: (plot) => {
      const { draws } = plot;
      const times = draws.between(1, 3);
      for (let i = 0; i < times; i++) {
        const nth = draws.scaled(1, 150);
        const event = draws.pick([
          'partition.appended-as-follower',
          'partition.high-watermark-told',
        ] as const);
        const act = draws.percent(50)
          ? plot.crash(PEER, 200, 1500)
          : ({ type: 'reset', target: PEER } as const);
        plot.on(event, nth, act, 0, i * 900);
      }
    },
  },
  {
    name: 'sleeping-leader',
    about: 'A leader sleeps until another leads, and goes on where it was',
    source: 'KIP-320; KIP-207',
    write: (plot) => {
      const { draws, timings } = plot;
      const { session } = timings;
      const target = draws.percent(70) ? plot.leader(plot.place()) : CONTROLLER;
      const lasts = draws.between(Math.floor(session / 2), session + 1500);
      plot.at(0, { type: 'pause', target, lasts });
      if (draws.percent(40)) {
        plot.at(lasts + draws.between(0, 200), plot.kill(plot.leader(plot.place()), 200, 1500));
      }
    },
  },
  {
    name: 'torn-tail',
    weight: 2,
    about: 'Power is lost in the middle of appends, and the node is back at once',
    source: 'batch format v2; KIP-966',
    write: (plot) => {
      const { draws } = plot;
      const event = draws.pick([
        'partition.appended-as-follower',
        'partition.appended-as-leader',
      ] as const);
      const nth = draws.scaled(1, 200);
      const act = plot.power(SUBJECT, 1, 600);
      plot.on(event, nth, { ...act, keeps: 'drawn' });
      if (draws.percent(40)) {
        plot.on('node.serving', 1, plot.power(SUBJECT, 1, 200), draws.scaled(1, 400), 1);
      }
    },
  },
  {
    name: 'tail-truncated-and-power',
    about: 'A log was cut, and power is lost before the disk knows',
    source: 'EPOCH-CACHE; STATE-FROM-LOG',
    write: (plot) => {
      const { draws, timings } = plot;
      const lasts = timings.session + draws.between(300, 1200);
      plot.on('partition.appended-as-leader', draws.scaled(1, 30), plot.cut(SUBJECT, lasts));
      const event = draws.pick(['partition.truncated', 'partition.truncating'] as const);
      plot.on(event, 1, plot.crash(SUBJECT, 1, 300), draws.pick([0, 0, 1, 20]));
      if (draws.percent(30)) {
        plot.on(event, 1, plot.crash(PEER, 300, 1500), draws.scaled(1, 60));
      }
    },
  },
  {
    name: 'behind-the-log-start',
    weight: 3,
    about: 'A follower was away until what it lacks was deleted; the leader ends as it begins anew',
    source: 'KAFKA-9491; KAFKA-5634',
    write: (plot) => {
      const { draws } = plot;
      const away = draws.between(1500, 4500);
      const follower = plot.follower(plot.place('aging'));
      const kill = draws.percent(60);
      plot.at(0, kill ? plot.crash(follower, away, away + 1) : plot.cut(follower, away));
      if (draws.percent(60)) {
        const event = draws.pick(['partition.reset', 'partition.isr-expanding'] as const);
        const target = event === 'partition.reset' ? PEER : SUBJECT;
        plot.on(event, 1, plot.crash(target, 200, 1500), draws.pick([0, 1, 30, 150]), 1000);
      }
    },
  },
  {
    name: 'high-watermark-stands',
    about:
      'Followers stop fetching while the leader appends; it restarts, or its retention goes on',
    source: 'HW-PROP; KAFKA-5634',
    write: (plot) => {
      const { draws } = plot;
      const place = plot.place('aging', 'main');
      const lasts = draws.between(400, 1500);
      for (let broker = 0; broker < plot.brokers; broker++) {
        plot.at(0, plot.slow({ broker }, 50, 400, lasts));
      }
      plot.at(draws.between(50, lasts), plot.crash(plot.leader(place), 1, 800));
    },
  },
  {
    name: 'damaged-sector',
    weight: 3,
    about:
      'A sector of a log that was synced long ago is damaged; the node ends and starts from it',
    source: 'FAST 2018, "Protocol-Aware Recovery for Consensus-Based Storage"',
    write: (plot) => {
      const { draws } = plot;
      const flushed = plot.topics.filter(
        ({ configs }) => 'flush.messages' in configs || 'flush.ms' in configs,
      );
      const place = plot.place(...flushed.map(({ name }) => name));
      // One node, whatever it is by then: the same that was synced is damaged, and is killed.
      const target = plot.broker();
      let at = 0;
      if (draws.percent(60)) {
        plot.at(0, { type: 'restart', target, down: draws.scaled(20, 200) });
        at = draws.between(600, 1500);
      }
      const fault = draws.pick(['corruptSector', 'corruptSector', 'misdirectedWrite'] as const);
      const hit = draws.percent(50) || at > 0 ? target : plot.follower(place);
      plot.at(at, { type: 'disk', target: hit, fault, where: 'partition', lasts: 1000 });
      const down = draws.scaled(1, 400);
      const end: Act = draws.percent(60)
        ? plot.kill(hit, down, down + 1)
        : { type: 'restart', target: hit, down };
      plot.at(at + draws.scaled(1, 900), end);
    },
  },
  {
    name: 'disk-fails',
    weight: 1,
    about: 'A disk is full, or refuses, in the middle of an append',
    source: 'KIP-112',
    write: (plot) => {
      const { draws } = plot;
      const fault = draws.pick(['full', 'writeError', 'syncError', 'readError'] as const);
      const where = draws.pick(['partition', 'metadata'] as const);
      const lasts = draws.between(100, 1500);
      const act = { type: 'disk', target: SUBJECT, fault, where, lasts } as const;
      const event = draws.pick([
        'partition.appended-as-leader',
        'partition.appended-as-follower',
        'partition.high-watermark-advanced',
      ] as const);
      plot.on(event, draws.scaled(1, 100), act);
    },
  },
  {
    name: 'all-end-at-once',
    about: 'Every broker is killed at the same time, and they come back one by one',
    source: 'KIP-966; KIP-704',
    write: (plot) => {
      for (let broker = 0; broker < plot.brokers; broker++) {
        const target: Target = { broker };
        plot.at(plot.draws.pick([0, 0, 0, 40]), plot.kill(target, 20, 1500));
      }
    },
  },
  {
    name: 'topic-churn',
    about: 'A topic goes and comes under the same name while brokers are away and asleep',
    source: 'KIP-516; A-ID',
    write: (plot) => {
      const { draws } = plot;
      const place = plot.place('quiet', 'few');
      const away = draws.between(200, 2500);
      plot.at(0, awayFor(plot, plot.follower(place), away));
      const pause = draws.scaled(1, 800);
      plot.at(draws.between(0, away), { type: 'recreateTopic', topic: place.topic, pause });
      if (draws.percent(50)) {
        const event = draws.pick(['controller.topic-deleted', 'controller.topic-created'] as const);
        plot.on(event, 1, plot.crash(SUBJECT, 100, 1000), draws.pick([0, 1, 30]));
      }
    },
  },
];

function awayFor(plot: Plot, target: Target, lasts: number): Parameters<Plot['at']>[1] {
  const way = plot.draws.between(0, 2);
  if (way === 0) {
    return plot.crash(target, lasts, lasts + 1);
  }
  return way === 1 ? { type: 'pause', target, lasts } : plot.cut(target, lasts);
}

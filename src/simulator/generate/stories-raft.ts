/** The classic failure stories of the metadata log: Raft's figures, and the node around it. */

import type { Target } from '../scenario.js';
import type { Plot, Story } from './plot.js';

const CONTROLLER: Target = { role: 'controller' };
const SUBJECT: Target = { role: 'subject' };
const PEER: Target = { role: 'peer' };

export const raftStories: readonly Story[] = [
  {
    name: 'forgetful-candidate',
    about: 'A candidate ends once its vote for itself is durable, and is soon back among voters',
    source: 'thesis, 3.8',
    write: (plot) => {
      plot.at(0, plot.kill(CONTROLLER, 900, 3000));
      const event = plot.draws.pick(['raft.vote-requesting', 'raft.vote-requested'] as const);
      plot.on(event, plot.draws.between(1, 2), plot.crash(SUBJECT, 2, 200));
    },
  },
  {
    name: 'forgetful-voter',
    about:
      'A voter ends right after it granted, its candidate is cut off, and the old leader asks it',
    source: 'thesis, figure 3.1',
    write: (plot) => {
      const { election } = plot.timings;
      plot.at(0, plot.kill(CONTROLLER, election, election * 2));
      const event = plot.draws.pick([
        'raft.vote-granted',
        'raft.vote-granted',
        'raft.vote-granting',
        'raft.vote-persisting',
      ] as const);
      plot.on(event, 1, plot.crash(SUBJECT, 2, 100));
      plot.on(event, 1, plot.cut(PEER, plot.draws.between(election, election * 4)));
    },
  },
  {
    name: 'split-vote',
    about: 'Everybody sleeps while the leader ends, and wakes as a candidate at the same time',
    source: 'thesis, 3.4',
    write: (plot) => {
      const lasts = plot.timings.election * plot.draws.between(2, 4);
      for (let broker = 0; broker < plot.brokers; broker++) {
        const apart = plot.draws.percent(70) ? 0 : plot.draws.between(0, 3);
        plot.at(0, { type: 'pause', target: { broker }, lasts: lasts + apart });
      }
      plot.at(1, plot.kill(CONTROLLER, lasts * 2, lasts * 5));
    },
  },
  {
    name: 'slow-votes',
    weight: 1,
    about: 'Votes cross each other on their way while the leader is gone',
    source: 'thesis, 3.4',
    write: (plot) => {
      const { election } = plot.timings;
      for (let broker = 0; broker < plot.brokers; broker++) {
        plot.at(0, plot.slow({ broker }, election / 4, election, election * 6));
      }
      plot.at(election, plot.crash(CONTROLLER, election * 2, election * 8));
      if (plot.draws.percent(60)) {
        plot.on('raft.vote-granted', plot.draws.between(1, 3), plot.crash(SUBJECT, 5, 100));
      }
    },
  },
  {
    name: 'stale-candidate',
    weight: 3,
    about: 'A node that missed entries comes back just when the leader ends, and wants to lead',
    source: 'thesis, 3.6.1',
    write: (plot) => {
      const away = plot.draws.between(plot.timings.session, plot.timings.session + 1500);
      plot.at(0, plot.cut(plot.broker(), away, { direction: 'both' }));
      plot.metadata(plot.draws.between(1, 4), away);
      plot.at(away - plot.draws.between(0, 400), plot.crash(CONTROLLER, 800, 3000));
    },
  },
  {
    name: 'tail-nobody-has',
    weight: 5,
    about: 'The leader is cut off at its append; another leads; the old one returns with its tail',
    source: 'thesis, figure 3.6',
    write: (plot) => {
      const { draws, timings } = plot;
      const event = draws.pick(['raft.appending-as-leader', 'raft.appended-as-leader'] as const);
      const lasts = draws.between(timings.election * 2, timings.election * 6);
      plot.on(event, draws.between(1, 2), plot.cut(SUBJECT, lasts, { direction: 'both' }));
      plot.metadata(draws.between(2, 5), 600);
      if (draws.percent(50)) {
        // What the new leader tells it, a heartbeat among them, comes before its answers are heard.
        plot.on('raft.elected', 1, plot.slow(SUBJECT, 30, 300, lasts + 2000));
        plot.metadata(draws.between(1, 4), lasts);
      }
      if (draws.percent(30)) {
        plot.on('raft.elected', 1, plot.crash(SUBJECT, 5, 400), draws.between(0, 300));
      }
    },
  },
  {
    name: 'figure-8',
    weight: 3,
    about: 'Leaders end one after another, with entries that some of the others hold',
    source: 'thesis, figure 3.7',
    write: (plot) => {
      const { draws } = plot;
      plot.metadata(draws.between(2, 6), 2500);
      plot.on('raft.append-acknowledging', draws.between(1, 2), plot.crash(PEER, 100, 1200));
      const relays = draws.between(1, 3);
      for (let i = 1; i <= relays; i++) {
        const event = draws.pick(['raft.elected', 'raft.append-written'] as const);
        const target = event === 'raft.elected' ? SUBJECT : PEER;
        plot.on(event, i, plot.crash(target, 100, 1200), draws.between(0, 20), 400 * i);
      }
    },
  },
  {
    name: 'unsynced-leader',
    weight: 3,
    about: 'The leader loses power between its append and the sync, and is back at once',
    source: 'thesis, 10.2.1; KAFKA-10527',
    write: (plot) => {
      const { draws } = plot;
      plot.metadata(draws.between(2, 4), 800);
      if (draws.percent(50)) {
        plot.at(0, slowSync(CONTROLLER, 1500));
      }
      const event = draws.pick([
        'raft.appended-as-leader',
        'raft.appended-as-leader',
        'raft.committed-as-leader',
        'raft.committing-as-leader',
      ] as const);
      plot.on(event, draws.between(1, 3), plot.power(SUBJECT, 1, 60));
    },
  },
  {
    name: 'unsynced-follower',
    about: 'A follower acknowledges and loses power; so does what it had found after a kill',
    source: 'thesis, 3.8',
    write: (plot) => {
      const { draws } = plot;
      plot.metadata(draws.between(2, 5), 1500);
      const nth = draws.between(1, 3);
      if (draws.percent(50)) {
        plot.on('raft.append-acknowledged', nth, plot.power(SUBJECT, 1, 300));
        plot.on('raft.append-acknowledged', nth, plot.crash(PEER, 300, 2000));
        return;
      }
      plot.on('raft.append-written', nth, plot.kill(SUBJECT, 1, 40));
      plot.on('node.started', 1, plot.power(SUBJECT, 1, 300), draws.scaled(2, 200));
    },
  },
  {
    name: 'vote-and-power',
    weight: 1,
    about: 'Power is lost where a vote was just granted',
    source: 'thesis, figure 3.1 (stable storage)',
    write: (plot) => {
      plot.at(0, plot.kill(CONTROLLER, 500, 2500));
      const event = plot.draws.pick(['raft.vote-granted', 'raft.vote-requested'] as const);
      plot.on(event, 1, { ...plot.power(SUBJECT, 1, 100), keeps: 'nothing' });
    },
  },
  {
    name: 'cut-off-controller',
    weight: 3,
    about: 'A leader that no majority answers, while clients and readers still reach it',
    source: 'thesis, 6.2 and 6.4; KAFKA-15489',
    write: (plot) => {
      const { draws, timings } = plot;
      const lasts = timings.election * draws.between(3, 10);
      if (draws.percent(60)) {
        const rate = draws.pick([100, 300, 600, 1700, 4000]);
        plot.at(0, {
          type: 'clock',
          target: CONTROLLER,
          clock: 'monotonic',
          jump: 0,
          rate,
          lasts: lasts + 1000,
        });
      }
      const target = draws.percent(60) ? CONTROLLER : plot.leader(plot.place());
      plot.at(50, plot.cut(target, lasts));
      plot.metadata(draws.between(1, 4), lasts);
    },
  },
  {
    name: 'reset-after-append',
    about:
      'The connections of the leader break behind its appends, and it asks again from further back',
    source: 'thesis, 3.5',
    write: (plot) => {
      const { draws } = plot;
      plot.metadata(draws.between(3, 6), 1200);
      for (let i = 0; i < 3; i++) {
        const event = draws.pick(['raft.append-acknowledged', 'raft.append-written'] as const);
        plot.on(event, draws.between(1, 6), { type: 'reset', target: PEER });
      }
    },
  },
  {
    name: 'isolated-and-back',
    weight: 1,
    about: 'One node hears nobody, or nobody hears it; it comes back with candidacies in its head',
    source: 'thesis, 4.2.3 and 9.6; KIP-996',
    write: (plot) => {
      const { draws, timings } = plot;
      const shape = draws.pick(['one', 'one', 'bridge', 'ring', 'halves'] as const);
      const target = draws.percent(50) ? plot.broker() : CONTROLLER;
      const lasts = draws.between(timings.election * 2, timings.session + 1000);
      plot.at(0, plot.cut(target, lasts, { shape, clients: draws.percent(30) }));
    },
  },
  {
    name: 'disk-replaced',
    about: 'A voter comes back with an empty disk while an election is on',
    source: 'KIP-853; KIP-903',
    write: (plot) => {
      const { draws } = plot;
      const target = draws.percent(60) ? plot.broker() : plot.follower(plot.place());
      plot.at(0, { type: 'wipe', target, down: draws.scaled(10, 1000) });
      plot.at(draws.between(100, 2500), plot.kill(CONTROLLER, 500, 2500));
    },
  },
  {
    name: 'snapshot-for-a-laggard',
    about: 'A node missed more than the log holds; it, or who sends, ends around the snapshot',
    source: 'thesis, 5; KAFKA-14238',
    write: (plot) => {
      const { draws, timings } = plot;
      const away = draws.between(timings.session, timings.session + 2000);
      const kill = draws.percent(50);
      const target = plot.broker();
      plot.at(0, kill ? plot.crash(target, away, away + 1) : plot.cut(target, away));
      plot.metadata(draws.between(4, 10), away);
      if (draws.percent(75)) {
        const event = draws.pick([
          'raft.snapshot-sent',
          'raft.snapshot-installing',
          'raft.snapshot-installed',
          'raft.snapshot-taken',
        ] as const);
        const target = event === 'raft.snapshot-sent' && draws.percent(50) ? PEER : SUBJECT;
        plot.on(event, 1, plot.crash(target, 5, 500), draws.pick([0, 0, 1, 5]));
      }
    },
  },
  {
    name: 'controllers-in-a-row',
    weight: 1,
    about: 'Each new controller ends as soon as it is active',
    source: 'KIP-631',
    write: (plot) => {
      const { draws } = plot;
      plot.at(0, plot.crash(CONTROLLER, 100, 1500));
      const times = draws.between(1, 3);
      for (let i = 1; i <= times; i++) {
        const event = draws.pick(['controller.activated', 'raft.elected'] as const);
        plot.on(event, i, plot.crash(SUBJECT, 100, 1500), draws.scaled(1, 300));
      }
    },
  },
  {
    name: 'metadata-sector',
    weight: 1,
    about: 'A sector of the metadata log is damaged, and the node ends soon after',
    source: 'FAST 2018, "Protocol-Aware Recovery for Consensus-Based Storage"',
    write: (plot) => {
      const target = plot.broker();
      const fault = plot.draws.pick(['corruptSector', 'misdirectedWrite'] as const);
      plot.at(0, { type: 'disk', target, fault, where: 'metadata', lasts: 1000 });
      plot.at(plot.draws.between(50, 900), plot.kill(target, 5, 500));
    },
  },
];

function slowSync(target: Target, lasts: number): Parameters<Plot['at']>[1] {
  return { type: 'disk', target, fault: 'slowSync', where: 'metadata', lasts };
}

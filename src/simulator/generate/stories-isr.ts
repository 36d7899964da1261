/** The classic failure stories of the ISR: who joins, who leaves, who is told, who may lead. */

import type { Target } from '../scenario.js';
import type { Place, Plot, Story } from './plot.js';

const SUBJECT: Target = { role: 'subject' };
const PEER: Target = { role: 'peer' };
const CONTROLLER: Target = { role: 'controller' };

export const isrStories: readonly Story[] = [
  {
    name: 'joiner-restarts',
    weight: 6,
    about: 'A follower that is about to join ends, and is back, or fenced, before that is decided',
    source: 'KIP-903; KAFKA-14617; KIP-841; KAFKA-13916',
    write: (plot) => {
      falls(plot, plot.place());
      const nth = plot.draws.between(1, 2);
      plot.on('partition.isr-expanding', nth, plot.slow(SUBJECT, 50, 900, 900));
      const back = plot.draws.percent(60);
      plot.on(
        'partition.isr-expanding',
        nth,
        back ? plot.power(PEER, 1, 80) : plot.kill(PEER, 200, 1500),
      );
    },
  },
  {
    name: 'joiner-lags',
    weight: 3,
    about: 'A follower has joined, the leader does not know yet, and the follower falls behind',
    source: 'KIP-497 (maximal ISR)',
    write: (plot) => {
      const { draws } = plot;
      const place = plot.place();
      falls(plot, place);
      const event = draws.pick(['partition.isr-expanding', 'partition.isr-expanding'] as const);
      const lasts = draws.between(200, 1200);
      const joiner = draws.percent(50)
        ? plot.slow(PEER, 60, 900, lasts)
        : ({ type: 'pause', target: PEER, lasts } as const);
      plot.on(event, 1, joiner);
      if (draws.percent(60)) {
        plot.on('controller.alter-partition-answering', 1, plot.cut(PEER, lasts));
      }
      plot.on('partition.isr-expanding', 1, plot.kill(SUBJECT, 300, 2000), draws.between(60, 800));
    },
  },
  {
    name: 'early-joiner',
    weight: 3,
    about: 'A new leader does not know what is committed; who was away catches up with it half-way',
    source: 'KAFKA-7128',
    write: (plot) => {
      const { draws, timings } = plot;
      const place = plot.place();
      const away = timings.lag + draws.between(300, 1500);
      plot.at(0, plot.cut(plot.follower(place), away, { direction: 'both', clients: true }));
      plot.at(away - draws.between(0, 500), plot.kill(plot.leader(place), 300, 2500));
      if (draws.percent(60)) {
        plot.on('partition.isr-expanding', 1, plot.kill(SUBJECT, 300, 2000), draws.scaled(1, 300));
      }
    },
  },
  {
    name: 'isr-answer-lost',
    about: 'The controller decides an ISR change, and its answer never comes, or comes late',
    source: 'KIP-497; KAFKA-14144',
    write: (plot) => {
      const { draws } = plot;
      const place = plot.place();
      falls(plot, place);
      const event = draws.pick([
        'controller.alter-partition-answering',
        'controller.alter-partition-answering',
        'controller.alter-partition-decided',
      ] as const);
      const nth = draws.between(1, 2);
      plot.on(event, nth, mishap(plot, SUBJECT));
      if (draws.percent(40)) {
        plot.on(event, nth, mishap(plot, PEER), draws.scaled(1, 400));
      }
    },
  },
  {
    name: 'late-isr-answer',
    weight: 3,
    about: 'Answers about the ISR are overtaken by newer metadata',
    source: 'KAFKA-12686',
    write: (plot) => {
      const { draws } = plot;
      const place = plot.place();
      falls(plot, place);
      const event = draws.pick(['partition.isr-expanding', 'partition.isr-shrinking'] as const);
      plot.on(event, 1, plot.slow(SUBJECT, 100, 900, 2500));
      plot.on(event, 1, mishap(plot, PEER), draws.between(0, 300));
    },
  },
  {
    name: 'another-by-then',
    weight: 3,
    about: 'The leader sleeps on a proposal; who was to join has been restarted when it arrives',
    source: 'KIP-903; KAFKA-14617',
    write: (plot) => {
      const { draws, timings } = plot;
      falls(plot, plot.place());
      const { session } = timings;
      // Longer than a restart in good order takes, shorter than what costs the leader its seat.
      const lasts = draws.between(Math.floor(session * 0.3), Math.floor(session * 0.9));
      plot.on('partition.isr-expanding', 1, { type: 'pause', target: SUBJECT, lasts });
      const down = draws.scaled(1, 100);
      plot.on('partition.isr-expanding', 1, { type: 'restart', target: PEER, down });
    },
  },
  {
    name: 'asked-in-an-earlier-life',
    about:
      'What a follower asked of its leader is held up; it arrives when that is another process',
    source: 'KIP-903; KAFKA-14617',
    write: (plot) => {
      const { draws, timings } = plot;
      const follower = plot.follower(plot.place());
      const orderly = draws.percent(60);
      const lasts = (orderly ? 300 : timings.session) + draws.between(300, 1500);
      const direction = draws.pick(['out', 'out', 'both'] as const);
      plot.at(0, plot.cut(follower, lasts, { shape: 'ring', direction }));
      const down = draws.scaled(1, 100);
      const act = orderly
        ? ({ type: 'restart', target: follower, down } as const)
        : plot.crash(follower, 1, timings.session);
      plot.at(draws.between(20, 200), act);
    },
  },
  {
    name: 'leaver-and-leader',
    about: 'A follower is put out of the ISR; leader or follower end around it',
    source: 'KAFKA-13091; KIP-497',
    write: (plot) => {
      const { draws } = plot;
      const lasts = plot.timings.lag + draws.between(200, 1500);
      plot.at(0, { type: 'pause', target: plot.follower(plot.place()), lasts });
      const target = draws.percent(60) ? SUBJECT : PEER;
      const event = draws.pick(['partition.isr-shrinking', 'partition.isr-answered'] as const);
      const act = mishap(plot, event === 'partition.isr-answered' ? SUBJECT : target);
      plot.on(event, 1, act, draws.pick([0, 0, 1, 10]));
    },
  },
  {
    name: 'last-replica-standing',
    about: 'Followers end one by one, and then the leader, which was alone',
    source: 'KIP-966; KAFKA-15583',
    write: (plot) => {
      const { draws, timings } = plot;
      const place = plot.place('few');
      const down = timings.session + draws.between(0, 2500);
      plot.at(0, plot.crash(plot.follower(place), down, down + 1));
      plot.at(draws.between(100, 900), plot.kill(plot.follower(place), 300, 2500));
      const alone = plot.crash(SUBJECT, 100, 2500);
      plot.on('partition.isr-shrunk-to-one', 1, alone, draws.scaled(1, 800));
    },
  },
  {
    name: 'stale-replica-is-there',
    weight: 3,
    about: 'The only replica in sync ends when one that is not has just come back',
    source: 'KIP-106; KIP-966; KAFKA-15586',
    write: (plot) => {
      const { draws } = plot;
      const place = plot.place('few');
      const away = draws.between(300, 2000);
      const follower = plot.follower(place);
      plot.at(
        0,
        draws.percent(60) ? plot.power(follower, away, away + 1) : plot.cut(follower, away),
      );
      const event = draws.pick([
        'controller.broker-unfenced',
        'controller.broker-registered',
        'partition.isr-expanding',
      ] as const);
      const leader = event === 'partition.isr-expanding' ? SUBJECT : plot.leader(place);
      plot.on(event, 1, plot.kill(leader, 300, 3000), draws.scaled(1, 80), 200);
    },
  },
  {
    name: 'eligible-and-torn',
    about: 'A replica that left the ISR and stays eligible loses power; then nobody else is left',
    source: 'KAFKA-15586; KIP-966',
    write: (plot) => {
      const { draws, timings } = plot;
      const place = plot.place('few');
      const { session } = timings;
      plot.at(0, plot.cut(plot.follower(place), session + 600, { direction: 'both' }));
      const eligible = plot.outOfSync(place);
      plot.on('controller.elr-kept', 1, plot.power(eligible, 50, 800), draws.between(1, 300));
      const leader = plot.leader(place);
      plot.on('controller.elr-kept', 1, plot.kill(leader, 800, 3000), draws.between(100, 900));
    },
  },
  {
    name: 'fenced-and-fetching',
    about:
      'A follower reaches its leader and not the controller: it is fenced and goes on fetching',
    source: 'KIP-841; KAFKA-13916',
    write: (plot) => {
      const { draws, timings } = plot;
      const place = plot.place();
      const shape = draws.pick(['bridge', 'bridge', 'ring'] as const);
      const lasts = timings.session + draws.between(500, 2500);
      const target = draws.percent(70) ? plot.leader(place) : plot.broker();
      plot.at(0, plot.cut(target, lasts, { shape, direction: 'both' }));
    },
  },
  {
    name: 'slow-goodbye',
    about: 'A broker stops in good order, so slowly that others act on it meanwhile',
    source: 'KIP-841; KAFKA-15021',
    write: (plot) => {
      const { draws } = plot;
      const place = plot.place();
      const target = draws.percent(60) ? plot.follower(place) : plot.leader(place);
      const lasts = draws.between(500, 2000);
      if (draws.percent(70)) {
        plot.at(0, plot.slow(target, 20, 400, lasts));
      }
      plot.at(draws.between(10, 300), { type: 'restart', target, down: draws.scaled(1, 1000) });
      if (draws.percent(50)) {
        plot.on(
          'controller.shutdown-begun',
          1,
          mishap(plot, draws.percent(50) ? SUBJECT : PEER),
          5,
        );
      }
    },
  },
  {
    name: 'back-before-missed',
    about: 'A broker is back before anybody noticed that it was gone',
    source: 'KIP-631; KIP-903',
    write: (plot) => {
      const { draws } = plot;
      const target = draws.percent(50) ? plot.broker() : plot.follower(plot.place());
      if (draws.percent(60)) {
        plot.at(0, plot.slow(CONTROLLER, 30, 500, 1500));
      }
      if (draws.percent(50)) {
        plot.at(50, plot.crash(target, 1, 60));
        return;
      }
      const times = draws.between(2, 5);
      const up = draws.scaled(5, 400);
      plot.at(50, { type: 'crashLoop', target, times, up, down: draws.scaled(1, 100) });
    },
  },
  {
    name: 'restart-behind-the-metadata',
    weight: 1,
    about: 'A broker registers while the metadata comes to it late',
    source: 'KIP-631',
    write: (plot) => {
      const { draws } = plot;
      const target = plot.broker();
      plot.at(0, plot.crash(target, 50, 1500));
      plot.on('node.registered', 1, plot.slow(SUBJECT, 50, 800, 1200));
      plot.on('node.registered', 1, mishap(plot, CONTROLLER), draws.scaled(1, 200));
    },
  },
  {
    name: 'rolling-restart',
    weight: 1,
    about: 'All brokers are restarted one after another, under load',
    source: 'Kafka operations guide',
    write: (plot) => {
      const { draws } = plot;
      const down = draws.scaled(20, 900);
      plot.at(0, { type: 'rollingRestart', down, between: draws.scaled(50, 900) });
    },
  },
  {
    name: 'old-leader-answers',
    about: 'A leader that was replaced goes on answering those who still reach it',
    source: 'KIP-207; KIP-320; KIP-392',
    write: (plot) => {
      const { draws, timings } = plot;
      const place = plot.place();
      const lasts = timings.session + draws.between(500, 2500);
      const clients = draws.percent(20);
      plot.at(0, plot.cut(plot.leader(place), lasts, { direction: 'both', clients }));
      plot.on('partition.leading', 1, plot.slow(SUBJECT, 20, 300, 1000), 0, 200);
      if (draws.percent(40)) {
        plot.on('partition.leading', 1, plot.crash(SUBJECT, 200, 1500), draws.scaled(1, 600), 200);
      }
    },
  },
  {
    name: 'drifting-clocks',
    weight: 1,
    about: 'Clocks run at different speeds and jump while sessions and lags are measured with them',
    source: 'thesis, 6.4.1; KIP-631',
    write: (plot) => {
      const { draws } = plot;
      const lasts = draws.between(2000, 6000);
      for (let broker = 0; broker < plot.brokers; broker++) {
        if (draws.percent(60)) {
          const monotonic = draws.percent(60);
          plot.at(draws.between(0, 500), {
            type: 'clock',
            target: { broker },
            clock: monotonic ? 'monotonic' : 'wall',
            jump: monotonic ? 0 : draws.pick([-3_600_000, -2000, 0, 5000, 86_400_000]),
            rate: draws.pick([300, 700, 950, 1050, 1400, 3000]),
            lasts,
          });
        }
      }
      plot.at(600, plot.cut(draws.percent(50) ? CONTROLLER : plot.leader(plot.place()), 2000));
    },
  },
];

/** A follower falls out of the ISR and comes back: two ISR changes, at a time that nobody knows. */
function falls(plot: Plot, place: Place): void {
  const { draws, timings } = plot;
  const follower = plot.follower(place);
  const way = draws.between(0, 2);
  if (way === 0) {
    const lasts = timings.lag + draws.between(100, 900);
    plot.at(0, { type: 'pause', target: follower, lasts });
  } else if (way === 1) {
    const lasts = Math.max(timings.lag, timings.session) + draws.between(100, 900);
    plot.at(0, plot.cut(follower, lasts));
  } else {
    plot.at(0, plot.kill(follower, 80, 1200));
  }
}

/** Something that keeps a node from going on as it would. */
function mishap(plot: Plot, target: Target): Parameters<Plot['at']>[1] {
  const { draws } = plot;
  switch (draws.between(0, 5)) {
    case 0:
    case 1:
      return plot.crash(target, 5, 1500);
    case 2:
      return plot.pause(target, 100, 3000);
    case 3:
      return plot.cut(target, draws.between(200, 2000));
    case 4:
      return plot.slow(target, 50, 800, draws.between(300, 1500));
    default:
      return { type: 'reset', target };
  }
}

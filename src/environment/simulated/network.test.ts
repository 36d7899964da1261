import { describe, expect, it } from 'vitest';
import type { ConnectionId, Environment } from '../environment.js';
import { SimulatedNode } from './environment.js';
import { SimulatedLinks } from './network.js';
import { World } from './world.js';

const LISTEN = {
  host: 'b',
  port: 1,
  maxFrameBytes: 1000,
  maxConnections: 10,
  maxPartialBytes: 10_000,
} as const;

interface Bench {
  readonly world: World;
  readonly links: SimulatedLinks;
  readonly a: SimulatedNode;
  readonly b: SimulatedNode;
  readonly environmentOf: (node: SimulatedNode) => Environment;
  /** `time what` of everything that a handler was told, in order. */
  readonly told: string[];
}

/** Two nodes; `b` listens and echoes nothing. */
function bench(seed = 1): Bench {
  const world = new World(seed);
  const links = new SimulatedLinks(world);
  const environments = new Map<SimulatedNode, Environment>();
  const node = (name: string): SimulatedNode => new SimulatedNode({ world, links, name });
  const [a, b] = [node('a'), node('b')];
  const told: string[] = [];
  a.boot((environment) => void environments.set(a, environment));
  b.boot((environment) => {
    environments.set(b, environment);
    environment.network.listen(LISTEN, () => handler(told, 'b'), {
      listening: () => {},
      failed: () => {},
    });
  });
  world.runUntil(1000);
  return { world, links, a, b, told, environmentOf: (which) => environments.get(which)! };
}

type Handler = Parameters<Environment['network']['connect']>[3];

function handler(told: string[], who: string): Handler {
  return {
    connected: () => void told.push(`${who} connected`),
    frame: (_id, frame) => {
      told.push(`${who} ${frame.bytes[0]}`);
      frame.release();
    },
    closed: (_id, reason) => void told.push(`${who} ${reason}`),
  };
}

function connect({ a, told, environmentOf }: Bench): ConnectionId {
  return environmentOf(a).network.connect('b', 1, 1000, handler(told, 'a'));
}

function send(bench: Bench, connection: ConnectionId, byte: number): void {
  bench.environmentOf(bench.a).network.send(connection, [Uint8Array.of(byte)]);
}

function run(bench: Bench, milliseconds: number): void {
  bench.world.runUntil(bench.world.now + milliseconds * 1000);
}

describe('simulated links', () => {
  it('deliver in order, also what was sent before the connection was made', () => {
    const made = bench();
    const connection = connect(made);
    for (let byte = 0; byte < 20; byte++) {
      send(made, connection, byte);
    }
    run(made, 50);
    expect(made.told.filter((each) => each !== 'a connected')).toEqual(
      Array.from({ length: 20 }, (_, byte) => `b ${byte}`),
    );
  });

  it('hold what is sent while they are cut, new connections included, and deliver it when whole', () => {
    const made = bench();
    const old = connect(made);
    run(made, 10);
    made.links.cut('a', 'b');
    made.links.cut('a', 'b');
    send(made, old, 1);
    const fresh = connect(made);
    run(made, 5000);
    expect(made.told).toEqual(['a connected']);
    made.links.heal('a', 'b');
    run(made, 100);
    expect(made.told).toEqual(['a connected']);
    made.links.heal('a', 'b');
    run(made, 100);
    send(made, fresh, 2);
    run(made, 100);
    expect([...made.told].sort()).toEqual(['a connected', 'a connected', 'b 1', 'b 2']);
  });

  it('refuse a connection where nobody listens, but not before the attempt got there', () => {
    const made = bench();
    made.b.crash(false);
    made.links.cut('a', 'b');
    connect(made);
    run(made, 1000);
    expect(made.told).toEqual([]);
    made.links.healAll();
    run(made, 1000);
    expect(made.told).toEqual(['a ECONNREFUSED']);
  });

  it('break: both ends are told, and what leaves later is lost', () => {
    const made = bench();
    const connection = connect(made);
    run(made, 10);
    send(made, connection, 1);
    expect(made.links.reset('b')).toBe(1);
    send(made, connection, 2);
    run(made, 100);
    const told = made.told.filter((what) => what !== 'b 1').sort();
    expect(told).toEqual(['a ECONNRESET', 'a connected', 'b ECONNRESET']);
    const again = connect(made);
    run(made, 10);
    send(made, again, 3);
    run(made, 10);
    expect(made.told.at(-1)).toBe('b 3');
  });

  it('break: what was on its way is lost, or comes behind what a new connection brings', () => {
    const seen = new Set<string>();
    for (let seed = 1; seed <= 40; seed++) {
      const made = bench(seed);
      const connection = connect(made);
      run(made, 10);
      made.links.slow('b', 50_000);
      send(made, connection, 1);
      made.links.unslow('b', 50_000);
      made.links.reset('a');
      run(made, 2);
      send(made, connect(made), 2);
      run(made, 1000);
      const told = made.told.filter((what) => what.startsWith('b')).join(', ');
      seen.add(told);
    }
    expect([...seen].sort()).toEqual([
      'b 1, b ECONNRESET, b 2',
      'b 2, b 1, b ECONNRESET',
      'b ECONNRESET, b 2',
    ]);
  });

  it('are slow for one node, and late for a few frames', () => {
    const delayOf = (change: (links: SimulatedLinks) => void, frames = 200): number[] => {
      const made = bench();
      change(made.links);
      const delays: number[] = [];
      for (let i = 0; i < frames; i++) {
        const from = made.world.now;
        connect(made);
        made.world.runUntilTrue(() => made.told.splice(0).includes('a connected'), from + 1e7);
        delays.push(made.world.now - from);
      }
      return delays.sort((x, y) => x - y);
    };
    expect(delayOf(() => {}).at(-1)!).toBeLessThan(1000);
    const slow = delayOf((links) => links.slow('b', 100_000));
    expect(slow[100]!).toBeGreaterThan(60_000);
    expect(slow.at(-1)!).toBeGreaterThan(150_000);
    const well = delayOf((links) => {
      links.slow('b', 100_000);
      links.unslow('b', 100_000);
    });
    expect(well.at(-1)!).toBeLessThan(1000);
    const stragglers = delayOf((links) => {
      links.conditions.stragglers = 500;
    });
    const late = stragglers.filter((delay) => delay > 20_000).length;
    expect(late).toBeGreaterThan(5);
    expect(late).toBeLessThan(60);
  });
});

describe('a simulated node that stands still', () => {
  it('sends nothing of the rest of its step before it goes on', () => {
    const made = bench();
    const connection = connect(made);
    run(made, 10);
    made.a.signal(() => {
      send(made, connection, 1);
      made.a.pause();
      send(made, connection, 2);
      made.environmentOf(made.a).atTurnEnd(() => send(made, connection, 3));
    });
    run(made, 1000);
    expect(made.told).toEqual(['a connected', 'b 1']);
    made.a.resume();
    run(made, 10);
    expect(made.told).toEqual(['a connected', 'b 1', 'b 2', 'b 3']);
  });

  it('and is killed then sends none of it', () => {
    const made = bench();
    const connection = connect(made);
    run(made, 10);
    made.a.signal(() => {
      made.a.pause();
      send(made, connection, 2);
    });
    made.a.crash(false);
    run(made, 100);
    expect(made.told).toEqual(['a connected', 'b ECONNRESET']);
  });

  it('does nothing that the rest of the step of its death asks for', () => {
    const made = bench();
    const connection = connect(made);
    run(made, 10);
    const environment = made.environmentOf(made.a);
    made.a.signal(() => {
      made.a.crash(true);
      send(made, connection, 1);
      environment.timers.arm(1, () => made.told.push('a fires'));
      environment.stop(1, 'in vain');
    });
    run(made, 100);
    expect(made.told).toEqual(['a connected', 'b ECONNRESET']);
    expect(made.a.stopped).toBeNull();
  });
});

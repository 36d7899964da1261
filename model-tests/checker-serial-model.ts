/**
 * A system that promises more than Kafka does: each transaction takes place at one moment, and a
 * poll returns all that its keys hold then. With it the checker may draw all edges (`rwDeps`).
 * It shares nothing with the checker or the core.
 */

import type { MicroOperation, Row, RowType } from '../src/history/rows.js';
import { type BareRow, type Draw, type ModelHistory, number } from './checker-model.js';

const CLIENTS = 3;
const KEYS = ['x', 'y'] as const;

type Log = [offset: number, value: number][];

interface Client {
  process: number;
  positions: Map<string, number>;
  invoked: MicroOperation[] | null;
  done: MicroOperation[] | null;
}

/** A history of `steps` steps. */
export function serialHistory(draw: Draw, steps: number): ModelHistory {
  const rows: BareRow[] = [];
  const logs = new Map<string, Log>(KEYS.map((key) => [key, []]));
  const clients = Array.from({ length: CLIENTS }, (_, process) => newClient(process));
  let processes = CLIENTS;
  let values = 1;
  for (let step = 0; step < steps; step += 1) {
    const client = clients[draw(CLIENTS)] as Client;
    if (client.invoked === null) {
      client.invoked = Array.from({ length: 1 + draw(3) }, (): MicroOperation => {
        const key = KEYS[draw(2)] as string;
        return draw(2) === 0 ? ['poll'] : ['send', key, [null, values++]];
      });
      client.done = null;
      rows.push({ process: client.process, type: 'invoke', f: 'txn', value: client.invoked });
    } else if (client.done === null) {
      client.done = takePlace(logs, client, client.invoked);
    } else {
      const type: RowType = draw(8) === 7 ? 'info' : 'ok';
      rows.push({ process: client.process, type, f: 'txn', value: client.done });
      client.invoked = null;
      if (type === 'info') {
        Object.assign(client, newClient(processes++));
      }
    }
  }
  const polled = Object.fromEntries(logs);
  const last = { process: processes, f: 'poll' };
  rows.push(
    { ...last, type: 'invoke', value: [['poll']] },
    { ...last, type: 'ok', value: [['poll', polled]] },
  );
  return { rows: number(rows) as Row[], logs };
}

function newClient(process: number): Client {
  return { process, positions: new Map(), invoked: null, done: null };
}

/** All of it at one moment; its polls do not see its own sends. */
function takePlace(
  logs: Map<string, Log>,
  client: Client,
  micros: readonly MicroOperation[],
): MicroOperation[] {
  const ends = new Map([...logs].map(([key, log]) => [key, log.length]));
  return micros.map((micro): MicroOperation => {
    if (micro[0] === 'send') {
      const log = logs.get(micro[1]) as Log;
      const record: [number, number] = [log.length, (micro[2] as [null, number])[1]];
      log.push(record);
      return ['send', micro[1], record];
    }
    const polled: { [key: string]: Log } = {};
    for (const [key, log] of logs) {
      const from = client.positions.get(key) ?? 0;
      const end = ends.get(key) as number;
      if (from < end) {
        polled[key] = log.slice(from, end);
        client.positions.set(key, end);
      }
    }
    return ['poll', polled];
  });
}

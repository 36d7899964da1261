/**
 * A trace for the eye: one line a row, every node in a lane of its own, every number in a column of its
 * own. Raft's columns are filled where Raft changed, a partition's where that partition changed.
 *
 *     time ms    event  1    2    3      R term vote  end  com   partition   r  ep  end   hw isr
 *    1204.331     3120       2.1         L    4    2   31   29                                     LEADS term 4 <- ...
 */

import type { Json } from '../history/rows.js';
import type { TraceRow } from '../history/trace.js';

const ROLES: Readonly<Record<string, string>> = {
  leader: 'L',
  follower: 'f',
  candidate: 'C',
  preCandidate: 'p',
  learner: 'n',
  none: '-',
};

/** How wide things are: by the cluster of the run. */
export interface TraceLayout {
  readonly brokers: number;
  /** Characters of the longest `topic-partition`. */
  readonly partition: number;
}

const LANE = 5;

export function traceHeader({ brokers, partition }: TraceLayout): string {
  const lanes = Array.from({ length: brokers }, (_, i) => `${i + 1}`.padEnd(LANE)).join('');
  const raft = ' R term vote   end  comm';
  const replica = `${'partition'.padEnd(Math.max(partition, 9))} r ep   end    hw isr    `;
  return `${'time ms'.padStart(10)} ${'event'.padStart(7)}  ${lanes}|${raft} | ${replica} | what happened <- because of`;
}

export function traceText(row: TraceRow, { brokers, partition }: TraceLayout): string {
  const time = (row.time / 1000).toFixed(3).padStart(10);
  const event = String(row.event).padStart(7);
  if (row.machine === 'deed' || row.machine === 'run') {
    return `${time} ${event}  ${row.what}`;
  }
  const lane = /(\d+)$/.exec(row.node ?? '')?.[1] ?? '';
  const mark = `${lane}.${row.incarnation}`;
  const before = ' '.repeat(LANE * Math.max(0, Number(lane) - 1));
  const lanes = `${before}${mark}`.padEnd(LANE * brokers);
  const width = Math.max(partition, 9);
  const raft = row.machine === 'raft' ? raftColumns(row.state) : ' '.repeat(24);
  const replica =
    row.machine === 'partition' && 'role' in row.state
      ? partitionColumns(row.partition ?? '', row.state, width)
      : (row.partition ?? '').padEnd(width + 25);
  const cause = row.cause === null ? '' : ` <- ${causeText(row.cause)}`;
  return `${time} ${event}  ${lanes}|${raft} | ${replica} | ${row.what}${cause}`.trimEnd();
}

/** `type from 2, term 3, ...` */
export function causeText({ type, from, ...rest }: { readonly [field: string]: Json }): string {
  if (type === 'timerFired') {
    return `timer ${rest.name} ${rest.key}`;
  }
  const fields = Object.entries(rest).map(([key, value]) => `${key} ${String(value)}`);
  return [from === undefined ? `${type}` : `${type} from ${from}`, ...fields].join(', ');
}

type State = TraceRow['state'];

function raftColumns(state: State): string {
  const role = ROLES[String(state.role)] ?? '?';
  const columns = [
    column(state.term, 4),
    column(state.votedFor, 4),
    column(state.logEnd, 5),
    column(state.commit, 5),
  ];
  return ` ${role} ${columns.join(' ')}`;
}

function partitionColumns(name: string, state: State, width: number): string {
  const role = ROLES[String(state.role)] ?? '?';
  const columns = [
    column(state.leaderEpoch, 2),
    column(state.logEnd, 5),
    column(state.highWatermark, 5),
  ];
  return `${name.padEnd(width)} ${role} ${columns.join(' ')} ${String(state.isr).padEnd(7)}`;
}

function column(value: Json | undefined, width: number): string {
  return (value === null || value === undefined ? '-' : String(value)).padStart(width);
}

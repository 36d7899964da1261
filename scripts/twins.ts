/**
 * The same seeds in two processes, also under two versions of Node: every event, draw, frame and answer
 * must be the same, or the first event that is not is named.
 *
 * npx tsx scripts/twins.ts --seeds 1-10 [--node PATH]
 *
 * `--node`: the binary of the second process. Exit status: 0 all are the same, 1 one is not, 2 the call or a process is unusable.
 */

import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { argv, execPath, exit, stderr, stdout } from 'node:process';
import { parseArgs } from 'node:util';
import {
  type Difference,
  differingWindow,
  type EventLine,
  eventLine,
  firstDifference,
  type TwinRun,
} from './twin-difference.js';

/** Events before the first difference that are shown. */
const CONTEXT = 3;

const { values } = parseArgs({
  args: argv.slice(2),
  options: {
    seeds: { type: 'string', default: '1-5' },
    node: { type: 'string', default: execPath },
  },
});
const [from, to] = seedsOf(values.seeds);
const binaries = [execPath, values.node] as const;
const versions = await both(['-p', 'process.version'], false);
stdout.write(`seeds ${from}-${to}, twins under ${versions.map(([line]) => line).join(' and ')}\n`);

const [ones, others] = (await both(['runs', String(from), String(to)], true)).map((lines) =>
  lines.map((line) => JSON.parse(line) as TwinRun),
) as [TwinRun[], TwinRun[]];
let different = 0;
for (const [index, one] of ones.entries()) {
  const other = others[index]!;
  const window = differingWindow(one, other);
  if (window === null) {
    stdout.write(`${one.seed}  ${one.hash}  ${one.events} events  ${one.verdict}\n`);
  } else {
    different++;
    stdout.write(`${one.seed}  differs: ${one.hash} and ${other.hash}\n`);
    const { seed } = one;
    const [left, right] = (
      await both(['events', String(seed), String(window.from), String(window.to)], true)
    ).map((lines) => lines.map(eventLine)) as [EventLine[], EventLine[]];
    const difference = firstDifference(left, right);
    stdout.write(
      difference === null
        ? `  not when it was run again (events ${window.from} to ${window.to}), or behind the last event\n`
        : story(difference, left, right),
    );
  }
}
const count = to - from + 1;
stdout.write(`${count - different} of ${count} seeds are the same run in both\n`);
exit(different === 0 ? 0 : 1);

function seedsOf(text: string): [number, number] {
  const match = /^(\d+)(?:-(\d+))?$/.exec(text);
  const first = Number(match?.[1]);
  const last = Number(match?.[2] ?? match?.[1]);
  if (match === null || first < 1 || last < first) {
    stderr.write(`--seeds ${text}: expected A-B\n`);
    exit(2);
  }
  return [first, last];
}

/** Lines that the two processes print, which run at the same time. */
function both(args: readonly string[], twin: boolean): Promise<[string[], string[]]> {
  const script = ['--import', 'tsx', join(import.meta.dirname, 'twin-run.ts')];
  const all = twin ? [...script, ...args] : [...args];
  return Promise.all([linesOf(binaries[0], all), linesOf(binaries[1], all)]);
}

function linesOf(binary: string, args: readonly string[]): Promise<string[]> {
  return new Promise((resolve) => {
    const child = spawn(binary, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.on('error', (error) => {
      stderr.write(`${binary}: ${error.message}\n`);
      exit(2);
    });
    child.on('close', (status) => {
      if (status !== 0) {
        stderr.write(`${binary} ended with status ${status}\n`);
        exit(2);
      }
      resolve(Buffer.concat(chunks).toString('utf8').split('\n').filter(Boolean));
    });
  });
}

/** The first difference, with the events before it, side by side. */
function story(
  { event, other, kind }: Difference,
  left: readonly EventLine[],
  right: readonly EventLine[],
): string {
  const at = event?.number ?? other?.number ?? 0;
  const lines = [
    kind === 'comes'
      ? `  first difference: event ${at}`
      : `  first difference: event ${at} is the same in both, but it does something else`,
  ];
  for (let number = at - CONTEXT; number <= at + 1; number++) {
    const one = text(left.find((line) => line.number === number));
    const two = text(right.find((line) => line.number === number));
    const mark = number === at ? '>' : ' ';
    lines.push(`  ${mark} ${String(number).padStart(8)}  ${one.padEnd(60)}  ${two}`);
  }
  return `${lines.join('\n')}\n`;
}

function text(line: EventLine | undefined): string {
  return line === undefined
    ? '(no event)'
    : `${(line.time / 1000).toFixed(3)} ms ${line.what} ${line.hash}`;
}

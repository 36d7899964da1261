/** `logjury fuzz`: spoilt frames against a broker, which must make of them what Kafka makes of them. */

import { randomInt } from 'node:crypto';
import type { Command } from 'commander';
import { attempt } from '../../../chaos/fuzz/attempt.js';
import { NotServed } from '../../../chaos/fuzz/caller.js';
import { type Finding, readFinding, writeFinding } from '../../../chaos/fuzz/findings.js';
import type { Listener } from '../../../chaos/fuzz/kafka-fate.js';
import { RawConnection } from '../../../chaos/fuzz/raw-connection.js';
import { type FuzzResult, fuzz, residentMegabytes } from '../../../chaos/fuzz/run.js';
import { learnListener, withUnadvertised } from '../../../chaos/fuzz/surroundings.js';
import type { Address } from '../../client/routes.js';
import { ExitStatus, UsageError } from '../errors.js';
import { LocalCluster } from '../local-cluster.js';
import { gather, parseAddress, parseConfigs, parseNumber } from '../values.js';

interface Flags {
  readonly frames: string;
  readonly seed?: string;
  readonly first: string;
  readonly bootstrap?: string;
  readonly beside?: string;
  readonly connections: string;
  readonly memory: string;
  readonly findings: string;
  readonly store: string;
  readonly config: readonly string[];
  readonly replay?: string;
  readonly without: string;
}

/** Groups of which nobody hears again are gone soon, and no topic comes from a mistyped name. */
const CONFIGS: readonly (readonly [string, string])[] = [
  ['auto.create.topics.enable', 'false'],
  ['group.initial.rebalance.delay.ms', '0'],
  ['group.max.session.timeout.ms', '10000'],
  ['offsets.topic.num.partitions', '2'],
];
const PATIENCE = { long: 10_000, short: 150 };

export function registerFuzz(program: Command): void {
  program
    .command('fuzz')
    .description('send spoilt frames to a broker; its answers must be those of Kafka')
    .option('--frames <n>', 'cases to send', '1000000')
    .option('--seed <n>', 'seed of the cases (default: drawn)')
    .option('--first <n>', 'index of the first case', '0')
    .option('--bootstrap <host:port>', 'a broker that runs already (default: one of its own)')
    .option('--beside <host:port>', 'a second broker; every case must go there as it goes here')
    .option('--connections <n>', 'connections at a time', '16')
    .option('--memory <MB>', "most that the own broker's process may hold", '768')
    .option('--findings <n>', 'end after so many', '20')
    .option('--store <dir>', 'where findings are written', 'store/fuzz')
    .option('--config <key=value>', "a config of the own broker under Kafka's name", gather, [])
    .option('--without <list>', 'APIs that are left out, by name', '')
    .option('--replay <file>', 'send a finding again')
    .action((flags: Flags) => run(flags));
}

async function run(flags: Flags): Promise<void> {
  const cluster = flags.bootstrap === undefined ? await ownCluster(flags) : null;
  try {
    const [own] = cluster === null ? [] : await cluster.start();
    const address = parseAddress('--bootstrap', own ?? flags.bootstrap!);
    const learned = await learnListener(address);
    const served = own === undefined ? learned : withUnadvertised(learned);
    const listener = without(served, new Set(flags.without.split(',')));
    const pid = cluster?.pid(1) ?? null;
    process.exitCode =
      flags.replay === undefined
        ? await search(flags, address, listener, pid)
        : await replay(flags.replay, address, listener, pid);
  } catch (error) {
    if (error instanceof NotServed) {
      throw new UsageError(`the broker cannot be used: ${error.message}`);
    }
    throw error;
  } finally {
    await cluster?.close();
  }
}

function ownCluster(flags: Flags): Promise<LocalCluster> {
  const configs = new Map([...CONFIGS, ...parseConfigs('--config', flags.config)]);
  return LocalCluster.create({ brokers: 1, firstPort: 0, directory: null, configs });
}

async function search(
  flags: Flags,
  address: Address,
  listener: Listener,
  pid: number | null,
): Promise<number> {
  const seed =
    flags.seed === undefined
      ? randomInt(1, 1_000_000_000)
      : parseNumber('--seed', flags.seed, 0, Number.MAX_SAFE_INTEGER);
  const began = Date.now();
  process.stderr.write(`fuzz with seed ${seed}\n`);
  const beside = flags.beside === undefined ? null : parseAddress('--beside', flags.beside);
  const result = await fuzz({
    seed,
    first: parseNumber('--first', flags.first, 0, Number.MAX_SAFE_INTEGER),
    frames: parseNumber('--frames', flags.frames, 1, 1_000_000_000),
    address,
    listener: beside === null ? listener : common(listener, await learnListener(beside)),
    beside,
    connections: parseNumber('--connections', flags.connections, 1, 1000),
    patience: PATIENCE,
    pid,
    memoryLimit: parseNumber('--memory', flags.memory, 1, 1_000_000),
    mostFindings: parseNumber('--findings', flags.findings, 1, 1_000_000),
    found: (finding) => tell(finding, writeFinding(flags.store, finding)),
    progress: (done, findings) => {
      if (done % 10_000 === 0) {
        process.stderr.write(`${done} cases, ${findings} findings${held(pid)}\n`);
      }
    },
  });
  print(result, seed, (Date.now() - began) / 1000);
  return result.findings === 0 ? ExitStatus.HOLDS : ExitStatus.VIOLATED;
}

function without(listener: Listener, names: ReadonlySet<string>): Listener {
  const apis = [...listener.apis].filter(([, { name }]) => !names.has(name));
  const left = [...listener.apis.values()].filter(({ name }) => names.has(name));
  const unknown = new Set([...listener.unknown, ...left.map(({ key }) => key)]);
  return { ...listener, apis: new Map(apis), unknown };
}

/** What both brokers serve. */
function common(one: Listener, other: Listener): Listener {
  const apis: [number, Listener['apis'] extends ReadonlyMap<number, infer Api> ? Api : never][] =
    [];
  const unknown = new Set([...one.unknown, ...other.unknown]);
  for (const [key, api] of one.apis) {
    const range = other.apis.get(key)?.versions;
    if (range !== undefined) {
      const versions = [
        Math.max(api.versions[0], range[0]),
        Math.min(api.versions[1], range[1]),
      ] as const;
      apis.push([key, { ...api, versions }]);
    } else {
      unknown.add(key);
    }
  }
  for (const key of other.apis.keys()) {
    if (!one.apis.has(key)) {
      unknown.add(key);
    }
  }
  return { apis: new Map(apis), unknown, isPartial: true, maxFrameBytes: one.maxFrameBytes };
}

function tell({ kind, problem, cases }: Finding, path: string): void {
  const what = cases.length === 1 ? cases[0]!.label : `one of ${cases.length} cases`;
  process.stdout.write(`${kind}: ${what}\n  ${problem}\n  ${path}\n`);
}

function print(result: FuzzResult, seed: number, seconds: number): void {
  const { frames, findings, seen, acknowledged, peakMemory } = result;
  for (const [what, count] of [...seen].sort(([, one], [, other]) => other - one)) {
    process.stdout.write(`${String(count).padStart(9)}  ${what}\n`);
  }
  const deep = [...result.taken].map(([name, count]) => `${name} ${count}`);
  process.stdout.write(`answered without error: ${deep.sort().join(', ')}\n`);
  const memory = peakMemory === null ? '' : `, the broker held up to ${peakMemory} MB`;
  process.stdout.write(
    `${frames} cases in ${seconds.toFixed(1)} s, ${findings} findings, ` +
      `${acknowledged} canary records${memory}; seed ${seed}\n`,
  );
}

/** Sends each case of a finding, alone. */
async function replay(
  path: string,
  address: Address,
  listener: Listener,
  pid: number | null,
): Promise<number> {
  const { kind, problem, cases } = read(path);
  process.stdout.write(`${kind}: ${problem}\n`);
  let status: number = ExitStatus.HOLDS;
  for (const tried of cases) {
    const connection = await RawConnection.open(address);
    if (connection === null) {
      process.stdout.write('the broker takes no connection any more\n');
      return ExitStatus.VIOLATED;
    }
    const outcome = await attempt(connection, tried, listener, PATIENCE);
    connection.destroy();
    process.stdout.write(`${tried.label}\n  ${outcome.problem ?? outcome.seen}${held(pid)}\n`);
    status = outcome.problem === null ? status : ExitStatus.VIOLATED;
  }
  return status;
}

function held(pid: number | null): string {
  const memory = pid === null ? null : residentMegabytes(pid);
  return memory === null ? '' : `, ${memory} MB`;
}

function read(path: string): Finding {
  try {
    return readFinding(path);
  } catch (error) {
    throw new UsageError(`${path} is no finding: ${(error as Error).message}`);
  }
}

/** The clients of the matrix: their versions, and how each is made ready to run. */

import { execFile, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { DriverCommand } from './driver.js';

const HERE = import.meta.dirname;
/** Not in the source tree's history: removed, it is made again. */
const CACHE = join(HERE, '.cache');
const PREPARE_LIMIT_MILLISECONDS = 300_000;
const KEPT_OUTPUT = 300;

const run = promisify(execFile);

/** A client that cannot run on this machine, and why. */
export class Skipped extends Error {}

export interface ClientEntry {
  readonly name: string;
  readonly language: string;
  readonly version: () => string;
  /** Makes it ready; throws Skipped where that cannot be. */
  readonly prepare: (signal: AbortSignal) => Promise<DriverCommand>;
}

function npmClient(name: string, driver: string, packageName: string): ClientEntry {
  const installed = join(HERE, '..', 'node_modules', packageName, 'package.json');
  return {
    name,
    language: 'JavaScript',
    version: () => (JSON.parse(readFileSync(installed, 'utf8')) as { version: string }).version,
    prepare: async () => ({
      program: process.execPath,
      arguments: ['--import', import.meta.resolve('tsx'), join(HERE, 'npm', driver)],
    }),
  };
}

function pythonClient(name: string, driver: string, packageName: string): ClientEntry {
  const requirements = join(HERE, 'python', 'requirements.txt');
  return {
    name,
    language: 'Python',
    version: () => pinned(requirements, new RegExp(`^${packageName}==(\\S+)`, 'm')),
    async prepare(signal) {
      const folder = join(CACHE, 'python');
      const python = join(folder, 'bin', 'python');
      await once(folder, [requirements], async () => {
        await tool('python3', ['-m', 'venv', folder], signal);
        await tool(python, ['-m', 'pip', '-q', 'install', '-r', requirements], signal);
      });
      return { program: python, arguments: ['-u', join(HERE, 'python', driver)] };
    },
  };
}

function goClient(name: string, program: string, module: string): ClientEntry {
  const folder = join(HERE, 'go');
  const requirements = join(folder, 'go.mod');
  return {
    name,
    language: 'Go',
    version: () => pinned(requirements, new RegExp(`^\\s*${module} v(\\S+)`, 'm')),
    async prepare(signal) {
      const binary = join(CACHE, 'go', program);
      mkdirSync(join(CACHE, 'go'), { recursive: true });
      // The toolchain keeps what has not changed.
      await tool('go', ['build', '-C', folder, '-o', binary, `./${program}`], signal);
      return { program: binary, arguments: [] };
    },
  };
}

function javaClient(): ClientEntry {
  const folder = join(HERE, 'java');
  const pom = join(folder, 'pom.xml');
  const source = join(folder, 'Driver.java');
  return {
    name: 'Java',
    language: 'Java',
    version: () =>
      pinned(pom, /<artifactId>kafka-clients<\/artifactId>\s*<version>(\S+)<\/version>/),
    async prepare(signal) {
      const made = join(CACHE, 'java');
      const jars = join(made, 'jars');
      await once(made, [pom, source], async () => {
        await tool(
          'mvn',
          ['-B', '-q', '-f', pom, 'dependency:copy-dependencies', `-DoutputDirectory=${jars}`],
          signal,
        );
        await tool('javac', ['-d', made, '-cp', `${jars}/*`, source], signal);
      });
      const flags = ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Xmx256m'];
      return { program: 'java', arguments: [...flags, '-cp', `${made}:${jars}/*`, 'Driver'] };
    },
  };
}

function kcat(): ClientEntry {
  return {
    name: 'kcat',
    language: 'C',
    version: kcatVersion,
    async prepare(signal) {
      const { stdout, stderr } = await tool('kcat', ['-V'], signal);
      if (!`${stdout}${stderr}`.includes('kcat')) {
        throw new Skipped('the program kcat is another one');
      }
      return {
        program: process.execPath,
        arguments: ['--import', import.meta.resolve('tsx'), join(HERE, 'kcat', 'kcat.ts')],
      };
    },
  };
}

export const CLIENTS: readonly ClientEntry[] = [
  npmClient('kafkajs', 'kafkajs.ts', 'kafkajs'),
  npmClient('platformatic', 'platformatic.ts', '@platformatic/kafka'),
  kcat(),
  pythonClient('confluent-kafka', 'confluent.py', 'confluent-kafka'),
  pythonClient('kafka-python', 'kafka_python.py', 'kafka-python'),
  pythonClient('aiokafka', 'aio.py', 'aiokafka'),
  goClient('franz-go', 'franz', 'github.com/twmb/franz-go'),
  goClient('sarama', 'sarama', 'github.com/IBM/sarama'),
  goClient('kafka-go', 'segmentio', 'github.com/segmentio/kafka-go'),
  javaClient(),
];

/** Of the program that is installed: nobody here installs it. */
function kcatVersion(): string {
  const { stdout, stderr } = spawnSync('kcat', ['-V'], { encoding: 'utf8' });
  return /Version (\d[\d.]*\d)/.exec(`${stdout}${stderr}`)?.[1] ?? '';
}

function pinned(file: string, pattern: RegExp): string {
  const found = pattern.exec(readFileSync(file, 'utf8'))?.[1];
  if (found === undefined) {
    throw new Error(`${file} pins no version by ${pattern}`);
  }
  return found;
}

/** Runs `make` unless it was run to its end for these very files. */
async function once(
  folder: string,
  files: readonly string[],
  make: () => Promise<void>,
): Promise<void> {
  const hash = createHash('sha256');
  for (const file of files) {
    hash.update(readFileSync(file));
  }
  const digest = hash.digest('hex');
  const mark = join(folder, '.made-of');
  if (existsSync(mark) && readFileSync(mark, 'utf8') === digest) {
    return;
  }
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  await make();
  writeFileSync(mark, digest);
}

async function tool(
  program: string,
  parameters: readonly string[],
  signal: AbortSignal,
): Promise<{ stdout: string; stderr: string }> {
  try {
    return await run(program, parameters, { signal, timeout: PREPARE_LIMIT_MILLISECONDS });
  } catch (error) {
    const { code, stderr, message } = error as { code?: unknown; stderr?: string; message: string };
    const why =
      code === 'ENOENT'
        ? 'is not installed'
        : `failed: ${(stderr || message).slice(0, KEPT_OUTPUT)}`;
    throw new Skipped(`${program} ${why}`);
  }
}

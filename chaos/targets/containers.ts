/**
 * The own cluster in containers, where a Docker engine answers. The image is made from scratch, out
 * of this machine's Node binary and the libraries it loads, so that no registry is needed; the
 * package itself is mounted. The containers share the host's network: the links and their faults are
 * the proxies of the other target, while kill, pause and restart are the engine's.
 */

import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { GenericContainer } from 'testcontainers';
import { BrokerContainer, type Engine, type EngineContainer } from './broker-container.js';
import type { BrokerCommand, BrokerRunner } from './broker-runner.js';
import { brokerProgram, ProcessesTarget } from './processes.js';

const IMAGE = 'logjury-broker';

export class ContainersTarget extends ProcessesTarget {
  override readonly kind = 'containers';
  private engine: Engine | null = null;

  override async start(): Promise<void> {
    this.engine = await openEngine(this.options.folder);
    await super.start();
  }

  protected override runner(name: string, command: BrokerCommand): BrokerRunner {
    if (this.engine === null) {
      throw new Error('the target is not started');
    }
    return new BrokerContainer(name, command, this.engine);
  }
}

/** Throws, with the reason, where no engine answers or the image cannot be made. */
async function openEngine(folder: string): Promise<Engine> {
  // The helper container that removes leftovers would have to come from a registry.
  process.env.TESTCONTAINERS_RYUK_DISABLED ??= 'true';
  const containers = await import('testcontainers').catch(() => {
    throw new Error('the target containers needs the package testcontainers');
  });
  const client = await containers.getContainerRuntimeClient().catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`no Docker engine answers: ${reason}`);
  });
  const context = imageContext();
  try {
    await containers.GenericContainer.fromDockerfile(context).build(IMAGE, {
      deleteOnExit: false,
    });
  } finally {
    rmSync(context, { recursive: true, force: true });
  }
  return {
    image: async () => brokerImage(new containers.GenericContainer(IMAGE), folder),
    container: (id) => client.container.getById(id) as EngineContainer,
  };
}

function brokerImage(container: GenericContainer, folder: string): GenericContainer {
  const program = path.resolve(path.dirname(brokerProgram()), '../..');
  const mounts = [
    { source: program, target: program, mode: 'ro' as const },
    { source: path.resolve(folder), target: path.resolve(folder), mode: 'rw' as const },
  ];
  // In a checkout the compiled files lie one level below the packages that they need.
  const packages = path.join(path.dirname(program), 'node_modules');
  if (existsSync(packages)) {
    mounts.push({ source: packages, target: packages, mode: 'ro' });
  }
  const manifest = path.join(path.dirname(program), 'package.json');
  if (existsSync(manifest)) {
    mounts.push({ source: manifest, target: manifest, mode: 'ro' });
  }
  return container
    .withNetworkMode('host')
    .withUser(`${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}`)
    .withBindMounts(mounts);
}

/** A folder with the Node binary, its libraries and a Dockerfile. */
function imageContext(): string {
  const context = mkdtempSync(path.join(tmpdir(), 'logjury-image-'));
  const files = [process.execPath, ...librariesOf(process.execPath)];
  for (const file of files) {
    const copy = path.join(context, 'root', file);
    mkdirSync(path.dirname(copy), { recursive: true });
    copyFileSync(file, copy);
  }
  writeFileSync(
    path.join(context, 'Dockerfile'),
    `FROM scratch\nCOPY root /\nENTRYPOINT ["${process.execPath}"]\n`,
  );
  return context;
}

/** Paths of the shared libraries that a binary loads, the loader among them. */
function librariesOf(binary: string): string[] {
  const listed = execFileSync('ldd', [binary], { encoding: 'utf8' });
  return [...listed.matchAll(/(\/\S+) \(0x/g)].map((match) => match[1] as string);
}

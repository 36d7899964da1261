/**
 * The Docker engine, as far as a trial needs it: an image with this machine's Node in it, containers
 * that carry the label of their run, and the removal of all that carry it.
 */

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ContainerRuntimeClient, GenericContainer } from 'testcontainers';
import { brokerProgram } from './processes.js';

const IMAGE = 'logjury-broker';
/** Names the run that a container belongs to. */
const RUN_LABEL = 'logjury.run';
const REMOVAL_PATIENCE_MS = 20_000;

/** What of the engine's own client is used (dockerode, which testcontainers brings). */
export interface EngineContainer {
  start(): Promise<unknown>;
  stop(options: { t: number }): Promise<unknown>;
  kill(options: { signal: string }): Promise<unknown>;
  /** Resolves when the container does not run. */
  wait(): Promise<{ StatusCode: number }>;
  pause(): Promise<unknown>;
  unpause(): Promise<unknown>;
  inspect(): Promise<{ State: { Status: string; Pid: number; ExitCode: number } }>;
}

export interface Engine {
  /** The image with the broker in it, labelled with the run, not started. */
  readonly image: () => GenericContainer;
  readonly container: (id: string) => EngineContainer;
}

/** Throws, with the reason, where no engine answers or the image cannot be made. */
export async function openEngine(run: string, folder: string): Promise<Engine> {
  if (process.platform !== 'linux') {
    throw new Error("the target containers needs Linux: its image is made of this machine's Node");
  }
  const client = await engineClient();
  const { GenericContainer } = await import('testcontainers');
  const image = await ensureImage(run);
  return {
    image: () => brokerImage(new GenericContainer(image), folder).withLabels({ [RUN_LABEL]: run }),
    container: (id) => client.container.getById(id) as EngineContainer,
  };
}

/**
 * Removes every container of a run, in whatever state. `settle` is how long (ms) none may appear
 * before the work counts as done: a request of a harness that was killed may still be on its way.
 */
export async function removeContainers(run: string, settle: number): Promise<void> {
  const { dockerode } = (await engineClient()).container;
  const end = performance.now() + REMOVAL_PATIENCE_MS;
  let quietSince = performance.now();
  for (;;) {
    const label = `${RUN_LABEL}=${run}`;
    const left = await dockerode.listContainers({ all: true, filters: { label: [label] } });
    if (left.length > 0) {
      quietSince = performance.now();
      // What another call removes at this moment is refused here and gone from the next list.
      await Promise.allSettled(
        left.map(({ Id }) => dockerode.getContainer(Id).remove({ force: true, v: true })),
      );
    } else if (performance.now() - quietSince >= settle) {
      return;
    }
    if (performance.now() > end) {
      throw new Error(`containers of run ${run} could not be removed (docker ps -a)`);
    }
    await new Promise((resolve) => setTimeout(resolve, left.length > 0 ? 50 : settle / 10));
  }
}

async function engineClient(): Promise<ContainerRuntimeClient> {
  // The helper container that removes leftovers would have to come from a registry.
  process.env.TESTCONTAINERS_RYUK_DISABLED ??= 'true';
  // The containers share the host's network; a bridge to look for another address need not exist.
  process.env.TESTCONTAINERS_HOST_OVERRIDE ??= '127.0.0.1';
  const containers = await import('testcontainers').catch(() => {
    throw new Error('the target containers needs the package testcontainers');
  });
  return containers.getContainerRuntimeClient().catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`no Docker engine answers: ${reason}`);
  });
}

/** Name of the image, which is made unless one out of the same files is there. */
async function ensureImage(run: string): Promise<string> {
  const { GenericContainer, ImageName } = await import('testcontainers');
  const client = await engineClient();
  const files = await imageFiles();
  const name = `${IMAGE}:${digestOf(files)}`;
  if (await client.image.exists(ImageName.fromString(name))) {
    return name;
  }
  const context = imageContext(run);
  try {
    fillContext(context, files);
    await GenericContainer.fromDockerfile(context).build(name, { deleteOnExit: false });
  } finally {
    removeImageContext(run);
  }
  return name;
}

/** Removes what the image of a run is made from, which an end in the midst of it leaves. */
export function removeImageContext(run: string): void {
  rmSync(imageContext(run), { recursive: true, force: true });
}

function imageContext(run: string): string {
  return path.join(tmpdir(), `logjury-image-${run}`);
}

function brokerImage(container: GenericContainer, folder: string): GenericContainer {
  const program = path.resolve(path.dirname(brokerProgram()), '../..');
  const read = [program, ...packagesAbove(program)];
  const mounts = read.map((source) => ({ source, target: source, mode: 'ro' as const }));
  const run = path.resolve(folder);
  return container
    .withNetworkMode('host')
    .withUser(`${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}`)
    .withBindMounts([...mounts, { source: run, target: run, mode: 'rw' }]);
}

/** Where Node looks for packages and the manifest that a program in this folder needs. */
function packagesAbove(program: string): string[] {
  const found: string[] = [];
  const manifest = path.join(path.dirname(program), 'package.json');
  if (existsSync(manifest)) {
    found.push(manifest);
  }
  for (let folder = program; folder !== path.dirname(folder); ) {
    folder = path.dirname(folder);
    const packages = path.join(folder, 'node_modules');
    if (existsSync(packages)) {
      found.push(packages);
    }
  }
  return found;
}

function digestOf(files: readonly string[]): string {
  const digest = createHash('sha256');
  for (const file of files) {
    digest.update(`${file}\n`).update(readFileSync(file));
  }
  return digest.digest('hex').slice(0, 16);
}

/** Puts the files at their places, and a Dockerfile beside them. */
function fillContext(context: string, files: readonly string[]): void {
  mkdirSync(context, { mode: 0o700 });
  for (const file of files) {
    const copy = path.join(context, 'root', file);
    mkdirSync(path.dirname(copy), { recursive: true });
    copyFileSync(file, copy);
  }
  writeFileSync(
    path.join(context, 'Dockerfile'),
    `FROM scratch\nCOPY root /\nENTRYPOINT ["${process.execPath}"]\n`,
  );
}

/** This machine's Node, and the shared libraries that it and the broker's native addons load. */
async function imageFiles(): Promise<string[]> {
  // What the broker maps, this process maps too once it has loaded the broker's environment.
  await import('../../src/environment/node/environment.js');
  const maps = readFileSync('/proc/self/maps', 'utf8');
  const addons = [...maps.matchAll(/(\/\S+\.node)$/gm)].map((match) => match[1] as string);
  const libraries = [process.execPath, ...new Set(addons)].flatMap(librariesOf);
  return [process.execPath, ...new Set(libraries)].sort();
}

/** Paths of the shared libraries that a binary loads, the loader among them. */
function librariesOf(binary: string): string[] {
  const listed = execFileSync('ldd', [binary], { encoding: 'utf8' });
  return [...listed.matchAll(/(\/\S+) \(0x/g)].map((match) => match[1] as string);
}

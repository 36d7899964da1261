/**
 * Work spread over threads of this process: every worker runs one module, which says what it does with a
 * job (`serveJobs`). Answers are told as they come; whoever needs an order sorts them.
 */

import { parentPort, Worker, workerData } from 'node:worker_threads';

export interface JobsOptions<Job, Answer> {
  /** The worker's module: the URL of the file beside the caller, by `workerModule`. */
  readonly module: URL;
  /** Handed to every worker at its start; must be clonable. */
  readonly settings: unknown;
  /** Handed out in this order, one at a time to each worker. */
  readonly jobs: Iterator<Job, unknown, undefined>;
  /** From 1. */
  readonly workers: number;
  readonly answered: (answer: Answer, job: Job) => void;
  /** Once aborted no job is handed out; those under way are waited for. */
  readonly signal?: AbortSignal;
}

/**
 * `name` without its ending, beside the module with this `url`: `.js` where that is compiled, `.ts` where
 * it runs as it is.
 */
export function workerModule(name: string, url: string): URL {
  return new URL(`./${name}${url.endsWith('.ts') ? '.ts' : '.js'}`, url);
}

/** Resolves once every job is answered; rejects with the first error of a worker. */
export async function runJobs<Job, Answer>(options: JobsOptions<Job, Answer>): Promise<void> {
  const { module, settings, jobs, workers, answered, signal } = options;
  const running = Array.from({ length: workers }, () => started(module, settings));
  try {
    await Promise.all(
      running.map(
        (worker) =>
          new Promise<void>((resolve, reject) => {
            let current: Job | undefined;
            const next = (): void => {
              const { value, done } = signal?.aborted ? DONE : jobs.next();
              if (done) {
                resolve();
                return;
              }
              current = value as Job;
              worker.postMessage(current);
            };
            worker.on('message', (answer: Answer) => {
              answered(answer, current!);
              next();
            });
            worker.on('error', reject);
            worker.on('exit', (code) => reject(new Error(`a worker ended with status ${code}`)));
            next();
          }),
      ),
    );
  } finally {
    await Promise.all(running.map((worker) => worker.terminate()));
  }
}

/**
 * Megabytes of young objects in a worker, three times what is copied at a collection. A simulated cluster
 * throws away hundreds of megabytes a second and keeps hardly any: the more room there is, the less of it
 * is still in use when it is full. Measured: a tenth of the time and more, against the 48 that Node would give.
 */
const YOUNG_GENERATION_MEGABYTES = 192;

/** A compiled module as it is; in development a TypeScript module, which only tsx can load. */
function started(module: URL, settings: unknown): Worker {
  const resourceLimits = { maxYoungGenerationSizeMb: YOUNG_GENERATION_MEGABYTES };
  if (!module.pathname.endsWith('.ts')) {
    return new Worker(module, { workerData: settings, resourceLimits });
  }
  const tsx = JSON.stringify(import.meta.resolve('tsx/esm/api'));
  const code = `import(${tsx}).then(({ register }) => { register(); return import(${JSON.stringify(module.href)}); })`;
  return new Worker(code, { eval: true, workerData: settings, resourceLimits });
}

const DONE = { value: undefined, done: true } as const;

/** In a worker's module: does every job that comes. */
export function serveJobs<Settings, Job, Answer>(
  prepare: (settings: Settings) => (job: Job) => Answer,
): void {
  if (parentPort === null) {
    return;
  }
  const port = parentPort;
  const work = prepare(workerData as Settings);
  port.on('message', (job: Job) => port.postMessage(work(job)));
}

/** Tests as an oracle: each is run once with nothing switched on, to see that it passes and by which mutants it comes. */

import { pathToFileURL } from 'node:url';
import { type Case, cases } from './runner.js';
import {
  beginRecording,
  EndlessLoop,
  endRecording,
  type Hits,
  switchOff,
  switchOn,
} from './switch.js';

interface KnownCase {
  readonly name: string;
  readonly run: Case['run'];
  /** Of the processor. */
  readonly milliseconds: number;
  readonly hits: Hits;
}

export interface CaseVerdict {
  /** The test that noticed the mutant; null: none. */
  readonly by: string | null;
  readonly isEndless: boolean;
}

/** More often than a test alone comes by a mutant it may do so with it. */
const FACTOR = 100;
const LEAST = 100_000;
/** Milliseconds. */
const QUICK = 8;

/** The tests of files (of the mirror). */
export async function casesOf(files: readonly string[]): Promise<Case[]> {
  for (const file of files) {
    await import(pathToFileURL(file).href);
  }
  return cases.splice(0);
}

export class CaseOracle {
  readonly covered: Set<number> = new Set();
  private readonly known: KnownCase[] = [];

  /** Throws where one fails with no mutant. */
  async open(all: readonly Case[]): Promise<void> {
    for (const { name, run } of all) {
      beginRecording();
      try {
        await run();
      } catch (error) {
        throw new Error(`${name}, with no mutant: ${(error as Error).message}`);
      }
      const hits = endRecording();
      for (const mutant of hits.keys()) {
        this.covered.add(mutant);
      }
      const began = process.cpuUsage();
      await run();
      this.known.push({ name, run, hits, milliseconds: process.cpuUsage(began).user / 1_000 });
    }
    this.known.sort((a, b) => a.milliseconds - b.milliseconds);
  }

  size(): number {
    return this.known.length;
  }

  /** Asks those that are quick, or those that are not; all of them unless it is said. */
  async tried(mutant: number, quick?: boolean): Promise<CaseVerdict> {
    for (const { name, run, hits, milliseconds } of this.known) {
      const most = hits.get(mutant);
      const isAsked = quick === undefined || milliseconds <= QUICK === quick;
      if (most !== undefined && isAsked) {
        switchOn(mutant, FACTOR * most + LEAST);
        try {
          await run();
        } catch (error) {
          return { by: name, isEndless: error instanceof EndlessLoop };
        } finally {
          switchOff();
        }
      }
    }
    return { by: null, isEndless: false };
  }
}

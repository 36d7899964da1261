/** What the fuzzer found, as a file that can be sent again. */

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FuzzCase } from './cases.js';

export interface Finding {
  readonly kind: 'fate' | 'difference' | 'crash' | 'memory' | 'canary';
  /** What was expected and what was seen. */
  readonly problem: string;
  readonly seed: number;
  /** The case, or all that were under way when it showed. */
  readonly cases: readonly FuzzCase[];
}

interface FindingFile {
  readonly kind: Finding['kind'];
  readonly problem: string;
  readonly seed: number;
  readonly cases: readonly {
    readonly index: number;
    readonly label: string;
    readonly halfClose: boolean;
    readonly hex: string;
  }[];
}

/** Writes `finding` below `directory`; answers the path. */
export function writeFinding(directory: string, finding: Finding): string {
  const { kind, problem, seed, cases } = finding;
  const file: FindingFile = {
    kind,
    problem,
    seed,
    cases: cases.map(({ index, label, halfClose, bytes }) => ({
      index,
      label,
      halfClose,
      hex: Buffer.from(bytes).toString('hex'),
    })),
  };
  mkdirSync(directory, { recursive: true });
  const path = join(directory, `${kind}-${seed}-${cases[0]?.index ?? 'end'}.json`);
  writeFileSync(path, `${JSON.stringify(file, null, 2)}\n`);
  return path;
}

/** Throws where the file is none of a finding. */
export function readFinding(path: string): Finding {
  const { kind, problem, seed, cases } = JSON.parse(readFileSync(path, 'utf8')) as FindingFile;
  return {
    kind,
    problem,
    seed,
    cases: cases.map(({ index, label, halfClose, hex }) => ({
      index,
      label,
      halfClose,
      bytes: Buffer.from(hex, 'hex'),
    })),
  };
}

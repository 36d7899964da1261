/** The examples of docs/checker.md, and what `logjury check` says of them. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import type { CheckResult, Finding } from '../src/checker/result.js';
import { registerCheck } from '../src/cli/commands/check.js';

export const PAGE: URL = new URL('../docs/checker.md', import.meta.url);

export interface Example {
  /** What its heading names. */
  readonly names: readonly string[];
  readonly flags: readonly string[];
  readonly history: string;
  /** The quotation under it. */
  readonly quoted: string;
}

/** Headings of anomalies, each with its names. */
export function headingsOf(page: string): string[][] {
  return [...page.matchAll(/^####? (`.*)$/gm)].map(([, heading]) => namesIn(heading!));
}

function namesIn(heading: string): string[] {
  return [...heading.matchAll(/`([^`]+)`/g)].map(([, name]) => name!);
}

export function examplesOf(page: string): Example[] {
  return page.split(/^#### /m).flatMap((section) => {
    const names = namesIn(section.split('\n', 1)[0]!);
    return [...section.matchAll(/^```edn(.*)\n([\s\S]*?)^```\n((?:>.*\n|@@\n)*)/gm)].map(
      (match) => ({
        names,
        flags: match[1]!.trim().split(' ').filter(Boolean),
        history: match[2]!,
        quoted: match[3]!,
      }),
    );
  });
}

/** The document that `logjury check --json` prints of `history`. */
export async function checkedByCommand(
  history: string | Uint8Array,
  flags: readonly string[],
): Promise<CheckResult> {
  const folder = mkdtempSync(join(tmpdir(), 'logjury-page-'));
  const file = join(folder, 'history');
  const write = process.stdout.write;
  const status = process.exitCode;
  let printed = '';
  try {
    writeFileSync(file, history);
    const program = new Command('logjury').exitOverride();
    registerCheck(program);
    process.stdout.write = (text): boolean => {
      printed += String(text);
      return true;
    };
    await program.parseAsync(['check', file, '--json', ...flags], { from: 'user' });
  } finally {
    process.stdout.write = write;
    process.exitCode = status;
    rmSync(folder, { recursive: true });
  }
  const { file: _file, seconds: _seconds, ...result } = JSON.parse(printed);
  return result as CheckResult;
}

/** What stands under an example: the first finding of its name, what else there is, and the verdict. */
export function quotationOf({ names }: Example, result: CheckResult): string {
  const { verdict, anomalies, allowed, undecided } = result;
  const found: Record<string, readonly Finding[]> = { ...undecided, ...allowed, ...anomalies };
  const finding = found[names[0]!]?.[0];
  const others = Object.keys(found).filter((name) => !names.includes(name));
  const how = Object.hasOwn(allowed, names[0]!) ? ', allowed' : '';
  const besides = others.length === 0 ? '' : ` Besides: ${others.join(', ')}.`;
  const data = [
    ['rows', finding?.operations],
    ['offsets', finding?.offsets],
    ['values', finding?.values],
    ['edges', finding?.edges?.map(({ from, to, kind }) => `${from} ${kind} ${to}`)],
  ]
    .filter(([, list]) => list !== undefined && list.length > 0)
    .map(([name, list]) => `${name} ${(list as readonly unknown[]).join(', ')}`);
  const told = data.length === 0 ? '' : `${data.join('; ')}.`;
  return `> ${finding?.sentence}\n>\n> *${verdict}${how}.* ${told}${besides}`
    .trimEnd()
    .concat('\n');
}

export function readPage(): string {
  return readFileSync(PAGE, 'utf8');
}

/** The verdict as text for a terminal. */

import type { CheckResult, Finding, Verdict } from '../checker/result.js';
import type { FaultRecord, TrialDocument } from './document.js';
import { count, counted, meaningOf, verdictWords } from './words.js';

/** What the terminal shows of a `check` or of a trial (a TrialDocument fits). */
export interface TerminalSummary
  extends Pick<
    CheckResult,
    'verdict' | 'reasons' | 'anomalies' | 'allowed' | 'counts' | 'operations' | 'acknowledged'
  > {
  readonly seconds?: number;
  readonly metadata?: TrialDocument['metadata'];
  readonly groups?: TrialDocument['groups'];
  readonly faults?: readonly FaultRecord[];
  readonly bug?: string | null;
  readonly store?: string;
}

export interface TerminalOptions {
  /** ANSI colours. The caller honours NO_COLOR and whether there is a terminal. */
  readonly color: boolean;
  /** Findings shown per anomaly. Default 3. */
  readonly findingsPerAnomaly?: number;
}

type Style = 'green' | 'red' | 'yellow' | 'bold' | 'dim';

const CODES: Readonly<Record<Style, string>> = {
  green: '\u001b[32m',
  red: '\u001b[31m',
  yellow: '\u001b[33m',
  bold: '\u001b[1m',
  dim: '\u001b[2m',
};
const RESET = '\u001b[0m';

const VERDICT_STYLES: Readonly<Record<Verdict, Style>> = {
  valid: 'green',
  invalid: 'red',
  inconclusive: 'yellow',
};

const DEFAULT_FINDINGS = 3;

type Paint = (style: Style, text: string) => string;

/** Several lines, each ended by a newline. */
export function terminalReport(summary: TerminalSummary, options: TerminalOptions): string {
  const paint: Paint = (style, text) => (options.color ? `${CODES[style]}${text}${RESET}` : text);
  const shown = options.findingsPerAnomaly ?? DEFAULT_FINDINGS;
  const lines: string[] = [];
  if (typeof summary.bug === 'string') {
    lines.push(paint('yellow', `Bug switched on: ${summary.bug}`));
  }
  const convicting = Object.entries(summary.anomalies);
  for (const [name, findings] of convicting) {
    lines.push(...anomalyLines(name, findings, summary.counts[name], shown, 'red', paint), '');
  }
  for (const [name, findings] of Object.entries(summary.allowed)) {
    const total = counted(summary.counts[name] ?? findings.length, 'finding');
    lines.push(paint('dim', `Allowed here: ${name} (${total}): ${meaningOf(name)}`));
  }
  const { ok, fail, info } = summary.operations;
  lines.push(
    `Operations: ${count(ok)} ok, ${count(fail)} failed, ${count(info)} unknown; ` +
      `${count(summary.acknowledged)} acknowledged with records.`,
  );
  for (const { group, generations, commits, positionsTold } of summary.groups ?? []) {
    lines.push(
      `Group ${group}: ${counted(generations, 'generation')}, ${counted(commits, 'acknowledged commit')}, ` +
        `told ${counted(positionsTold, 'time')} where it stands.`,
    );
  }
  if (summary.metadata !== undefined) {
    const { metadata } = summary;
    lines.push(
      `Metadata: ${count(metadata.ok)} ok, ${count(metadata.reads)} of them reads, ` +
        `${count(metadata.fail)} failed, ${count(metadata.info)} unknown.`,
    );
  }
  if (summary.faults !== undefined) {
    lines.push(faultLine(summary.faults));
  }
  if (summary.store !== undefined) {
    lines.push(`Store: ${summary.store}`);
  }
  const style = VERDICT_STYLES[summary.verdict];
  const took = summary.seconds === undefined ? '' : ` (${summary.seconds.toFixed(1)} s)`;
  lines.push(`${paint(style, paint('bold', verdictWords(summary.verdict)))}${took}`);
  for (const reason of summary.reasons) {
    lines.push(`  ${reason}`);
  }
  return `${lines.join('\n')}\n`;
}

function anomalyLines(
  name: string,
  findings: readonly Finding[],
  total: number | undefined,
  shown: number,
  style: Style,
  paint: Paint,
): string[] {
  const all = total ?? findings.length;
  const lines = [`${paint(style, paint('bold', name))} (${count(all)}): ${meaningOf(name)}`];
  for (const finding of findings.slice(0, shown)) {
    lines.push(`  - ${finding.sentence}`);
    lines.push(paint('dim', `    rows ${finding.operations.join(', ')}`));
  }
  const rest = all - Math.min(shown, findings.length);
  if (rest > 0) {
    lines.push(paint('dim', `  and ${count(rest)} more`));
  }
  return lines;
}

function faultLine(faults: readonly FaultRecord[]): string {
  const kinds = new Map<string, number>();
  let skipped = 0;
  for (const fault of faults) {
    if (fault.skipped === undefined) {
      kinds.set(fault.kind, (kinds.get(fault.kind) ?? 0) + 1);
    } else {
      skipped += 1;
    }
  }
  const told = [...kinds].map(([kind, times]) => `${kind} ${times}`).join(', ');
  const left = skipped > 0 ? `; ${skipped} skipped` : '';
  return `Faults: ${told === '' ? 'none took effect' : told}${left}.`;
}

/** The report of a trial as one self-contained page. */

import type { Finding } from '../checker/result.js';
import type { Json, Row } from '../history/rows.js';
import type { FaultRecord, TrialDocument } from './document.js';
import { escapeHtml, scriptJson } from './escape.js';
import { PAGE_SCRIPT } from './page-charts.js';
import { PAGE_STYLE } from './page-style.js';
import { count, counted, meaningOf, valueWords, verdictWords } from './words.js';

const NANOSECONDS_PER_SECOND = 1e9;

/** A whole HTML page: no resource outside it, works from file://. */
export function htmlReport(trial: TrialDocument): string {
  const body = [
    bugBanner(trial),
    verdictCard(trial),
    tiles(trial),
    charts(trial),
    anomalySection('Anomalies', trial.anomalies, trial.counts, true),
    anomalySection('Allowed by the workload', trial.allowed, trial.counts, false),
    faultSection(trial.faults),
    settingsSection(trial),
  ];
  const data = scriptJson({ series: trial.series ?? null, faults: trial.faults });
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(`${trial.verdict}: trial ${trial.seed}`)}</title>
<style>${PAGE_STYLE}</style>
</head>
<body>
<main>
${body.filter((part) => part !== '').join('\n')}
</main>
<div id="tip"></div>
<script type="application/json" id="data">${data}</script>
<script>${PAGE_SCRIPT}</script>
</body>
</html>
`;
}

function bugBanner(trial: TrialDocument): string {
  return trial.bug === null
    ? ''
    : `<div class="bug">A bug was switched on for this run: <code>${escapeHtml(trial.bug)}</code>. ` +
        'The verdict says nothing about the broker without it.</div>';
}

function verdictCard(trial: TrialDocument): string {
  const reasons = trial.reasons.map((reason) => `<p>${escapeHtml(reason)}</p>`).join('');
  const started = trial.startedAt === undefined ? '' : ` · ${escapeHtml(trial.startedAt)}`;
  const seconds = `${trial.seconds.toFixed(1)} s`;
  return (
    `<section class="card verdict ${trial.verdict}">` +
    `<div class="eyebrow">Logjury trial · seed ${escapeHtml(String(trial.seed))} · ${seconds}${started}</div>` +
    `<h1>${escapeHtml(verdictWords(trial.verdict))}</h1>${reasons}</section>`
  );
}

function tiles(trial: TrialDocument): string {
  const { ok, fail, info } = trial.operations;
  const injected = trial.faults.filter((fault) => fault.skipped === undefined).length;
  const anomalies = Object.keys(trial.anomalies).reduce(
    (total, name) => total + (trial.counts[name] ?? 0),
    0,
  );
  const tile = (value: number, label: string): string =>
    `<div class="tile"><b>${count(value)}</b><span>${label}</span></div>`;
  return (
    '<section class="tiles">' +
    tile(trial.acknowledged, 'acknowledged with records') +
    tile(ok, 'operations ok') +
    tile(fail, 'failed for certain') +
    tile(info, 'outcome unknown') +
    (trial.groups ?? [])
      .map(({ group, commits }) => tile(commits, `commits of ${escapeHtml(group)}`))
      .join('') +
    (trial.metadata === undefined ? '' : tile(trial.metadata.ok, 'metadata operations ok')) +
    tile(injected, 'faults injected') +
    tile(anomalies, 'findings') +
    '</section>'
  );
}

function charts(trial: TrialDocument): string {
  if (trial.series === undefined) {
    return '';
  }
  const key = (color: string, label: string, dashed = ''): string =>
    `<span><i class="${dashed}" style="--of:var(--${color})"></i>${label}</span>`;
  return (
    '<h2>Over time</h2><section class="card"><div class="legend">' +
    key('send', 'sends') +
    key('poll', 'polls') +
    key('fail', 'failed') +
    key('info', 'unknown') +
    key('soft', 'p50') +
    key('soft', 'p99', 'dashed') +
    '</div><div id="charts"></div></section>'
  );
}

function anomalySection(
  title: string,
  anomalies: Readonly<Record<string, readonly Finding[]>>,
  counts: Readonly<Record<string, number>>,
  convicts: boolean,
): string {
  const names = Object.keys(anomalies);
  if (names.length === 0) {
    return convicts ? `<h2>${title}</h2><section class="card">None was found.</section>` : '';
  }
  const blocks = names.map((name) => {
    const findings = anomalies[name] ?? [];
    const total = counts[name] ?? findings.length;
    const more =
      total > findings.length
        ? `<div class="finding soft">and ${count(total - findings.length)} more, not kept</div>`
        : '';
    return (
      `<details class="anomaly${convicts ? ' convicts' : ''}"${convicts ? ' open' : ''}>` +
      `<summary><h3>${escapeHtml(name)}</h3><span>${escapeHtml(meaningOf(name))}</span>` +
      `<span class="soft">${counted(total, 'finding')}</span></summary>` +
      `${findings.map(findingBlock).join('')}${more}</details>`
    );
  });
  return `<h2>${title}</h2>${blocks.join('\n')}`;
}

function findingBlock(finding: Finding): string {
  const rows = finding.rows.map(evidenceRow).join('');
  return (
    `<div class="finding"><p>${escapeHtml(finding.sentence)}</p><div class="scroll"><table>` +
    '<thead><tr><th class="num">index</th><th class="num">time</th><th class="num">process</th>' +
    '<th>outcome</th><th>operation</th><th>error</th></tr></thead>' +
    `<tbody>${rows}</tbody></table></div></div>`
  );
}

const OUTCOME_CLASSES: Readonly<Record<Row['type'], string>> = {
  invoke: 'soft',
  ok: 'ok',
  fail: 'failed',
  info: 'unknown',
};

function evidenceRow(row: Row): string {
  const words = row.type === 'invoke' ? 'begins' : row.type === 'info' ? 'unknown' : row.type;
  const attempt = 'attempt' in row ? ` (attempt ${row.attempt})` : '';
  return (
    `<tr><td class="num">${row.index}</td>` +
    `<td class="num">${(row.time / NANOSECONDS_PER_SECOND).toFixed(3)} s</td>` +
    `<td class="num">${row.process}</td>` +
    `<td><span class="pill ${OUTCOME_CLASSES[row.type]}">${words}</span></td>` +
    `<td class="what">${escapeHtml(valueWords(row) + attempt)}</td>` +
    `<td>${escapeHtml(errorWords(row.error))}</td></tr>`
  );
}

function errorWords(error: Json | undefined): string {
  if (error === undefined) {
    return '';
  }
  return typeof error === 'string' ? error : JSON.stringify(error);
}

function faultSection(faults: readonly FaultRecord[]): string {
  if (faults.length === 0) {
    return '<h2>Faults</h2><section class="card">None was asked for.</section>';
  }
  const rows = faults.map((fault) => {
    const to = fault.to === null ? 'the end' : `${fault.to.toFixed(1)} s`;
    const effect =
      fault.skipped === undefined
        ? `<span class="pill ok">injected</span> ${escapeHtml(fault.proof ?? '')}`
        : `<span class="pill soft">skipped</span> ${escapeHtml(fault.skipped)}`;
    return (
      `<tr><td>${escapeHtml(fault.kind)}</td><td>${escapeHtml(fault.target)}</td>` +
      `<td class="num">${fault.from.toFixed(1)} s</td><td class="num">${to}</td><td>${effect}</td></tr>`
    );
  });
  return (
    '<h2>Faults</h2><section class="card scroll"><table><thead><tr><th>kind</th><th>target</th>' +
    '<th class="num">from</th><th class="num">to</th><th>effect</th></tr></thead>' +
    `<tbody>${rows.join('')}</tbody></table></section>`
  );
}

function settingsSection(trial: TrialDocument): string {
  const entries: [string, string][] = [
    ['seed', String(trial.seed)],
    ...Object.entries(trial.settings).map(([name, value]): [string, string] => [
      name,
      String(value),
    ]),
    ['bug', trial.bug ?? 'none'],
    ['store', trial.store],
  ];
  const unique = new Map(entries);
  const list = [...unique].map(
    ([name, value]) => `<dt>${escapeHtml(name)}</dt><dd class="mono">${escapeHtml(value)}</dd>`,
  );
  return `<h2>Settings</h2><section class="card"><dl>${list.join('')}</dl></section>`;
}

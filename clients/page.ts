/** `docs/clients.md`, written from the results that are kept. */

import type { Cell } from './matrix.js';
import type { SystemResult } from './results.js';
import type { Scenario } from './scenario.js';

const MARKS: Readonly<Record<Cell['outcome'], string>> = { pass: '✓', fail: '✗', 'n/a': '–' };

/** The page: one table with all systems in each cell, in the order of the scenarios. */
export function clientsPage(
  systems: readonly SystemResult[],
  scenarios: readonly Scenario[],
  clientNames: readonly string[],
): string {
  const marks = systems.map(({ system }) => system).join(', then ');
  const lines = [
    '# Clients',
    '',
    'Which client libraries work with the brokers of this project, scenario by scenario, and how the same',
    'program judged another system. Written by `npm run clients -- --write`; the cells are kept in',
    '`clients/results`.',
    '',
    'A driver only does as it is told and repeats what its library said. The judge is one for all clients:',
    'it reads the cluster by itself, over the wire, and compares with records whose contents were drawn at',
    'random, so that a driver that does nothing, or says what is expected, fails. What it cannot see from',
    'outside is for how many replicas a producer waits while none of them is missing.',
    '',
    '## Measure another system',
    '',
    'Whatever speaks the protocol of Kafka can be measured, say a broker that you are writing:',
    '',
    '```sh',
    'npm run clients -- --bootstrap HOST:PORT --system "My broker 0.1" [--only kafkajs,Java] [--scenario group]',
    '```',
    '',
    'It needs three brokers or more, `auto.create.topics.enable=false`, and is faster with',
    '`group.initial.rebalance.delay.ms=0`. Without `--bootstrap` three brokers of this project are started.',
    'Exit status: 0 all cells passed or cannot be expressed, 1 one failed, 2 the call cannot be used, 3 nothing',
    'could be run.',
    '',
    '## Add a client',
    '',
    'A driver is a program that gets the bootstrap address as its last argument. It reads a line of JSON for',
    'each operation, `{"id":1,"op":"createTopic","topic":"t",...}`, and answers with `{"id":1,"ok":{...}}`,',
    '`{"id":1,"error":{"code":36,"name":"...","text":"..."}}` with the code of Kafka where the library knows it, or',
    '`{"id":1,"unsupported":"why"}`; it ends when its input does. Keys, values and contents of headers are in',
    'base64. `clients/npm/kafkajs.ts` shows all operations; the driver is named in `clients/catalogue.ts`.',
    '',
    '## Results',
    '',
    ...systems.map(({ system, date, command }) => `- ${system}, ${date}: \`${command}\``),
    '',
    `Each cell: ${marks}. ✓ it holds, ✗ it does not, – the library cannot express it, · not run.`,
    '',
    ...table(systems, scenarios, clientNames),
    ...notes('What the libraries cannot express', 'n/a', systems, clientNames, scenarios),
    ...notes('What does not hold', 'fail', systems, clientNames, scenarios),
    ...skipped(systems),
    '## Scenarios',
    '',
    '| scenario | it holds when |',
    '| --- | --- |',
    ...scenarios.map(({ name, title }) => `| ${name} | ${title} |`),
    '',
  ];
  return lines.join('\n');
}

function table(
  systems: readonly SystemResult[],
  scenarios: readonly Scenario[],
  clientNames: readonly string[],
): string[] {
  const known = clientNames.filter((name) => systems.some(({ clients }) => name in clients));
  const head = known.map((name) => `${name} ${versions(systems, name)}`);
  return [
    `| | ${head.join(' | ')} |`,
    `| --- |${known.map(() => ' --- |').join('')}`,
    ...scenarios.map(({ name }) => {
      const cells = known.map((client) =>
        systems.map(({ clients }) => markOf(clients[client]?.cells[name])).join(' '),
      );
      return `| ${name} | ${cells.join(' | ')} |`;
    }),
    '',
  ];
}

function versions(systems: readonly SystemResult[], name: string): string {
  const all = systems.flatMap(({ clients }) => clients[name]?.version ?? []);
  return [...new Set(all)].join(', ');
}

function markOf(cell: Cell | undefined): string {
  return cell === undefined ? '·' : MARKS[cell.outcome];
}

/** The reasons of all cells of one outcome, each said once. */
function notes(
  title: string,
  outcome: Cell['outcome'],
  systems: readonly SystemResult[],
  clientNames: readonly string[],
  scenarios: readonly Scenario[],
): string[] {
  const rows: string[] = [];
  for (const client of clientNames) {
    for (const { name } of scenarios) {
      const reasons = new Map<string, string[]>();
      for (const { system, clients } of systems) {
        const cell = clients[client]?.cells[name];
        if (cell?.outcome === outcome && cell.outcome !== 'pass') {
          const reason = oneLine(cell.reason);
          reasons.set(reason, [...(reasons.get(reason) ?? []), system]);
        }
      }
      for (const [reason, where] of reasons) {
        const tail = outcome === 'fail' ? ` (${where.join(', ')})` : '';
        rows.push(`| ${client} | ${name} | ${reason}${tail} |`);
      }
    }
  }
  return rows.length === 0
    ? []
    : [`## ${title}`, '', '| client | scenario | |', '| --- | --- | --- |', ...rows, ''];
}

function skipped(systems: readonly SystemResult[]): string[] {
  const rows = systems.flatMap(({ system, clients }) =>
    Object.entries(clients).flatMap(([name, result]) =>
      result.skipped === null ? [] : [`- ${name} (${system}): ${oneLine(result.skipped)}`],
    ),
  );
  return rows.length === 0 ? [] : ['## Skipped', '', ...rows, ''];
}

/** Table cells hold no line breaks and no bars; names of one run's topics say nothing later. */
function oneLine(text: string): string {
  return text
    .replace(/\s+/g, ' ')
    .replace(/\|/g, '\\|')
    .replace(/-[0-9a-f]{8}\b/g, '')
    .slice(0, 240);
}

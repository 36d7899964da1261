/** The yardstick of `judge.ts`: one process that only parses every line of the file. One line of JSON. */

import { readFileSync } from 'node:fs';

const before = process.cpuUsage();
let rows = 0;
for (const line of readFileSync(process.argv[2]!, 'utf8').split('\n')) {
  if (line !== '') {
    JSON.parse(line);
    rows += 1;
  }
}
const { user, system } = process.cpuUsage(before);
process.stdout.write(`${JSON.stringify({ rows, cpuSeconds: (user + system) / 1e6 })}\n`);

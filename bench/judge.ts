/** One process that judges one file as `logjury check` does, and says what that cost: one line of JSON. */

import { createChecker } from '../src/checker/check.js';
import { readHistory } from '../src/cli/history-file.js';

const [file, ...edges] = process.argv.slice(2);
const wall = performance.now();
const before = process.cpuUsage();
const checker = createChecker({
  wwDeps: edges.includes('ww'),
  rwDeps: edges.includes('rw'),
});
await readHistory(file!, false, checker.sink);
const read = performance.now();
const { verdict, operations } = checker.finish();
const { user, system } = process.cpuUsage(before);
process.stdout.write(
  `${JSON.stringify({
    verdict,
    operations: operations.ok + operations.fail + operations.info,
    wallSeconds: (performance.now() - wall) / 1000,
    readSeconds: (read - wall) / 1000,
    cpuSeconds: (user + system) / 1e6,
    peakMiB: process.resourceUsage().maxRSS / 1024,
  })}\n`,
);

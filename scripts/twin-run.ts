/**
 * One half of a pair of twins (see twins.ts): runs seeds and prints what the other half must print too.
 *
 * twin-run.ts runs A B       one line a seed: number, verdict, number of events, hashes
 * twin-run.ts events S F T   of seed S, one line for each event from number F up to number T
 */

import { argv, exit, stdout } from 'node:process';
import { generateScenario } from '../src/simulator/generate.js';
import { type RunOptions, run } from '../src/simulator/run.js';
import { eventsOf } from './twin-difference.js';

const [form, ...numbers] = argv.slice(2);
const [first = 0, second = 0, third = 0] = numbers.map(Number);

if (form === 'runs') {
  for (let seed = first; seed <= second; seed++) {
    const { verdict, violation, events, hash, hashes } = run(optionsOf(seed));
    const found = violation === null ? '' : `${violation.property} at event ${violation.event}`;
    stdout.write(`${JSON.stringify({ seed, verdict, found, events, hash, hashes })}\n`);
  }
} else if (form === 'events') {
  for (const { number, time, hash, what } of eventsOf(optionsOf(first), second, third)) {
    stdout.write(`${number} ${time} ${hash} ${what}\n`);
  }
} else {
  stdout.write('runs or events?\n');
  exit(2);
}

function optionsOf(seed: number): RunOptions {
  return { scenario: generateScenario(seed), bugs: [] };
}

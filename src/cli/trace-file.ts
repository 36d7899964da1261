/** Traces of runs as text, on their way to a file or a terminal. */

import { closeSync, openSync, writeSync } from 'node:fs';
import type { Bug } from '../bugs/bug.js';
import type { TraceRow } from '../history/trace.js';
import { type RunResult, run } from '../simulator/run.js';
import type { Scenario } from '../simulator/scenario.js';
import { TraceWatcher } from '../simulator/trace.js';
import { type TraceLayout, traceHeader, traceText } from '../simulator/trace-text.js';

export function layoutOf({ brokers, topics, choices }: Scenario): TraceLayout {
  const created = choices.flatMap(({ act }) => (act.type === 'createTopic' ? [act.topic] : []));
  const lengths = [...topics, ...created].map(({ name }) => name.length + 3);
  return { brokers, partition: Math.max(...lengths) };
}

/** Runs the scenario and tells its trace, the violation at its end included. */
export function runTraced(
  scenario: Scenario,
  bugs: readonly Bug[],
  sink: (row: TraceRow) => void,
): RunResult {
  let watcher: TraceWatcher | undefined;
  const result = run({
    scenario,
    bugs,
    watchers: [
      (context) => {
        watcher = new TraceWatcher(context, sink);
        return watcher;
      },
    ],
  });
  if (result.violation !== null) {
    watcher?.violated(result.violation);
  }
  return result;
}

/** Runs the scenario and writes its trace, as text, to `file`. */
export function traceFile(file: string, scenario: Scenario, bugs: readonly Bug[]): void {
  const layout = layoutOf(scenario);
  const descriptor = openSync(file, 'w');
  try {
    let text = `${traceHeader(layout)}\n`;
    runTraced(scenario, bugs, (row) => {
      text += `${traceText(row, layout)}\n`;
      if (text.length > 1 << 16) {
        writeSync(descriptor, text);
        text = '';
      }
    });
    writeSync(descriptor, text);
  } finally {
    closeSync(descriptor);
  }
}

/** Whatever a client sends, the broker lives: it answers, hangs up or waits, and serves the others. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createTopicsApi, findCoordinatorApi } from '../src/protocol/apis.js';
import { arbitraryRequest, damaged, type ServedVersion, servedVersions } from './wire-requests.js';
import { WireWorld } from './wire-world.js';

/** Of one to four requests, for each API. */
const RUNS = 60;

function newWorld(): WireWorld {
  const wire = new WireWorld({ configs: { 'auto.create.topics.enable': 'false' } });
  wire.connect().call(createTopicsApi, 7, {
    topics: [{ name: 't', numPartitions: 2, replicationFactor: 1, assignments: [], configs: [] }],
    timeoutMs: 1000,
  });
  // With its coordinator there, group 'g' is more than a name.
  wire.until(
    () => wire.connect().call(findCoordinatorApi, 0, { key: 'g' }).errorCode === 0,
    'a coordinator',
  );
  return wire;
}

const served = servedVersions();
const names = [...new Set(served.map(({ api }) => api.name))];

describe.each(names)('%s', (name) => {
  test('valid and damaged requests of every version leave the broker well', () => {
    const wire = newWorld();
    const versions = served.filter(({ api }) => api.name === name);
    const request = fc
      .constantFrom(...versions)
      .chain((version: ServedVersion) =>
        fc.oneof(arbitraryRequest(version), damaged(arbitraryRequest(version))),
      );
    fc.assert(
      fc.property(fc.array(request, { minLength: 1, maxLength: 4 }), (frames) => {
        const connection = wire.connect();
        for (const frame of frames) {
          connection.send(frame);
        }
        wire.run(0.05);
        connection.close();
        wire.run(0.01);
        expect(wire.allRunning).toBe(true);
      }),
      { numRuns: Number(process.env.RUNS ?? RUNS), seed: 1 },
    );
    expect(wire.connect().isAlive()).toBe(true);
  });
});

/** /metrics (Prometheus), /health and /clock of a broker over HTTP. */

import { createServer } from 'node:http';
import type { Broker } from '../broker/broker.js';
import type { Environment } from '../environment/environment.js';

export function serveMetrics(port: number, broker: Broker, environment: Environment): void {
  const server = createServer((request, response) => {
    const answer = (type: string, body: string): void => {
      response.writeHead(200, { 'content-type': type });
      response.end(body);
    };
    switch (request.url) {
      case '/metrics':
        answer('text/plain; version=0.0.4', broker.metrics.render() + processMetrics());
        return;
      case '/health':
        answer('application/json', JSON.stringify(broker.health()));
        return;
      case '/clock': {
        const { clock } = environment;
        answer(
          'application/json',
          JSON.stringify({ wall: clock.wall(), monotonic: clock.monotonic() }),
        );
        return;
      }
      default:
        response.writeHead(404).end();
    }
  });
  server.on('error', (error: NodeJS.ErrnoException) => {
    environment.stop(1, `cannot serve metrics on port ${port}: ${error.code}`);
  });
  server.listen(port, '127.0.0.1');
}

function processMetrics(): string {
  const { user, system } = process.cpuUsage();
  return [
    '# TYPE process_cpu_seconds_total counter',
    `process_cpu_seconds_total ${(user + system) / 1e6}`,
    '# TYPE process_resident_memory_bytes gauge',
    `process_resident_memory_bytes ${process.memoryUsage.rss()}`,
    '',
  ].join('\n');
}

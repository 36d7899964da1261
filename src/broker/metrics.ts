/** Counters and gauges of a broker in Prometheus' text form, under Kafka's names where it has one. */

export interface Gauge {
  readonly name: string;
  readonly help: string;
  readonly read: () => number;
}

export class Metrics {
  /** Names of rules that were replaced by `--bug`; they mark every sample. */
  readonly bugs: readonly string[];
  private readonly requests = new Map<string, number>();
  private readonly counters = new Map<string, { help: string; value: number }>();
  private readonly gauges: Gauge[] = [];

  constructor(bugs: readonly string[]) {
    this.bugs = bugs;
  }

  countRequest(api: string, version: number): void {
    const key = `request="${api}",version="${version}"`;
    this.requests.set(key, (this.requests.get(key) ?? 0) + 1);
  }

  add(name: string, help: string, by: number): void {
    const counter = this.counters.get(name);
    if (counter === undefined) {
      this.counters.set(name, { help, value: by });
    } else {
      counter.value += by;
    }
  }

  gauge(name: string, help: string, read: () => number): void {
    this.gauges.push({ name, help, read });
  }

  /** Everything, as Prometheus reads it. */
  render(): string {
    const lines: string[] = [];
    const head = (name: string, help: string, type: string): void => {
      lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`);
    };
    const bug = this.bugs.length === 0 ? '' : `bug="${this.bugs.join(',')}"`;
    const plain = bug === '' ? '' : `{${bug}}`;
    head('kafka_network_requestmetrics_requests_total', 'Requests by API and version', 'counter');
    for (const [key, value] of [...this.requests].sort()) {
      const labels = bug === '' ? key : `${key},${bug}`;
      lines.push(`kafka_network_requestmetrics_requests_total{${labels}} ${value}`);
    }
    for (const [name, { help, value }] of [...this.counters].sort()) {
      head(name, help, 'counter');
      lines.push(`${name}${plain} ${value}`);
    }
    for (const { name, help, read } of this.gauges) {
      head(name, help, 'gauge');
      lines.push(`${name}${plain} ${read()}`);
    }
    return `${lines.join('\n')}\n`;
  }
}

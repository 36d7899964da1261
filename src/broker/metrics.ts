/** Counters and gauges of a broker in Prometheus' text form, under Kafka's names where it has one. */

interface Sample {
  readonly name: string;
  readonly help: string;
  readonly type: 'gauge' | 'counter';
  readonly read: () => number;
}

export class Metrics {
  /** Names of rules that were replaced by `--bug`; they mark every sample. */
  readonly bugs: readonly string[];
  /** By API, then version: counting makes no key. */
  private readonly requests = new Map<string, Map<number, number>>();
  private readonly samples: Sample[] = [];

  constructor(bugs: readonly string[]) {
    this.bugs = bugs;
  }

  countRequest(api: string, version: number): void {
    let versions = this.requests.get(api);
    if (versions === undefined) {
      versions = new Map();
      this.requests.set(api, versions);
    }
    versions.set(version, (versions.get(version) ?? 0) + 1);
  }

  gauge(name: string, help: string, read: () => number): void {
    this.samples.push({ name, help, type: 'gauge', read });
  }

  /** `read` never goes down. */
  counter(name: string, help: string, read: () => number): void {
    this.samples.push({ name, help, type: 'counter', read });
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
    const requests = [...this.requests].flatMap(([api, versions]) =>
      [...versions].map(([version, count]) => [`request="${api}",version="${version}"`, count]),
    );
    for (const [key, count] of requests.sort()) {
      const labels = bug === '' ? key : `${key},${bug}`;
      lines.push(`kafka_network_requestmetrics_requests_total{${labels}} ${count}`);
    }
    for (const { name, help, type, read } of this.samples) {
      head(name, help, type);
      lines.push(`${name}${plain} ${read()}`);
    }
    return `${lines.join('\n')}\n`;
  }
}

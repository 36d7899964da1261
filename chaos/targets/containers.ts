/** The own cluster in containers (testcontainers), where a Docker engine answers. */

import { type ProcessesOptions, ProcessesTarget } from './processes.js';

export class ContainersTarget extends ProcessesTarget {
  constructor(options: ProcessesOptions) {
    super(options);
    throw new Error('not built yet');
  }
}

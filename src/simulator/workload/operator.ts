/** The operator of a simulated cluster: creates, deletes, grows and configures topics under load. */

import type { RunContext } from '../context.js';
import type { TopicPlan } from '../scenario.js';

/** Each deed is tried again until it took, or until the main phase is over. */
export class Operator {
  private readonly context: RunContext;

  constructor(context: RunContext) {
    this.context = context;
  }

  /** `done(true)`: it took; the clients use what is new. Never called after the main phase. */
  createTopic(_plan: TopicPlan, _done?: (took: boolean) => void): void {
    this.context.phase();
  }

  deleteTopic(_name: string, _done?: (took: boolean) => void): void {
    this.context.phase();
  }

  /** `count`: partitions in all, afterwards. */
  addPartitions(_name: string, _count: number, _done?: (took: boolean) => void): void {
    this.context.phase();
  }

  configure(_topic: string, _key: string, _value: string, _done?: (took: boolean) => void): void {
    this.context.phase();
  }
}

/** Judges every decision of every active controller, and the image of every node. */

import type { RunContext } from '../context.js';
import type { WatchedNode, Watcher } from '../watch.js';
import type { CommittedView } from './committed-view.js';

export class MetadataJudge implements Watcher {
  readonly context: RunContext;

  constructor(context: RunContext, _view: CommittedView) {
    this.context = context;
  }

  nodeStarted(_node: WatchedNode): void {}

  /** The run is over: what is compared in full only then. */
  finish(): void {}
}

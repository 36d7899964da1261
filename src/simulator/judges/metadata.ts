/**
 * Judges every decision of every active controller, every committed entry, and the image of every node,
 * by the properties of core/properties/metadata.
 */

import type {
  ControllerDeciderState,
  ControllerEffect,
  ControllerInput,
} from '../../broker/observer.js';
import { equalControllerStates } from '../../core/metadata/controller.js';
import { equalImages } from '../../core/metadata/image.js';
import type { MetadataImage, MetadataRecord } from '../../core/metadata/types.js';
import { metadataProperties } from '../../core/properties/metadata/all.js';
import { copyFold, foldFrom, foldRecord } from '../../core/properties/metadata/fold.js';
import type { MetadataGhost } from '../../core/properties/metadata/ghost.js';
import {
  observeCommand,
  observeImage,
  startMetadataGhost,
} from '../../core/properties/metadata/ghost.js';
import { pendingEqualsCommitted } from '../../core/properties/metadata/pending-equals-committed.js';
import { touchedText } from '../../core/properties/metadata/touched.js';
import type { RunContext } from '../context.js';
import type { WatchedNode, Watcher } from '../watch.js';
import type { CommittedView } from './committed-view.js';

/** A controller's whole pending state is compared after so many commits; its waiters every time. */
const COMMITS_BETWEEN_COMPARISONS = 16;

/** What is known of one life of a node. */
interface Life {
  readonly node: WatchedNode;
  /** While it is the active controller: the judge's fold of everything that it appended. */
  pending: MetadataImage | null;
  commits: number;
}

export class MetadataJudge implements Watcher {
  private readonly context: RunContext;
  private readonly view: CommittedView;
  private readonly ghost: MetadataGhost;
  /** By index of the node; null while it is down. */
  private readonly lives: (Life | null)[] = [];
  /** Offset of a committed entry's last record -> what its first reader had of what it touched. */
  private readonly agreed = new Map<number, string>();
  /** Of a controller that has begun. */
  private newestTerm = 0;

  constructor(context: RunContext, view: CommittedView) {
    this.context = context;
    this.view = view;
    const { cluster } = context;
    this.ghost = startMetadataGhost({
      minInsyncReplicas: Number(cluster.config('min.insync.replicas') ?? 1),
      uncleanLeaderElection: cluster.config('unclean.leader.election.enable') === 'true',
    });
  }

  nodeStarted(node: WatchedNode): void {
    this.lives[node.index] = { node, pending: null, commits: 0 };
  }

  /** What a dead process still computes reaches nobody: it is judged no more. */
  nodeEnded(node: WatchedNode): void {
    this.lives[node.index] = null;
  }

  controllerStepping(
    node: WatchedNode,
    _state: ControllerDeciderState,
    input: ControllerInput,
  ): void {
    if (input.type === 'command' && this.life(node) !== null) {
      observeCommand(this.ghost, input.command);
    }
  }

  controllerStepped(
    node: WatchedNode,
    state: ControllerDeciderState,
    input: ControllerInput,
    effects: readonly ControllerEffect[],
  ): void {
    const life = this.life(node);
    if (life === null) {
      return;
    }
    switch (input.type) {
      case 'activate':
        this.compareWithPending(life, state, true);
        if (input.term < this.newestTerm) {
          // Held up since it was elected, and deposed before it began.
          life.pending = null;
          return;
        }
        this.newestTerm = input.term;
        this.deposeOthers();
        life.pending = foldFrom(state.committed.image);
        return;
      case 'deactivate':
        life.pending = null;
        return;
      case 'command':
        for (const effect of effects) {
          if (effect.type === 'append') {
            this.appended(life, state, effect.base, effect.records);
          }
        }
        return;
      case 'committed':
        this.committed(life, state, input.base, input.records, input.upTo);
        return;
      case 'restored':
        this.view.restore(state.committed.image, input.upTo);
        this.compareWhole(life, state.committed.image, input.upTo);
        return;
    }
  }

  /** The run is over: the whole image of every node that runs. */
  finish(): void {
    for (const life of this.lives) {
      const controller = life?.node.broker?.controller;
      if (life && controller !== undefined) {
        this.compareWhole(life, controller.image, controller.imageOffset);
      }
    }
  }

  /**
   * A controller of an older term that has not heard of the new one goes on deciding. Nothing of that can
   * be committed, and it may well name another leader for an epoch that the new one has given away.
   */
  private deposeOthers(): void {
    for (const life of this.lives) {
      if (life) {
        life.pending = null;
      }
    }
  }

  private life(node: WatchedNode): Life | null {
    const life = this.lives[node.index] ?? null;
    return life?.node === node ? life : null;
  }

  /** One decision: it is judged against what the same controller had appended before it. */
  private appended(
    life: Life,
    state: ControllerDeciderState,
    base: number,
    records: readonly MetadataRecord[],
  ): void {
    const before = life.pending;
    const after = state.active?.pending.image;
    if (before === null || after === undefined) {
      return;
    }
    this.ask(life, before, after);
    for (let i = 0; i < records.length; i++) {
      foldRecord(before, records[i]!, base + i);
    }
    this.compareTouched(life, touchedText(before, records), after, records, 'appended');
  }

  private committed(
    life: Life,
    state: ControllerDeciderState,
    base: number,
    records: readonly MetadataRecord[],
    upTo: number,
  ): void {
    const { image } = state.committed;
    if (records.length > 0) {
      if (base > this.view.offset) {
        const before = copyFold(this.view.image);
        this.view.commit(base, records, upTo);
        this.ask(life, before, image);
        observeImage(this.ghost, image);
        this.agreed.set(upTo, touchedText(this.view.image, records));
      }
      const agreed = this.agreed.get(upTo);
      if (agreed !== undefined) {
        this.compareTouched(life, agreed, image, records, 'committed');
      }
    }
    life.commits++;
    if (state.active !== null) {
      this.compareWithPending(life, state, life.commits % COMMITS_BETWEEN_COMPARISONS === 0);
    }
  }

  private ask(life: Life, before: MetadataImage, after: MetadataImage): void {
    const step = { before, after };
    for (let i = 0; i < metadataProperties.length; i++) {
      const { name, violation } = metadataProperties[i]!;
      const wrong = violation(step, this.ghost);
      if (wrong !== null) {
        this.context.violated(name, wrong, life.node.name);
        return;
      }
    }
  }

  private compareWithPending(life: Life, state: ControllerDeciderState, whole: boolean): void {
    const wrong = pendingEqualsCommitted(state, whole ? equalControllerStates : isTakenForEqual);
    if (wrong !== null) {
      this.context.violated('PendingEqualsCommitted', wrong, life.node.name);
    }
  }

  private compareTouched(
    life: Life,
    expected: string,
    image: MetadataImage,
    records: readonly MetadataRecord[],
    how: string,
  ): void {
    const found = touchedText(image, records);
    if (found !== expected) {
      const lines = found.split('\n');
      const wanted = expected.split('\n').find((line, at) => line !== lines[at]);
      const detail = `${how} as "${wanted}", its image says otherwise`;
      this.context.violated('StateIsFoldOfLog', detail, life.node.name);
    }
  }

  private compareWhole(life: Life, image: MetadataImage, upTo: number): void {
    const expected = this.view.imageAt(upTo);
    if (expected !== null && !equalImages(expected, image)) {
      const detail = `its image at offset ${upTo} is not the fold of what was committed`;
      this.context.violated('StateIsFoldOfLog', detail, life.node.name);
    }
  }
}

function isTakenForEqual(): boolean {
  return true;
}

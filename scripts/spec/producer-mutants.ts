/** Idempotent production with one rule broken. */

import type { Broken, Mutant } from './broken.js';
import { mutantsOf } from './broken.js';

const rules: readonly Broken[] = [
  [
    'an older epoch is taken',
    'else if (batch.epoch < state.epoch) Fenced\n    else if (batch.epoch > state.epoch) {',
    'else if (batch.epoch != state.epoch) {',
    'fencing',
  ],
  [
    'a new epoch begins anywhere',
    '{ if (batch.first == 0) Append else OutOfOrder }',
    '{ if (batch.first >= 0) Append else OutOfOrder }',
    'overtaking_lives',
  ],
  [
    'a repeated batch is appended again',
    'else if (length(repeated) > 0) Duplicate(repeated[0].offset)',
    'else if (length(repeated) > 0) Append',
    'retries',
  ],
  [
    'a repeated batch is refused',
    'else if (length(repeated) > 0) Duplicate(repeated[0].offset)\n',
    '',
    'retries',
  ],
  [
    'the answer names the newest batch instead of the repeated one',
    'Duplicate(repeated[0].offset)',
    'Duplicate(newestOf(state.batches).offset)',
    'retries',
    'window',
  ],
  [
    'a batch is known by its first sequence only',
    'kept.first == batch.first and kept.last == batch.last',
    'kept.first == batch.first',
    'wrap',
  ],
  [
    'gaps are taken',
    'if (batch.first == incrementSequence(scope, newestOf(state.batches).last, 1)) Append',
    'if (batch.first > newestOf(state.batches).last) Append',
    'bump',
    'wrap',
  ],
  ['sequences do not wrap', '(sequence + by) % scope.sequences', 'sequence + by', 'wrap'],
  [
    'a new epoch keeps the batches of the old one',
    'if (state.epoch == batch.epoch) state.batches else []',
    'state.batches',
    'fencing',
    'bump',
  ],
  [
    'fewer batches are remembered than may be under way',
    'all_.slice(greatest(0, length(all_) - scope.keptBatches), length(all_))',
    'all_.slice(length(all_) - 1, length(all_))',
    'retries',
  ],
  [
    'all batches are remembered',
    'all_.slice(greatest(0, length(all_) - scope.keptBatches), length(all_))',
    'all_',
    'window',
  ],
  [
    'a cut log leaves the state as it was',
    'state: foldFrom(scope, log, snapshot), snapshot: snapshot',
    'state: replica.state, snapshot: snapshot',
    'election',
  ],
  [
    'a snapshot of what was cut is used',
    'if (replica.snapshot.upTo <= length(log)) replica.snapshot',
    'if (true) replica.snapshot',
    'restart',
  ],
  [
    'a snapshot that fits is thrown away',
    'if (replica.snapshot.upTo <= length(log)) replica.snapshot',
    'if (replica.snapshot.upTo < length(log)) replica.snapshot',
    'restart',
  ],
  [
    'an append leaves the state as it was',
    'state: foldProducerBatch(scope, replica.state, batch, length(replica.log)) }',
    'state: replica.state }',
    'retries',
  ],
  [
    'a new epoch goes on with the old sequences',
    'client.pending.foldl({ epoch: epoch, nextSequence: 0,',
    'client.pending.foldl({ epoch: epoch, nextSequence: client.nextSequence,',
    'bump',
  ],
];

const actions: readonly Broken[] = [
  [
    'a life is given the epoch of the one before',
    'epoch: newestEpoch + 1 }),\n    replicas',
    'epoch: greatest(newestEpoch, 0) }),\n    replicas',
    'fencing',
  ],
  [
    'the epoch is raised while batches may be in the log',
    'client.pending.select(p => not(p.refused)) == [],\n',
    '',
    'bump',
    'retries',
  ],
  [
    'a refusal is the last word while requests may come late',
    'val again = verdict == OutOfOrder and length(late.get(life)) > 0',
    'val again = false',
    'bump',
  ],
  ['an older life raises its epoch', 'client.epoch == newestEpoch,\n', '', 'overtaking_lives'],
  [
    'more is sent than the window allows',
    'length(client.pending) < scope.window,\n      ',
    '',
    'window',
  ],
  [
    'what was sent again is sent in another order',
    'client.pending.foldl([], (made, p) => made.append(p.batch))),\n      late',
    'client.pending.foldl([], (made, p) => [p.batch].concat(made))),\n      late',
    'retries',
  ],
  [
    'an answer leaves before the follower has the batch',
    'val highWatermark = length(replicas.get(follower).log)\n    val ready',
    'val highWatermark = length(replicas.get(leader).log)\n    val ready',
    'retries',
  ],
  [
    'answers of the old leader leave after an election',
    "      waiting' = Set(),\n      queues' = scope.lives",
    "      waiting' = waiting,\n      queues' = scope.lives",
    'election',
  ],
  [
    'the old leader keeps what the new one does not have',
    'truncated(scope, replica, common)',
    'truncated(scope, replica, length(replica.log))',
    'election',
  ],
  [
    'a restart forgets the state',
    'state: foldFrom(scope, replica.log, replica.snapshot) }),\n    spent',
    'state: nothingKnown }),\n    spent',
    'restart',
  ],
  [
    'a restart trusts the snapshot alone',
    'state: foldFrom(scope, replica.log, replica.snapshot) }),\n    spent',
    'state: replica.snapshot.state }),\n    spent',
    'restart',
  ],
  [
    'a snapshot claims more than it holds',
    '{ upTo: length(replica.log), state: replica.state }',
    '{ upTo: length(replica.log), state: nothingKnown }',
    'restart',
  ],
];

export const producerMutants: readonly Mutant[] = [
  ...mutantsOf('producer', 'producer_rules.qnt', rules),
  ...mutantsOf('producer', 'producer.qnt', actions),
];

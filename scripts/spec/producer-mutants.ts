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
    'state: foldFrom(scope, log, newestIn(snapshots)), snapshots: snapshots',
    'state: replica.state, snapshots: snapshots',
    'election',
  ],
  [
    'a snapshot of what was cut is used',
    'select(snapshot => snapshot.upTo <= length(log))',
    'select(_ => true)',
    'restart',
  ],
  [
    'a snapshot that fits is thrown away',
    'snapshot.upTo <= length(log)',
    'snapshot.upTo < length(log)',
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
  [
    'what was sent again is sent in another order',
    'client.pending.foldl([], (made, p) => made.append(p.batch))',
    'client.pending.foldl([], (made, p) => [p.batch].concat(made))',
    'retries',
  ],
  [
    'what is older than all that is remembered is out of order',
    'precedes(scope, batch.first, state.batches[0].first)) Forgotten',
    'precedes(scope, batch.first, state.batches[0].first)) OutOfOrder',
    'window',
  ],
  [
    'what may never have been there was taken once',
    'else if (length(state.batches) == scope.keptBatches\n      and precedes',
    'else if (length(state.batches) > 0\n      and precedes',
    'bump',
    'overtaking_lives',
    'expiry',
  ],
  [
    'what comes too early was taken once',
    'distance > 0 and 2 * distance < scope.sequences',
    'distance > 0',
    'gap',
  ],
];

const actions: readonly Broken[] = [
  [
    'a life is given the epoch of the one before',
    'epoch: newestEpoch + 1,\n      nextSequence',
    'epoch: greatest(newestEpoch, 0),\n      nextSequence',
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
    'an answer leaves before the follower has the batch',
    'waiting.filter(w => w.offset < length(copy.log))',
    'waiting.filter(w => w.offset <= length(copy.log))',
    'retries',
  ],
  [
    'a repeated batch is answered before the follower has it',
    'waits.filter(w => w.offset < highWatermark)',
    'waits.filter(w => w.offset <= highWatermark)',
    'retries',
  ],
  [
    'a repeated batch that both have is not answered at once',
    'waits.filter(w => w.offset < highWatermark)',
    'waits.filter(_ => false)',
    'retries',
  ],
  [
    'answers of the old leader leave after an election',
    "waiting' = Set(),\n    late' = scope.lives.mapBy(_ => []),\n    queues'",
    "waiting' = waiting,\n    late' = scope.lives.mapBy(_ => []),\n    queues'",
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
    'state: foldFrom(scope, replica.log, newestIn(replica.snapshots)) }),\n    spent',
    'state: nothingKnown }),\n    spent',
    'restart',
  ],
  [
    'a restart trusts the snapshot alone',
    'state: foldFrom(scope, replica.log, newestIn(replica.snapshots)) }),\n    spent',
    'state: newestIn(replica.snapshots).state }),\n    spent',
    'restart',
  ],
  [
    'a snapshot claims more than it holds',
    '{ upTo: length(replica.log), state: replica.state }',
    '{ upTo: length(replica.log), state: nothingKnown }',
    'restart',
  ],
  [
    'a leader that starts anew knows how far the other is',
    "all { highWatermark' = 0, connectedAnew }",
    "all { highWatermark' = highWatermark, connectedAnew }",
    'restart',
  ],
  [
    'a follower that starts anew breaks the connections of the leader',
    'if (id == leader) all',
    'if (id != leader) all',
    'restart',
  ],
  [
    'a new leader does not know how far the other is',
    "highWatermark' = common",
    "highWatermark' = highWatermark",
    'election',
  ],
];

export const producerMutants: readonly Mutant[] = [
  ...mutantsOf('producer', 'producer_rules.qnt', rules),
  ...mutantsOf('producer', 'producer.qnt', actions),
];

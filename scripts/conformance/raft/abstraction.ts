/**
 * What a node, a disk and a message of the code are in the specification (spec/raft_types.qnt). Field by field
 * it is listed in spec/README.md; what is forgotten here is read by no property.
 */

import { configurationAt } from '../../../src/core/raft/log.js';
import type {
  Configuration,
  Entry,
  Progress,
  RaftState,
  Role,
  Snapshot,
  Voter,
} from '../../../src/core/raft/types.js';
import { unreachable } from '../../../src/core/types/assert.js';
import type { BrokerId, LogIndex } from '../../../src/core/types/ids.js';
import type { Packet } from '../../../src/explorer/raft/message-codec.js';
import type { Disk, ExploredNode } from '../../../src/explorer/raft/node.js';
import { written } from '../../../src/explorer/raft/node.js';
import { listText, recordText, setText, variantText } from '../texts.js';
import type { SpecScope } from './scope.js';

const ROLES: Readonly<Record<Role, string>> = {
  learner: 'Learner',
  follower: 'Follower',
  preCandidate: 'PreCandidate',
  candidate: 'Candidate',
  leader: 'Leader',
};

// --- Logs ----------------------------------------------------------------------------------------

/** Entries, snapshots and images of disks are never changed, and most states share theirs with others. */
const entryTexts = new WeakMap<Entry, string>();
const snapshotTexts = new WeakMap<Uint8Array, readonly string[]>();
const diskTexts = new WeakMap<Disk, string>();

function once<K extends object, V>(known: WeakMap<K, V>, key: K, make: (key: K) => V): V {
  let value = known.get(key);
  if (value === undefined) {
    value = make(key);
    known.set(key, value);
  }
  return value;
}

export function entryText(entry: Entry): string {
  return once(entryTexts, entry, newEntryText);
}

function newEntryText({ term, kind, payload, configuration }: Entry): string {
  return recordText({ kind: kindText(kind, payload, configuration), term: String(term) });
}

function kindText(
  kind: Entry['kind'],
  payload: Entry['payload'],
  configuration: Entry['configuration'],
): string {
  switch (kind) {
    case 'noop':
      return 'Noop';
    case 'data':
      return variantText('Data', String(payload[0]));
    case 'configuration':
      return variantText('Configuration', votersText(configuration!));
    default:
      return unreachable(kind);
  }
}

function votersText({ voters }: Configuration): string {
  return setText(voters.map(({ id }) => String(id)));
}

/**
 * The bytes of a snapshot are all entries that led to it, as texts: the state of a machine that remembers
 * everything it was told. So a log can be told from where it begins, as the specification has it.
 */
export function snapshotBytes(entries: readonly string[]): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(entries));
}

/** The entries that the snapshot stands for. */
export function snapshotEntries({
  index,
  data,
}: Pick<Snapshot, 'index' | 'data'>): readonly string[] {
  return index === 0 ? [] : once(snapshotTexts, data, entriesInBytes);
}

function entriesInBytes(data: Uint8Array): readonly string[] {
  return JSON.parse(new TextDecoder().decode(data)) as string[];
}

/** From the first entry on. */
export function logEntries({ snapshot, entries }: Pick<Disk, 'snapshot' | 'entries'>): string[] {
  return [...snapshotEntries(snapshot), ...entries.map(entryText)];
}

// --- Disks ---------------------------------------------------------------------------------------

export function diskText(disk: Disk): string {
  return once(diskTexts, disk, newDiskText);
}

function newDiskText({ hardState, snapshot, entries }: Disk): string {
  return recordText({
    term: String(hardState.term),
    votedFor: voterText(hardState.votedFor),
    log: listText(logEntries({ snapshot, entries })),
    snapshotIndex: String(snapshot.index),
  });
}

// --- Nodes ---------------------------------------------------------------------------------------

const voterText = (voter: Voter | null): string => String(voter?.id ?? 0);

/** The writes under way must be numbered from the last durable one (`renumbered`). */
export function nodeText(node: ExploredNode, scope: SpecScope): string {
  const { raft, disk, writes } = node;
  const images: string[] = [];
  let image = disk;
  for (const write of writes) {
    image = written(image, write);
    images.push(diskText(image));
  }
  return recordText({
    role: ROLES[raft.role],
    term: String(raft.term),
    votedFor: voterText(raft.votedFor),
    log: listText(logEntries(raft)),
    snapshotIndex: String(raft.snapshot.index),
    leader: String(raft.leader ?? 0),
    leaderHeard: String(scope.heedsLeader && raft.leaderHeard),
    commitIndex: String(raft.commitIndex),
    votesGranted: setText([...raft.votesGranted].map(String)),
    votesRefused: setText([...raft.votesRefused].map(String)),
    progress: recordText(
      Object.fromEntries(
        scope.servers.map((id) => [
          id,
          progressText(raft.progress.get(id as BrokerId), scope.checkQuorum),
        ]),
      ),
    ),
    readRound: String(raft.readRound),
    pendingReads: setText(
      raft.pendingReads.map(({ token, index, round }) =>
        recordText({ token: String(token), index: String(index), round: String(round) }),
      ),
    ),
    catchUp: recordText({
      voter: voterText(raft.catchUp?.voter ?? null),
      target: String(raft.catchUp?.target ?? 0),
      slow: String(raft.catchUp?.slow ?? false),
    }),
    transfer: recordText({
      dst: String(raft.transfer?.to ?? 0),
      told: String(raft.transfer?.told ?? false),
    }),
    unpersisted: listText(images),
    waiting: setText(
      raft.waiting.flatMap(({ after, to, message }) => {
        const text = packetText({ from: raft.self, to, message });
        return text === null ? [] : [recordText({ after: String(after), message: text })];
      }),
    ),
  });
}

/** Of who does not lead, or has not heard of the node: nothing is known. */
function progressText(of: Progress | undefined, countsActive: boolean): string {
  return recordText({
    matchIndex: String(of?.matchIndex ?? 0),
    active: String(countsActive && (of?.active ?? false)),
    ackedRound: String(of?.ackedRound ?? 0),
  });
}

/** What the state holds twice says the same twice; words for what does not. */
export function contradiction(raft: RaftState): string | null {
  const { configuration, at } = configurationAt(raft, Number.MAX_SAFE_INTEGER as LogIndex);
  if (votersText(configuration) !== votersText(raft.configuration)) {
    return 'the configuration is not the newest of the log';
  }
  return at === raft.configurationIndex ? null : 'the configuration is at another index';
}

// --- Messages ------------------------------------------------------------------------------------

/** null: a message that the specification does not have, for there everybody knows of everybody. */
export function packetText({ from, to, message }: Packet): string | null {
  const ends = { src: String(from.id), dst: String(to), term: String(message.term) };
  switch (message.type) {
    case 'preVoteRequest': {
      const { lastIndex, lastTerm: term } = message;
      return variantText(
        'PreVoteRequest',
        recordText({ ...ends, lastIndex: String(lastIndex), lastTerm: String(term) }),
      );
    }
    case 'preVoteReply': {
      const { askedTerm, granted } = message;
      return variantText(
        'PreVoteReply',
        recordText({ ...ends, askedTerm: String(askedTerm), granted: String(granted) }),
      );
    }
    case 'voteRequest': {
      const { lastIndex, lastTerm: term, transfer } = message;
      const end = { lastIndex: String(lastIndex), lastTerm: String(term) };
      return variantText(
        'VoteRequest',
        recordText({ ...ends, ...end, transfer: String(transfer) }),
      );
    }
    case 'voteReply':
      return variantText('VoteReply', recordText({ ...ends, granted: String(message.granted) }));
    case 'appendEntries': {
      const { prevIndex, prevTerm, entries, commitIndex, round } = message;
      return variantText(
        'AppendEntries',
        recordText({
          ...ends,
          prevIndex: String(prevIndex),
          prevTerm: String(prevTerm),
          entries: listText(entries.map(entryText)),
          commitIndex: String(commitIndex),
          round: String(round),
        }),
      );
    }
    case 'appendEntriesReply': {
      const { success, matchIndex, round } = message;
      return variantText(
        'AppendEntriesReply',
        recordText({
          ...ends,
          success: String(success),
          // The hint of a refusal speaks of where to probe next.
          matchIndex: String(success ? matchIndex : 0),
          round: String(round),
        }),
      );
    }
    case 'installSnapshot':
      if (message.offset !== 0 || !message.done) {
        throw new Error('a snapshot in pieces, where the specification has it in one');
      }
      return variantText(
        'InstallSnapshot',
        recordText({ ...ends, data: listText(snapshotEntries(message)) }),
      );
    case 'installSnapshotReply':
      return variantText(
        'InstallSnapshotReply',
        recordText({ ...ends, index: String(message.index) }),
      );
    case 'timeoutNow':
      return variantText('TimeoutNow', recordText(ends));
    case 'learnerHello':
    case 'leaderHint':
      return null;
    default:
      return unreachable(message);
  }
}

/** The step of one node of the toy world: `toy-raft.ts` says what it is for. */

export interface ToyNode {
  readonly term: number;
  /** 0: nobody. */
  readonly votedFor: number;
  readonly role: 'follower' | 'candidate' | 'leader';
  /** The term of each entry. */
  readonly log: readonly number[];
  readonly commit: number;
  /** A candidate's votes, a bit for each id. */
  readonly votes: number;
  /** A leader's knowledge of each node. */
  readonly next: readonly number[];
  readonly match: readonly number[];
}

/**
 * Numbers by type: voteRequest: last index, last term; vote: granted (1 or 0); append: previous index and
 * term, term of the entry (0: none), commit; appended: success (1 or 0), match.
 */
export interface ToyMessage {
  readonly type: 'voteRequest' | 'vote' | 'append' | 'appended';
  readonly from: number;
  readonly to: number;
  readonly term: number;
  readonly numbers: readonly [number, number, number, number];
}

export type ToyInput =
  | { readonly type: 'timeout' }
  | { readonly type: 'propose' }
  | { readonly type: 'replicate'; readonly to: number }
  | { readonly type: 'restart' }
  | { readonly type: 'message'; readonly message: ToyMessage };

type Working = { -readonly [Field in keyof ToyNode]: ToyNode[Field] };

const NODES = 3;
const MAJORITY = 2;

/** What becomes of node `id`, and what it sends. `bug`: a mistake to make. */
export function toyStep(
  id: number,
  before: ToyNode,
  input: ToyInput,
  sent: ToyMessage[],
  bug: string | undefined,
): ToyNode {
  const { term, votedFor, role, log, commit, votes, next, match } = before;
  const node: Working = { term, votedFor, role, log, commit, votes, next, match };
  switch (input.type) {
    case 'timeout':
      standForElection(id, node, sent);
      return node;
    case 'propose':
      node.log = [...log, term];
      return node;
    case 'replicate':
      replicate(id, node, input.to, sent);
      return node;
    case 'restart':
      follow(node, term);
      node.commit = 0;
      node.votedFor = bug === 'vote-forgotten' ? 0 : votedFor;
      return node;
    case 'message':
      receive(id, node, input.message, sent, bug);
      return node;
  }
}

function follow(node: Working, term: number): void {
  if (term > node.term) {
    node.term = term;
    node.votedFor = 0;
  }
  node.role = 'follower';
  node.votes = 0;
  node.next = [];
  node.match = [];
}

function standForElection(id: number, node: Working, sent: ToyMessage[]): void {
  follow(node, node.term + 1);
  node.role = 'candidate';
  node.votedFor = id;
  node.votes = 1 << id;
  const { term, log } = node;
  for (let to = 1; to <= NODES; to++) {
    if (to !== id) {
      const numbers = [log.length, log.at(-1) ?? 0, 0, 0] as const;
      sent.push({ type: 'voteRequest', from: id, to, term, numbers });
    }
  }
}

function replicate(id: number, node: Working, to: number, sent: ToyMessage[]): void {
  const { term, log, next, commit } = node;
  const previous = next[to - 1]! - 1;
  const entry = log[previous] ?? 0;
  const upTo = Math.min(commit, previous + (entry === 0 ? 0 : 1));
  const numbers = [previous, log[previous - 1] ?? 0, entry, upTo] as const;
  sent.push({ type: 'append', from: id, to, term, numbers });
}

function receive(
  id: number,
  node: Working,
  message: ToyMessage,
  sent: ToyMessage[],
  bug: string | undefined,
): void {
  if (message.term < node.term) {
    return;
  }
  if (message.term > node.term) {
    follow(node, message.term);
  }
  switch (message.type) {
    case 'voteRequest':
      vote(id, node, message, sent, bug);
      return;
    case 'vote':
      countVote(node, message);
      return;
    case 'append':
      append(id, node, message, sent);
      return;
    case 'appended':
      if (node.role === 'leader') {
        acknowledge(id, node, message, bug);
      }
      return;
  }
}

function vote(
  id: number,
  node: Working,
  { from, numbers }: ToyMessage,
  sent: ToyMessage[],
  bug: string | undefined,
): void {
  const [lastIndex, lastTerm] = numbers;
  const ownTerm = node.log.at(-1) ?? 0;
  const isUpToDate = lastTerm > ownTerm || (lastTerm === ownTerm && lastIndex >= node.log.length);
  const isFree = node.votedFor === 0 || node.votedFor === from || bug === 'two-votes';
  const granted = isUpToDate && isFree;
  if (granted) {
    node.votedFor = from;
  }
  const { term } = node;
  sent.push({ type: 'vote', from: id, to: from, term, numbers: [granted ? 1 : 0, 0, 0, 0] });
}

function countVote(node: Working, { from, numbers }: ToyMessage): void {
  if (node.role !== 'candidate' || numbers[0] === 0) {
    return;
  }
  node.votes |= 1 << from;
  const { votes } = node;
  if (((votes >> 1) & 1) + ((votes >> 2) & 1) + ((votes >> 3) & 1) >= MAJORITY) {
    node.role = 'leader';
    node.votes = 0;
    const end = node.log.length + 1;
    node.next = [end, end, end];
    node.match = [0, 0, 0];
  }
}

function append(id: number, node: Working, message: ToyMessage, sent: ToyMessage[]): void {
  const [previous, previousTerm, entry, commit] = message.numbers;
  const { from: to } = message;
  if (node.role === 'candidate') {
    follow(node, node.term);
  }
  const { term, log } = node;
  if (previous !== 0 && log[previous - 1] !== previousTerm) {
    sent.push({ type: 'appended', from: id, to, term, numbers: [0, 0, 0, 0] });
    return;
  }
  if (entry !== 0 && log[previous] !== entry) {
    node.log = [...log.slice(0, previous), entry];
  }
  const matched = previous + (entry === 0 ? 0 : 1);
  node.commit = Math.max(node.commit, Math.min(commit, matched));
  sent.push({ type: 'appended', from: id, to, term, numbers: [1, matched, 0, 0] });
}

function acknowledge(
  id: number,
  node: Working,
  { from, numbers }: ToyMessage,
  bug: string | undefined,
): void {
  const [success, matched] = numbers;
  const at = from - 1;
  if (success === 0) {
    node.next = node.next.with(at, Math.max(node.next[at]! - 1, 1));
    return;
  }
  const match = Math.max(node.match[at]!, matched);
  node.match = node.match.with(at, match);
  node.next = node.next.with(at, match + 1);
  for (let index = node.log.length; index > node.commit; index--) {
    const isOwn = node.log[index - 1] === node.term || bug === 'figure-8';
    const holders = node.match.filter((each, other) => other !== id - 1 && each >= index);
    if (isOwn && holders.length + 1 >= MAJORITY) {
      node.commit = index;
      return;
    }
  }
}

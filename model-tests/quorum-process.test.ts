/** The voters of a cluster of real processes change under load and kills, and nothing acknowledged is lost. */

import { afterEach, expect, test } from 'vitest';
import { ClientAdapter } from '../chaos/client-adapter.js';
import { LocalCluster } from '../src/cli/local-cluster.js';
import type { QuorumMember, QuorumState } from '../src/client/quorum.js';
import { BINARY, Ledger, until } from './operations-kit.js';

const CATCH_UP_MILLISECONDS = 10_000;

/** A cluster, a client of its quorum, and a ledger that sends without a pause. */
class Scene {
  readonly cluster: LocalCluster;
  readonly quorum: ClientAdapter;
  readonly ledger: Ledger;
  private sending = true;
  private readonly load: Promise<void>;

  private constructor(cluster: LocalCluster, bootstrap: readonly string[], ledger: Ledger) {
    this.cluster = cluster;
    this.ledger = ledger;
    this.quorum = new ClientAdapter({
      clientId: 'quorum',
      bootstrap: bootstrap.map((address) => {
        const [host, port] = address.split(':');
        return { host: host!, port: Number(port) };
      }),
      requestTimeout: CATCH_UP_MILLISECONDS,
      metadataTimeout: 2000,
    });
    this.load = this.send();
  }

  static async open(brokers: number): Promise<Scene> {
    const cluster = await LocalCluster.create({
      brokers,
      firstPort: 0,
      directory: null,
      configs: new Map([['broker.session.timeout.ms', '3000']]),
      binary: BINARY,
    });
    const bootstrap = await cluster.start();
    const ledger = new Ledger(bootstrap, 'load', 3);
    await ledger.create(3);
    return new Scene(cluster, bootstrap, ledger);
  }

  private async send(): Promise<void> {
    while (this.sending) {
      if (!(await this.ledger.send())) {
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
  }

  async state(): Promise<QuorumState> {
    let found: QuorumState | null = null;
    await until(async () => {
      const outcome = await this.quorum.describeQuorum();
      found = outcome.type === 'ok' ? outcome.value : null;
      return found !== null;
    }, 'a quorum that says who it is');
    return found!;
  }

  async voters(): Promise<number[]> {
    return (await this.state()).voters.map(({ id }) => id);
  }

  member(id: number): QuorumMember {
    return { id, directoryId: this.cluster.directoryId(id) } as QuorumMember;
  }

  /** Asks until it is so: an answer may get lost with its leader. */
  async add(id: number): Promise<void> {
    await until(async () => {
      await this.quorum.addVoter(this.member(id), CATCH_UP_MILLISECONDS);
      const { voters } = await this.state();
      return voters.some(({ directoryId }) => directoryId === this.cluster.directoryId(id));
    }, `voter ${id}`);
  }

  async remove(member: QuorumMember): Promise<void> {
    await until(async () => {
      await this.quorum.removeVoter(member);
      const { voters } = await this.state();
      return !voters.some(({ directoryId }) => directoryId === member.directoryId);
    }, `without voter ${member.id}`);
  }

  async kill(id: number): Promise<void> {
    this.cluster.signal(id, 'SIGKILL');
    await this.cluster.exited(id);
  }

  /** Until so many more are acknowledged: the cluster serves. */
  async serves(count: number): Promise<void> {
    const goal = this.ledger.acknowledged.length + count;
    await until(() => this.ledger.acknowledged.length >= goal, `${count} acknowledgements`, 30_000);
  }

  async close(): Promise<string[]> {
    this.sending = false;
    await this.load;
    const lost = await this.ledger.lost();
    this.end();
    return lost;
  }

  end(): void {
    this.sending = false;
    this.ledger.close();
    this.quorum.close();
  }
}

let scene: Scene | null = null;

afterEach(async () => {
  scene?.end();
  await scene?.cluster.close();
  scene = null;
});

test('from three voters to five and back, with kills, loses nothing', async () => {
  scene = await Scene.open(3);
  for (const expected of [4, 5]) {
    const id = await scene.cluster.addBroker();
    expect(id).toBe(expected);
    await scene.cluster.startBroker(id);
    await scene.add(id);
    await scene.serves(20);
  }
  expect(await scene.voters()).toEqual([1, 2, 3, 4, 5]);

  // Two of five may be gone: the leader, and one more.
  const { leader } = await scene.state();
  const other = [1, 2, 3, 4, 5].find((id) => id > 3 && id !== leader)!;
  await scene.kill(leader);
  await scene.kill(other);
  await scene.serves(20);
  expect(await scene.voters()).toEqual([1, 2, 3, 4, 5]);
  await scene.cluster.startBroker(leader);
  await scene.cluster.startBroker(other);

  for (const id of [4, 5]) {
    await scene.remove(scene.member(id));
    await scene.kill(id);
    await scene.serves(20);
  }
  expect(await scene.voters()).toEqual([1, 2, 3]);

  // A leader that removes itself goes on as a broker.
  const { leader: last } = await scene.state();
  await scene.remove(scene.member(last));
  await scene.serves(20);
  expect(await scene.voters()).not.toContain(last);
  const { observers } = await scene.state();
  expect(observers.map(({ id }) => id)).toContain(last);
  await scene.add(last);
  expect(await scene.close()).toEqual([]);
}, 120_000);

test('a new broker finds the leader though none of the first voters votes any more', async () => {
  scene = await Scene.open(3);
  const fourth = await scene.cluster.addBroker();
  await scene.cluster.startBroker(fourth);
  await scene.add(fourth);
  for (const id of [1, 2, 3]) {
    await scene.remove(scene.member(id));
  }
  expect(await scene.voters()).toEqual([fourth]);
  const fifth = await scene.cluster.addBroker();
  await scene.cluster.startBroker(fifth);
  await scene.add(fifth);
  expect(await scene.voters()).toEqual([fourth, fifth]);
  expect(await scene.close()).toEqual([]);
}, 60_000);

test('every broker comes back with an empty disk, one after the other, and nothing is lost', async () => {
  scene = await Scene.open(3);
  for (const id of [1, 2, 3]) {
    const { cluster } = scene;
    const old = scene.member(id);
    await scene.serves(20);
    await scene.kill(id);
    cluster.replaceDisk(id);
    await cluster.startBroker(id);
    // Under its id there is a voter with another directory, which will never be back.
    const refused = await scene.quorum.addVoter(scene.member(id), CATCH_UP_MILLISECONDS);
    expect(refused.type === 'ok' ? 'ok' : refused.error.name).toBe('DUPLICATE_VOTER');
    await scene.remove(old);
    await scene.add(id);
    // Before the next disk is taken away the records must be on this one.
    await until(() => scene!.ledger.isFullyReplicated(3), 'full ISR', 30_000);
  }
  expect((await scene.state()).voters.map(({ directoryId }) => directoryId)).toEqual(
    [1, 2, 3].map((id) => scene!.cluster.directoryId(id)),
  );
  expect(await scene.close()).toEqual([]);
}, 120_000);

test('a wrong directory, an unknown node and the last voter are refused by name', async () => {
  scene = await Scene.open(3);
  const nameOf = async (asked: Promise<{ type: string; error?: { name: string } | null }>) =>
    (await asked).error?.name;
  const stranger = { id: 9, directoryId: 'c3RyYW5nZXItZGlyZWN0bw' } as unknown as QuorumMember;
  const { quorum } = scene;
  expect(await nameOf(quorum.removeVoter(stranger) as never)).toBe('VOTER_NOT_FOUND');
  expect(await nameOf(quorum.addVoter(stranger, 1000) as never)).toBe('REQUEST_TIMED_OUT');
  const wrong = { ...scene.member(1), directoryId: stranger.directoryId };
  expect(await nameOf(quorum.removeVoter(wrong) as never)).toBe('VOTER_NOT_FOUND');
  await scene.remove(scene.member(1));
  await scene.remove(scene.member(2));
  expect(await nameOf(quorum.removeVoter(scene.member(3)) as never)).toBe('INVALID_REQUEST');
  expect(await scene.voters()).toEqual([3]);
  expect(await scene.close()).toEqual([]);
}, 60_000);

/**
 * Ends the brokers when the harness dies without being able to: a small shell that knows their pids
 * and waits for the pipe from the harness to break. It ignores the signals of a terminal, which
 * reach the whole group of processes.
 */

import { type ChildProcess, spawn } from 'node:child_process';

const SCRIPT = `trap '' INT TERM HUP
pids=' '
while read -r operation pid; do
  case $operation in
    +) pids="$pids$pid " ;;
    -) pids=$(printf '%s' "$pids" | sed "s/ $pid / /") ;;
    q) exit 0 ;;
  esac
done
for pid in $pids; do kill -9 "$pid" 2>/dev/null; done
`;

export class Reaper {
  private readonly shell: ChildProcess;

  constructor() {
    this.shell = spawn('/bin/sh', ['-c', SCRIPT], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    // Without a shell only the handlers of the harness itself are left.
    this.shell.on('error', () => {});
    this.shell.stdin?.on('error', () => {});
    this.shell.unref();
  }

  watch(pid: number): void {
    this.shell.stdin?.write(`+ ${pid}\n`);
  }

  forget(pid: number): void {
    this.shell.stdin?.write(`- ${pid}\n`);
  }

  dismiss(): void {
    this.shell.stdin?.write('q\n');
    this.shell.stdin?.end();
  }
}

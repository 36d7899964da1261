/** What the operating system says of the brokers' processes (Linux: /proc). */

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const TICKS_PER_SECOND = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

/** CPU seconds, user and system, of all threads of `pids` so far. */
export function cpuSeconds(pids: readonly number[]): number {
  let ticks = 0;
  for (const pid of pids) {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in parentheses may hold anything; behind it field 3 (state) comes first.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    ticks += Number(fields[11]) + Number(fields[12]);
  }
  return ticks / TICKS_PER_SECOND;
}

/** Resident memory of each process in MiB, now. */
export function residentMiB(pids: readonly number[]): number[] {
  return pids.map((pid) => memory(pid, 'VmRSS'));
}

/** The most that each process ever had resident, in MiB. */
export function peakResidentMiB(pids: readonly number[]): number[] {
  return pids.map((pid) => memory(pid, 'VmHWM'));
}

function memory(pid: number, name: string): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const match = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status);
  return Math.round(Number(match?.[1]) / 102.4) / 10;
}

export function ownCpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

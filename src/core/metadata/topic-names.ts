/** Which topic names are legal, and which two cannot both exist. */

/** Longest name: with "-" and a partition number it still is a legal file name. */
const MAX_NAME_LENGTH = 249;

/** What is wrong with `name`; null if nothing is. */
export function topicNameProblem(name: string): string | null {
  if (name === '') {
    return 'a topic name cannot be empty';
  }
  if (name === '.' || name === '..') {
    return 'a topic name cannot be "." or ".."';
  }
  if (name.length > MAX_NAME_LENGTH) {
    return `a topic name has at most ${MAX_NAME_LENGTH} characters`;
  }
  if (!/^[a-zA-Z0-9._-]+$/.test(name)) {
    return 'a topic name consists of ASCII letters, digits, ".", "_" and "-"';
  }
  return null;
}

/** Two names with equal keys collide: metric names cannot tell "." from "_". */
export function collisionKey(name: string): string {
  return name.replaceAll('.', '_');
}

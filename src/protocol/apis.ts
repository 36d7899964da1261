/** The table of APIs: keys, schemas and versions. */
import type { MessageSchema, VersionRange } from './schema.js';

export interface Api<Request = unknown, Response = unknown> {
  readonly key: number;
  readonly name: string;
  readonly request: MessageSchema<Request>;
  readonly response: MessageSchema<Response>;
  /** What ApiVersions says on the client listener; null: not advertised. */
  readonly advertised: VersionRange | null;
  /** What is answered if it is sent; null: nothing on the client listener. */
  readonly served: VersionRange | null;
}

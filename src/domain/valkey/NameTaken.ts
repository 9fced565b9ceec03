/**
 * An object that the operator needs exists and belongs to somebody else.
 */
import * as Schema from "effect/Schema"

export class NameTaken extends Schema.TaggedError<NameTaken>()("NameTaken", {
  kind: Schema.String,
  namespace: Schema.String,
  name: Schema.String,
  /** uid of its controller; `nobody` when it has none. */
  owner: Schema.String
}) {
  override get message(): string {
    return `${this.kind} ${this.namespace}/${this.name} belongs to ${this.owner}: delete it, or give the cluster another name`
  }
}

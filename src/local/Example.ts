/**
 * The file with the cluster that is started here.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { readFileSync } from "node:fs"
import { parse } from "yaml"
import type { KubeObject } from "../domain/kube/Object.ts"
import * as Cluster from "../domain/valkey/Cluster.ts"

/** The file names no cluster that could be started. */
export class InvalidExample extends Schema.TaggedError<InvalidExample>()("InvalidExample", {
  file: Schema.String,
  detail: Schema.String
}) {
  override get message(): string {
    return `${this.file}: ${this.detail}`
  }
}

const reasonOf = (cause: unknown): string => (cause instanceof Error ? cause.message.split("\n", 1)[0]! : String(cause))

const isCluster = (value: unknown): value is KubeObject =>
  typeof value === "object" &&
  value !== null &&
  "kind" in value &&
  value.kind === Cluster.resource.kind &&
  "metadata" in value &&
  typeof value.metadata === "object" &&
  value.metadata !== null &&
  "name" in value.metadata &&
  typeof value.metadata.name === "string"

/** One ValkeyCluster, in the namespace `default` unless it names one. What is wrong in its spec the API will say. */
export const read = (file: string): Effect.Effect<KubeObject, InvalidExample> => {
  const invalid = (detail: string) => new InvalidExample({ file, detail })
  return Effect.try({
    try: (): unknown => parse(readFileSync(file, "utf8")),
    catch: (cause) => invalid(reasonOf(cause))
  }).pipe(
    Effect.filterOrFail(isCluster, () => invalid("must hold one ValkeyCluster with metadata.name")),
    Effect.map((object) => ({ ...object, metadata: { namespace: "default", ...object.metadata } }))
  )
}

/**
 * kubectl's step from client-side to server-side apply: fields that its
 * annotation records and that still have those values are no conflict for it.
 */
import { apiVersionOf, type KubeObject } from "../../../../domain/kube/Object.ts"
import type { Kind } from "../Kind.ts"
import { isFields } from "../Types.ts"
import * as Paths from "./Paths.ts"
import * as Typed from "./Typed.ts"

/** The one manager this is for. */
export const manager = "kubectl"

const annotation = "kubectl.kubernetes.io/last-applied-configuration"

/** Undefined for text that is no JSON: a foreign boundary, since annotations hold anything. */
const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** The paths that the annotation sets to what the object has. */
export const unchanged = (kind: Kind, live: KubeObject): Paths.Paths | undefined => {
  const last = parsed(live.metadata?.annotations?.[annotation] ?? "")
  if (!isFields(last) || last["apiVersion"] !== apiVersionOf(kind.resource)) return undefined
  const { added, modified, removed } = Typed.compare(kind.type, last, live)
  return [added, modified, removed].reduce(Paths.difference, Typed.pathsOf(kind.type, last))
}

const sorted = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sorted)
  if (!isFields(value)) return value
  const names = Object.keys(value).sort()
  return Object.fromEntries(names.map((name) => [name, sorted(value[name])]))
}

/** The object with its annotation, if it has one, brought up to date by kubectl's server-side apply. */
export const updated = (by: string, object: KubeObject, config: KubeObject): KubeObject => {
  const annotations = object.metadata.annotations
  if (by !== manager || annotations?.[annotation] === undefined) return object
  const { annotations: own = {}, ...metadata } = config.metadata
  const { [annotation]: _, ...others } = own
  const bare = Object.keys(others).length === 0 ? metadata : { ...metadata, annotations: others }
  const text = `${JSON.stringify(sorted({ ...config, metadata: bare }))}\n`
  return { ...object, metadata: { ...object.metadata, annotations: { ...annotations, [annotation]: text } } }
}

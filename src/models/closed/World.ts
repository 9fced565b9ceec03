/**
 * The outside world of a closed model of clusters: the API server with its
 * built-in controllers, kubelets, and the Valkey servers in its pods.
 */
import type { Action, Read } from "../../domain/check/System.ts"
import type { KubeObject } from "../../domain/kube/Object.ts"
import * as Selector from "../kube/api/Selector.ts"
import { faults, type Scope } from "./Faults.ts"
import { isFutile } from "./Futile.ts"
import { initial, type Options as Beginning } from "./Initial.ts"
import { mentions } from "./OpaqueNames.ts"
import type { Outside, Watched } from "./Outside.ts"
import { kindOrNone, type Parts } from "./Parts.ts"
import { giveUp, serve } from "./Serve.ts"
import { settles } from "./Step.ts"
import { times } from "./Times.ts"

export interface Options extends Beginning {
  /** What the faults of the world may strike; only classes with a budget are there. */
  readonly faults?: Scope
  readonly budgets?: Readonly<Record<string, number>>
  /** What users and clients do. */
  readonly actions?: ReadonlyArray<Action<Parts>>
}

type Filter = (labels: Readonly<Record<string, string>> | undefined) => boolean

const filters = new Map<string, Filter>()

/** A cache of a pure function. */
const filterOf = (text: string): Filter => {
  const known = filters.get(text)
  if (known !== undefined) return known
  const parsed = Selector.parse(text)
  if (parsed._tag === "Failure") throw new Error(`a source has the label selector ${text}: ${parsed.failure}`)
  const filter: Filter = (labels) => Selector.matches(parsed.success, labels)
  filters.set(text, filter)
  return filter
}

const objects = ({ labelSelector = "", namespace, resource }: Watched, read: Read<Parts>) => {
  const shown = new Map<string, KubeObject>()
  const matches = filterOf(labelSelector)
  for (const [path, object] of kindOrNone(read, resource)) {
    const isHere = namespace === undefined || object.metadata.namespace === namespace
    if (isHere && matches(object.metadata.labels)) shown.set(path, object)
  }
  return shown
}

export const world = (options: Options): Outside<Parts> => ({
  initial: [initial(options)],
  serve,
  giveUp,
  isFutile,
  objects,
  actions: [...times, ...faults(options.budgets ?? {}, options.faults), ...(options.actions ?? [])],
  eager: [settles],
  mentions
})

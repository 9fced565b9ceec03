/** The port of upstream, and the shipped controllers, as closed models in the same world. */
import type { Action, Property } from "../../src/domain/check/System.ts"
import type { Key } from "../../src/domain/Controller.ts"
import * as Cluster from "../../src/domain/valkey/Cluster.ts"
import { passwordKey } from "../../src/domain/valkey/resources/Password.ts"
import { copyOfSecret, subResources } from "../../src/domain/valkey/resources/SubResources.ts"
import * as Sentinel from "../../src/laws/valkey/models/Sentinel.ts"
import type { Made } from "../../src/models/closed/Initial.ts"
import type { AnyController, Model } from "../../src/models/closed/Model.ts"
import type { Outside } from "../../src/models/closed/Outside.ts"
import type { Parts } from "../../src/models/closed/Parts.ts"
import { world } from "../../src/models/closed/World.ts"
import * as SentinelProgram from "../../src/programs/valkey/Sentinel.ts"
import { type Event, heal } from "./Events.ts"
import * as Looks from "./Looks.ts"
import * as Reconcile from "./port/Reconcile.ts"
import { cluster, shop } from "./Stage.ts"
import { type Trouble, troubled } from "./Trouble.ts"

/** What a model of either is about, and what happens in it. */
export interface Given {
  readonly keys?: ReadonlyArray<Key>
  /** Besides the clusters. */
  readonly objects?: ReadonlyArray<Made>
  /** Each once. */
  readonly events?: ReadonlyArray<Event>
  /** Between two passes; default: at any time. */
  readonly isBetweenPasses?: boolean
  readonly trouble?: Trouble
  /** Containers that have ended are not started again. */
  readonly isCrashLoop?: boolean
}

/** Down after two misses: a longer count is more of the same steps. */
export const settings: Reconcile.Settings = { ...Reconcile.defaults, downAfterMillis: 2000 }

const happening = (
  { events = [], isBetweenPasses = false }: Given,
  controller: string
): ReadonlyArray<Action<Parts>> => {
  const passes = isBetweenPasses ? `operator/passes of ${controller}` : undefined
  const actions = events.map(({ action }) => action(passes))
  return [...actions, heal(passes)]
}

export const budgetsOf = ({ events = [] }: Given): Model["budgets"] =>
  Object.fromEntries(events.map(({ name }) => [name, 1]))

const restart = "kubelet: starts a container again"

const outsideOf = (given: Given, controller: string, made: ReadonlyArray<Made>): Outside<Parts> => {
  const { isCrashLoop = false, keys = [shop], objects = [], trouble } = given
  const outside = world({
    definitions: [Cluster.crd()],
    namespaces: [...new Set(keys.map(({ namespace }) => namespace))],
    objects: [...objects, ...keys.map((key) => ({ resource: Cluster.resource, object: cluster(key) })), ...made],
    actions: happening(given, controller)
  })
  const actions = outside.actions.filter(({ name }) => !isCrashLoop || name !== restart)
  return troubled({ ...outside, actions }, trouble)
}

export const modelOf = (
  name: string,
  controller: AnyController,
  given: Given,
  properties: ReadonlyArray<Property<Parts>>,
  made: ReadonlyArray<Made> = []
): Model => ({
  name,
  controllers: [controller],
  world: outsideOf(given, controller.name, made),
  budgets: budgetsOf(given),
  properties
})

export const upstreamOf = (name: string, property: Property<Parts>, given: Given): Model =>
  modelOf(`upstream ${name}`, Reconcile.reconciler(settings), given, [property])

/** What `Resources` makes of a cluster, the nth object of its kind. */
const madeOf = (key: Key, nth: number): ReadonlyArray<Made> => {
  const object = cluster(key)
  const uid = `uid.valkeyclusters.${key.namespace}.${key.name}.n${nth}`
  const decoded = Cluster.decode({ ...object, metadata: { ...object.metadata, uid, resourceVersion: "0" } })
  if (decoded._tag === "Failure") throw new Error("no operator would act on the cluster of the model")
  const data = { [passwordKey]: btoa("password") }
  return [...subResources(decoded.value), copyOfSecret(decoded.value)].map(({ creation, resource }) => ({
    resource,
    manager: creation.manager,
    object: creation._tag === "Password" ? { ...creation.object, data } : creation.object
  }))
}

/** The shipped `Sentinel`, on what `Resources` makes. */
export const oursOf = (name: string, property: Property<Parts>, given: Given): Model => {
  const made = (given.keys ?? [shop]).flatMap((key) => madeOf(key, 0))
  return modelOf(`ours ${name}`, SentinelProgram.sentinel(Sentinel.settings), given, [property, Looks.isWhole], made)
}

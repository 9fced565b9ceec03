/**
 * The shipped `Sentinel` controller alone, on the objects that `Resources`
 * makes: it finds a first primary, and another one whenever that is lost.
 */
import type { Action, Property, Read } from "../../../domain/check/System.ts"
import type { Key } from "../../../domain/Controller.ts"
import * as Kinds from "../../../domain/kube/Object.ts"
import { ContentType } from "../../../domain/kube/Wire.ts"
import * as Cluster from "../../../domain/valkey/Cluster.ts"
import { passwordKey } from "../../../domain/valkey/resources/Password.ts"
import { names } from "../../../domain/valkey/resources/Metadata.ts"
import { copyOfSecret, subResources } from "../../../domain/valkey/resources/SubResources.ts"
import { defaults, resourcesManager, type Settings } from "../../../domain/valkey/Settings.ts"
import { writes } from "../../../models/closed/Clients.ts"
import { heldBack } from "../../../models/closed/Faults.ts"
import type { Made } from "../../../models/closed/Initial.ts"
import type { Model, ModelOperator } from "../../../models/closed/Model.ts"
import type { Parts } from "../../../models/closed/Parts.ts"
import * as Keys from "../../../models/valkey/Keys.ts"
import { put } from "../../../models/valkey/Node.ts"
import { deletes, edits, strands, targetIn, touches, user } from "../../../models/closed/Users.ts"
import { world } from "../../../models/closed/World.ts"
import { sentinel } from "../../../programs/valkey/Sentinel.ts"
import { podsWanted } from "../../../programs/valkey/Sizing.ts"
import * as Scene from "./Scene.ts"
import * as Laws from "./SentinelLaws.ts"
import * as Witnesses from "./Witnesses.ts"

/** One tick is longer than anything that is waited for: silence is counted by probes alone. */
export const settings: Settings = { ...defaults, pingIntervalMillis: 60_000, hurryMillis: 60_000 }

/** What `Resources` has made of the cluster, which has the first uid of its place. */
export const made = (spec: object, at: Key = Scene.key): ReadonlyArray<Made> => {
  const object = Scene.cluster(spec, at)
  const uid = `uid.valkeyclusters.${at.namespace}.${at.name}.n0`
  const decoded = Cluster.decode({ ...object, metadata: { ...object.metadata, uid, resourceVersion: "0" } })
  if (decoded._tag === "Failure") throw new Error("the cluster of the model is none that an operator would act on")
  const data = { [passwordKey]: btoa("password") }
  return [...subResources(decoded.value), copyOfSecret(decoded.value)].map(({ creation, resource }) => ({
    resource,
    manager: creation.manager,
    object: creation._tag === "Password" ? { ...creation.object, data } : creation.object
  }))
}

const podsAt = (pods: number) =>
  Array.from({ length: pods }, (_, ordinal) => ({
    resource: Kinds.Pod,
    namespace: Scene.key.namespace,
    name: `${Scene.key.name}-${ordinal}`
  }))

const users = (pods: number): Readonly<Record<string, ReadonlyArray<Action<Parts>>>> => ({
  deletePod: [deletes("deletePod", podsAt(pods))],
  strand: strands("strand", podsAt(pods)),
  scale: [scales(pods), sizes],
  touch: [touches("touch", [Scene.itself])],
  write: [writes("write", { namespace: Scene.key.namespace, name: names(Scene.key).clientService })]
})

const scales = (pods: number): Action<Parts> =>
  edits(
    "scale",
    [pods - 1, pods].map((replicas) => ({
      ...Scene.itself,
      says: `${replicas} replicas`,
      patch: { spec: { replicas } }
    }))
  )

const statefulSet = Scene.subResource("StatefulSet")

/** What `Resources` does of its own about a spec that has changed, as it would: the joint model has that program itself. */
const sizes: Action<Parts> = {
  ...user("Resources sizes the StatefulSet", "", (read) => {
    const cluster = Scene.viewIn(read)?.cluster
    const replicas = Kinds.field(targetIn(read, statefulSet) ?? Scene.cluster({}), "spec", "replicas")
    if (cluster === undefined || replicas === undefined || replicas === podsWanted(cluster)) return []
    const { group, plural, version } = statefulSet.resource
    const { name, namespace } = statefulSet
    return [
      {
        key: name,
        says: `Resources wants ${podsWanted(cluster)} pods`,
        request: {
          ...{ verb: "patch", group, version, resource: plural, namespace, name },
          query: { fieldManager: resourcesManager },
          contentType: ContentType.merge,
          body: { spec: { replicas: podsWanted(cluster) } }
        }
      }
    ]
  }),
  fairness: "weak"
}

export interface Options {
  readonly pods?: number
  /** Besides `replicas`. */
  readonly spec?: object
  /** That may fall behind; default those of `Faults.Scope`. */
  readonly builtIns?: ReadonlyArray<string>
  /** Of the cluster, from an earlier life. */
  readonly status?: object
  /** The pod whose volume has a write of an earlier life. */
  readonly holder?: number
  /** What never happens only, not what must: of a world in which it need not. */
  readonly isSafety?: boolean
  /** The world breaks from the first moment on; else once the first primary has been made, and clients are led to it. */
  readonly fromBirth?: boolean
  /** The world breaks in such states; default as `fromBirth` says. */
  readonly when?: (read: Read<Parts>) => boolean
  /** Default: one that is alone. */
  readonly operators?: ReadonlyArray<ModelOperator>
  readonly fencing?: boolean
  /** Default: that the cluster is whole once. */
  readonly witnesses?: ReadonlyArray<Property<Parts>>
  /** Besides the laws of `Sentinel`. */
  readonly laws?: Pick<Model, "properties" | "requests">
}

/** The process of that ordinal has read a write of an earlier life from its volume. */
const withHolder =
  (ordinal: number) =>
  (parts: Parts): Parts => {
    const { cells, valkey } = parts
    const cell = Object.values(cells).find(({ pod }) => pod.name === `${Scene.key.name}-${ordinal}`)
    const node = valkey.nodes[cell?.endpoint ?? ""]
    if (node === undefined) throw new Error(`the model has no server of ordinal ${ordinal}`)
    const data = Keys.set(Keys.empty, "k0", "1")
    return { ...parts, valkey: put(valkey, { ...node, data }), clients: { acknowledged: ["k0"], next: 1 } }
  }

const isLive = ({ _tag }: Property<Parts>): boolean => _tag === "LeadsTo" || _tag === "Stabilizes"

/** It has its first primary, and clients are led to it. */
export const isBorn = (read: Read<Parts>, at: Key = Scene.key): boolean => {
  const { failover, primary } = Scene.viewIn(read, at)?.cluster.status ?? {}
  return primary !== undefined && failover?.kind !== "Bootstrap"
}

/** All pods have been heard, and one is to be the first primary, if it is not yet. */
export const isChosen = (read: Read<Parts>): boolean => (Scene.viewIn(read)?.cluster.status.epoch ?? 0) > 0

/** A model with these budgets: classes of `Model.budgets`, of the world, and `deletePod`, `scale`, `strand`, `touch`, `write`. */
export const model = (
  name: string,
  budgets: Readonly<Record<string, number>>,
  {
    builtIns,
    fencing = true,
    fromBirth = false,
    holder,
    isSafety = false,
    laws,
    operators,
    pods = 3,
    spec = {},
    status = {},
    when = fromBirth ? undefined : (read) => isBorn(read),
    witnesses = [Witnesses.whole]
  }: Options = {}
): Model => {
  const desired = { ...spec, replicas: pods }
  const { objects, ...rest } = Scene.beginning(desired)
  const processes = (operators ?? [{ name: "operator" }]).map((operator) => operator.name)
  const outside = world({
    ...rest,
    objects: [...objects.map((one) => ({ ...one, object: { ...one.object, status } })), ...made(desired)],
    budgets,
    faults: {
      parties: [...processes, "client"],
      ...(when === undefined ? {} : { when }),
      ...(builtIns === undefined ? {} : { builtIns })
    }
  })
  const properties = [...Laws.properties({ pods, budgets, processes }), ...(laws?.properties ?? []), ...witnesses]
  return {
    name,
    controllers: [sentinel(settings)],
    ...(operators === undefined ? {} : { operators }),
    world: holder === undefined ? outside : { ...outside, initial: outside.initial.map(withHolder(holder)) },
    actions: Object.entries(users(pods)).flatMap(([budget, actions]) =>
      budget in budgets ? actions.map((action) => heldBack(action, when)) : []
    ),
    budgets,
    // Of one pod that may never run again nothing can be made.
    properties: isSafety || (pods === 1 && "strand" in budgets) ? properties.filter((one) => !isLive(one)) : properties,
    requests: [...Laws.requests, ...(laws?.requests ?? [])],
    wrappers: { fencing }
  }
}

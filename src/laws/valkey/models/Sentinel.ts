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
import { deletes, edits, targetIn, touches, user } from "../../../models/closed/Users.ts"
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

const users = (pods: number): Readonly<Record<string, Action<Parts>>> => ({
  deletePod: deletes("deletePod", podsAt(pods)),
  scale: edits(
    "scale",
    [pods - 1, pods].map((replicas) => ({
      ...Scene.itself,
      says: `${replicas} replicas`,
      patch: { spec: { replicas } }
    }))
  ),
  touch: touches("touch", [Scene.itself]),
  write: writes("write", { namespace: Scene.key.namespace, name: names(Scene.key).clientService })
})

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
  /** The world breaks from the first moment on; else once the first primary has been made, and clients are led to it. */
  readonly fromBirth?: boolean
  /** Default: one that is alone. */
  readonly operators?: ReadonlyArray<ModelOperator>
  readonly fencing?: boolean
  /** Default: that the cluster is whole once. */
  readonly witnesses?: ReadonlyArray<Property<Parts>>
  /** Besides the laws of `Sentinel`. */
  readonly laws?: Pick<Model, "properties" | "requests">
}

/** It has its first primary, and clients are led to it. */
export const isBorn = (read: Read<Parts>, at: Key = Scene.key): boolean => {
  const { failover, primary } = Scene.viewIn(read, at)?.cluster.status ?? {}
  return primary !== undefined && failover?.kind !== "Bootstrap"
}

/** A model with these budgets: classes of `Model.budgets`, of the world, and `deletePod`, `scale`, `touch`, `write`. */
export const model = (
  name: string,
  budgets: Readonly<Record<string, number>>,
  {
    builtIns,
    fencing = true,
    fromBirth = false,
    laws,
    operators,
    pods = 3,
    spec = {},
    status = {},
    witnesses = [Witnesses.whole]
  }: Options = {}
): Model => {
  const when = fromBirth ? undefined : (read: Read<Parts>) => isBorn(read)
  const desired = { ...spec, replicas: pods }
  const { objects, ...rest } = Scene.beginning(desired)
  const processes = (operators ?? [{ name: "operator" }]).map((operator) => operator.name)
  return {
    name,
    controllers: [sentinel(settings)],
    ...(operators === undefined ? {} : { operators }),
    world: world({
      ...rest,
      objects: [...objects.map((one) => ({ ...one, object: { ...one.object, status } })), ...made(desired)],
      budgets,
      faults: {
        parties: [...processes, "client"],
        ...(when === undefined ? {} : { when }),
        ...(builtIns === undefined ? {} : { builtIns })
      }
    }),
    actions: [
      ...Object.entries(users(pods)).flatMap(([budget, action]) => (budget in budgets ? [heldBack(action, when)] : [])),
      ...("scale" in budgets ? [sizes] : [])
    ],
    budgets,
    properties: [...Laws.properties({ pods, processes }), ...(laws?.properties ?? []), ...witnesses],
    requests: [...Laws.requests, ...(laws?.requests ?? [])],
    wrappers: { fencing }
  }
}

/**
 * The shipped `Sentinel` controller alone, on the objects that `Resources`
 * makes: it finds a first primary, and another one whenever that is lost.
 */
import type { Action, Property, Read } from "../../../domain/check/System.ts"
import * as Cluster from "../../../domain/valkey/Cluster.ts"
import { passwordKey } from "../../../domain/valkey/resources/Password.ts"
import { names } from "../../../domain/valkey/resources/Metadata.ts"
import { copyOfSecret, subResources } from "../../../domain/valkey/resources/SubResources.ts"
import { defaults, resourcesManager, sentinelManager, type Settings } from "../../../domain/valkey/Settings.ts"
import { missingIn, writes } from "../../../models/closed/Clients.ts"
import { heldBack } from "../../../models/closed/Faults.ts"
import type { Made } from "../../../models/closed/Initial.ts"
import type { Model } from "../../../models/closed/Model.ts"
import type { Parts } from "../../../models/closed/Parts.ts"
import { deletes, edits, targetIn, touches, user } from "../../../models/closed/Users.ts"
import { world } from "../../../models/closed/World.ts"
import * as Kinds from "../../../domain/kube/Object.ts"
import { ContentType } from "../../../domain/kube/Wire.ts"
import { sentinel } from "../../../programs/valkey/Sentinel.ts"
import { podsWanted } from "../../../programs/valkey/Sizing.ts"
import { isRecorded, isRunning } from "../ClusterView.ts"
import { isWhole } from "../Invariants.ts"
import * as Scene from "./Scene.ts"

/** One tick is longer than anything that is waited for: silence is counted by probes alone. */
export const settings: Settings = { ...defaults, pingIntervalMillis: 60_000, hurryMillis: 60_000 }

/** As the API server will name it: nobody else has had a uid of this place. */
const uid = "uid.valkeyclusters.shop.demo.n0"

/** What `Resources` has made of the cluster. */
const made = (spec: object): ReadonlyArray<Made> => {
  const object = Scene.cluster(spec)
  const decoded = Cluster.decode({ ...object, metadata: { ...object.metadata, uid, resourceVersion: "0" } })
  if (decoded._tag === "Failure") throw new Error("the cluster of the model is none that an operator would act on")
  const data = { [passwordKey]: btoa("password") }
  return [...subResources(decoded.value), copyOfSecret(decoded.value)].map(({ creation, resource }) => ({
    resource,
    manager: creation.manager,
    object: creation._tag === "Password" ? { ...creation.object, data } : creation.object
  }))
}

const whole = (read: Read<Parts>): boolean => {
  const view = Scene.viewIn(read)
  return view !== undefined && isWhole(view)
}

/** The process on record is gone, whoever knows. */
const isLeaderless = (read: Read<Parts>): boolean => {
  const view = Scene.viewIn(read)
  const primary = view?.cluster.status.primary
  return primary !== undefined && !view!.servers.some((server) => isRecorded(primary)(server) && isRunning(server))
}

const statusIn = (read: Read<Parts>) => Scene.viewIn(read)?.cluster.status

/** Of what was acknowledged nothing is missing where the cluster is whole, unless a failover has declared a loss. */
const lossIsDeclared: Property<Parts> = {
  _tag: "Always",
  name: "what was acknowledged is there, or its loss was declared",
  holds: (read) => {
    if (read("clients").acknowledged.length === 0) return true
    const view = Scene.viewIn(read)
    const { lastFailover, primary } = view?.cluster.status ?? {}
    const leader = view?.servers.find(isRecorded(primary))?.node
    if (leader === undefined || !whole(read) || leader.loading) return true
    return missingIn(read, leader).length === 0 || (lastFailover !== undefined && lastFailover.lossBytes !== 0)
  }
}

const phases = ["Fencing", "Promoting", "Routing"] as const
const kinds = ["Bootstrap", "Unplanned", "Planned"] as const

/** Which phases and kinds a model is expected to reach. */
const witnesses = (reached: ReadonlyArray<string>): ReadonlyArray<Property<Parts>> => [
  { _tag: "Sometimes", name: "the cluster is whole", holds: whole },
  ...phases
    .filter((phase) => reached.includes(phase))
    .map((phase): Property<Parts> => ({
      _tag: "Sometimes",
      name: `a failover is in phase ${phase}`,
      holds: (read) => statusIn(read)?.failover?.phase === phase
    })),
  ...kinds
    .filter((kind) => reached.includes(kind))
    .map((kind): Property<Parts> => ({
      _tag: "Sometimes",
      name: `a failover of kind ${kind}`,
      holds: (read) => statusIn(read)?.failover?.kind === kind
    }))
]

export const properties = (reached: ReadonlyArray<string>): ReadonlyArray<Property<Parts>> => [
  ...Scene.invariantsHold,
  ...Scene.stepLawsHold,
  lossIsDeclared,
  // gungnir:8.5 and inv-I12.
  {
    _tag: "Stabilizes",
    name: "a cluster that is desired becomes whole, and stays so",
    premise: (read) => Scene.viewIn(read) !== undefined,
    goal: whole
  },
  {
    _tag: "LeadsTo",
    name: "failedMasterReplaced",
    premise: isLeaderless,
    goal: (read) => Scene.viewIn(read) === undefined || !isLeaderless(read)
  },
  Scene.passesEnd("operator", sentinelManager),
  ...witnesses(reached)
]

const pods = [0, 1, 2].map((ordinal) => ({
  resource: Kinds.Pod,
  namespace: Scene.key.namespace,
  name: `${Scene.key.name}-${ordinal}`
}))

const users = {
  deletePod: deletes("deletePod", pods),
  scale: edits("scale", [
    { ...Scene.itself, says: "two replicas", patch: { spec: { replicas: 2 } } },
    { ...Scene.itself, says: "three replicas", patch: { spec: { replicas: 3 } } }
  ]),
  touch: touches("touch", [Scene.itself]),
  write: writes("write", { namespace: Scene.key.namespace, name: names(Scene.key).clientService })
}

const statefulSet = Scene.subResources[5]!

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
  readonly spec?: object
  /** The world breaks from the first moment on; else once the first primary has been made, and clients are led to it. */
  readonly fromBirth?: boolean
}

const isBorn = (read: Read<Parts>): boolean => {
  const { failover, primary } = statusIn(read) ?? {}
  return primary !== undefined && failover?.kind !== "Bootstrap"
}

/** A model with these budgets: classes of `Model.budgets`, of the world, and `deletePod`, `scale`, `touch`, `write`. */
export const model = (
  name: string,
  budgets: Readonly<Record<string, number>>,
  { fromBirth = false, spec = { replicas: 3 } }: Options = {}
): Model => {
  const when = fromBirth ? undefined : isBorn
  const { objects, ...rest } = Scene.beginning(spec)
  const isUpset = ["kill", "freeze", "outage", "deletePod"].some((one) => one in budgets)
  return {
    name,
    controllers: [sentinel(settings)],
    world: world({
      ...rest,
      objects: [...objects, ...made(spec)],
      budgets,
      ...(when === undefined ? {} : { faults: { when } })
    }),
    actions: [
      ...Object.entries(users).flatMap(([budget, action]) => (budget in budgets ? [heldBack(action, when)] : [])),
      ...("scale" in budgets ? [sizes] : [])
    ],
    budgets,
    properties: properties(isUpset ? [...phases, "Bootstrap", "Unplanned"] : ["Promoting", "Routing", "Bootstrap"])
  }
}

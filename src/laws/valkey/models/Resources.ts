/**
 * The shipped `Resources` controller alone: it makes what a cluster consists
 * of, and keeps it, whatever becomes of its requests, its process and the
 * objects.
 */
import type { Action, Property } from "../../../domain/check/System.ts"
import { field } from "../../../domain/kube/Object.ts"
import type { ApiRequest } from "../../../domain/kube/Wire.ts"
import * as Cluster from "../../../domain/valkey/Cluster.ts"
import { resourcesManager } from "../../../domain/valkey/Settings.ts"
import type { RequestLaw } from "../../../models/closed/Carried.ts"
import type { Model } from "../../../models/closed/Model.ts"
import type { Parts } from "../../../models/closed/Parts.ts"
import { deletes, edits, touches } from "../../../models/closed/Users.ts"
import { world } from "../../../models/closed/World.ts"
import { resources } from "../../../programs/valkey/Resources.ts"
import { answerLaws } from "../../kube/Answers.ts"
import { passesEnd } from "../../kube/Passes.ts"
import * as Requests from "../../kube/Requests.ts"
import { storeLaws } from "../../kube/Store.ts"
import * as Desired from "./Desired.ts"
import * as Scene from "./Scene.ts"

/** Edits of the spec, there and back. */
const churn = (pods: number): Action<Parts> =>
  edits(
    "edit",
    [pods, pods + 2].map((replicas) => ({
      ...Scene.itself,
      says: `${replicas} replicas`,
      patch: { spec: { replicas } }
    }))
  )

/** A spec that the API server takes and nobody builds, and back. */
const illegal = edits("illegal", [
  { ...Scene.itself, says: "with TLS", patch: { spec: { tls: { enabled: true } } } },
  { ...Scene.itself, says: "without TLS", patch: { spec: { tls: { enabled: false } } } }
])

/** Somebody edits what the operator made, and should not. */
const drift = edits(
  "drift",
  [
    {
      ...Scene.subResource("ConfigMap"),
      says: "another configuration",
      patch: { data: { "valkey.conf": "port 1\n" } }
    },
    { ...Scene.subResource("StatefulSet"), says: "one replica", patch: { spec: { replicas: 1 } } }
  ],
  "another"
)

const users = (pods: number): Readonly<Record<string, Action<Parts>>> => ({
  delete: deletes("delete", Scene.subResources),
  drift: { ...drift, name: "somebody edits what is not theirs" },
  edit: churn(pods),
  illegal: { ...illegal, name: "somebody asks for what is not built" },
  touch: touches("touch", [Scene.itself, Scene.subResource("StatefulSet"), Scene.subResource("Service", 1)])
})

/** Of a cluster whose servers nobody operates. */
const invariants: ReadonlyArray<string> = ["ownsWhatIsIts", "drainTakesAMinority", "conditionsAreDated"]

const properties = (budgets: Readonly<Record<string, number>>): ReadonlyArray<Property<Parts>> => [
  ...Scene.invariantsHold.filter(({ name }) => invariants.includes(name)),
  ...Scene.stepLawsAt(Scene.key).filter(({ name }) => name === "conditionsGoForward"),
  Desired.isToldOf(),
  Desired.comesAbout(),
  // A collector that is never slow takes it within the step.
  ...("recreate" in budgets && "slowBuiltIn" in budgets ? [Desired.goes()] : []),
  passesEnd("operator", resourcesManager, Scene.key),
  ...storeLaws,
  Desired.isReached()
]

/** The rest is made by people and by Kubernetes. */
const own = [...Scene.subResources.map(({ resource }) => resource), Cluster.resource]

/** What the controller promises of its requests, with any number of clusters. */
export const promises: ReadonlyArray<RequestLaw<Parts>> = [
  Requests.writesOnly(resourcesManager, own),
  Requests.makesOwned(resourcesManager, Cluster.resource),
  Requests.namesItsTargets(resourcesManager)
]

/** A write whose answer never came has failed for all that its pass knows, and it says so, though it has landed. */
const tellsOfFailure = ({ body, subresource }: ApiRequest): boolean => {
  const conditions = subresource === "status" ? field(body, "status", "conditions") : undefined
  return (
    Array.isArray(conditions) &&
    conditions.some((one) => field(one, "type") === "Reconciled" && field(one, "status") === "False")
  )
}

/** Of a world that people leave alone: what was decided before somebody changes his mind again may land after it. */
const isQuiet = Requests.restsQuietly(resourcesManager, (read) => Desired.isAsDesired(read), tellsOfFailure)

/**
 * A model with these budgets: fault classes of `Model.budgets`, of the world, and
 * `delete`, `drift`, `edit`, `illegal`, `recreate`, `touch`.
 */
export const model = (
  name: string,
  budgets: Readonly<Record<string, number>>,
  { pods = 3 }: { readonly pods?: number } = {}
): Model => {
  const spec = { replicas: pods }
  const recreation = Scene.recreates(budgets, spec)
  const others = Object.entries(users(pods)).flatMap(([budget, action]) => (budget in budgets ? [action] : []))
  const actions = [...others, ...recreation.actions]
  return {
    name,
    controllers: [resources],
    world: world({ ...Scene.beginning(spec), budgets: recreation.budgets }),
    actions,
    budgets: recreation.budgets,
    properties: properties(budgets),
    requests: [...answerLaws, ...promises, ...(actions.length > 0 ? [] : [isQuiet])]
  }
}

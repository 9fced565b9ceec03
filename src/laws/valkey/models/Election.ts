/**
 * Two operator processes of which one leads at a time: the shipped leader
 * election, with the shipped `Resources` controller behind it.
 */
import type { Property, Read } from "../../../domain/check/System.ts"
import type { Standing } from "../../../domain/kube/Leadership.ts"
import type { Policy } from "../../../domain/kube/Lease.ts"
import { resourcesManager } from "../../../domain/valkey/Settings.ts"
import type { Model, ModelOperator } from "../../../models/closed/Model.ts"
import type { Parts } from "../../../models/closed/Parts.ts"
import { world } from "../../../models/closed/World.ts"
import * as LeaderElection from "../../../programs/kube/LeaderElection.ts"
import { resources } from "../../../programs/valkey/Resources.ts"
import { isAsDesired } from "./Desired.ts"
import * as Scene from "./Scene.ts"

/** In the proportions of the shipped ones, with few moments in between. */
const timing: Omit<Policy, "identity"> = { duration: 4000, renewDeadline: 3000, retry: 2000, margin: 500 }

const processes = ["a", "b"] as const

const operator = (name: string): ModelOperator => {
  const options = { ...timing, identity: name, namespace: Scene.key.namespace, name: "gungnir" }
  return { name, election: { controller: LeaderElection.controller(options), key: LeaderElection.keyOf(options) } }
}

const standingOf = (read: Read<Parts>, name: string): Standing =>
  // The process keeps it in this component.
  read(`${name}/standing`) as Standing

const leads = (read: Read<Parts>, name: string): boolean => standingOf(read, name).leadingMillis > 0

const properties: ReadonlyArray<Property<Parts>> = [
  {
    _tag: "Always",
    name: "no two processes lead",
    holds: (read) => !processes.every((name) => leads(read, name))
  },
  {
    _tag: "Always",
    name: "who may write leads",
    holds: (read) =>
      processes.every((name) => {
        const { authorisedMillis, leadingMillis } = standingOf(read, name)
        return authorisedMillis <= leadingMillis
      })
  },
  ...Scene.invariantsHold.filter(({ name }) => name === "ownsWhatIsIts"),
  {
    _tag: "LeadsTo",
    name: "somebody leads again",
    premise: (read) => !processes.some((name) => leads(read, name)),
    goal: (read) => processes.some((name) => leads(read, name))
  },
  { _tag: "Stabilizes", name: "what is desired comes about, and stays", premise: () => true, goal: isAsDesired },
  ...processes.map((name) => Scene.passesEnd(name, resourcesManager)),
  ...processes.map((name): Property<Parts> => ({
    _tag: "Sometimes",
    name: `${name} leads`,
    holds: (read) => leads(read, name)
  }))
]

/** A model with these budgets of `Model.budgets`; without `fencing` writes are sent whatever the lease says. */
export const model = (
  name: string,
  budgets: Readonly<Record<string, number>>,
  { fencing = true }: { readonly fencing?: boolean } = {}
): Model => ({
  name,
  controllers: [resources],
  operators: processes.map(operator),
  world: world({ ...Scene.beginning({ replicas: 1 }), budgets }),
  budgets,
  properties,
  wrappers: { fencing }
})

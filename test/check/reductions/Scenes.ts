/** Closed models that are small enough to be explored twice, those that hold and those that do not. */
import { model as greeting } from "../../../examples/controller/Model.ts"
import * as Resources from "../../../src/laws/valkey/models/Resources.ts"
import * as Scene from "../../../src/laws/valkey/models/Scene.ts"
import * as Sentinel from "../../../src/laws/valkey/models/Sentinel.ts"
import { always } from "../../../src/domain/check/Properties.ts"
import type { Model } from "../../../src/models/closed/Model.ts"
import type { Parts } from "../../../src/models/closed/Parts.ts"
import { mistakes } from "../model/Spoiled.ts"

type Budgets = Readonly<Record<string, number>>

/** The controller of the example, as it is. */
export const greeter = (budgets: Budgets): Model => ({ ...greeting, budgets })

/** With one mistake each, which its own budgets show; and with these as well. */
export const spoiled = (budgets: Budgets): ReadonlyArray<Model> =>
  mistakes.map((model) => ({ ...model, budgets: { ...model.budgets, ...budgets } }))

/** `Sentinel`, and a property of it that is wrong: the first failover is a violation. */
export const sentinel = (budgets: Budgets, pods = 1, options: Sentinel.Options = {}): Model => {
  const model = Sentinel.model("Sentinel", budgets, { ...options, pods })
  const never = always<Parts>("nothing is ever replaced", (read) => {
    const failover = Scene.viewIn(read)?.cluster.status.failover
    return failover === undefined || failover.kind === "Bootstrap"
  })
  return { ...model, properties: [...model.properties, never] }
}

export const resources = (budgets: Budgets): Model => Resources.model("Resources", budgets)

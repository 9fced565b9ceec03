/**
 * An operator crashed while it pointed the replica at the first primary. The
 * next one promoted that replica, and the ReplicaOf landed on it: the run id was
 * the same, so nothing refused it (`failover:F10`).
 */
import { assert, describe, it } from "@effect/vitest"
import type { Components } from "../../src/domain/check/System.ts"
import * as Scene from "../../src/laws/valkey/models/Scene.ts"
import * as Sentinel from "../../src/laws/valkey/models/Sentinel.ts"
import { isRunning, leads } from "../../src/laws/valkey/ClusterView.ts"
import { compile } from "../../src/interpreters/check/Model.ts"
import { orphans } from "../../src/interpreters/check/step/Orphans.ts"
import * as Walk from "../check/model/Walk.ts"

const system = compile(
  Sentinel.model("late role", { strand: 1, crash: 1 }, { pods: 2, fromBirth: true, isSafety: true })
)

type Choice = (possible: Walk.Possible) => boolean

const calm: Choice = ({ action, budget }) => budget === undefined && !action.startsWith("network")
const saying =
  (text: string): Choice =>
  ({ outcome }) =>
    outcome.says?.includes(text) === true

/** Steps of that choice, up to the one that says `last`. */
const until = (from: Components, last: string, choice: Choice = calm): Components => {
  let state = from
  for (let steps = 0; steps < 100; steps++) {
    const next = Walk.possible(system, state).find(choice)
    assert.isDefined(next, `nothing is possible before "${last}"`)
    state = next!.after
    if (saying(last)(next!)) return state
  }
  assert.fail(`"${last}" is never said`)
}

const once = (from: Components, text: string): Components => until(from, text, saying(text))

/** The cell holds nothing else. */
const lateIn = (state: Components) => (state[orphans.name] as typeof orphans.initial).map(({ command }) => command)

const leader = (state: Components) =>
  Scene.viewIn(Walk.readOf(system, state) as Parameters<typeof Scene.viewIn>[0])
    ?.servers.filter((server) => isRunning(server) && leads(server))
    .map(({ pod }) => pod)

describe("a ReplicaOf that a crashed operator left under way", () => {
  it("is not carried out on the replica that the next one has promoted", () => {
    const first = until(Walk.first(system), "Promote")
    const recorded = once(first, "PatchStatus")
    assert.deepStrictEqual(leader(recorded), ["demo-0"])
    const crashed = once(once(recorded, "demo-0 is deleted"), "operator crashes")
    assert.deepStrictEqual(lateIn(crashed), ["ReplicaOf"])
    const promoted = until(crashed, "Promote")
    assert.deepStrictEqual([leader(promoted), lateIn(promoted)], [["demo-1"], []])
  })
})

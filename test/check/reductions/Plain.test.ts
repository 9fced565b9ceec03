/**
 * States hold servers without what makes no difference: in which order replicas
 * came, reads that nobody waits for any more, how long a link has been down. It
 * is exact if all that may happen, and all that is said of it, is the same with
 * any of that.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import type { Components, Read, System } from "../../../src/domain/check/System.ts"
import { check } from "../../../src/interpreters/check/Check.ts"
import { compile } from "../../../src/interpreters/check/Model.ts"
import * as Rerun from "../../../src/interpreters/check/report/Rerun.ts"
import type { Model } from "../../../src/models/closed/Model.ts"
import { plain } from "../../../src/models/closed/Plain.ts"
import type { Node, State as Nodes } from "../../../src/models/valkey/Node.ts"
import * as Scenes from "./Scenes.ts"
import { view } from "./Seen.ts"

/** What clients that gave up may have sent to a process that is frozen. */
const sent: ReadonlyArray<ReadonlyArray<ReadonlyArray<string>>> = [
  [["INFO"]],
  [["ROLE"], ["PING"]],
  [["CONFIG", "GET", "appendonly"]],
  [["CONFIG", "SET", "min-replicas-to-write", "2"]],
  [["INFO"], ["REPLICAOF", "NO", "ONE"]],
  [["SET", "late", "1"]]
]

/** The same each time. */
const chances = () => {
  let last = 7
  return (below: number): number => {
    last = (Math.imul(last, 1_103_515_245) + 12_345) >>> 0
    return (last >>> 8) % below
  }
}

type Chance = ReturnType<typeof chances>

const shuffled = <A>(all: ReadonlyArray<A>, chance: Chance): ReadonlyArray<A> =>
  all
    .map((one) => [chance(1000), one] as const)
    .toSorted(([one], [other]) => one - other)
    .map(([, one]) => one)

const noisyNode = (node: Node, chance: Chance): Node => {
  const late = Array.from({ length: node.phase === "frozen" ? chance(4) : 0 }, () => ({
    user: "default",
    lines: sent[chance(sent.length)]!
  }))
  const { following } = node
  const isDown = following?.link.state === "connect" && following.downSeconds >= 0
  return {
    ...node,
    attached: shuffled(node.attached, chance),
    late: [...node.late, ...late],
    following: isDown ? { ...following, downSeconds: chance(60) } : following
  }
}

const noisy = (nodes: Nodes, chance: Chance): Nodes => ({
  ...nodes,
  chosen: chance(100),
  nodes: Object.fromEntries(Object.entries(nodes.nodes).map(([id, node]) => [id, noisyNode(node, chance)]))
})

/** How long links are down is not in states either: it is left out where links grow old. */
const bare = (nodes: Nodes): Nodes => {
  const { nodes: all, ...rest } = plain(nodes)
  const ageless = ({ following, ...node }: Node): Node => ({
    ...node,
    following: following === undefined ? undefined : { ...following, downSeconds: Math.min(following.downSeconds, 0) }
  })
  return { ...rest, nodes: Object.fromEntries(Object.entries(all).map(([id, node]) => [id, ageless(node)])) }
}

/** States of all kinds, within the bound. */
const statesOf = Effect.fnUntraced(function* (
  system: System<Components>,
  maxCores: number,
  isOf: (nodes: Nodes) => boolean
) {
  const names = Object.keys(system.initial[0]!)
  const states: Array<Components> = []
  const collect = (read: Read<Components>): boolean => {
    // The component of that name is the servers.
    if (isOf(read("valkey") as Nodes)) states.push(Object.fromEntries(names.map((name) => [name, read(name)])))
    return true
  }
  yield* check({ ...system, properties: [{ _tag: "Always", name: "collects", holds: collect }] }, { maxCores })
  return states
})

const told = (system: System<Components>, state: Components): string =>
  view(Rerun.reader(system, { ...state, valkey: bare(state["valkey"] as Nodes) }), Object.keys(state))

/** All that may happen next, and where it leads. */
const steps = (system: System<Components>, state: Components): ReadonlyArray<string> =>
  system.actions.flatMap((action) =>
    Rerun.outcomes(system, state, action).map(
      ({ breaks = "", key, state: next }) => `${action.name} ${key} ${breaks}\n${told(system, next)}`
    )
  )

const judged = (system: System<Components>, state: Components): ReadonlyArray<boolean> => {
  const read = Rerun.reader(system, state)
  return system.properties.flatMap((property) => {
    switch (property._tag) {
      case "Always":
      case "Sometimes":
        return [property.holds(read)]
      case "LeadsTo":
      case "Stabilizes":
        return [property.premise(read), property.goal(read)]
      case "Step":
        return []
    }
  })
}

const isNoisy = ({ nodes }: Nodes): boolean =>
  Object.values(nodes).some(
    ({ attached, following, phase }) => attached.length > 1 || phase === "frozen" || following?.link.state === "connect"
  )

const models: ReadonlyArray<readonly [string, Model]> = [
  ["of three, one of which freezes", Scenes.sentinel({ freeze: 1 }, 3)],
  ["of three, one of which is killed", Scenes.sentinel({ kill: 1 }, 3)],
  ["of two that are cut off", Scenes.sentinel({ cut: 1 }, 2)]
]

const maxCores = 250
const most = 10

describe("what is left out of servers is seen by nobody", () => {
  for (const [name, model] of models) {
    it.effect(`in clusters ${name}`, () =>
      Effect.gen(function* () {
        const system = compile(model)
        const chance = chances()
        const states = yield* statesOf(system, maxCores, isNoisy)
        assert.isAbove(states.length, most)
        for (const state of shuffled(states, chance).slice(0, most)) {
          // The component of that name is the servers.
          const valkey = noisy(state["valkey"] as Nodes, chance)
          const whole = { ...state, valkey }
          const left = { ...state, valkey: bare(valkey) }
          assert.deepStrictEqual(judged(system, left), judged(system, whole))
          assert.deepStrictEqual(steps(system, left), steps(system, whole))
        }
      })
    )
  }
})

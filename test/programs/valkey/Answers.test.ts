/** Whatever the API server or a node answers to any one request: the pass ends with a typed error, and the next good one converges. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import type { Command, Wrap } from "../../../src/domain/Capability.ts"
import type { Controller } from "../../../src/domain/Controller.ts"
import * as Cluster from "../../../src/domain/valkey/Cluster.ts"
import { defaults } from "../../../src/domain/valkey/Settings.ts"
import * as Run from "../../../src/laws/generic/Run.ts"
import { resources } from "../../../src/programs/valkey/Resources.ts"
import { sentinel } from "../../../src/programs/valkey/Sentinel.ts"
import * as Worlds from "../../laws/valkey/Worlds.ts"
import * as Lab from "./Lab.ts"
import * as Spoil from "./Spoil.ts"

const isApi = (command: Command) => Spoil.requestOf(command) !== undefined
const isNode = (command: Command) => !isApi(command)
const isWrite = ({ access }: Command) => access === "write"
const any = () => true

/** A way to spoil one command: of how many it is a choice, and how. */
interface Way {
  readonly says: string
  readonly counts: (command: Command) => boolean
  readonly act: Parameters<typeof Spoil.nth>[2]
}

const answers = (status: number): Way => ({
  says: `${status}`,
  counts: isApi,
  act: Spoil.instead(() => Spoil.refusal(status))
})
const apiOutage: Way = {
  says: "unreachable",
  counts: isApi,
  act: Spoil.instead(() => ({ status: 0, body: "Unreachable" }))
}
const apiUnheard: Way = {
  says: "done, and the answer lost",
  counts: (command) => isApi(command) && isWrite(command),
  act: Spoil.unheard(() => ({ status: 0, body: "TimedOut" }))
}
const node = (reply: unknown): Way => ({
  says: JSON.stringify(reply),
  counts: isNode,
  act: Spoil.instead(() => reply)
})
const nodeUnheard: Way = {
  says: "done, and the answer lost",
  counts: (command) => isNode(command) && isWrite(command),
  act: Spoil.unheard(() => "TimedOut")
}
const slow: Way = {
  says: "two seconds late",
  counts: any,
  act: (_command, sent) => Effect.delay(sent, "2 seconds")
}
const typedTags = new Set(["KubeError", "NotLeader", "InvalidCluster", "NameTaken"])

const failureOf = ({ exit }: Run.PassRecord): string | undefined => {
  if (typeof exit === "string") return exit
  if (exit._tag === "Success") return undefined
  const [reason] = exit.cause.reasons
  const tag = reason?._tag === "Fail" ? (reason.error as { readonly _tag: string })._tag : String(exit.cause)
  return typedTags.has(tag) ? undefined : tag
}

/** Spoils each command of an undisturbed run in turn; `every`: only each so many. */
const spoilEach = Effect.fnUntraced(function* <M, E>(
  controller: Controller<M, E, Lab.World>,
  world: Run.World<Lab.World, unknown>,
  { act, counts, says }: Way,
  every = 1
) {
  const settle = (wrap: Wrap, journal: Run.Journal) =>
    Run.inFreshWorld(
      world,
      (inner) => wrap(Run.recording(journal)(inner)),
      Run.settle(controller, Lab.key, world, journal)
    )
  const calmJournal: Run.Journal = { commands: [] }
  const calm = yield* settle((inner) => inner, calmJournal)
  assert.isTrue(calm.isSettled)
  const wrong: Array<string> = []
  let runs = 0
  for (const [index, command] of calmJournal.commands.filter(counts).entries()) {
    if (index % every !== 0) continue
    runs++
    const end = yield* settle(Spoil.nth(index, counts, act), { commands: [] })
    const where = `${command._tag} (${index}) ${says}`
    const untyped = end.passes.map(failureOf).filter((one) => one !== undefined)
    if (untyped.length > 0) wrong.push(`${where}: ${untyped.join("; ")}`)
    if (!end.isSettled) wrong.push(`${where}: does not settle`)
    else if (JSON.stringify(end.observed) !== JSON.stringify(calm.observed)) {
      wrong.push(`${where}: ${JSON.stringify(end.observed)} instead of ${JSON.stringify(calm.observed)}`)
    }
  }
  assert.deepStrictEqual(wrong, [])
  assert.isAbove(runs, 2)
})

const statuses = [403, 409, 410, 422, 429, 500, 503]

describe("Resources, whose requests are answered", () => {
  for (const [index, status] of statuses.entries()) {
    it.effect(`${status}`, () => spoilEach(resources, Worlds.asked, answers(status), index < 2 ? 3 : 5))
  }
  for (const way of [apiOutage, apiUnheard]) {
    it.effect(way.says, () => spoilEach(resources, Worlds.asked, way, 2))
  }
})

describe("Sentinel, at the death of a primary, whose requests are answered", () => {
  for (const status of statuses) {
    it.effect(`${status}`, () => spoilEach(sentinel(defaults), Worlds.killed, answers(status), 3))
  }
  for (const way of [apiOutage, apiUnheard, slow]) {
    it.effect(way.says, () => spoilEach(sentinel(defaults), Worlds.killed, way, way === slow ? 4 : 1))
  }
})

const replies: ReadonlyArray<unknown> = [
  "TimedOut",
  "Closed",
  "Refused",
  "OtherProcess",
  "Unauthorized",
  "NotValkey",
  [{ error: "BUSY Valkey is busy running a script." }],
  [{ error: "LOADING Valkey is loading the dataset in memory" }],
  [
    "OK",
    "QUEUED",
    { error: "ERR REPLICAOF not allowed while failing over." },
    { error: "EXECABORT Transaction discarded" }
  ],
  []
]

describe("Sentinel, at the death of a primary, whose nodes answer", () => {
  for (const reply of replies) {
    const way = { ...node(reply), counts: (command: Command) => isNode(command) && isWrite(command) }
    it.effect(`${way.says} to a write`, () => spoilEach(sentinel(defaults), Worlds.killed, way))
  }
  it.effect("nothing, though they did it", () => spoilEach(sentinel(defaults), Worlds.killed, nodeUnheard))
  it.effect("nothing to a probe", () =>
    spoilEach(
      sentinel(defaults),
      Worlds.killed,
      { ...node("TimedOut"), counts: (command) => command._tag === "Observe" },
      2
    )
  )
})

describe("a cluster that is deleted in the middle of a pass", () => {
  const deletedAt = Effect.fnUntraced(function* <M, E>(
    controller: Controller<M, E, Lab.World>,
    world: Run.World<Lab.World, unknown>,
    every: number
  ) {
    const bare = { ...world, observe: Effect.succeed(0) }
    const calm: Run.Journal = { commands: [] }
    yield* Run.inFreshWorld(bare, Run.recording(calm), Run.settle(controller, Lab.key, world, calm))
    for (let index = 0; index < calm.commands.filter(isApi).length; index += every) {
      const journal: Run.Journal = { commands: [] }
      let context: Effect.Effect<void> | undefined
      const wrap: Wrap = (inner) =>
        Spoil.nth(index, isApi, (_command, sent) =>
          Effect.andThen(
            Effect.suspend(() => context!),
            sent
          )
        )(Run.recording(journal)(inner))
      const left = yield* Run.inFreshWorld(
        bare,
        wrap,
        Effect.gen(function* () {
          const services = yield* Effect.context<Lab.World>()
          context = Effect.provideContext(Effect.asVoid(Lab.remove(Cluster.resource, Lab.name)), services)
          const end = yield* Run.settle(controller, Lab.key, bare, journal)
          const untyped = end.passes.map(failureOf).filter((one) => one !== undefined)
          assert.deepStrictEqual(untyped, [], `command ${index}`)
          yield* world.between(3000)
          return yield* Lab.objects
        })
      )
      assert.deepStrictEqual(left, [], `deleted before command ${index}`)
    }
  })

  it.effect("leaves nothing, while its objects are made", () => deletedAt(resources, Worlds.asked, 2))
  it.effect("leaves nothing, while its primary is replaced", () => deletedAt(sentinel(defaults), Worlds.killed, 4))
})

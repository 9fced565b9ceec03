import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Clock, Effect, Schema } from "effect"
import type { Replies, Reply } from "../../src/domain/valkey/Wire.ts"
import { empty, type State } from "../../src/models/valkey/Node.ts"
import * as Processes from "../servers/Processes.ts"
import * as Modelled from "./valkey/Modelled.ts"
import * as Real from "./valkey/Real.ts"
import * as Script from "./valkey/Script.ts"
import { compared, differences, type Ids } from "./valkey/View.ts"

/** `GUNGNIR_VALKEY_SEQUENCES=500` for more than what `npm test` runs, `GUNGNIR_SEED` for others. */
const count = Number(process.env["GUNGNIR_VALKEY_SEQUENCES"] ?? "60")
const seed = process.env["GUNGNIR_SEED"] ?? "1"
const stepsEach = 10
const atOnce = 12
const patienceMillis = 6000

const disks: ReadonlyArray<Script.Disk> = ["none", "aof", "rdb"]

/** INFO inside a transaction holds what is compared elsewhere, and times. */
const withoutInfo = (reply: Reply): Reply =>
  typeof reply === "string" && reply.startsWith("# ") ? "INFO" : Array.isArray(reply) ? reply.map(withoutInfo) : reply

const plain = (replies: Replies | undefined): unknown =>
  typeof replies === "string" || replies === undefined ? replies : replies.map(withoutInfo)

/** What is known on both sides after the steps so far. */
interface Known {
  readonly state: State
  readonly model: Ids
  readonly server: Ids
}

/** Waits until the servers show what the model shows in one of `states`; else says what differs from the first. */
const agreed = Effect.fnUntraced(function* (
  servers: Real.Servers,
  states: ReadonlyArray<State>,
  known: Known,
  withOffsets: boolean
) {
  const models = states.map((state) => compared(Modelled.seen(state, servers.ports), known.model, withOffsets))
  const until = (yield* Clock.currentTimeMillis) + patienceMillis
  for (;;) {
    const seen = yield* servers.seen
    const server = seen === undefined ? undefined : compared(seen, known.server, withOffsets)
    const wrong = models.map((model) =>
      server === undefined ? ["a server does not come to rest"] : differences(model.views, server.views)
    )
    const fits = wrong.findIndex((lines) => lines.length === 0)
    if (fits >= 0) return { state: states[fits]!, model: models[fits]!.ids, server: server!.ids }
    if ((yield* Clock.currentTimeMillis) > until) return wrong[0]!
    yield* Effect.sleep("15 millis")
  }
})

/** An orderly end asks replicas that lag for acknowledgements, through the stream; a frozen replica sends none. */
const dependsOnAcknowledgements = (step: Script.Step): boolean =>
  step._tag === "Freeze" || (step._tag === "Send" && step.lines[0]?.[0] === "SHUTDOWN")

/** Runs one sequence on both; answers what was done and, at the first difference, what differs. */
const attempt = Effect.fnUntraced(function* (
  numbers: ReadonlyArray<number>,
  index: number,
  ports: ReadonlyArray<number>
) {
  const draw = Script.tape(numbers)
  const disk = disks[index % disks.length]!
  const password = draw.pick(["", "secret"])
  const options = Script.options(disk, password)
  const servers = yield* Real.servers(ports, options, password)
  const done: Array<string> = [`sequence ${index} (${disk}, password "${password}")`]
  let known: Known = { state: empty, model: [], server: [] }
  const first = Script.prelude(ports, draw)
  for (let at = 0; at < first.length + stepsEach; at++) {
    const step = first[at] ?? Script.next(known.state, ports, draw)
    if (dependsOnAcknowledgements(step)) {
      const before = yield* agreed(servers, [known.state], known, true)
      if (!("state" in before)) return [...done, ...before]
    }
    const [states, expected] = Modelled.take(known.state, step, { options, password })
    const replies = yield* servers.take(step)
    done.push(Script.text(step))
    if (JSON.stringify(plain(replies)) !== JSON.stringify(plain(expected))) {
      return [...done, `replies: model ${JSON.stringify(plain(expected))}, server ${JSON.stringify(plain(replies))}`]
    }
    const isLast = at === first.length + stepsEach - 1
    const after = yield* agreed(servers, states, known, isLast)
    if (!("state" in after)) return [...done, ...after]
    known = after
  }
  return undefined
}, Effect.scoped)

/** When a PING falls is the servers' choice and not in the sequence: what differs three times is a difference. */
const run = Effect.fnUntraced(function* (numbers: ReadonlyArray<number>, index: number, ports: ReadonlyArray<number>) {
  let different: ReadonlyArray<string> | undefined
  for (let times = 0; times < 3; times++) {
    different = yield* attempt(numbers, index, ports)
    if (different === undefined) return undefined
  }
  return different
})

const tapes = Arbitrary.sampleEffect(
  Arbitrary.schema(
    Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 65_535 }))).check(Schema.isMinLength(100))
  ),
  { count, size: 100, seed }
)

describe("the node model and valkey-server", () => {
  it.live(
    `show the same ROLE and INFO after each step of ${count} sequences`,
    () =>
      Effect.gen(function* () {
        const all = yield* tapes
        const ports = yield* Processes.freePorts(3 * count)
        const failures = yield* Effect.forEach(
          all,
          (numbers, index) => run(numbers, index, ports.slice(3 * index, 3 * index + 3)),
          { concurrency: atOnce }
        )
        const wrong = failures.filter((lines) => lines !== undefined).map((lines) => lines.join("\n  "))
        assert.strictEqual(wrong.join("\n"), "", `${wrong.length} of ${count} differ (seed ${seed})`)
      }),
    Math.max(120_000, count * 5000)
  )
})

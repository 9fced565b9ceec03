/**
 * What no decision reads is left out of the answers of nodes: it is exact if no
 * program goes on otherwise for having been told all of it.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import type { Exchange } from "../../../src/domain/valkey/Wire.ts"
import { compile } from "../../../src/interpreters/check/Model.ts"
import type { Input } from "../../../src/interpreters/check/step/Slot.ts"
import type { Model } from "../../../src/models/closed/Model.ts"
import { keyOf } from "../../../src/models/closed/Serve.ts"
import { stepped } from "../../../src/models/closed/Step.ts"
import { answerRead } from "../../../src/models/closed/Unread.ts"
import { exchange } from "../../../src/models/valkey/Exchange.ts"
import * as Scenes from "./Scenes.ts"
import { explored, lasting, same, textOf } from "./Seen.ts"
import { look, stepping, toldIn } from "./Told.ts"

/** Nodes answer with everything that they say. */
const outspoken = (model: Model): Model => ({
  ...model,
  world: {
    ...model.world,
    serve: (system, wire, read, from) => {
      if (system !== "valkey") return model.world.serve(system, wire, read, from)
      const asked = wire as Exchange
      const [set, reply] = stepped(read, (world, names) => {
        const [valkey, replies] = exchange(world.valkey, asked, names, from)
        return [valkey === world.valkey ? world : { ...world, valkey }, replies]
      })
      return { key: keyOf(system, wire), set, reply }
    }
  }
})

const reduced = (input: Input): Input =>
  input._tag === "Answered" ? { ...input, reply: answerRead(input.reply) } : input

const told: ReadonlyArray<readonly [string, Model]> = [
  ["of three pods, one of which freezes", Scenes.sentinel({ freeze: 1 }, 3)],
  ["of two pods, one of which is killed", Scenes.sentinel({ kill: 1 }, 2)]
]

const maxCores = 400

describe("no program goes on otherwise for what is left out of answers", () => {
  for (const [name, model] of told) {
    it.effect(`Sentinel ${name}`, () =>
      Effect.gen(function* () {
        const all = yield* toldIn(compile(outspoken(model)), maxCores)
        const step = stepping(model)
        let differ = 0
        for (const one of all) {
          const other = { ...one, log: one.log.map(reduced) }
          if (textOf(other.log) === textOf(one.log)) continue
          differ++
          assert.strictEqual(look(step(other)), look(step(one)))
        }
        assert.isAbove(differ, 100)
      })
    )
  }
})

const compared: ReadonlyArray<readonly [string, Model]> = [
  ["Sentinel, of one pod", Scenes.sentinel({ lose: 1 })],
  ["Sentinel, of two pods", Scenes.sentinel({ lose: 1 }, 2)]
]

describe("what is left out of answers is seen by nobody", () => {
  for (const [name, model] of compared) {
    it.effect(`around ${name}`, () =>
      Effect.gen(function* () {
        const reduced = yield* explored(compile(model), lasting)
        const whole = yield* explored(compile(outspoken(model)), lasting)
        same(reduced, whole, name)
      })
    )
  }
})

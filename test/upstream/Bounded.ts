/** A failover of the port among pods of which some are deaf, and how many commands it took. */
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { Kubernetes } from "../../src/domain/kube/Kubernetes.ts"
import { Valkey } from "../../src/domain/valkey/Valkey.ts"
import * as Failover from "./port/Failover.ts"

export const counted = Effect.fnUntraced(function* (count: number, deaf: number) {
  const pods = Array.from({ length: count }, (_, ordinal) => ({ name: `a-${ordinal}`, address: `10.0.0.${ordinal}` }))
  const sent = { questions: 0, orders: 0, switches: 0 }
  const valkey = Valkey.over(({ address, lines }) =>
    Effect.sync(() => {
      if (lines[0]?.[0] === "INFO") sent.questions++
      else sent.orders++
      return Number(address.slice(7)) < deaf ? ("TimedOut" as const) : ["OK"]
    })
  )
  const kubernetes = Kubernetes.over(() =>
    Effect.sync(() => {
      sent.switches++
      return { status: 200, body: { apiVersion: "v1", kind: "Service", metadata: {} } }
    })
  )
  const master = yield* Failover.failover({ name: "a", namespace: "b" }, pods, {}).pipe(
    Effect.provideService(Valkey, valkey),
    Effect.provideService(Kubernetes, kubernetes)
  )
  assert.isAtMost(sent.questions, Math.max(0, count - 1))
  assert.isAtMost(sent.orders, count)
  assert.strictEqual(sent.switches, master === undefined ? 0 : 1)
})

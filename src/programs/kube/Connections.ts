/**
 * Holds a connection to every node that the objects of a source name; when one
 * ends, the key is woken at once, without waiting for the next probe.
 */
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import type * as Scope from "effect/Scope"
import { type Key, keyText, type Source } from "../../domain/Controller.ts"
import type { KubeObject } from "../../domain/kube/Object.ts"
import { backoff, countFailure } from "../../domain/kube/WorkQueue.ts"
import * as Monotonic from "./Monotonic.ts"
import type { Subscriber } from "./Reflectors.ts"

export interface HeldNode {
  readonly address: string
  readonly key: Key
}

/** Ends when the connection held to the node does, or when there is none to be had. */
export type AwaitEnd<R> = (node: HeldNode) => Effect.Effect<void, never, R>

/** Milliseconds. Between two connections to one node; the wait doubles while they end within `base`. */
const pauses = { base: 100, cap: 5000 } as const

interface Held {
  /** Objects that name it. */
  count: number
  fiber: Fiber.Fiber<never> | undefined
}

/** What subscribes to the objects of such a source. All connections end with the scope. */
export const make = Effect.fnUntraced(function* <R>(
  source: Extract<Source, { readonly _tag: "Nodes" }>,
  awaitEnd: AwaitEnd<R>,
  wake: (key: Key) => Effect.Effect<void>
): Effect.fn.Return<Subscriber, never, R | Scope.Scope> {
  const context = yield* Effect.context<R>()
  const scope = yield* Effect.scope
  const held = new Map<string, Held>()

  const hold = Effect.fnUntraced(function* (node: HeldNode): Effect.fn.Return<never, never, R> {
    let short = 0
    while (true) {
      const [, took] = yield* Monotonic.timed(awaitEnd(node))
      short = took > pauses.base ? 0 : countFailure(short, pauses.base, pauses.cap)
      yield* wake(node.key)
      yield* Effect.sleep(Math.max(pauses.base, backoff(short, pauses.base, pauses.cap)))
    }
  })

  const add = (node: HeldNode): Effect.Effect<void> =>
    Effect.suspend(() => {
      const text = `${node.address} ${keyText(node.key)}`
      const known = held.get(text)
      if (known !== undefined) {
        known.count++
        return Effect.void
      }
      const entry: Held = { count: 1, fiber: undefined }
      held.set(text, entry)
      return Effect.map(Effect.forkIn(Effect.provideContext(hold(node), context), scope), (fiber) => {
        entry.fiber = fiber
      })
    })

  const remove = (node: HeldNode): Effect.Effect<void> =>
    Effect.sync(() => {
      const text = `${node.address} ${keyText(node.key)}`
      const known = held.get(text)
      if (known === undefined || --known.count > 0) return
      held.delete(text)
      known.fiber?.interruptUnsafe()
    })

  const nodesOf = (object: KubeObject | undefined) => (object === undefined ? [] : source.nodesOf(object))

  // First what comes, so that a node named before and after keeps its connection.
  return (before, after) =>
    Effect.andThen(
      Effect.forEach(nodesOf(after), add, { discard: true }),
      Effect.forEach(nodesOf(before), remove, { discard: true })
    )
})

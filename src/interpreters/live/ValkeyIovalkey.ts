/**
 * Valkey nodes through iovalkey: a second reading of the same wire, so that our
 * codec has an oracle, and a choice for those who have that client already. It
 * opens its own connections with everything off that sends a line twice. RESP2:
 * integers past 2^53 are rounded, maps and sets cannot be told from arrays. With
 * `DEBUG=ioredis:*` in the environment the client prints what it sends, passwords too.
 */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { Redis } from "iovalkey"
import { Valkey } from "../../domain/valkey/Valkey.ts"
import type { Reply } from "../../domain/valkey/Wire.ts"
import { type Dialer, type Ended, type Lines, type Link, refusal, type Sent, type Target } from "./ValkeyLink.ts"
import * as Pool from "./ValkeyPool.ts"

const connect = ({ address, port }: Target): Redis =>
  new Redis({
    host: address,
    port,
    lazyConnect: true,
    retryStrategy: () => null,
    reconnectOnError: null,
    autoResendUnfulfilledCommands: false,
    autoResubscribe: false,
    enableOfflineQueue: false,
    enableReadyCheck: false,
    maxRetriesPerRequest: 0,
    noDelay: true,
    keepAlive: 1000
  })

/** What redis-parser makes of a reply: text, numbers, null, arrays, and errors as `Error`. */
const reply = (value: unknown): Reply => {
  if (Array.isArray(value)) return value.map(reply)
  if (value instanceof Error) return { error: value.message }
  return typeof value === "number" || value === null ? value : String(value)
}

const isReply = (error: unknown): error is Error => error instanceof Error && error.name === "ReplyError"

const dial = (target: Target): Link => {
  const opened = Deferred.makeUnsafe<"Open" | "Refused" | Ended>()
  const ended = Deferred.makeUnsafe<Ended>()
  const waiting = new Set<(why: Ended) => void>()
  let why: Ended | undefined
  let code: string | undefined
  const redis = connect(target)

  const end = (reason: Ended, opening: "Refused" | Ended = reason): void => {
    if (why !== undefined) return
    why = reason
    redis.disconnect()
    redis.stream?.destroy()
    Deferred.doneUnsafe(opened, Effect.succeed(opening))
    Deferred.doneUnsafe(ended, Effect.succeed(reason))
    for (const stop of waiting) stop(reason)
  }

  redis.on("ready", () => {
    // Sooner than the client's own event, which waits for the close.
    redis.stream.once("end", () => end("Closed"))
    Deferred.doneUnsafe(opened, Effect.succeed("Open"))
  })
  redis.on("error", (error: NodeJS.ErrnoException) => {
    code ??= error.code
    // A reply that nobody asked for, or bytes that are none.
    if (error.code === undefined) end("NotValkey")
  })
  redis.on("end", () => end("Closed", refusal(code)))
  redis.connect().catch(() => undefined)

  const send = (lines: Lines): Effect.Effect<Sent> =>
    Effect.callback((resume) => {
      if (why !== undefined || lines.length === 0) return resume(Effect.succeed({ replies: [], ended: why }))
      const replies: Array<Reply> = []
      const answer = (ended: Ended | undefined): void => {
        waiting.delete(answer)
        resume(Effect.succeed({ replies, ended }))
      }
      const settle = (value: Reply): void => {
        replies.push(value)
        if (replies.length === lines.length) answer(undefined)
      }
      waiting.add(answer)
      for (const line of lines) {
        const [name, ...words] = line.map((word) => (typeof word === "string" ? word : Redacted.value(word)))
        redis.call(name!, ...words).then(
          (value) => settle(reply(value)),
          (error) => (isReply(error) ? settle(reply(error)) : undefined)
        )
      }
      return Effect.sync(() => waiting.delete(answer))
    })

  return {
    opened: Deferred.await(opened),
    ended: Deferred.await(ended),
    hasEnded: () => why !== undefined,
    end,
    send
  }
}

export const dialer: Dialer = { version: 2, dial }

/** Connections are opened when first used, and end with the layer's scope. */
export const layerWith = (options: Pool.Options): Layer.Layer<Valkey> =>
  Layer.effect(Valkey, Effect.map(Pool.make(dialer, options), Valkey.over))

export const layer: Layer.Layer<Valkey> = layerWith({})

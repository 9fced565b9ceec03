/**
 * Our RESP codec on a TCP socket. On `node:net` and not on Effect's sockets: the
 * bytes written and the queue of replies expected must change in one step that
 * no fiber can come between, error codes and `destroy` must be exact, and a
 * reply is handed over in the tick in which it arrives.
 */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Net from "node:net"
import * as Resp3 from "../../domain/valkey/Resp3.ts"
import * as Parser from "../../domain/valkey/resp3/Parser.ts"
import type { Reply } from "../../domain/valkey/Wire.ts"
import { type Dialer, type Ended, type Lines, type Link, refusal, type Sent, type Target } from "./ValkeyLink.ts"

/** Lines that were sent, and the replies so far. `answer` is empty when nobody waits any more. */
interface Slot {
  left: number
  readonly replies: Array<Reply>
  answer: ((sent: Sent) => void) | undefined
}

/** What the operator asks is answered in kilobytes: more than this is no Valkey, or nothing to read into memory. */
const limits = { maxBytes: 16 * 1024 * 1024, maxDepth: 32 }

/** How much a server may say before it was asked: `-ERR max number of clients reached`. */
const mostUnasked = 4

/** Half-open connections end after this idle time and ten probes, a second apart. */
const keepAliveMillis = 1000

/** A connection to a loopback port that nobody listens at can reach itself. */
const isItself = (socket: Net.Socket): boolean =>
  socket.localPort === socket.remotePort && socket.localAddress === socket.remoteAddress

const dial = ({ address, port }: Target): Link => {
  const opened = Deferred.makeUnsafe<"Open" | "Refused" | Ended>()
  const ended = Deferred.makeUnsafe<Ended>()
  const slots: Array<Slot> = []
  const unasked: Array<Reply> = []
  let parser = Parser.make(limits)
  let wasAsked = false
  let why: Ended | undefined
  const socket = Net.connect({
    host: address,
    port,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: keepAliveMillis
  })

  const end = (reason: Ended, opening: "Refused" | Ended = reason): void => {
    if (why !== undefined) return
    why = reason
    socket.destroy()
    Deferred.doneUnsafe(opened, Effect.succeed(opening))
    Deferred.doneUnsafe(ended, Effect.succeed(reason))
    for (const { answer, replies } of slots.splice(0)) answer?.({ replies, ended: reason })
  }

  const receive = (value: Resp3.Value): void => {
    if (Resp3.isPush(value)) return
    const slot = slots[0]
    if (slot === undefined) {
      if (wasAsked || unasked.push(Resp3.toReply(value)) > mostUnasked) end("NotValkey")
      return
    }
    slot.replies.push(Resp3.toReply(value))
    if (--slot.left > 0) return
    slots.shift()
    slot.answer?.({ replies: slot.replies, ended: undefined })
  }

  socket.on("connect", () => {
    if (isItself(socket)) end("Closed", "Refused")
    else Deferred.doneUnsafe(opened, Effect.succeed("Open"))
  })
  socket.on("data", (chunk) => {
    const [next, values] = Parser.feed(parser, chunk)
    parser = next
    for (const value of values) if (why === undefined) receive(value)
    if (parser.malformed !== undefined) end("NotValkey")
  })
  socket.on("error", (error: NodeJS.ErrnoException) => end("Closed", refusal(error.code)))
  socket.on("end", () => end("Closed"))
  socket.on("close", () => end("Closed"))

  const send = (lines: Lines): Effect.Effect<Sent> =>
    Effect.callback((resume) => {
      const replies = wasAsked ? [] : unasked.splice(0)
      wasAsked = true
      if (why !== undefined || lines.length === 0) return resume(Effect.succeed({ replies, ended: why }))
      const slot: Slot = {
        left: lines.length - replies.length,
        replies,
        answer: (sent) => resume(Effect.succeed(sent))
      }
      if (slot.left <= 0) return end("NotValkey")
      slots.push(slot)
      socket.write(Resp3.encodeCommands(lines))
      return Effect.sync(() => (slot.answer = undefined))
    })

  return {
    opened: Deferred.await(opened),
    ended: Deferred.await(ended),
    hasEnded: () => why !== undefined,
    end,
    send
  }
}

export const dialer: Dialer = { version: 3, dial }
